"""Active speech level after ITU-T P.56, method B: the level of speech without its pauses.

Envelope q: |x| through two exponential averages of 30 ms. For thresholds c_j = 2^j the activity count a_j is the number of
samples for which q was at or above c_j less than 200 ms ago. With the total energy S, the active level is S / a where it stands
15.9 dB above its threshold, interpolated between thresholds. `firmware/detect/levels.py` computes the same in integers.
"""

from dataclasses import dataclass
from math import exp, inf, log10

import numpy as np
import numpy.typing as npt

FULL_SCALE_DBM0 = 3.14  # ITU-T G.711: a sine of full scale
_FULL_SCALE = 32768.0
_AVERAGE_S = 0.03
_HANGOVER_S = 0.2
_MARGIN_DB = 15.9
_THRESHOLDS = 2.0 ** np.arange(-1, 15)

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """Active and long-term level in dBm0 (minus infinity for silence), and the share of time that was active."""

    active_dbm0: float
    mean_dbm0: float
    activity: float

    @property
    def power(self) -> float:
        """Mean square of the active part, on the int16 scale."""
        return 0.0 if self.active_dbm0 == -inf else _FULL_SCALE**2 / 2 * 10 ** ((self.active_dbm0 - FULL_SCALE_DBM0) / 10)


def measure(samples: npt.ArrayLike, rate: float) -> Level:
    """Level of mono samples on the int16 scale (full scale 32768), taken to be free of DC and hum."""
    x = np.asarray(samples, np.float64)
    energy = float(np.dot(x, x))
    if not energy:
        return Level(-inf, -inf, 0.0)
    counts = _activity_counts(_envelope(x, rate), round(_HANGOVER_S * rate))
    mean = _dbm0(energy / len(x))
    active = _crossing(energy, counts)
    return Level(active, mean, min(1.0, 10 ** ((mean - active) / 10)))


def _envelope(x: Samples, rate: float) -> Samples:
    keep = exp(-1 / (_AVERAGE_S * rate))
    return _average(_average(np.abs(x), keep), keep)


def _average(x: Samples, keep: float) -> Samples:
    """y[n] = keep y[n-1] + (1 - keep) x[n], a block at a time: within a block the powers of `keep` stay in range."""
    size = max(1, min(2048, int(-600 / np.log(keep))))  # keep^-size below e^600
    powers = keep ** np.arange(1, size + 1)
    out = np.empty_like(x)
    last = 0.0
    for at in range(0, len(x), size):
        part = x[at : at + size]
        p = powers[: len(part)]
        out[at : at + size] = p * (last + (1 - keep) * np.cumsum(part / p))
        last = float(out[min(at + size, len(x)) - 1])
    return out


def _activity_counts(q: Samples, hangover: int) -> npt.NDArray[np.int64]:
    """Samples at each threshold that are at or above it, or at most `hangover` after one that was."""
    index = np.arange(len(q))
    counts = []
    for threshold in _THRESHOLDS:
        above = q >= threshold
        latest = np.maximum.accumulate(np.where(above, index, -1 - hangover))
        counts.append(int((index - latest <= hangover).sum()))
    return np.array(counts)


def _crossing(energy: float, counts: npt.NDArray[np.int64]) -> float:
    """Active level in dBm0: where the power over the active time is 15.9 dB above the threshold."""
    before: tuple[float, float] | None = None
    for count, threshold in zip(counts, _THRESHOLDS, strict=True):
        if count == 0:
            break
        level = _dbm0(energy / count)
        excess = level - _threshold_dbm0(threshold) - _MARGIN_DB
        if excess <= 0:
            if before is None:
                return level
            level_before, excess_before = before
            return level_before + (level - level_before) * excess_before / (excess_before - excess)
        before = level, excess
    return before[0] if before else _dbm0(energy / max(1, int(counts[0])))


def _threshold_dbm0(threshold: float) -> float:
    return _dbm0(threshold * threshold)


def _dbm0(power: float) -> float:
    return 10 * log10(2 * power / _FULL_SCALE**2) + FULL_SCALE_DBM0
