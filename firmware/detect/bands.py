"""Mean power of one channel in narrow bands: what a picture of the line needs, and nothing from which sound can be made again.

Blocks of 160 samples under a Hann window, one Goertzel resonator a band; bands lie rate/160 apart (50 Hz at 8 kHz). Each block is
scaled so that its peak has ten bits; the sums keep a mantissa and an exponent.
"""

from array import array
from math import cos, log10, pi, sin

import micropython
from micropython import const

FIRST = const(4)  # 200 Hz
COUNT = const(65)  # up to 3.4 kHz
_BLOCK = const(160)
_EXPONENTS = const(64)  # added to every exponent, so that none is negative
_GAIN = const(40.0)  # of a sine in its own band: half the block, halved by the window
_FULL_SCALE_DBM0 = const(3.14)


@micropython.viper
def _windowed(block: ptr16, window: ptr16, work: ptr32) -> int:
    """Windowed samples; magnitudes or-ed."""
    seen = 0
    i = 0
    while i < 160:
        v = (((block[i] ^ 32768) - 32768) * int(window[i])) >> 14
        work[i] = v
        seen |= v ^ (v >> 31)
        i += 1
    return seen


@micropython.viper
def _scaled(work: ptr32, seen: int) -> int:
    """Brings the peak to ten bits; by how many bits to the left, negative to the right."""
    top = 1
    top <<= 31
    left = 0
    while seen < 512:
        seen <<= 1
        left += 1
    right = 0
    while seen >= 1024:
        seen >>= 1
        right += 1
    i = 0
    while i < 160:
        work[i] = (((work[i] ^ top) - top) << left) >> right
        i += 1
    return left - right


@micropython.viper
def _add(work: ptr32, turns: ptr32, scaled: int, mantissas: ptr32, exponents: ptr32):
    """Adds each band's power; `turns` are 2 cos, Q11. Sums stay below 2^31 where a sine of ten bits fills the block."""
    top = 1
    top <<= 31
    b = 0
    while b < 65:
        c = (turns[b] ^ top) - top
        s1 = 0
        s2 = 0
        i = 0
        while i < 160:
            s = ((work[i] ^ top) - top) + ((c * s1) >> 11) - s2
            s2 = s1
            s1 = s
            i += 1
        shift = 0
        while s1 >= 8192 or s1 < -8192 or s2 >= 8192 or s2 < -8192:
            s1 >>= 1
            s2 >>= 1
            shift += 1
        power = s1 * s1 + s2 * s2 - ((c * s1) >> 11) * s2
        if power < 0:
            power = 0
        e = 64 + 2 * (shift - scaled)
        m = int(mantissas[b])
        f = int(exponents[b])
        if m == 0:
            f = e
        while f < e:
            m >>= 1
            f += 1
        while e < f:
            power >>= 1
            e += 1
        m += power
        while m >= 268435456:
            m >>= 1
            f += 1
        mantissas[b] = m
        exponents[b] = f
        b += 1


class Bands:
    """One channel. `levels()` when enough was fed."""

    def __init__(self):
        self._window = array("H", [int(16384 * sin(pi * (n + 0.5) / _BLOCK) ** 2 + 0.5) for n in range(_BLOCK)])
        self._turns = array("i", [round(4096 * cos(2 * pi * (FIRST + b) / _BLOCK)) for b in range(COUNT)])
        self._work = array("i", bytes(4 * _BLOCK))
        self._mantissas = array("i", bytes(4 * COUNT))
        self._exponents = array("i", bytes(4 * COUNT))
        self.reset()

    def reset(self):
        """Forgets all signal."""
        for b in range(COUNT):
            self._mantissas[b] = 0
            self._exponents[b] = 0
        self.blocks = 0

    def feed(self, block):
        """Takes an array('h') of 160 samples; allocates nothing."""
        self.blocks += 1
        work = self._work
        seen = _windowed(block, self._window, work)
        if seen:
            _add(work, self._turns, _scaled(work, seen), self._mantissas, self._exponents)

    def levels(self):
        """One byte a band: level in dBm0 of a sine with the band's mean power, plus 100; 0 for silence."""
        out = bytearray(COUNT)
        for b in range(COUNT):
            out[b] = self._level(b)
        return bytes(out)

    def _level(self, b):
        if not self._mantissas[b] or not self.blocks:
            return 0
        decibels = 10 * (log10(self._mantissas[b] / self.blocks) + (self._exponents[b] - _EXPONENTS) * log10(2))
        dbm0 = decibels - 20 * log10(_GAIN * 32767) + _FULL_SCALE_DBM0
        return max(0, min(255, round(dbm0 + 100)))
