"""The detector's viper kernels mean the same with 32-bit registers as on the 64-bit unix port, to the last bit."""

import numpy as np
import pytest

from press1.bench import dtmf_corpus as corpus
from press1.bench.dtmf_cost import Kernels, run_timed


def _signals() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    loud, faint = (corpus.tone(key, corpus.Shape(level, 100), rng) for key, level in (("5", -3.0), ("D", -36.0)))
    noisy = corpus.tone("*", corpus.Shape(-15, 200, 3.0, 0.012, -0.012), rng) + rng.normal(0, 700, 1600)
    return {
        "keys": np.concatenate([loud, faint, noisy]),
        "noise over the whole range": rng.integers(-32768, 32768, 1600),
        "full-scale square wave": np.tile(np.repeat([-32768, 32767], [5, 6]), 150),
        "dial tone": 12000 * np.sin(np.arange(3200) * 2 * np.pi * 425 / 8000) + np.pad(loud, (2400, 0)),
    }


@pytest.mark.parametrize("name", list(_signals()))
def test_same_on_32_bits(name):
    """The ring of spectra and the features of the last candidate are equal after the signal."""
    samples = corpus.to_int16(_signals()[name])
    samples = samples[: len(samples) // 160 * 160]
    told = run_timed(samples)
    kernels = Kernels(told)
    assert kernels.run(samples) / len(samples) < 6 * 333  # instructions a sample; the plain Goertzel bank needs 333
    assert kernels.words("ring", len(told["ring"])) == told["ring"]
    assert kernels.words("feature", len(told["feature"])) == told["feature"]
