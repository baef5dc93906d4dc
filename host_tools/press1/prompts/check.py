"""The validator of S47: a prompt says what its case requires, and can be heard, whole, without sounding like a key."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from press1 import p56
from press1.policy import Finding, Policy, elements
from press1.policy.compact import Place, places
from press1.prompts import Prompt, build_place, templates
from press1.prompts.own import faults
from press1.prompts.safe import trips

SHORTEST_S, LONGEST_S = 4.0, 30.0  # S28: short; for each language
LEVELS_DBM0 = (-26.0, -10.0)  # active speech that a telephone user neither strains at nor flinches from
QUIETEST_ACTIVITY = 0.4  # share of the time in which somebody speaks
LONGEST_PAUSE_S = 2.5
_SILENT = 200.0  # of 32,768: 44 dB under full scale, well under speech at the lowest level
_FRAME_S = 0.02


def check_words(policy: Policy) -> list[Finding]:
    """Elements that the policy's prompts lack: by the marks of a template, by the words of an owner's text."""
    spoken = [(place, language) for place in places(policy) for language in (place.language, place.then) if language]
    return [finding for place, language in spoken for finding in _words(place, language)]


def _words(place: Place, language: str) -> list[Finding]:
    policy = place.policy
    written = policy.own_prompt(language, place.direction, place.rest)
    if written:
        said = elements.carried(written.text, policy, language)
    else:
        said = templates.template(policy, language, place.rest).elements
    return elements.missing(policy, language, said, place.rest, f"prompt {place.id}")


def check_all(policy: Policy, clips: Sequence[Prompt] | None = None) -> list[Finding]:
    """Words and sound of every prompt of a policy; `clips`: as `build_all` made them. PolicyRefused for an unusable WAV."""
    found = check_words(policy)
    if found:
        return found
    for place in places(policy):
        made = next((clip for clip in clips or () if clip.id == place.id), None) or build_place(place, 8000.0)
        found += check_sound(made, asked=bool(place.policy.asked) and not place.rest)
    return found


def check_sound(prompt: Prompt, asked: bool) -> list[Finding]:
    """What is wrong with a clip as the box would play it; `asked`: it offers a key or waits for a spoken yes."""
    return [Finding(row, f"prompt {prompt.id}: {what}", write) for row, what, write in _sound(prompt, asked)]


def _sound(prompt: Prompt, asked: bool) -> Iterator[tuple[str, str, str]]:
    samples, rate = prompt.decode(), prompt.rate
    for fault in faults(samples.astype(float), rate, prompt.offer / rate):
        yield fault.row, fault.what, fault.write
    longest = LONGEST_S * len(prompt.language.split("-"))
    if not SHORTEST_S <= len(samples) / rate <= longest:
        yield "S28", f"{len(samples) / rate:.1f} s long", f"say it in {SHORTEST_S:.0f} to {longest:.0f} s"
    if not np.any(samples):
        return
    level = p56.measure(samples, rate)
    if not LEVELS_DBM0[0] <= level.active_dbm0 <= LEVELS_DBM0[1]:
        yield (
            "S47",
            f"its speech stands at {level.active_dbm0:.1f} dBm0",
            "bring it to about -16 dBm0 (`press1 prompt build` does)",
        )
    if level.activity < QUIETEST_ACTIVITY or _longest_pause_s(samples, rate) > LONGEST_PAUSE_S:
        yield "S47", "most of it is silence, or a long pause stands in it", f"leave no pause longer than {LONGEST_PAUSE_S} s"
    if asked and prompt.offer < SHORTEST_S * rate:
        yield (
            "S5",
            f"the key offer stands at {prompt.offer / rate:.1f} s, before anything can have been said",
            "write offer_seconds anew",
        )
    heard = trips(samples, rate)
    if heard:
        yield "S47", f"the box would hear key {heard[0].digit} in it", "use other words, or another voice"


def _longest_pause_s(samples: np.ndarray, rate: float) -> float:
    """Longest stretch between spoken frames, ends included."""
    size = round(_FRAME_S * rate)
    whole = len(samples) // size * size
    loud = np.flatnonzero(np.abs(samples[:whole].astype(float)).reshape(-1, size).max(axis=1, initial=0) > _SILENT)
    edges = [-1, *loud.tolist(), whole // size]
    return max(after - before - 1 for before, after in pairwise(edges)) * _FRAME_S
