"""A prompt must not trip the detector that listens while it plays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from press1 import p56, prompts
from press1.prompts import safe
from press1.prompts.safe import Trip, dtmf_safe, make_safe, trips

RATE = 8000.0


def key(digit: str, ms: float, dbm0: float, rate: float = RATE) -> np.ndarray:
    at = safe._KEYS.index(digit)
    t = np.arange(round(ms * rate / 1000)) / rate
    peak = 32768 * 10 ** ((dbm0 - 3.14) / 20)
    return peak * sum(np.sin(2 * np.pi * f * t) for f in (safe._LOW_HZ[at // 4], safe._HIGH_HZ[at % 4]))


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return prompts.build("training-consent", "en", rate=RATE).decode()


def with_key(speech: np.ndarray, digit: str, at: int, ms: float = 70, dbm0: float = -14) -> np.ndarray:
    out = speech.astype(float)
    tone = key(digit, ms, dbm0)
    out[at : at + len(tone)] = 0.1 * out[at : at + len(tone)] + tone
    return np.clip(np.round(out), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("rate", [8000.0, 7812.5])
@pytest.mark.parametrize("language", ["da", "en"])
def test_shipped_prompts_are_safe_and_at_their_level(language, rate):
    prompt = prompts.build("training-consent", language, rate=rate)
    assert dtmf_safe(prompt.decode(), rate)
    assert p56.measure(prompt.decode(), rate).active_dbm0 == pytest.approx(-16, abs=0.15)


def test_a_key_in_a_prompt_is_found_where_it_is_at_every_gain(speech):
    heard = trips(with_key(speech, "1", 30000), RATE)
    assert {trip.digit for trip in heard} == {"1"}
    assert all(30000 < trip.sample < 30000 + 0.3 * RATE for trip in heard)
    assert len(heard) >= len(safe.GAINS_DB)


def test_notching_removes_the_key_and_little_else(speech):
    bad = with_key(speech, "1", 30000)
    good = make_safe(bad, RATE)
    assert dtmf_safe(good, RATE)
    changed = np.flatnonzero(good != bad)
    assert changed[0] > 28000 and changed[-1] < 34000
    assert len(good) == len(bad)


def test_what_is_safe_stays_as_it_is(speech):
    assert np.array_equal(make_safe(speech, RATE), speech)


@settings(max_examples=4, deadline=None)
@given(digit=st.sampled_from(safe._KEYS), at=st.integers(4000, 90000), dbm0=st.floats(-25, -8))
def test_any_key_anywhere_is_removed(speech, digit, at, dbm0):
    assert dtmf_safe(make_safe(with_key(speech, digit, at, 60, dbm0), RATE), RATE)


def test_what_cannot_be_helped_is_refused(speech, monkeypatch):
    monkeypatch.setattr(safe, "_notched", lambda samples, rate, trip: samples)
    with pytest.raises(safe.UnsafePrompt):
        make_safe(with_key(speech, "5", 20000), RATE)


def test_silence_and_nothing():
    assert dtmf_safe(np.zeros(0, np.int16), RATE)
    assert trips(np.zeros(8000, np.int16), RATE) == []
    assert Trip("1", 5) == Trip("1", 5)
