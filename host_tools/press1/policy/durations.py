"""Lengths of time as people write them: "90 days", "48 timer", "3 months"."""

import re

_HOUR, _DAY = 3_600, 86_400
_UNITS = {
    _HOUR: ("hour", "hours", "time", "timer"),
    _DAY: ("day", "days", "dag", "dage"),
    7 * _DAY: ("week", "weeks", "uge", "uger"),
    30 * _DAY: ("month", "months", "måned", "måneder"),
    365 * _DAY: ("year", "years", "år"),
}
_SECONDS = {name: seconds for seconds, names in _UNITS.items() for name in names}
_FORM = re.compile(r"(\d{1,6}) ?([a-zåø]+)")
HINT = 'such as "90 days", "48 hours" or "3 months" (of 30 days)'


def seconds(text: object) -> int | None:
    """Seconds, or None where the text is no length of time."""
    found = _FORM.fullmatch(text.strip().lower()) if isinstance(text, str) else None
    unit = _SECONDS.get(found[2]) if found else None
    return int(found[1]) * unit if found and unit else None


def said(length_s: int, language: str) -> str:
    """A length as a person says it: hours up to three days, else days."""
    words = {"da": ("time", "timer", "dag", "dage"), "en": ("hour", "hours", "day", "days")}[language]
    unit, names = (_HOUR, words[:2]) if length_s < 3 * _DAY else (_DAY, words[2:])
    count = round(length_s / unit)
    return f"{count} {names[count != 1]}"
