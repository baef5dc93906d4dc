"""Prompts: what is said, where the key offer stands, level and band."""

import hashlib
from itertools import product

import numpy as np
import pytest

from press1 import profiles, prompts
from press1.errors import Usage
from press1.policy import elements
from press1.policy.compact import places
from press1.prompts import templates
from press1.speech import active_level_dbm0

RATES = (8000.0, 7812.5)
PROFILE = "training-consent"

# S-row and a word that carries it, in each language, for the strict profile.
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
# The row of each shipped profile's prompt, and what its case adds to purpose and address (docs/guidance.md).
CASES = {
    "documentation": ("S40", "right_to_object access"),
    "documentation-consent": ("S5", "accept withdraw erased listeners access"),
    "training-consent": ("S41", "accept withdraw erased listeners access"),
    "leaflet-48h": ("S41", "accept withdraw erased listeners access deadline"),
    "spoken-yes": ("S5", "yes withdraw erased listeners access"),
    "training-opt-out": ("S42", "opt_out then"),
    "training-special": ("S43", "right_to_object access"),
    "both-training-consent": ("S44", "accept withdraw training_ends right_to_object access"),
    "both-training-opt-out": ("S45", "opt_out right_to_object access"),
    "both-special": ("S46", "right_to_object access"),
}


@pytest.fixture(scope="module", params=list(product(ELEMENTS, RATES)), ids=str)
def prompt(request):
    language, rate = request.param
    return prompts.build(PROFILE, language, rate=rate)


@pytest.mark.parametrize("language", ELEMENTS)
def test_every_element_is_spoken_before_the_key_offer(language):
    policy = profiles.load(PROFILE)
    before = templates.template(policy, language).asked.format(**elements.values(policy, language))
    for row, word in ELEMENTS[language].items():
        assert any(choice in before for choice in word.split("|")), row


@pytest.mark.parametrize("language", ELEMENTS)
@pytest.mark.parametrize("profile", CASES)
def test_each_case_says_what_its_row_requires(profile, language):
    """S40 to S46, S5, S11: by the template's marks, and by the words for one who cannot see the marks."""
    policy = profiles.load(profile)
    row, names = CASES[profile]
    words = templates.template(policy, language)
    text = words.asked.format(**elements.values(policy, language))
    wanted = {"recorded", "address", *names.split(), *(purpose.purpose for purpose in policy.purposes)}
    assert elements.case(policy).row == row
    assert wanted <= words.elements
    assert wanted <= elements.carried(text, policy, language)


def test_the_shipped_profiles_are_those_of_the_contract():
    assert profiles.shipped() == sorted(CASES)


@pytest.mark.parametrize("profile", CASES)
def test_lengths_fit_call_scripts(profile):
    """12 to 18 s, in the fallback's and the rest's prompts too; the offer comes last, or is the end."""
    asked = {place.id: bool(place.policy.asked) and not place.rest for place in places(profiles.load(profile))}
    for clip in prompts.build_all(profile):
        assert 12 <= clip.samples / clip.rate <= 18.1, clip.id
        after = (clip.samples - clip.offer) / clip.rate
        assert (0.5 < after < 4) if asked[clip.id] else after == 0, clip.id
        assert clip.samples == len(clip.alaw)


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
    assert prompts.pronounceable("north.dk/a", templates.voice("en")) == "north dot D K slash a"


@pytest.mark.parametrize(("profile", "language", "says"), [("nope", "da", PROFILE), (PROFILE, "fr", "da, en")])
def test_unknown_names_say_what_there_is(profile, language, says):
    with pytest.raises(Usage) as refused:
        prompts.build(profile, language)
    assert says in refused.value.hint
