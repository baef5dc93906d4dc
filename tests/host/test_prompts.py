"""Prompts: what is said, where the key offer stands, level and band."""

import hashlib
import io
from itertools import product

import numpy as np
import pytest

from press1 import profiles, prompts
from press1.errors import Usage
from press1.speech import active_level_dbm0

RATES = (8000.0, 7812.5)
PROFILE = "training-consent"

# S-row and a word that carries it, in each language.
ELEMENTS = {
    "da": {
        "S4 purpose": "oplæring",
        "S8 who hears": "undervisere",
        "S6 withdrawal": "fortryde|trække",
        "S9 key": "med 0",
        "S10 erased": "sletter",
        "S28 address": "eksempel.dk/telefon",
        "S41 access": "indsigt",
        "S5 key": "Tast 1",
    },
    "en": {
        "S4 purpose": "train staff",
        "S8 who hears": "trainers",
        "S6 withdrawal": "withdraw",
        "S9 key": "with 0",
        "S10 erased": "erase",
        "S28 address": "eksempel.dk/telefon",
        "S41 access": "access",
        "S5 key": "Press 1",
    },
}


@pytest.fixture(scope="module", params=list(product(ELEMENTS, RATES)), ids=str)
def prompt(request):
    language, rate = request.param
    return prompts.build(PROFILE, language, rate=rate)


def test_every_element_is_spoken_before_the_key_offer(prompt):
    words = prompts._template(PROFILE, prompt.language)
    before = words["ask"].format(company="X", address=words["address"], accept="1", withdraw="0")
    for row, word in ELEMENTS[prompt.language].items():
        assert any(choice in before for choice in word.split("|")), row
    assert prompt.text.startswith(before.replace("X", words["company"]))


def test_lengths_fit_call_scripts(prompt):
    assert 12 <= prompt.samples / prompt.rate <= 18
    assert 0.5 < (prompt.samples - prompt.offer) / prompt.rate < 4
    assert prompt.samples == len(prompt.alaw)


def test_the_offer_is_followed_by_silence_and_then_by_the_tail(prompt):
    loud = np.abs(prompt.decode().astype(float))
    pause, before, after = (
        loud[prompt.offer + round(a * prompt.rate) : prompt.offer + round(b * prompt.rate)].max()
        for a, b in ((0.03, 0.2), (-0.3, 0), (0.3, 1))
    )
    assert pause < 64 < min(before, after)


def test_level_without_clipping(prompt):
    samples = prompt.decode()
    assert active_level_dbm0(samples, prompt.rate) == pytest.approx(prompts.LEVEL_DBM0, abs=0.1)
    assert np.abs(samples.astype(int)).max() < 32256  # A-law's largest value


def test_band_is_the_telephone_band(prompt):
    spectrum = np.abs(np.fft.rfft(prompt.decode().astype(float))) ** 2
    hertz = np.fft.rfftfreq(prompt.samples, 1 / prompt.rate)
    outside = spectrum[(hertz < 200) | (hertz > 3550)].sum()
    assert outside < 1e-3 * spectrum.sum()


def test_the_hash_repeats_and_names_the_stored_bytes(prompt):
    from press1 import speech

    speech.say.cache_clear()
    again = prompts.build(PROFILE, prompt.language, rate=prompt.rate)
    assert again.hash == prompt.hash == hashlib.sha256(prompt.alaw).digest()


def test_names_are_filled_in_and_spoken_out():
    prompt = prompts.build(PROFILE, "en", company="North Ltd", address="north.example/calls")
    assert "May North Ltd record" in prompt.text and "north.example/calls" in prompt.text
    words = prompts._template(PROFILE, "en")
    assert prompts.pronounceable("north.dk/a", words) == "north dot D K slash a"


@pytest.mark.parametrize(("profile", "language", "says"), [("nope", "da", PROFILE), (PROFILE, "fr", "da, en")])
def test_unknown_names_say_what_there_is(profile, language, says):
    with pytest.raises(Usage) as refused:
        prompts.build(profile, language)
    assert says in refused.value.hint


def test_policy_is_the_map_of_the_architecture():
    policy = profiles.policy(PROFILE)
    assert policy == {
        "profile": PROFILE,
        "purposes": [{"purpose": "training", "basis": "consent", "keep_s": 7_776_000}],
        "accept": "1",
        "withdraw": "0",
        "timeout_s": 6,
        "prompts": {"in": [f"{PROFILE}.da", f"{PROFILE}.en"], "out": [f"{PROFILE}.da", f"{PROFILE}.en"]},
        "notice": "https://eksempel.dk/telefon",
    }


def test_the_box_does_not_hear_keys_in_its_own_prompt(prompt, tmp_path):
    """The earpiece tap hears the prompt through the phone's side tone."""
    from fractions import Fraction

    from press1.lab import lab_dtmf

    path, heard = tmp_path / "prompt.raw", io.StringIO()
    path.write_bytes(prompt.decode().astype("<i2").tobytes())
    lab_dtmf(path, Fraction(prompt.rate), heard)
    assert heard.getvalue() == ""
