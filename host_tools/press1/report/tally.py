"""Numbers of a period, counted from the journal's entries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]
RECORDED, REFUSED, WITHDRAWN, LEFT_OUT, UNRECORDED = "recorded", "refused", "withdrawn", "leftout", "unrecorded"


@dataclass
class Tally:
    """`calls`: by call id, (time of its first entry, outcome); counters by reason or kind; `draws`: (purpose, share) to (drawn, calls)."""

    calls: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    draws: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    prompts: dict[bytes, Counter[str]] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    recordings: Counter[str] = field(default_factory=Counter)
    samples: int = 0
    events: list[Entry] = field(default_factory=list)

    def of(self, name: str) -> Counter[str]:
        """A counter, empty where nothing was counted."""
        return self.counts.get(name, Counter())

    def total(self, name: str) -> int:
        return sum(self.of(name).values())

    @property
    def outcomes(self) -> Counter[str]:
        """Calls by outcome."""
        return Counter(outcome for _, outcome in self.calls.values())


# event: the field by which it is counted
_BY = {
    "consent": "by", "refusal": "reason", "withdrawal": "by", "dropped": "purpose", "left_out": "reason", "unrecorded": "reason",
    "threat": "reason", "erase": "reason", "objection": "ground", "session": "role", "boot": "cause", "fault": "fault",
}  # fmt: skip
_OUTCOME = {"start": RECORDED, "refusal": REFUSED, "unrecorded": UNRECORDED}
_LATER = {UNRECORDED: 0, LEFT_OUT: 1, REFUSED: 2, RECORDED: 3, WITHDRAWN: 4}
CLOCK = ("clock", "boot", "found", "update", "fault")


def tally(entries: Sequence[Entry]) -> Tally:
    """Entries of the period alone."""
    out = Tally()
    for entry in entries:
        _count(out, entry)
        _call(out, entry)
        _special(out, entry)
    return out


def _count(out: Tally, entry: Entry) -> None:
    name = entry["event"]
    if name == "session" and entry.get("ok"):
        name = "opened"
    if entry["event"] in _BY:
        out.counts.setdefault(name, Counter())[str(entry.get(_BY[entry["event"]], ""))] += _times(entry)
    elif name in ("hold", "release", "pull", "unlinked", "found", "clock", "update"):
        out.counts.setdefault(name, Counter())[name] += 1


def _times(entry: Entry) -> int:
    """Wrong proofs come as counts."""
    times = entry.get("times", 1)
    return times if type(times) is int and times > 0 else 1


def _call(out: Tally, entry: Entry) -> None:
    call = entry.get("call")
    if not isinstance(call, bytes):
        return
    at, before = out.calls.get(call, (entry["t"], UNRECORDED))
    now = _OUTCOME.get(entry["event"], before)
    if entry["event"] == "unrecorded" and entry["reason"] == "left_out":
        now = LEFT_OUT
    if entry["event"] == "withdrawal" and entry.get("by") != "mark":
        now = WITHDRAWN
    out.calls[call] = (at, max(before, now, key=_LATER.__getitem__))


def _special(out: Tally, entry: Entry) -> None:
    event = entry["event"]
    if event == "draw":
        key = (entry["purpose"], entry["share"])
        hits, calls = out.draws.get(key, (0, 0))
        out.draws[key] = (hits + bool(entry["drawn"]), calls + 1)
    elif event == "prompt":
        played = out.prompts.setdefault(entry["hash"], Counter())
        played["played"] += 1
        played["offer"] += bool(entry["offer"])
        out.names[entry["hash"]] = entry["prompt"]
    elif event == "start":
        out.recordings.update(entry["purposes"])
    elif event == "stop":
        out.samples += entry["samples"]
    if event in CLOCK:
        out.events.append(entry)
