"""What happened in a call, from `events.jsonl`: words for people, and a picture (docs/events.md)."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A stretch of line time in seconds."""

    start: float
    end: float
    name: str


@dataclass(frozen=True)
class Moments:
    """What the picture marks, in seconds of line time."""

    prompts: tuple[Span, ...]
    offers: tuple[float, ...]
    keys: tuple[float, ...]  # counted keys of the caller
    recorded: tuple[Span, ...]


@dataclass(frozen=True)
class Sheet:
    """What to draw. `first_s` is the line time of the recording's first sample; `kept_days` the days it lived."""

    title: str
    ear: Path
    line: Path
    recording: Path
    first_s: float
    moments: Moments
    days: int
    kept_days: float


def load(path: Path) -> list[Event]:
    """The events of a run."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def moments(events: Iterable[Event]) -> Moments:
    """Prompts, key offers, keys and recorded spans of the events of one call."""
    events = list(events)
    keys = tuple(e["t"] for e in events if e["event"] == "key" and e["counted"])
    offers = tuple(e["t"] for e in events if e["event"] == "prompt" and e["what"] == "offer")
    return Moments(_prompts(events), offers, keys, _recorded(events))


def _prompts(events: list[Event]) -> tuple[Span, ...]:
    return _spans(events, lambda e: (e["what"] == "started", e["what"] in ("ended", "stopped"), e["prompt"]), "prompt")


def _recorded(events: list[Event]) -> tuple[Span, ...]:
    return _spans(events, lambda e: (e["open"], not e["open"], "recorded"), "gate")


def _spans(events: list[Event], read: Callable[[Event], tuple[bool, bool, str]], kind: str) -> tuple[Span, ...]:
    """Pair beginnings with ends; what never ends lasts until the last event."""
    spans: list[Span] = []
    begun: Event | None = None
    for event in events:
        if event["event"] != kind:
            continue
        begins, ends, name = read(event)
        if ends and begun is not None:
            spans.append(Span(begun["t"], event["t"], name))
        begun = event if begins else (None if ends else begun)
    if begun is not None:
        spans.append(Span(begun["t"], events[-1]["t"], read(begun)[2]))
    return tuple(spans)


_LANGUAGES = {"da": "Danish", "en": "English"}
_PROMPT = {
    "started": "The box speaks the {language} prompt to both sides. Nothing is recorded.",
    "offer": "The key offer has been spoken: from now on a key counts.",
    "ended": "The prompt has ended; the box waits for a key.",
    "stopped": "The prompt stops at once.",
}
_MEANING = {
    "accept": "The caller presses {digit}: yes.",
    "decline": "The caller presses another key: no.",
    "withdraw": "The caller presses {digit}: consent withdrawn.",
    "early": "The caller presses {digit} before the offer: it does not count.",
}
_JOURNAL = {
    "consent": "Consent is in the journal, with prompt and sample.",
    "refusal": "The journal says that there was no consent ({reason}).",
    "withdrawal": "The journal says that consent was withdrawn ({by}).",
    "stop": "Part {part} is closed after {records} sealed records ({reason}).",
    "unrecorded": "This call cannot be recorded ({reason}).",
}


def language(prompt: str) -> str:
    """The language of a prompt by its id, in words."""
    return _LANGUAGES.get(prompt.rpartition(".")[2], prompt)


def told(event: Event) -> str:
    """One event in plain words; empty for what only a technician asks about."""
    teller = _TELLERS.get(event["event"])
    return teller(event) if teller else ""


def _prompt(event: Event) -> str:
    return _PROMPT[event["what"]].format(language=language(event["prompt"]))


def _key(event: Event) -> str:
    return _MEANING.get(event["meaning"], "").format(**event)


def _gate(event: Event) -> str:
    if event["open"]:
        return f"Recording begins: sample {event['sample']} of the call is the first that is stored."
    return f"Recording ends before sample {event['sample']}."


def _journal(event: Event) -> str:
    entry = event["entry"]
    if entry["event"] == "erase":
        file = "its file was unlinked" if entry["file"] is not None else "its file waits for the card"
        return f"{entry['reason'].capitalize()}: the key of {entry['id'][:8]} was destroyed, {file}."
    return _JOURNAL.get(entry["event"], "").format(**entry)


def _fault(event: Event) -> str:
    return f"FAULT: {event['fault']}"


_TELLERS: dict[str, Callable[[Event], str]] = {
    "prompt": _prompt,
    "key": _key,
    "gate": _gate,
    "journal": _journal,
    "fault": _fault,
}


def rows(events: Iterable[Event]) -> list[tuple[str, str, str]]:
    """(line time, UTC, words) of every event that has words."""
    return [(f"{e['t']:7.2f} s", e["at"].replace("T", " ").rstrip("Z"), told(e)) for e in events if told(e)]
