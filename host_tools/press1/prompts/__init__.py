"""Spoken prompts: text from templates, speech, and the sample at which the key offer has been spoken.

The templates are TOML files beside this module, one a profile, one table a language.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from press1 import audio, profiles
from press1.errors import Usage
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
    profile: str,
    language: str,
    company: str | None = None,
    address: str | None = None,
    rate: float = 8000.0,
) -> Prompt:
    """The prompt of a profile in a language; names not given are the demonstration's.

    Raises Usage for an unknown profile or language, SpeechError without espeak-ng, UnsafePrompt where the words sound like a key.
    """
    words = _template(profile, language)
    written = {"company": company or words["company"], "address": address or words["address"]}
    spoken = {name: pronounceable(value, words) for name, value in written.items()}
    keys = {name: profiles.policy(profile)[name] for name in ("accept", "withdraw")}
    ask, tail = (words[part].format(**spoken, **keys) for part in ("ask", "tail"))
    samples, offer = _say(words, ask, tail, rate)
    alaw = audio.encode(samples)
    return Prompt(
        id=f"{profile}.{language}",
        language=language,
        text=f"{words['ask']} {words['tail']}".format(**written, **keys),
        alaw=alaw,
        offer=offer,
        samples=len(alaw),
        hash=hashlib.sha256(alaw).digest(),
        rate=rate,
        level_dbm0=active_level_dbm0(samples, rate),
    )


def _template(profile: str, language: str) -> dict[str, Any]:
    spoken = profiles.languages(profile)  # an unknown profile ends here
    if language not in spoken:
        raise Usage(f"profile {profile} has no prompt in {language!r}", hint=f"languages: {', '.join(spoken)}")
    text = resources.files(__name__).joinpath(f"{profile}.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)[language])


def pronounceable(name: str, words: dict[str, Any]) -> str:
    """A name or web address as it is to be said: abbreviations spelled out, its signs named."""
    for written, spoken in words["say"].items():
        name = name.replace(written, spoken)
    return name.replace(".", words["dot"]).replace("/", words["slash"])


def _say(words: dict[str, Any], ask: str, tail: str, rate: float) -> tuple[np.ndarray, int]:
    """int16 samples of the whole clip, safe from being heard as a key, and the sample at which `ask` has been said."""
    pause = np.zeros(round(_PAUSE_S * rate))
    asked, rest = (speak(part, words["voice"], rate, words["words_per_minute"]) for part in (ask, tail))
    whole = np.concatenate([pause, asked, pause, rest, pause])
    return make_safe(set_level(whole, rate, LEVEL_DBM0), rate), len(pause) + len(asked)
