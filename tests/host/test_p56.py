"""Active speech level: known signals, the definition written out plainly, and the box's own meter."""

import os
import subprocess
from math import exp, inf
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from press1 import p56
from press1.sim.interpreter import firmware, micropython

ROOT = Path(__file__).resolve().parents[2]
RATE = 8000


def sine(seconds: float, dbm0: float, hertz: float = 1000.0, rate: float = RATE) -> np.ndarray:
    peak = 32768 * 10 ** ((dbm0 - p56.FULL_SCALE_DBM0) / 20)
    return peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def bursts(on_s: float, off_s: float, count: int, dbm0: float) -> np.ndarray:
    return np.tile(np.concatenate([sine(on_s, dbm0), np.zeros(round(off_s * RATE))]), count)


def voice(name: str) -> tuple[np.ndarray, int]:
    return soundfile.read(str(ROOT / "tests/system/audio" / f"{name}.wav"), dtype="int16")


@pytest.mark.parametrize("rate", [7812.5, 8000, 16000, 48000])
@pytest.mark.parametrize("dbm0", [3.0, -16.0, -40.0])
def test_a_steady_sine_has_its_own_level(rate, dbm0):
    level = p56.measure(sine(4, dbm0, rate=rate), rate)
    assert level.mean_dbm0 == pytest.approx(dbm0, abs=0.01)
    assert level.active_dbm0 == pytest.approx(dbm0, abs=0.1)
    assert level.activity == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("on_s", "off_s"), [(1.0, 3.0), (2.0, 2.0), (0.5, 1.5)])
def test_pauses_count_only_for_the_hangover(on_s, off_s):
    """The envelope of a burst falls through 15.9 dB in 97 ms; 200 ms of hangover follow: 0.2 to 0.3 s more than the burst."""
    level = p56.measure(bursts(on_s, off_s, 8, -16), RATE)
    assert level.mean_dbm0 == pytest.approx(-16 + 10 * np.log10(on_s / (on_s + off_s)), abs=0.05)
    assert on_s + 0.2 < level.activity * (on_s + off_s) < on_s + 0.32
    assert level.active_dbm0 == pytest.approx(-16 + 10 * np.log10(on_s / (on_s + 0.26)), abs=0.25)


def test_pauses_shorter_than_the_hangover_belong_to_speech():
    level = p56.measure(bursts(0.2, 0.15, 12, -20), RATE)
    assert level.activity > 0.97


def test_silence_has_no_level():
    assert p56.measure(np.zeros(8000), RATE) == p56.Level(-inf, -inf, 0.0)
    assert p56.measure(np.zeros(0), RATE).power == 0
    assert p56.measure(np.full(4000, 0.01), RATE).active_dbm0 < -80


@settings(max_examples=25, deadline=None)
@given(gain_db=st.floats(-30, 0), seed=st.integers(0, 999))
def test_gain_moves_the_level_by_itself(gain_db, seed):
    random = np.random.default_rng(seed)
    x = random.normal(0, 3000, 16000) * np.repeat(random.random(16) > 0.4, 1000)
    first, second = (p56.measure(x * g, RATE) for g in (1.0, 10 ** (gain_db / 20)))
    if first.active_dbm0 > -inf:
        assert second.active_dbm0 - first.active_dbm0 == pytest.approx(gain_db, abs=0.35)  # interpolation between thresholds
        assert first.active_dbm0 >= first.mean_dbm0 - 1e-9


def plain(x: np.ndarray, rate: float) -> float:
    """Method B sample by sample, as the Recommendation describes it."""
    g, hangover = exp(-1 / (0.03 * rate)), round(0.2 * rate)
    thresholds = [2.0**j for j in range(-1, 15)]
    counts, hangs = [0] * 16, [hangover + 1] * 16
    p = q = energy = 0.0
    for value in x:
        energy += value * value
        p = g * p + (1 - g) * abs(value)
        q = g * q + (1 - g) * p
        for j, threshold in enumerate(thresholds):
            hangs[j] = 0 if q >= threshold else hangs[j] + 1
            counts[j] += hangs[j] <= hangover
    levels = [10 * np.log10(energy / count) for count in counts if count]
    over = [level - 20 * np.log10(threshold) - 15.9 for level, threshold in zip(levels, thresholds, strict=False)]
    j = next(i for i, excess in enumerate(over) if excess <= 0)
    part = over[j - 1] / (over[j - 1] - over[j])
    return levels[j - 1] + part * (levels[j] - levels[j - 1]) + 10 * np.log10(2 / 32768**2) + 3.14


@pytest.mark.parametrize("name", ["caller", "employee"])
def test_the_fast_form_is_the_plain_one(name):
    x, rate = voice(name)
    x = x[: 3 * rate].astype(float)
    assert p56.measure(x, rate).active_dbm0 == pytest.approx(plain(x, rate), abs=1e-6)


def box(samples: np.ndarray) -> list[int]:
    """The box's meter over samples at 8 kHz: active level, mean (tenths of dBm0), activity (per mille)."""
    script = Path(__file__).with_name("level_meter.mpy.py")
    environment = {**os.environ, "MICROPYPATH": str(firmware())}
    pcm = np.round(samples).astype("<i2").tobytes()
    done = subprocess.run([micropython(), str(script), "8000", "1"], input=pcm, capture_output=True, check=True, env=environment)
    return [int(word) for word in done.stdout.split()]


@pytest.mark.parametrize("name", ["caller", "employee"])
@pytest.mark.parametrize("gain_db", [0, -12])
def test_the_box_measures_the_same(name, gain_db):
    x, _ = voice(name)
    x = x.astype(float) * 10 ** (gain_db / 20)
    want, (active, mean, activity) = p56.measure(x, RATE), box(x)
    assert active / 10 == pytest.approx(want.active_dbm0, abs=0.3)
    assert mean / 10 == pytest.approx(want.mean_dbm0, abs=0.2)
    assert activity / 1000 == pytest.approx(want.activity, abs=0.05)
