"""Turns a network into the text of firmware/detect/weights.py, and back; counts in integers as the firmware does."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from press1.bench.train.network import HALF, HIGH, INPUTS, LOW, MIDDLE, Matrix
from press1.errors import Press1Error

_LARGEST_NUMBER = 2**15 - 1
_LARGEST_SUM = 2**31 - 1
_TEXT = '''"""Numbers of the DTMF score, trained on voices and key presses (docs/dtmf.md); Q8 log2 units, 256 = 3.01 dB."""

UNITS = {units}
# Output bias (Q8), clip limits of the features in the order of score.py, then a unit a line: bias (Q10), output
# weight (Q8), weights of the features (Q20).
WEIGHTS = (
    {lines}
)  # fmt: skip
LIMITS = (-3850, -880, 590)  # least level of a tone; twist from, to
MEAN_OF_TWO = {means[0]}  # least mean score of so many hops
MEAN_OF_THREE = {means[1]}
MEAN_OF_FIVE = {means[2]}
'''


@dataclass(frozen=True)
class Table:
    """The integers: output bias (Q8), for each unit bias (Q10), weight in the output (Q8) and a column of weights (Q20)."""

    last: int
    bias: NDArray[np.int64]
    out: NDArray[np.int64]
    hidden: NDArray[np.int64]

    def score(self, features: NDArray[np.int32]) -> NDArray[np.int64]:
        """Log odds in Q8, as `score.network` counts them."""
        clipped = np.clip(features, LOW, HIGH).astype(np.int64)
        lit = np.maximum((clipped @ self.hidden >> 10) + self.bias, 0)
        return (lit @ self.out + (self.last << 10)) >> 10


def rounded(parameters: list[Matrix]) -> Table:
    """Parameters over scaled features as integers over raw ones; raises if one leaves 16 bits or a sum could leave 32."""
    hidden, bias, out, last = parameters
    table = Table(
        int(np.rint(last[0] * 256)),
        np.rint((bias - (hidden * (MIDDLE / HALF)[:, None]).sum(0)) * 1024).astype(np.int64),
        np.rint(out[:, 0] * 256).astype(np.int64),
        np.rint(hidden / HALF[:, None] * 2**20).astype(np.int64),
    )
    _require_room(table)
    return table


def _require_room(table: Table) -> None:
    largest = max(np.abs(part).max(initial=0) for part in (table.hidden, table.bias, table.out, np.array(table.last)))
    low, high = (table.hidden * limit[:, None] for limit in (LOW, HIGH))
    sums = np.maximum(np.abs(low), np.abs(high)).sum(0)
    lit = np.maximum(np.maximum(low, high).sum(0) / 1024 + table.bias, 0)
    total = np.abs(lit * table.out).sum() + abs(table.last) * 1024
    if largest > _LARGEST_NUMBER or max(sums.max(initial=0), total) > _LARGEST_SUM:
        raise Press1Error("the network does not fit the firmware's integers", hint="train with another seed or fewer units")


def text(parameters: list[Matrix], means: tuple[float, float, float]) -> str:
    """The module; `means` are log odds that 2, 3 and 5 hops must reach."""
    table = rounded(parameters)
    limits = [f"{int(low)}, {int(high)}" for low, high in zip(LOW, HIGH, strict=True)]
    units = [[b, o, *column] for b, o, column in zip(table.bias, table.out, table.hidden.T, strict=True)]
    lines = [f"{table.last},", ", ".join(limits[:8]) + ",", ", ".join(limits[8:]) + ","]
    lines += [", ".join(str(int(v)) for v in unit) + "," for unit in units]
    return _TEXT.format(units=len(units), lines="\n    ".join(lines), means=[int(m * 256) for m in means])


def read(module: str) -> tuple[list[Matrix], tuple[float, float, float]]:
    """Parameters and means out of the text of a weights.py; `text` of them is that text again."""
    named: dict[str, Any] = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(module).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    weights = np.array(named["WEIGHTS"], np.float64)
    units = weights[1 + 2 * INPUTS :].reshape(-1, 2 + INPUTS)
    hidden = units[:, 2:].T / 2**20 * HALF[:, None]
    bias = units[:, 0] / 1024 + (hidden * (MIDDLE / HALF)[:, None]).sum(0)
    means = named["MEAN_OF_TWO"], named["MEAN_OF_THREE"], named["MEAN_OF_FIVE"]
    return [hidden, bias, units[:, 1:2] / 256, weights[:1] / 256], (means[0] / 256, means[1] / 256, means[2] / 256)
