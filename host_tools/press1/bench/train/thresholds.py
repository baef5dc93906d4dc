"""From which mean score on a key is a key: as low as the strongest voice or music at its own speed lets it be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from press1.bench.train import presses as columns
from press1.bench.train.course import Keyed, Sound
from press1.bench.train.features import Hops
from press1.bench.train.network import Inputs, Matrix

Means = tuple[float, float, float]
START: Means = (0.9, -1.1, -2.2)  # log odds for 2, 3 and 5 hops
_SPANS = (2, 3, 5)
_MARGIN = 0.05
_NOTHING = -1e9
_APART = 40 * 40  # samples between two hits
_LATE = 200
Score = Callable[[Inputs], Matrix]


def choose(score: Score, sounds: Iterable[Sound]) -> Means:
    """START, all three moved by as much as leaves the strongest natural sound a margin below."""
    strongest = max((float(excess(score, s.hops, START).max(initial=_NOTHING)) for s in sounds if s.natural), default=-_MARGIN)
    move = max(strongest, -1.0) + _MARGIN
    return START[0] + move, START[1] + move, START[2] + move


def excess(score: Score, hops: Hops, means: Means) -> Matrix:
    """For each hop by how much its most convincing mean passes what is asked of it."""
    total = np.concatenate([[0.0], np.cumsum(score(hops.inputs))])
    best = np.full(len(hops.run), _NOTHING)
    for span, least in zip(_SPANS, means, strict=True):
        enough = np.flatnonzero(hops.run >= span)
        best[enough] = np.maximum(best[enough], (total[enough + 1] - total[enough + 1 - span]) / span - least)
    return best


def hits(score: Score, sounds: Iterable[Sound], means: Means) -> Counter[str]:
    """False keys by kind of sound."""
    found: Counter[str] = Counter()
    for sound in sounds:
        kind = sound.kind if sound.natural or sound.kind in ("chimes", "bursts") else f"{sound.kind}, other speeds or synthetic"
        found[kind] += _apart(sound.hops.sample[excess(score, sound.hops, means) > 0])
    return found


def _apart(samples: np.ndarray) -> int:
    count, last = 0, -_APART
    for sample in samples:
        if sample - last >= _APART:
            count, last = count + 1, sample
    return count


def heard(score: Score, keyed: Keyed, means: Means) -> dict[str, float]:
    """Percent of valid presses heard, over speech or its echo and elsewhere."""
    over = excess(score, keyed.hops, means) > 0
    got: dict[str, list[bool]] = {"over speech and echo": [], "in other damage": []}
    for row in keyed.presses[keyed.presses[:, columns.VALID] > 0]:
        first, last = np.searchsorted(keyed.hops.sample, (row[columns.ONSET], row[columns.END] + _LATE))
        mine = over[first:last] & (keyed.hops.key[first:last] == row[columns.KEY])
        got["over speech and echo" if row[columns.HARD] else "in other damage"].append(bool(mine.any()))
    return {name: 100 * float(np.mean(flags)) for name, flags in got.items() if flags}
