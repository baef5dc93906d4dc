"""Halves the rate of a block: 15,625 Hz stereo from I2S to 7,812.5 Hz, one channel at a time, allocating nothing.

Half-band low-pass, 59 taps, Kaiser window (beta 5.65), so that every second tap is zero and the middle one is a half:
ripple 0.015 dB up to 3,400 Hz, 59 dB from 4,413 Hz on, which would fold onto it.
"""

from array import array

import micropython
from micropython import const

TAPS = const(59)
_PAST = const(58)  # samples of the blocks before that the first output needs
_IN = const(320)  # two blocks of 160
# The odd taps from the middle outwards, times 32768. All taps' sizes add up to 1.72, so 32 bits hold any sum of full-scale products.
_ODD = const((10398, -3382, 1932, -1281, 901, -648, 468, -334, 235, -160, 105, -65, 37, -19, 7))


@micropython.viper
def _take(past: ptr16, frames: ptr16, first: int, channel: int):
    """Copy one channel of 320 stereo frames, from frame `first` on, behind the 58 samples kept."""
    at = 2 * first + channel
    i = 0
    while i < 320:
        past[58 + i] = frames[at + 2 * i]
        i += 1


@micropython.viper
def _filter(out: ptr16, past: ptr16, odd: ptr16, count: int):
    """out[n] = sum over the taps around past[2n + 29]; ptr16 reads unsigned, so signs are extended."""
    n = 0
    while n < count:
        mid = 2 * n + 29
        total = (((int(past[mid]) ^ 0x8000) - 0x8000) << 14) + 16384
        k = 0
        while k < 15:
            x = (int(past[mid - 2 * k - 1]) ^ 0x8000) + (int(past[mid + 2 * k + 1]) ^ 0x8000) - 0x10000
            total += x * ((int(odd[k]) ^ 0x8000) - 0x8000)
            k += 1
        total >>= 15
        if total > 32767:
            total = 32767
        if total < -32768:
            total = -32768
        out[n] = total
        n += 1


@micropython.viper
def _slide(past: ptr16):
    i = 0
    while i < 58:
        past[i] = past[320 + i]
        i += 1


class Halver:
    """One channel of a stereo stream; keeps what the next block needs."""

    def __init__(self, channel):
        self._channel = channel
        self._past = array("h", bytes(2 * (_PAST + _IN)))
        self._odd = array("h", _ODD)

    def block(self, frames, first, out):
        """320 frames of `frames` (16-bit stereo) from frame `first` on become the 160 samples of `out`; 29 input samples late."""
        _take(self._past, frames, first, self._channel)
        _filter(out, self._past, self._odd, _IN // 2)
        _slide(self._past)
