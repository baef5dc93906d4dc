"""Beeps: short sine clips made once, mixed into a block without allocation."""

from array import array
from math import pi, sin

import micropython
from micropython import const

from hal.contract import BLOCK

_FULL_SCALE_DBM0 = const(3.14)  # G.711: a full-scale A-law sine
_RAMP_MS = const(5)  # no click at either end


def beep(rate, hz, ms, level_dbm0):
    """int16 samples of a sine of `hz` at `rate` (numerator, denominator), ramped at both ends."""
    per_second = rate[0] / rate[1]
    count = int(per_second * ms / 1000)
    ramp = max(1, int(per_second * _RAMP_MS / 1000))
    peak = 32767 * 10 ** ((level_dbm0 - _FULL_SCALE_DBM0) / 20)
    step = 2 * pi * hz / per_second
    return array("h", (int(peak * min(1, i / ramp, (count - 1 - i) / ramp) * sin(step * i)) for i in range(count)))


@micropython.viper
def _mix(clip: ptr16, start: int, count: int, block: ptr16):
    """Adds `count` samples to the beginning of `block`; saturates (ptr16 is unsigned: the sign is put back)."""
    for i in range(count):
        total = ((int(clip[start + i]) ^ 32768) - 32768) + ((int(block[i]) ^ 32768) - 32768)
        if total > 32767:
            total = 32767
        if total < -32768:
            total = -32768
        block[i] = total


class Beeper:
    """One clip, played when asked."""

    def __init__(self, clip):
        self._clip = clip
        self._at = len(clip)

    @property
    def done(self):
        return self._at >= len(self._clip)

    def start(self):
        self._at = 0

    def stop(self):
        self._at = len(self._clip)

    def feed(self, block):
        """Mix the next samples into `block`; True while there were any."""
        count = min(BLOCK, len(self._clip) - self._at)
        if count <= 0:
            return False
        _mix(self._clip, self._at, count, block)
        self._at += count
        return True
