"""Spoken prompts: text from templates or from the owner, speech, and the sample at which the key offer has been spoken."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from press1 import audio, profiles
from press1.errors import Usage
from press1.policy import Policy, elements
from press1.policy.compact import Place, places
from press1.prompts import own, templates
from press1.prompts.safe import make_safe
from press1.speech import active_level_dbm0, set_level, speak

LEVEL_DBM0 = -16.0  # active speech level (ITU-T P.56) on a telephone line, near ITU-T G.111's nominal
_PAUSE_S = 0.25  # between the key offer and the tail, and at both ends


@dataclass(frozen=True)
class Prompt:
    """A clip as the box stores it."""

    id: str  # profile and language: "training-consent.da"
    language: str
    text: str  # as written, for the journal and the reader of a report
    alaw: bytes  # G.711 A-law, one byte a sample
    offer: int  # sample at which the key offer has been spoken; an earlier key does not count
    samples: int
    hash: bytes  # SHA-256 of `alaw`
    rate: float
    level_dbm0: float

    def decode(self) -> np.ndarray:
        """int16 samples, as the box plays them."""
        return audio.decode(self.alaw)


def build(
    profile: str | Path | Policy,
    language: str,
    company: str | None = None,
    address: str | None = None,
    rate: float = 8000.0,
) -> Prompt:
    """The prompt for incoming calls in a language; `company` and `address` replace the policy's.

    Raises Usage for an unknown profile or language, SpeechError without espeak-ng, UnsafePrompt where the words sound like a key.
    """
    policy = _named(profile, company, address)
    if language not in policy.languages:
        known = ", ".join(policy.languages)
        raise Usage(f"profile {policy.profile} has no prompt in {language!r}", hint=f"languages: {known}")
    return build_place(next(place for place in places(policy) if language in (place.language, place.then)), rate)


def build_all(
    profile: str | Path | Policy,
    company: str | None = None,
    address: str | None = None,
    rate: float = 8000.0,
) -> list[Prompt]:
    """Every prompt that a box needs before it takes the policy."""
    return [build_place(place, rate) for place in places(_named(profile, company, address))]


def texts(policy: Policy) -> dict[str, str]:
    """Words of each prompt of a policy by its id, without speaking them."""
    return {place.id: _text(place) for place in places(policy)}


def _named(profile: str | Path | Policy, company: str | None, address: str | None) -> Policy:
    policy = profile if isinstance(profile, Policy) else profiles.load(profile)
    if company:
        policy = replace(policy, company=dict.fromkeys(policy.company, company))
    return replace(policy, notice=f"https://{address}") if address else policy


def build_place(place: Place, rate: float) -> Prompt:
    """One prompt, safe from being heard as a key: the owner's where there is one, else the template's."""
    samples, offer = _sound(place, place.language, rate)
    if place.then:
        samples = np.concatenate([samples, _sound(place, place.then, rate)[0]])
        offer = len(samples)
    samples = make_safe(set_level(samples, rate, LEVEL_DBM0), rate)
    alaw = audio.encode(samples)
    return Prompt(
        id=place.id,
        language="-".join(filter(None, (place.language, place.then))),
        text=_text(place),
        alaw=alaw,
        offer=offer,
        samples=len(alaw),
        hash=hashlib.sha256(alaw).digest(),
        rate=rate,
        level_dbm0=active_level_dbm0(samples, rate),
    )


def _text(place: Place) -> str:
    return " ".join(part for language in (place.language, place.then) if language for part in _words(place, language) if part)


def _words(place: Place, language: str) -> tuple[str, str]:
    """(what is said up to the offer, what after it), as written."""
    written = place.policy.own_prompt(language, place.direction, place.rest)
    if written:
        return written.text, written.tail
    found = templates.template(place.policy, language, place.rest)
    values = elements.values(place.policy, language)
    return found.asked.format(**values), found.tail.format(**values)


def _sound(place: Place, language: str, rate: float) -> tuple[np.ndarray, int]:
    """Samples, and the sample at which all that must be said has been said."""
    written = place.policy.own_prompt(language, place.direction, place.rest)
    if written and written.wav:
        return own.recorded(Path(place.policy.folder) / written.wav, written.offer_seconds, rate)
    return _say(place.policy, language, *_words(place, language), rate)


def pronounceable(name: str, voice: dict[str, Any]) -> str:
    """A name or web address as it is to be said: abbreviations spelled out, its signs named."""
    for written, spoken in voice["say"].items():
        name = name.replace(written, spoken)
    return name.replace(".", voice["dot"]).replace("/", voice["slash"])


def _say(policy: Policy, language: str, ask: str, tail: str, rate: float) -> tuple[np.ndarray, int]:
    """Samples of the whole clip, and the sample at which `ask` has been said."""
    voice = templates.voice(language)
    names = [name for name in (policy.company[language], policy.address) if name]
    parts = [_spoken(part, names, voice, rate) for part in (ask, tail) if part]
    pause = np.zeros(round(_PAUSE_S * rate))
    whole = np.concatenate([pause, *(piece for part in parts for piece in (part, pause))])
    offer = len(pause) + len(parts[0]) if tail else len(whole)  # nothing is offered: all of it is the notice
    return whole, offer


def _spoken(text: str, names: list[str], voice: dict[str, Any], rate: float) -> np.ndarray:
    for name in names:
        text = text.replace(name, pronounceable(name, voice))
    return speak(text, voice["voice"], rate, voice["words_per_minute"])
