"""Level and voice activity of one channel: active speech level after ITU-T P.56 method B, in integers.

The envelope is |x| through two exponential averages of 30 ms. At each threshold 2^j the activity count holds
the time for which the envelope was above it less than 200 ms ago; the active level is where the mean power
over that time stands 15.9 dB above the threshold. Levels are tenths of dBm0: a full-scale sine is +3.14 dBm0.
"""

from array import array
from math import exp

import micropython
from micropython import const

SILENCE = const(-999)  # tenths of dBm0: no level because there was no signal

_AVERAGE_S = const(0.03)
_HANGOVER_S = const(0.2)
_STEP = const(8)  # samples between looks at the envelope; P.56 asks for 600 a second at least
_THRESHOLDS = const(15)
_MARGIN_Q8 = const(1352)  # 15.9 dB in 256 log2(power)
_FULL_SCALE = const(21544960)  # 841.6 tenths: 10 log10(2^29) - 3.14 dB, the level of mean square 1; times 25600

# A voice stands 12 dB above the noise, and above -45 dBm0 whatever the noise.
_FLOOR_LEAST_Q8 = const(4096)  # envelope of noise at -57 dBm0
_VOICE_LEAST_Q8 = const(16384)
_FLOOR_RISE = const(7)  # the noise floor follows a rise by 1/128 a block: 3 dB a second

# Indices of the integer state.
_FIRST = const(1)  # envelope after one average, Q8; 0 is the DC, Q10
_SECOND = const(2)  # after both
_LOW = const(3)  # sum of squares, 16 bits each but the last
_MID = const(4)
_HIGH = const(5)
_STEPS = const(7)  # 6 counts samples up to a step
_BLOCK_LOW = const(8)  # the same of the last block alone
_BLOCK_MID = const(9)


@micropython.viper
def _take(block: ptr16, count: int, state: ptr32, counts: ptr32, hangs: ptr32, factor: int, hangover: int):
    """Envelope, sums of squares and activity counts of `count` samples, freed of DC below 1.2 Hz."""
    top = 1
    top <<= 31
    dc = (state[0] ^ top) - top
    p = state[1]
    q = state[2]
    low = 0
    mid = 0
    phase = state[6]
    i = 0
    while i < count:
        y = ((block[i] ^ 32768) - 32768) - (dc >> 10)
        dc += y
        if y < 0:
            y = 0 - y
        if y > 32767:
            y = 32767
        p += (((y << 8) - p) * factor) >> 15
        q += ((p - q) * factor) >> 15
        y *= y
        low += y & 65535
        mid += y >> 16
        phase += 1
        if phase == 8:
            phase = 0
            state[7] += 1
            j = 0
            threshold = 256
            while j < 15:
                if q >= threshold:
                    counts[j] += 1
                    hangs[j] = 0
                elif hangs[j] < hangover:
                    counts[j] += 1
                    hangs[j] += 1
                threshold <<= 1
                j += 1
        i += 1
    state[0] = dc
    state[1] = p
    state[2] = q
    state[6] = phase
    mid += low >> 16
    low &= 65535
    state[8] = low
    state[9] = mid
    low += state[3]
    mid += state[4] + (low >> 16)
    state[3] = low & 65535
    state[5] += mid >> 16
    state[4] = mid & 65535


@micropython.viper
def log2_q8(value: int) -> int:
    """256 log2(value) of a positive value below 2^30, error below 2; log2(1+f) = f + 0.344 f (1-f)."""
    n = 15
    while value >= 65536:
        value >>= 1
        n += 1
    while value < 32768:
        value <<= 1
        n -= 1
    f = value - 32768
    f += (((f * (32768 - f)) >> 15) * 11266) >> 15
    return (n << 8) + (f >> 7)


