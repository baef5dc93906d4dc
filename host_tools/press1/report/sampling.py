"""Is the share that was drawn the one that was configured (S39)? Exact binomial figures, no approximation."""

import math

SURE = 0.999  # of an honest draw's outcomes lie within the bounds


def bounds(calls: int, share: float, sure: float = SURE) -> tuple[int, int]:
    """Fewest and most of `calls` that a draw of `share` (0 to 1) gives in all but 1 - `sure` of cases, half of them on each side."""
    if share >= 1 or calls == 0:
        return calls, calls
    tail = (1 - sure) / 2
    below, low = 0.0, 0
    while below + (next_ := _chance(calls, low, share)) <= tail:
        below, low = below + next_, low + 1
    above, high = 0.0, calls
    while above + (next_ := _chance(calls, high, share)) <= tail:
        above, high = above + next_, high - 1
    return low, high


def _chance(calls: int, hits: int, share: float) -> float:
    """Of exactly `hits`."""
    ways = math.lgamma(calls + 1) - math.lgamma(hits + 1) - math.lgamma(calls - hits + 1)
    return math.exp(ways + hits * math.log(share) + (calls - hits) * math.log1p(-share))
