"""Do both channels carry the very same tone? A generator heard twice keeps its phase; speech beside a key does not.

For 5 ms pieces f_k of the far and n_k of the near channel at a tone's frequency: X = sum n_k conj(f_k), F = sum |f_k|^2,
N = sum |n_k|^2; the squared coherence is |X|^2 / (F N), the near part that belongs to the far tone |X|^2 / F^2 of it.
Looked at once a key, not once a block.
"""

from array import array
from math import cos, pi, sin

import micropython
from micropython import const

from detect.levels import log2_q8

_HERTZ = const((697, 770, 852, 941, 1209, 1336, 1477, 1633))
_KEYS = const(b"123A456B789C*0#D")
_BLOCK = const(160)
_HELD = const(480)  # samples kept: three blocks, 12 pieces
_NOTHING = const(-30000)


@micropython.viper
def _keep(ring: ptr16, at: int, block: ptr16, count: int):
    i = 0
    while i < count:
        ring[at + i] = block[i]
        i += 1


@micropython.viper
def _peak(ring: ptr16) -> int:
    """Magnitudes of 480 samples, or-ed: within a factor of two of the largest."""
    seen = 0
    i = 0
    while i < 480:
        v = (ring[i] ^ 32768) - 32768
        seen |= v ^ (v >> 31)
        i += 1
    return seen


def _shift(ring):
    """By how much 480 samples are to be shifted to stay below 2^11."""
    seen = _peak(ring)
    shift = 0
    while seen >= 2048:
        seen >>= 1
        shift += 1
    return shift


@micropython.viper
def _compare(far: ptr16, near: ptr16, shifts: int, co: int, si: int, out: ptr32):
    """F, N, real and imaginary X, each >> 5 of pieces >> 14, into `out`; co, si: a sample's turn, Q14; order of pieces is free."""
    top = 1
    top <<= 31
    shift_far = shifts & 15
    shift_near = shifts >> 4
    ff = 0
    nn = 0
    xr = 0
    xi = 0
    at = 0
    while at < 480:
        c = 16384
        s = 0
        fr = 0
        fi = 0
        nr = 0
        ni = 0
        end = at + 40
        while at < end:
            v = ((far[at] ^ 32768) - 32768) >> shift_far
            w = ((near[at] ^ 32768) - 32768) >> shift_near
            cc = c >> 2
            ss = s >> 2
            fr += v * cc
            fi += v * ss
            nr += w * cc
            ni += w * ss
            t = (c * co - s * si) >> 14
            s = (c * si + s * co) >> 14
            c = t
            at += 1
        fr >>= 14
        fi >>= 14
        nr >>= 14
        ni >>= 14
        ff += (fr * fr + fi * fi) >> 5
        nn += (nr * nr + ni * ni) >> 5
        xr += (nr * fr + ni * fi) >> 5
        xi += (ni * fr - nr * fi) >> 5
    out[0] = ff
    out[1] = nn
    out[2] = xr
    out[3] = xi


class Likeness:
    """The last 60 ms of both channels. `compare` sets, for the low and the high tone of a key, in 256 log2(power):

    coherence_low, coherence_high (0: the same generator) and gain_low, gain_high (near part against the far tone).
    """

    def __init__(self, rate):
        hertz = rate[0] / rate[1]
        self._turn = array("i", bytes(4 * 16))
        for i, f in enumerate(_HERTZ):
            self._turn[2 * i] = int(16384 * cos(2 * pi * f / hertz) + 16384.5) - 16384
            self._turn[2 * i + 1] = int(16384 * sin(2 * pi * f / hertz) + 0.5)
        self._far = array("h", bytes(2 * _HELD))
        self._near = array("h", bytes(2 * _HELD))
        self._sums = array("i", bytes(4 * 4))
        self.reset()

    def reset(self):
        """Forgets all signal."""
        for i in range(_HELD):
            self._far[i] = self._near[i] = 0
        self._at = 0
        self.coherence_low = self.coherence_high = self.gain_low = self.gain_high = _NOTHING

    def feed(self, far, near):
        """Keeps a block of each channel, 160 samples."""
        count = min(len(far), len(near), _BLOCK)
        _keep(self._far, self._at, far, count)
        _keep(self._near, self._at, near, count)
        self._at = (self._at + _BLOCK) % _HELD

    def near_speaks(self):
        """Whether the near channel holds more than the far channel's leakage: above -35 dBm0, and 18 dB under far at least."""
        near = _peak(self._near)
        return near >= 512 and near * 8 > _peak(self._far)

    def compare(self, digit):
        """Looks at the two tones of `digit` (ASCII code)."""
        key = 0
        while key < 15 and _KEYS[key] != digit:
            key += 1
        shift_far = _shift(self._far)
        shift_near = _shift(self._near)
        self._tone(key >> 2, shift_far, shift_near)
        self.coherence_low, self.gain_low = self.coherence_high, self.gain_high
        self._tone(4 + (key & 3), shift_far, shift_near)

    def _tone(self, which, shift_far, shift_near):
        sums = self._sums
        turn = self._turn
        _compare(self._far, self._near, shift_far + (shift_near << 4), turn[2 * which], turn[2 * which + 1], sums)
        self.coherence_high = self.gain_high = _NOTHING
        x = abs(sums[2])
        y = abs(sums[3])
        shift = 0
        while x >= 16384 or y >= 16384:
            x >>= 1
            y >>= 1
            shift += 1
        power = x * x + y * y
        if power == 0 or sums[0] == 0 or sums[1] == 0:
            return
        both = log2_q8(power) + 512 * shift
        far = log2_q8(sums[0])
        self.coherence_high = both - far - log2_q8(sums[1])
        self.gain_high = both - 2 * far + 512 * (shift_near - shift_far)
