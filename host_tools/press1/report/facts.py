"""Everything a report is written from, gathered once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from press1.policy import Policy, kept
from press1.report import deletions, tally
from press1.report.deletions import Life
from press1.report.source import Source
from press1.report.tally import Tally
from press1.rights.cases import Case, CaseLog
from press1.rights.policies import kept_policies


@dataclass(frozen=True)
class InForce:
    """A policy's time. `policy`: None where its text is not here; `given`: the text is of the file that was named by hand."""

    start: int
    end: int | None
    hash: str
    profile: str
    policy: Policy | None
    given: bool
    lapsed: int | None


@dataclass(frozen=True)
class Facts:
    """`start` and `end` of the period (times); `given`: a policy file that was named by hand."""

    source: Source
    home: Path
    start: int
    end: int
    made: int
    given: Policy | None = None

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        """Entries of the period."""
        return [entry for entry in self.source.entries if self.start <= entry["t"] < self.end]

    @cached_property
    def tally(self) -> Tally:
        return tally.tally(self.entries)

    @property
    def until(self) -> int:
        """What can be known: to the period's end, or to where the journal ends."""
        return min(self.end, self.source.now + 1)

    @cached_property
    def lives(self) -> list[Life]:
        """Every recording up to the end."""
        return deletions.lives(self.source.entries, self.until)

    @cached_property
    def erased(self) -> list[Life]:
        """Those erased in the period."""
        return [life for life in self.lives if life.erased is not None and self.start <= life.erased < self.end]

    @cached_property
    def overdue(self) -> list[Life]:
        return [life for life in self.lives if life.overdue(self.until)]

    @cached_property
    def held(self) -> list[Life]:
        return [life for life in self.lives if life.held and life.erased is None]

    @cached_property
    def policies(self) -> list[InForce]:
        """Those in force in the period, in order."""
        known, rows = kept_policies(self.home), [entry for entry in self.source.entries if entry["event"] == "policy"]
        loads = [entry for entry in rows if "hash" in entry]
        found = []
        for entry, after in zip(loads, [*loads[1:], None], strict=True):
            end = after["t"] if after else None
            lapses = [
                row["t"] for row in rows if row.get("lapsed") and entry["t"] <= row["t"] and (end is None or row["t"] < end)
            ]
            policy = known.get(entry["hash"].hex())
            given = policy is None and self.given is not None and self.given.profile == entry["profile"]
            policy = self.given if given else policy
            lapsed = lapses[0] if lapses else None
            found.append(InForce(entry["t"], end, entry["hash"].hex(), entry["profile"], policy, given, lapsed))
        return [row for row in found if row.start < self.end and (row.end is None or row.end > self.start)]

    @cached_property
    def cases(self) -> list[Case]:
        """Cases of this box that were opened or changed in the period, and those still open."""
        every = [case for case in CaseLog(self.home).cases() if case.steps[0].box in ("", self.source.box) or not self.source.box]
        return [
            case
            for case in every
            if case.kind != "used" and (case.open or any(self.start <= step.at < self.end for step in case.steps))
        ]

    @cached_property
    def unanswered(self) -> int:
        """Objections of the period that have no case."""
        calls = {life.id: life.call.hex() for life in self.lives}
        about = {case.call for case in self.cases} | {calls.get(ident, ident) for case in self.cases for ident in case.recordings}
        objections = [entry for entry in self.entries if entry["event"] == "objection"]
        return sum(_call(entry, calls) not in about for entry in objections)

    @cached_property
    def sms(self) -> int:
        """Texts logged in the period."""
        from press1.notice import sms

        return sum(self.start <= _time(entry.at) < self.end for entry in sms.entries(self.home / "sms.jsonl"))

    def words(self, digest: bytes) -> str:
        """What a prompt says, or ""."""
        try:
            found = kept.prompt(self.home, digest)
        except json.JSONDecodeError:
            return ""
        return " ".join(str(found["text"]).split()) if found else ""


def _call(entry: dict[str, Any], calls: dict[str, str]) -> str:
    if "call" in entry:
        return str(entry["call"].hex())
    return calls.get(entry["id"].hex(), entry["id"].hex())


def _time(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def shares(found: Tally) -> Sequence[tuple[str, int, int, int, int, int]]:
    """(purpose, share, drawn, calls, fewest, most) of each draw."""
    from press1.report import sampling

    return [
        (purpose, share, hits, calls, *sampling.bounds(calls, share / 100))
        for (purpose, share), (hits, calls) in sorted(found.draws.items())
    ]
