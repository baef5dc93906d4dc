"""The cradle's contact, low while the handset is lifted. It bounces: what lasts 60 ms counts."""

import time

from micropython import const

_STEADY_MS = const(60)


class Hook:
    """`lifted`; `pin`: input."""

    def __init__(self, pin, ticks_ms=time.ticks_ms):
        self._pin = pin
        self._ticks = ticks_ms
        self._level = 1
        self._since = ticks_ms()
        self.lifted = False

    def step(self):
        """To be called often. Allocates nothing."""
        level, now = self._pin(), self._ticks()
        if level != self._level:
            self._level = level
            self._since = now
        elif time.ticks_diff(now, self._since) >= _STEADY_MS:
            self.lifted = not level
