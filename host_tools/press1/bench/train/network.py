"""A network of one hidden layer in NumPy, with Adam; score.py computes the same in integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Inputs = NDArray[np.float32]

# Clip limits of the features in the order of firmware/detect/score.py, Q8 log2 units and 1e-5.
LOW = np.array([0, 0, -1000, -1000, -1000, -1500, -1500, -500, -500, -500, -500, -900, 0, 0, 0], np.float64)
HIGH = np.array([2048, 2048, 2048, 2048, 2048, 2500, 2500, 1500, 1500, 2048, 2048, 600, 2400, 2400, 4000], np.float64)
MIDDLE, HALF = (LOW + HIGH) / 2, (HIGH - LOW) / 2
INPUTS = len(LOW)
_CHUNK = 200_000
_DECAY = 1e-5


def scaled(features: NDArray[np.int32]) -> Inputs:
    """Features clipped and brought to -1 .. 1."""
    return np.asarray((np.clip(features, LOW, HIGH) - MIDDLE) / HALF, np.float32)


class Network:
    """`parameters`: hidden weights (inputs x units), hidden biases, output weights (units x 1), output bias."""

    def __init__(self, units: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        hidden = rng.normal(0, 1, (INPUTS, units)) * np.sqrt(2 / INPUTS)
        out = rng.normal(0, 1, (units, 1)) * np.sqrt(2 / units)
        self.parameters: list[Matrix] = [hidden, np.zeros(units), out, np.zeros(1)]
        self._mean = [np.zeros_like(p) for p in self.parameters]
        self._square = [np.zeros_like(p) for p in self.parameters]
        self._steps = 0

    def score(self, inputs: Inputs) -> Matrix:
        """Log odds that a hop is of a key."""
        parts = [self._forward(inputs[i : i + _CHUNK])[1] for i in range(0, len(inputs), _CHUNK)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def step(self, inputs: Inputs, slope: Matrix, rate: float) -> None:
        """One step of Adam down the loss whose slope over each score is given."""
        lit, _ = self._forward(inputs)
        out = self.parameters[2]
        back = (slope[:, None] @ out.T) * (lit > 0)
        slopes = [inputs.T @ back, back.sum(0), lit.T @ slope[:, None], slope.sum(keepdims=True)]
        self._steps += 1
        for p, g, mean, square in zip(self.parameters, slopes, self._mean, self._square, strict=True):
            g = g + _DECAY * p
            mean[...] = 0.9 * mean + 0.1 * g
            square[...] = 0.999 * square + 0.001 * g * g
            p -= rate * (mean / (1 - 0.9**self._steps)) / (np.sqrt(square / (1 - 0.999**self._steps)) + 1e-8)

    def _forward(self, inputs: Inputs) -> tuple[Matrix, Matrix]:
        hidden, bias, out, last = self.parameters
        lit = np.maximum(inputs @ hidden + bias, 0)
        return lit, (lit @ out + last)[:, 0]


def joined(networks: list[Network]) -> list[Matrix]:
    """Parameters of one network that scores as the mean of several."""
    hidden, bias, out, last = zip(*(n.parameters for n in networks), strict=True)
    return [np.hstack(hidden), np.hstack(bias), np.vstack(out) / len(networks), np.asarray(sum(last) / len(networks))]
