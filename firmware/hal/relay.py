"""Bypass relay on a charge pump: only a pin that keeps moving holds it, so that a hung or unpowered box leaves the handset alone.

The pump's capacitor holds the relay for about 3 s (docs/hardware.md), longer than any stall of a card, shorter than the watchdog.
"""

import time

from micropython import const

_STEP_MS = const(10)


class Relay:
    """`pin`: output to the pump."""

    def __init__(self, pin, ticks_ms=time.ticks_ms):
        self._pin = pin
        self._ticks = ticks_ms
        self._at = ticks_ms()
        self._level = 0
        self._wanted = False
        pin(0)

    def set(self, energised):
        """Begin or end to pump."""
        if energised and not self._wanted:
            self._at = self._ticks()  # after days at rest the last stroke's tick would count as one to come
        self._wanted = bool(energised)
        if not self._wanted and self._level:
            self._level = 0
            self._pin(0)

    def step(self):
        """To be called often: one stroke of the pump, at most every 10 ms. Allocates nothing."""
        if self._wanted and time.ticks_diff(self._ticks(), self._at) >= _STEP_MS:
            self._at = self._ticks()
            self._level = 1 - self._level
            self._pin(self._level)
