"""A policy file as text: TOML with the row of the guidance beside each value."""

import json
from datetime import date
from typing import Any

_ROWS = {
    "profile": "the box and its journal name it so",
    "company": "as callers know the name",
    "notice": "S28: page for these recordings alone; `press1 notice` makes it",
    "listeners": "S8: who hears the recordings",
    "languages": "the first, and the one of the second try",
    "timeout_s": "seconds of silence after the prompt",
    "starts": "not in force before",
    "joined": "S2: the notice in both languages before recording begins",
    "spoken": "S5: the employee attests a spoken yes with the consent button",
    "basis": "S16, S17, S32",
    "keep": "S22",
    "mode": "S24",
    "share": "S39: per cent of the calls, drawn before the prompt",
    "why_share": "S38",
    "why_basis": "S32",
    "why_keep": "S22",
    "law": "S16",
    "cap_day": "S36: most recordings a day",
    "special": "S34: opting out needs a stated ground",
    "expires": "S19: from then on the box asks for consent",
    "justification": "S35",
    "reference": "S13: the authority's opinion",
}
_ABOVE = {"assessment": "S17, S18: why documentation cannot be had otherwise", "threat": "S12", "contact": "for the notice (S27)"}


def dumps(policy: dict[str, Any]) -> str:
    """TOML text of a policy's tables; values are text, numbers, booleans, dates, lists of text, and texts by language."""
    lines = [_line(key, value) for key, value in policy.items() if not _is_table(key, value)]
    for key, value in policy.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                lines += ["", f"[[{key}]]", *(_line(name, item) for name, item in row.items())]
        elif _is_table(key, value):
            head = f"[{key}]" + (f"  # {_ABOVE[key]}" if key in _ABOVE else "")
            lines += ["", head, *(_line(name, item) for name, item in value.items())]
    return "\n".join(lines) + "\n"


def _is_table(key: str, value: Any) -> bool:
    if isinstance(value, dict):
        return key not in ("company", "listeners")
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _line(key: str, value: Any) -> str:
    note = f"  # {_ROWS[key]}" if key in _ROWS else ""
    return f"{key} = {_value(value)}{note}"


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # what JSON writes, TOML's basic strings read
