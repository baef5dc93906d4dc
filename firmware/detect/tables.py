"""Constants of the DTMF detector, computed once from the true sample rate.

Bins 0-3 are the low group, 4-7 the high group (ITU-T Q.23), 8-9 witnesses of speech and dial tone.
"""

from array import array
from math import cos, log, pi, sin

from micropython import const

from detect.weights import WEIGHTS

FREQUENCIES_HZ = (697, 770, 852, 941, 1209, 1336, 1477, 1633, 420, 1850)
KEYS = b"123A456B789C*0#D"  # row by row: low bin * 4 + high bin
BINS = const(10)
MAX_HOP = const(40)  # 5 ms at 8 kHz
TABLE_ONE = const(1024)  # Q10

_CURVE_STEP = const(0.015)  # relative offset at which curves are sampled


class Tables:
    """All constants for one rate; the two channels share them. Raises ValueError outside 7,800 to 8,000 Hz."""

    _last = None

    def __init__(self, rate_num, rate_den):
        rate = rate_num / rate_den
        self.rate = (rate_num, rate_den)
        self.hop = hop_length(rate)
        self.fold = fold_tables(rate, self.hop)
        self.constants = bin_constants(rate, self.hop)
        self.leak = leakage(rate, self.hop)
        self.dial_gain = dial_gain(rate, self.hop)
        self.level_offset = level_offset(self.hop)
        self.weights = array("H", [32768 + weight for weight in WEIGHTS])

    @classmethod
    def of(cls, rate_num, rate_den):
        """The same object again for the same rate."""
        if cls._last is None or cls._last.rate != (rate_num, rate_den):
            cls._last = cls(rate_num, rate_den)
        return cls._last


def hop_length(rate):
    """Samples in 5 ms at `rate` Hz; raises ValueError outside 7,800 to 8,000 Hz."""
    if not 7799.5 <= rate <= 8000.5:
        raise ValueError("sample rate outside 7800 to 8000 Hz")
    return int(rate * 0.005 + 0.5)


def fold_tables(rate, hop):
    """Hann window of 2*hop samples times cos and sin about its centre, Q10, one side only.

    Layout: bin by bin, MAX_HOP cosines, then MAX_HOP sines, zero beyond `hop`. Raised by 2^15, so that 16 bits without sign do.
    """
    table = array("H", [32768] * (BINS * MAX_HOP * 2))
    for b in range(BINS):
        step = 2 * pi * FREQUENCIES_HZ[b] / rate
        for n in range(hop):
            window = TABLE_ONE * cos(pi * (n + 0.5) / (2 * hop)) ** 2
            at = b * MAX_HOP * 2 + n
            table[at] = 32768 + _nearest(window * cos(step * (n + 0.5)))
            table[at + MAX_HOP] = 32768 + _nearest(window * sin(step * (n + 0.5)))
    return table


def bin_constants(rate, hop):
    """Eight integers for each DTMF bin.

    0, 1: cos and sin of the phase one hop advances, Q14; 2: relative offset in 1e-5 for one radian of
    extra phase a hop; 3, 4, 5: energy of d[n] = x[n] - x[n-2] for unit bin power, see `score.py`, Q17, its slope
    and curvature over the offset as in `leakage`.
    """
    out = array("i", bytes(4 * 8 * 8))
    for b in range(8):
        step = 2 * pi * FREQUENCIES_HZ[b] / rate
        out[b * 8] = _nearest(16384 * cos(step * hop))
        out[b * 8 + 1] = _nearest(16384 * sin(step * hop))
        out[b * 8 + 2] = _nearest(1e5 / (step * hop))
        _curve(out, b * 8 + 3, 131072, [_energy(b, d, rate, hop) for d in (0.0, -_CURVE_STEP, _CURVE_STEP)])
    return out


def dial_gain(rate, hop):
    """Energy of d for unit power of the 420 Hz bin, Q17."""
    return _nearest(131072 * _energy(8, 0.0, rate, hop))


def leakage(rate, hop):
    """Power a tone in bin i leaves in bin j of its own group: value, slope and curvature over its offset, Q14.

    Layout: (i * 4 + j) * 3 where i is 0-7 and j 0-3; the offset x is in 1e-5: slope is for x / 1024, curvature
    for x * x / 2^20.
    """
    out = array("i", bytes(4 * 8 * 4 * 3))
    for i in range(8):
        for j in range(4):
            sampled = [_leak(i, (i & 4) + j, d, rate, hop) for d in (0.0, -_CURVE_STEP, _CURVE_STEP)]
            _curve(out, (i * 4 + j) * 3, 16384, sampled)
    return out


def level_offset(hop):
    """Added to log2 of bin power (Q8) to give log2 of (amplitude / 32767)^2, Q8."""
    return _nearest(-512 * log(TABLE_ONE * hop / 2 * 32767) / log(2))


def _curve(out, at, one, sampled):
    """Value, slope for x / 1024 and curvature for x * x / 2^20, where x is the offset in 1e-5."""
    mid, low, high = sampled
    step = _CURVE_STEP * 1e5
    out[at] = _nearest(one * mid)
    out[at + 1] = _nearest(one * 1024 * (high - low) / (2 * step))
    out[at + 2] = _nearest(one * 1048576 * (high + low - 2 * mid) / (2 * step * step))


def _energy(b, offset, rate, hop):
    tone = FREQUENCIES_HZ[b] * (1 + offset)
    seen = _response(tone - FREQUENCIES_HZ[b], rate, hop) / _response(0, rate, hop)
    return 4 * sin(2 * pi * tone / rate) ** 2 / (hop * seen * seen)


def _leak(i, j, offset, rate, hop):
    tone = FREQUENCIES_HZ[i] * (1 + offset)
    return (_response(tone - FREQUENCIES_HZ[j], rate, hop) / _response(tone - FREQUENCIES_HZ[i], rate, hop)) ** 2


def _response(difference, rate, hop):
    step = 2 * pi * difference / rate
    return sum([cos(pi * (n + 0.5) / (2 * hop)) ** 2 * cos(step * (n + 0.5)) for n in range(hop)])


def _nearest(x):
    return int(x + 0.5) if x >= 0 else -int(0.5 - x)
