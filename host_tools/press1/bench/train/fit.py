"""Trains one network: every key by its best moment, against the worst that voices can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from press1.bench.train import presses as columns
from press1.bench.train.features import Hops
from press1.bench.train.network import Inputs, Matrix, Network

SPAN = 3  # hops whose mean score is trained; the detector decides on 2, 3 or 5
_LATE = 240  # samples after a press in which its hops still are of it
_EASY = 0.5  # weight of a press that is not over speech
_HARDEST, _RANDOM = 40_000, 15_000  # windows without a key, chosen anew each round
_TAIL = 300  # the window without a key where the extra weight sets in, counted from the strongest
_BATCH = 2048
_RATE = 2e-2
_EXTRA = 8.0
Index = NDArray[np.int64]


@dataclass
class Lesson:
    """Windows of SPAN hops, each named by its last hop in `inputs`."""

    inputs: Inputs
    quiet: Index  # hold no key
    quiet_weight: Matrix
    keyed: Index  # all windows of the first press, then of the second
    press: Index  # to which press each belongs
    press_weight: Matrix


def lesson(quiet: list[tuple[Hops, float]], keyed: list[tuple[Hops, NDArray[np.int32]]]) -> Lesson:
    """From sounds without keys, each with a weight, and sounds with presses; there too what is no press is without a key."""
    at, number = 0, 0
    windows, weights, found, owner, importance = [], [], [], [], []
    for hops, weight in quiet:
        chosen = np.flatnonzero(hops.run >= SPAN)
        windows.append(chosen + at)
        weights.append(np.full(len(chosen), weight))
        at += len(hops.run)
    for hops, rows in keyed:
        mine, free = _of_presses(hops, rows)
        for chosen, hard in mine:
            found.append(chosen + at)
            owner.append(np.full(len(chosen), number))
            importance.append(1.0 if hard else _EASY)
            number += 1
        windows.append(free + at)
        weights.append(np.ones(len(free)))
        at += len(hops.run)
    inputs = np.concatenate([hops.inputs for hops, _ in [*quiet, *keyed]])
    joined = [np.concatenate(parts) for parts in (windows, weights, found, owner)]
    return Lesson(inputs, joined[0], joined[1], joined[2], joined[3], np.array(importance))


def _of_presses(hops: Hops, rows: NDArray[np.int32]) -> tuple[list[tuple[Index, bool]], Index]:
    """Windows of each valid press that has any, and windows that belong to none."""
    found = []
    used = np.zeros(len(hops.run), bool)
    for row in rows[rows[:, columns.VALID] > 0]:
        first, end = np.searchsorted(hops.sample, (row[columns.ONSET], row[columns.END] + _LATE))
        same = first + np.flatnonzero(hops.key[first:end] == row[columns.KEY])
        used[same] = True
        chosen = same[hops.run[same] >= SPAN]
        if len(chosen):
            found.append((chosen, bool(row[columns.HARD])))
    return found, np.flatnonzero(~used & (hops.run >= SPAN))


def train(data: Lesson, units: int, seed: int, rounds: int) -> tuple[Network, list[float]]:
    """The network, and the loss after each round over what that round had chosen."""
    network = Network(units, seed)
    rng = np.random.default_rng(seed)
    losses = []
    for number in range(rounds):
        rate = _RATE * 0.5 * (1 + np.cos(np.pi * number / rounds)) + 1e-5
        scores = network.score(data.inputs)
        best = _best(data, means(scores, data.keyed), rng, 0.3 if number < rounds // 2 else 0.05)
        chosen, edge = _hardest(means(scores, data.quiet), rng)
        windows = np.concatenate([best, data.quiet[chosen]])
        target = np.repeat([1.0, 0.0], [len(best), len(chosen)])
        weight = np.concatenate([data.press_weight, data.quiet_weight[chosen]])
        loss = 0.0
        for _ in range(2):
            loss = _pass(network, data.inputs, (windows, target, weight), edge, rate, rng)
        losses.append(loss)
    return network, losses


def means(scores: Matrix, windows: Index, span: int = SPAN) -> Matrix:
    """Mean score of the `span` hops that end at each window's."""
    total = np.concatenate([[0.0], np.cumsum(scores)])
    return np.asarray((total[windows + 1] - total[windows + 1 - span]) / span)


def _best(data: Lesson, scores: Matrix, rng: Generator, noise: float) -> Index:
    """The window of each press that scores highest, give or take some noise: a key need be heard once only."""
    order = np.lexsort((scores + rng.normal(0, noise, len(scores)), data.press))
    last = np.cumsum(np.bincount(data.press)) - 1
    return data.keyed[order[last]]


def _hardest(scores: Matrix, rng: Generator) -> tuple[Index, float]:
    """Windows without a key to learn from, and the score from which on they weigh more."""
    count = min(len(scores), _HARDEST)
    top = np.argpartition(-scores, count - 1)[:count]
    tail = min(len(scores), _TAIL)
    edge = float(np.partition(scores, len(scores) - tail)[len(scores) - tail])
    return np.concatenate([top, rng.choice(len(scores), min(len(scores), _RANDOM))]), edge


def _pass(
    network: Network, inputs: Inputs, chosen: tuple[Index, Matrix, Matrix], edge: float, rate: float, rng: Generator
) -> float:  # fmt: skip
    """All chosen windows once, in random order; the mean weighted cross-entropy before each step."""
    windows, target, weight = chosen
    order = rng.permutation(len(windows))
    loss = 0.0
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        hops = inputs[np.concatenate([windows[part] - back for back in range(SPAN)])]
        scores = network.score(hops).reshape(SPAN, -1).mean(0)
        wanted = target[part]
        extra = np.where(wanted > 0, 0.0, _EXTRA * _odds(1.5 * (scores - edge + 1)))
        loss += float((weight[part] * np.logaddexp(0, np.where(wanted > 0, -scores, scores))).sum())
        slope = (_odds(scores) - wanted) * (weight[part] * (1 + extra)) / len(part)
        network.step(hops, np.tile(slope / SPAN, SPAN), rate)
    return loss / len(order)


def _odds(scores: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -40, 40))))
