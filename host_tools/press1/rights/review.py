"""What is due for review (S23, S24), and what was never used (S37)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press1.policy import Policy
from press1.rights.places import Found
from press1.rights.policies import kept_policies


@dataclass(frozen=True)
class Due:
    """`why`: hold (its review date), or retention (the policy has a person look before it goes at `end`)."""

    found: Found
    why: str
    due: int
    end: int


class Terms:
    """Review times by the policies that this computer keeps; `entries`: the box's journal, where it is at hand."""

    def __init__(self, home: Path, entries: Iterable[dict[str, Any]] = ()) -> None:
        self._policies = kept_policies(home)
        self._loaded = [
            (entry["t"], policy)
            for entry in entries
            if entry["event"] == "policy" and (policy := self._policies.get(_hash(entry)))
        ]

    def review_s(self, found: Found) -> int:
        """Seconds before its end at which it is due; 0 where nobody need look."""
        return max((self._of(policy, found) for policy in self._in_force(found)), default=0)

    def _in_force(self, found: Found) -> list[Policy]:
        if found.entry:
            return [policy for policy in self._policies.values() if policy.profile == found.entry.profile]
        return [policy for at, policy in self._loaded if at <= found.created][-1:]

    @staticmethod
    def _of(policy: Policy, found: Found) -> int:
        return max((row.review_s for row in policy.purposes if row.purpose in found.purposes), default=0)


def _hash(entry: dict[str, Any]) -> str:
    digest = entry.get("hash")
    return digest.hex() if isinstance(digest, bytes) else ""


def due(everything: Iterable[Found], terms: Terms) -> list[Due]:
    """All that will be due, soonest first."""
    rows = []
    for found in everything:
        if found.held:
            at = found.entry.hold.review if found.entry and found.entry.hold else found.expires
            rows.append(Due(found, "hold", at, found.expires))
        elif (seconds := terms.review_s(found)) > 0:
            rows.append(Due(found, "retention", found.expires - seconds, found.expires))
    return sorted(rows, key=lambda row: (row.due, row.found.id))


def unused(everything: Iterable[Found], marked: set[str], before: int) -> list[Found]:
    """Recordings made before `before` for training alone, which nobody has used and nobody holds."""
    return [
        found
        for found in everything
        if found.purposes == ["training"]
        and found.created < before
        and not found.held
        and found.id not in marked
        and not (found.item and found.item["used"])
    ]
