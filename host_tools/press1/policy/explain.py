"""A policy in plain words: what will happen on a call, and which row of the guidance says so."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from press1.policy import durations
from press1.policy.compact import places
from press1.policy.model import DAY_S, Assessment, Policy, Purpose
from press1.report import spoken

_THREE_MONTHS_S = 92 * DAY_S
_Line = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Sentence:
    """`section`: its heading, in the reader's language."""

    section: str
    row: str
    text: str


def explain(policy: Policy, language: str, words: dict[str, str]) -> list[Sentence]:
    """`words`: text of each prompt by its id, as `press1.prompts.texts` gives them."""
    texts = _texts()
    parts = {"before": _before(policy), "call": _call(policy, words), "during": _during(policy), "after": _after(policy)}
    return [
        Sentence(
            texts["section"][language][section], texts[key]["row"], texts[key][language].format(**_said(policy, language, more))
        )
        for section, lines in parts.items()
        for key, more in lines
    ]


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(resources.files("press1.policy").joinpath("explain.toml").read_text(encoding="utf-8"))


def _said(policy: Policy, language: str, more: dict[str, Any]) -> dict[str, Any]:
    """Values for a sentence: the policy's own, and `more`, its lengths, purposes and languages put into words."""
    words = _texts()["word"][language]
    values = {
        "profile": policy.profile,
        "starts": spoken.calendar(policy.starts, language),
        "timeout": policy.timeout_s,
        "listeners": policy.listeners[language],
        "address": policy.address,
        **policy.keys,
        **_assessed(policy.assessment, language),
    }
    for name, value in more.items():
        if isinstance(value, dict):
            value = value.get(language, "")
        if name in ("keep", "review"):
            value = durations.said(value, language)
        values[name] = words.get(value, value) if name in ("purpose", "language", "second") else value
    values["Purpose"] = str(values.get("purpose", "")).capitalize()
    return values


def _assessed(made: Assessment | None, language: str) -> dict[str, str]:
    if made is None:
        return {}
    return {"author": made.author, **{name: spoken.calendar(getattr(made, name), language) for name in ("made", "expires")}}


def _before(policy: Policy) -> Iterator[_Line]:
    yield "idle", {}
    yield "starts", {}
    for purpose in policy.purposes:
        yield _basis(policy, purpose)
        yield from _volume(purpose)


def _basis(policy: Policy, purpose: Purpose) -> _Line:
    name = purpose.purpose
    if purpose.basis == "balancing" and name == "documentation":
        return "basis-assessment", {"purpose": name}
    if purpose.special:
        return "basis-special", {"purpose": name, "why": policy.justification}
    key = {"consent": "consent", "balancing": "balancing", "legal-obligation": "law", "authority": "authority"}[purpose.basis]
    why = {"balancing": purpose.why_basis, "law": purpose.law, "authority": policy.authority}.get(key, {})
    return f"basis-{key}", {"purpose": name, "why": why}


def _volume(purpose: Purpose) -> Iterator[_Line]:
    name = {"purpose": purpose.purpose}
    if purpose.share < 100:
        yield "share", {**name, "share": purpose.share, "why": purpose.why_share}
    elif purpose.why_share:
        yield "all", {**name, "why": purpose.why_share}
    if purpose.cap_day:
        yield "cap", {**name, "count": purpose.cap_day}
    if purpose.quota:
        yield "quota", {**name, "count": purpose.quota}


def _call(policy: Policy, words: dict[str, str]) -> Iterator[_Line]:
    own = [place for place in places(policy) if place.policy is policy and not place.rest]
    yield ("apart" if any(place.direction == "out" for place in own) else "same"), {}
    first = policy.languages[0]
    for place in own:
        if place.language == first:
            yield "told", {"language": first, "text": words.get(place.id, "…")}
    for purpose in policy.announced:
        yield "announced", {"purpose": purpose.purpose}
    if policy.announced and not policy.joined and len(set(policy.languages)) > 1:
        yield "first-only", {"language": first, "second": policy.languages[1]}
    if policy.asked:
        yield from _question(policy)


def _question(policy: Policy) -> Iterator[_Line]:
    for purpose in policy.asked:
        yield ("ask-spoken" if policy.spoken else "ask-key"), {"purpose": purpose.purpose}
    if len(policy.languages) > 1 and not policy.announced:
        yield "again", {"language": policy.languages[1]}
    else:
        yield "last", {}
    if not policy.announced:
        yield "strict", {}
        yield "refusal", {}


def _during(policy: Policy) -> Iterator[_Line]:
    if policy.asked:
        yield ("withdraw-training" if policy.announced else "withdraw-all"), {}
    alone = "all" if len(policy.purposes) == 1 else "training"
    for purpose in policy.announced:
        if purpose.opt_out:
            yield f"opt-out-{alone}", {}
        elif purpose.special:
            yield f"special-{alone}", {}
    if [purpose.purpose for purpose in policy.announced] == ["documentation"]:
        yield "objection", {}
    yield "stop", {}
    yield "pause", {}
    yield ("threat", {"keep": policy.threat_keep_s}) if policy.threat_keep_s else ("no-threat", {})


def _after(policy: Policy) -> Iterator[_Line]:
    for purpose in policy.purposes:
        yield from _end(purpose)
    if len(policy.purposes) > 1:
        yield "apart-ends", {}
    if policy.of("training"):
        yield "used", {}
    yield "listeners", {}
    yield "rights", {}
    yield ("sms" if policy.inform == "sms" else "notice"), {}
    if policy.assessment and policy.announced:
        yield "lapse", {}


def _end(purpose: Purpose) -> Iterator[_Line]:
    name = {"purpose": purpose.purpose, "keep": purpose.keep_s}
    if purpose.review_s:
        yield "review", {**name, "review": purpose.review_s}
    else:
        yield ("keep-cap" if purpose.keep_s <= 2 * DAY_S else "keep"), name
    if purpose.keep_s > _THREE_MONTHS_S:
        yield "long", {**name, "why": purpose.why_keep or purpose.law}
