"""The form the box keeps (docs/policy.md, "Compact form"), and the prompts that it names."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from press1.policy.model import Policy, Purpose

DIRECTIONS = ("in", "out")


@dataclass(frozen=True)
class Place:
    """A prompt that a box needs: its id, and what it is said for. `policy` is the strict one for a fallback's prompts."""

    id: str
    policy: Policy
    language: str
    direction: str
    rest: bool
    then: str = ""  # language in which the same clip goes on


def compact(policy: Policy) -> dict[str, Any]:
    """The map that a box takes."""
    until = _midnight(policy.assessment.expires) if policy.assessment and policy.announced else None
    return {
        "profile": policy.profile,
        "purposes": [_purpose(purpose) for purpose in policy.purposes],
        "keys": dict(policy.keys),
        "spoken": policy.spoken,
        "timeout_s": policy.timeout_s,
        "prompts": _prompts(policy),
        "threat": {"keep_s": policy.threat_keep_s} if policy.threat_keep_s else None,
        "until": until,
        "fallback": compact(strict(policy)) if until is not None else None,
        "notice": policy.notice,
    }


def strict(policy: Policy) -> Policy:
    """What takes over when an assessment has run out (S19): every purpose asks for consent, by the usual keys and words."""
    return replace(
        policy,
        profile=f"{policy.profile}.consent",
        purposes=tuple(replace(purpose, basis="consent", special=False) for purpose in policy.purposes),
        keys={"accept": "1", "withdraw": "0", "opt_out": ""},
        spoken=False,
        joined=False,
        wording="",
        assessment=None,
        prompts=(),
    )


def places(policy: Policy) -> list[Place]:
    """Every prompt that the box needs before it takes the policy, each once."""
    found = [place for direction, rest in _uses(policy) for place in _in_turn(policy, direction, rest)]
    if compact(policy)["fallback"]:
        found += places(strict(policy))
    return list({place.id: place for place in reversed(found)}.values())[::-1]


def _uses(policy: Policy) -> list[tuple[str, bool]]:
    """(direction, rest): a rest is spoken where training may be left out of a call in which documentation begins unasked."""
    training = policy.of("training")
    left_out = training is not None and (training.share < 100 or training.cap_day or training.quota)
    rest = bool(left_out and len(policy.purposes) > 1 and policy.announced)
    return [(direction, kind) for kind in (False, True)[: 1 + rest] for direction in DIRECTIONS]


def _in_turn(policy: Policy, direction: str, rest: bool) -> list[Place]:
    """What is played first and second; one clip that says it in both languages where they are joined."""
    if policy.joined:
        return [_place(policy, direction, rest, *policy.languages)]
    return [_place(policy, direction, rest, language) for language in policy.languages]


def _place(policy: Policy, direction: str, rest: bool, *languages: str) -> Place:
    """Both directions share a prompt, unless the owner wrote one for outgoing calls (S14)."""
    apart = any(policy.own_prompt(each, direction, rest) != policy.own_prompt(each, "in", rest) for each in languages)
    parts = [policy.profile, *(["out"] if apart else []), *(["rest"] if rest else []), "-".join(languages)]
    return Place(".".join(parts), policy, languages[0], direction, rest, "".join(languages[1:]))


def _prompts(policy: Policy) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {"in": [], "in_rest": [], "out": [], "out_rest": []}
    for direction, rest in _uses(policy):
        ids[direction + ("_rest" if rest else "")] = [place.id for place in _in_turn(policy, direction, rest)]
    return ids


def _purpose(purpose: Purpose) -> dict[str, Any]:
    names = ("purpose", "basis", "special", "keep_s", "review_s", "share", "cap_day", "quota")
    return {name: getattr(purpose, name) for name in names}


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
