"""Key presses to learn from: over voices and their echo at five ratios, at the limits of tolerance, through codecs and faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from press1.bench import dtmf_corpus as corpus
from press1.bench import dtmf_damage as damage
from press1.bench.dtmf_voices import RATE, Samples, Signal, active_level, to_int16

_RATIOS = (20.0, 15.0, 10.0, 5.0, 0.0)
_GAP = np.zeros(RATE // 2, np.int16)
_HOP = 40
# Columns of `Material.presses`.
ONSET, END, KEY, VALID, HARD = range(5)


@dataclass(frozen=True)
class Material:
    """One long sound and a row for each press in it: onset, end, key 0-15, whether it counts, whether it is over speech."""

    samples: Samples
    presses: NDArray[np.int32]


def material(seed: int, speakers: list[Samples], count: int) -> Material:
    """`count` clips of eight keys for every ratio and background, and a third as many of other damage."""
    return together(list(clips(np.random.default_rng(seed), speakers, count)))


def clips(rng: Generator, speakers: list[Samples], count: int) -> Iterator[corpus.Clip]:
    """Keys over speech (b) and over its echo (c), then what the bench calls a, d and e."""
    cut = cutter(rng, speakers)
    yield from _over(rng, count, "b", cut)
    yield from _over(rng, count, "c", lambda length: damage.echoed(cut(length), rng))
    third = -(-count // 3)
    yield from corpus.tolerance(rng, third)
    yield from corpus.coded(rng, third)
    yield from corpus.impaired(rng, third)


def together(some: list[corpus.Clip]) -> Material:
    """Clips half a second apart, each a whole number of hops."""
    parts, rows, at = [], [], 0
    for clip in some:
        samples = clip.samples[: len(clip.samples) // _HOP * _HOP]
        rows += [
            (at + p.onset, at + p.end, corpus.KEYS.index(p.key), p.valid, clip.family in ("b", "c"))
            for p in clip.presses
        ]  # fmt: skip
        parts += [samples, _GAP]
        at += len(samples) + len(_GAP)
    return Material(np.concatenate(parts), np.array(rows, np.int32).reshape(-1, 5))


def cutter(rng: Generator, speakers: list[Samples]) -> Callable[[int], Signal]:
    """As the bench's, from int16, which takes a quarter of the memory."""

    def cut(length: int) -> Signal:
        while True:
            voice = speakers[rng.integers(len(speakers))]
            at = int(rng.integers(0, max(1, len(voice) - length)))
            part = voice[at : at + length].astype(np.float64)
            if active_level(part) > 100:
                return np.pad(part, (0, length - len(part)))

    return cut


def _over(rng: Generator, count: int, family: str, background: Callable[[int], Signal]) -> Iterator[corpus.Clip]:
    """More varied than the bench's: a generator's error and another of each tone, one clip in ten anywhere within tolerance."""
    for ratio in _RATIOS:
        for _ in range(count):
            level = rng.uniform(-26, -12) - 3  # of each tone
            signal, presses = corpus.dial(rng, 8, _shapes(rng, level), pause_ms=(60, 600))
            noise = background(len(signal))
            gain = corpus.amplitude(level) / 10 ** (ratio / 20) / max(active_level(noise), 1.0)
            yield corpus.Clip(family, f"{ratio:+.0f}", to_int16(signal + gain * noise), presses)


def _shapes(rng: Generator, level: float) -> Callable[[], corpus.Shape]:
    anywhere = rng.random() < 0.1
    low, high = rng.uniform(-0.015, 0.015, 2) if anywhere else rng.normal(0, 0.001) + rng.normal(0, 0.003, 2)
    least_ms = rng.choice((45, 60, 60))
    twist = (-8, 4) if rng.random() < 0.15 else (-4, 2)
    return lambda: corpus.Shape(level, rng.uniform(least_ms, least_ms + 60), rng.uniform(*twist), low, high)