class Level:
    """One channel at `rate` (numerator, denominator). Fields after `feed`:

    loud: the block holds more than noise; active: the same, held for 200 ms, as P.56 counts speech.
    """

    def __init__(self, rate):
        hertz = rate[0] / rate[1]
        self._factor = int(32768 * (1 - exp(-1 / (hertz * _AVERAGE_S))) + 0.5)
        self._hangover = int(hertz * _HANGOVER_S / _STEP + 0.5)
        self._hold = int(hertz * _HANGOVER_S + 0.5)
        self._state = array("i", bytes(4 * 10))
        self._counts = array("i", bytes(4 * _THRESHOLDS))
        self._hangs = array("i", bytes(4 * _THRESHOLDS))
        self.reset()

    def reset(self):
        """Forgets all signal."""
        for i in range(len(self._state)):
            self._state[i] = 0
        for j in range(_THRESHOLDS):
            self._counts[j] = 0
            self._hangs[j] = self._hangover
        self._floor = _FLOOR_LEAST_Q8
        self._quiet = self._hold
        self._block = 1
        self.loud = self.active = 0

    def feed(self, block):
        """Takes an array('h') of at most 160 samples; returns `active`, 0 or 1."""
        count = len(block)
        if count == 0:
            return self.active
        _take(block, count, self._state, self._counts, self._hangs, self._factor, self._hangover)
        self._block = count
        self._judge(self._state[_FIRST], count)
        return self.active

    def _judge(self, envelope, count):
        floor = self._floor
        self.loud = 1 if envelope > _VOICE_LEAST_Q8 and envelope > 4 * floor else 0
        slow = self._state[_SECOND]
        self._floor = max(_FLOOR_LEAST_Q8, min(slow, floor + (floor >> _FLOOR_RISE)))
        self._quiet = 0 if self.loud else min(self._hold, self._quiet + count)
        self.active = 1 if self._quiet < self._hold else 0

    @property
    def envelope(self):
        """Mean |x| of about the last 30 ms, Q8."""
        return self._state[_FIRST]

    def now(self):
        """Level of the last block."""
        state = self._state
        return _tenths(_log_of(state[_BLOCK_LOW], state[_BLOCK_MID], 0) - log2_q8(self._block))

    def mean(self):
        """Long-term level of all that was fed."""
        steps = self._state[_STEPS]
        return _tenths(self._power() - _log_time(steps)) if steps else SILENCE

    def speech(self):
        """Active speech level; SILENCE when no threshold was ever reached."""
        threshold, part, before, here = self._crossing()
        if threshold < 0:
            return SILENCE
        return _tenths(before + (here - before) * part // 256)

    def activity(self):
        """Activity factor in tenths of a per cent: time at the active level against all time."""
        threshold, part, _, _ = self._crossing()
        if threshold < 0:
            return 0
        counts = self._counts
        first = counts[max(0, threshold - 1)]
        return min(1000, (first + (counts[threshold] - first) * part // 256) * 100 // max(1, self._state[_STEPS] // 10))

    def _power(self):
        state = self._state
        return _log_of(state[_LOW], state[_MID], state[_HIGH])

    def _crossing(self):
        """First threshold less than the margin under its mean power: (threshold or -1, how far in 1/256, power before, power)."""
        total = self._power()
        before = excess = 0
        for j in range(_THRESHOLDS):
            if self._counts[j] == 0:
                return j - 1, 256, before, before
            here = total - _log_time(self._counts[j])
            under = here - 512 * j - _MARGIN_Q8
            if under <= 0:
                part = excess * 256 // (excess - under) if j and excess > under else 256
                return j, part, before if j else here, here
            before, excess = here, under
        return _THRESHOLDS - 1, 256, before, before


def _log_time(steps):
    """256 log2 of the samples in `steps`."""
    return log2_q8(steps) + 768


def _log_of(low, mid, high):
    """256 log2 of low + 2^16 mid + 2^32 high, -30000 of nothing; no intermediate is beyond 30 bits."""
    if high >= 16384:
        return log2_q8(high) + 8192
    if high:
        return log2_q8((high << 16) | mid) + 4096
    if mid >= 8192:
        return log2_q8((mid << 8) | (low >> 8)) + 2048
    value = (mid << 16) | low
    return log2_q8(value) if value else -30000


def _tenths(q8):
    """Tenths of dBm0 from 256 log2(mean square)."""
    return max(SILENCE, (q8 * 3010 - _FULL_SCALE + 12800) // 25600)
