"""All the material of one training: every sound as the detector hears it, with what it weighs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import soxr
from numpy.random import Generator
from numpy.typing import NDArray

from press1.bench.dtmf_voices import RATE, Samples, to_int16
from press1.bench.train import packages, presses, synthetic
from press1.bench.train.features import Arrays, Hops, Store, heard, hops
from press1.errors import Usage

Make = Callable[[Generator, int], Samples]
# Length over the original length; the first is the sound as it is. Speed changes pitch too: other speakers for nothing.
SPEEDS = (1.0, 1.1, 0.9, 1.18, 0.95, 0.82, 1.05, 0.98, 1.14, 0.86, 1.02)
_SYNTHETIC_SPEEDS = (1.0, 0.93, 1.07, 0.87, 1.14)
_PRESS_SEEDS = {False: (41, 140), True: (42, 90)}  # held-out speakers or not: seed, clips a ratio
_WEIGHTS = {"bursts": 4.0, "chimes": 0.3}
# Name, kind, maker, seed, count; the second of a name is held out.
_MADE: tuple[tuple[str, str, Make, int, int], ...] = (
    ("chimes-1", "chimes", synthetic.chimes, 1, 4500), ("chimes-2", "chimes", synthetic.chimes, 2, 1500),
    ("pairs-1", "chimes", synthetic.true_pairs, 7, 940),
    ("bursts-1", "bursts", synthetic.bursts, 3, 5000), ("bursts-2", "bursts", synthetic.bursts, 4, 2000),
)  # fmt: skip
_FAST = {"voice": 0.7, "music": 0.3, "effects": 0.3}  # at another speed than its own


@dataclass(frozen=True)
class Sound:
    """A sound without a key."""

    name: str
    kind: str
    natural: bool  # a recording at its own speed
    held_out: bool
    hops: Hops

    @property
    def weight(self) -> float:
        """What a window of it weighs in training."""
        return _WEIGHTS.get(self.kind) or (1.0 if self.natural else _FAST[self.kind])


@dataclass(frozen=True)
class Keyed:
    """Presses over speakers that are held out, or over the others."""

    held_out: bool
    hops: Hops
    presses: NDArray[np.int32]


class Course:
    """Material at the first `speeds` speeds, of each package every n-th file; kept below `work`."""

    def __init__(self, work: Path, speeds: int, every: int) -> None:
        self.pieces = packages.pieces(every)
        self._store = Store(work)
        self._every = every
        self._speeds = SPEEDS[:speeds]
        self._read: dict[str, Samples] = {}

    def sounds(self) -> Iterator[Sound]:
        """Recordings first, then what is made on the spot."""
        for piece in self.pieces:
            for speed in self._speeds:
                found = self._kept(f"{piece.name}-{speed}", partial(self._played, piece, speed))
                yield Sound(piece.name, piece.kind, speed == 1, piece.held_out, found)
        for speed in _SYNTHETIC_SPEEDS[: len(self._speeds)]:
            yield Sound("synthetic", "voice", False, False, self._kept(f"synthetic-{speed}", partial(self._spoken, speed)))
        for name, kind, make, seed, count in _MADE:
            yield Sound(name, kind, False, name.endswith("2"), self._kept(name, partial(self._made, make, seed, count)))

    def keyed(self) -> Iterator[Keyed]:
        """Presses over the speakers that may be trained on, then over the others."""
        for held_out in (False, True):
            kept = self._store.get(f"keys-{held_out}-{self._every}", partial(self._pressed, held_out))
            yield Keyed(held_out, hops(kept["heard"]), kept["presses"])

    def _kept(self, name: str, make: Callable[[], Samples]) -> Hops:
        return hops(self._store.get(f"{name}-{self._every}", lambda: {"heard": heard(make())})["heard"])

    def _played(self, piece: packages.Piece, ratio: float) -> Samples:
        return _stretched(self._samples(piece), ratio)

    def _spoken(self, ratio: float) -> Samples:
        return _stretched(self._speech, ratio)

    def _made(self, make: Make, seed: int, count: int) -> Samples:
        return make(np.random.default_rng(seed), -(-count // self._every))

    def _pressed(self, held_out: bool) -> Arrays:
        seed, count = _PRESS_SEEDS[held_out]
        speakers = [self._samples(p) for p in self.pieces if p.kind == "voice" and p.held_out == held_out]
        if not speakers:
            raise Usage("no speaker is left to press keys over", hint="take more files: a smaller --every")
        made = presses.material(seed, speakers, -(-count // self._every))
        return {"heard": heard(made.samples), "presses": made.presses}

    def _samples(self, piece: packages.Piece) -> Samples:
        if piece.name not in self._read:
            self._read[piece.name] = piece.samples()
        return self._read[piece.name]

    @cached_property
    def _speech(self) -> Samples:
        return synthetic.voices()


def _stretched(samples: Samples, ratio: float) -> Samples:
    return samples if ratio == 1 else to_int16(soxr.resample(samples.astype(np.float64), RATE, RATE * ratio))
