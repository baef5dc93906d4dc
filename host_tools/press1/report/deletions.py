"""Was everything destroyed on time (S22, S23)? Each recording's end from the journal, against its receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ON_TIME_S = 60  # the box looks every second; a call in progress may keep it from it a little
_GRACE_S = 3600


@dataclass
class Life:
    """One recording by the journal; times, 0 or None for what has not come. `due`: its end, a hold counted in."""

    id: str
    call: bytes
    started: int
    end: int
    purposes: tuple[str, ...]
    due: int
    held: int = 0
    why: str = ""
    erased: int | None = None
    reason: str = ""
    file: bool = False
    restarted: bool = False

    @property
    def late_s(self) -> int:
        """Seconds from its end to the destruction of its key; 0 where it went before."""
        return max(0, self.erased - self.due) if self.erased is not None and self.reason == "expired" else 0

    def overdue(self, now: int) -> bool:
        """Alive though its time is over."""
        return self.erased is None and self.due + _GRACE_S < now


def lives(entries: Iterable[dict[str, Any]], until: int) -> list[Life]:
    """Every recording that was begun before `until`, from the whole journal up to there."""
    found: dict[bytes, Life] = {}
    for entry in entries:
        if entry["t"] < until:
            _note(found, entry)
    return list(found.values())


def _note(found: dict[bytes, Life], entry: dict[str, Any]) -> None:
    event, at = entry["event"], entry["t"]
    if event == "start":
        end = entry["expires"]
        found[entry["id"]] = Life(entry["id"].hex(), entry["call"], at, end, tuple(entry["purposes"]), end)
    elif event == "boot":
        for life in found.values():
            life.restarted |= life.erased is None and at > life.due
    elif (life_ := found.get(entry.get("id", b""))) is not None:
        _change(life_, entry)


def _change(life: Life, entry: dict[str, Any]) -> None:
    event, at = entry["event"], entry["t"]
    if event == "hold":
        life.held, life.why, life.due = entry["until"], entry["reason"], max(life.end, entry["until"])
    elif event == "release":
        life.held, life.due = 0, max(life.end, at)
    elif event == "erase":
        life.erased, life.reason, life.file, life.held = entry["slot"], entry["reason"], entry["file"] is not None, 0
    elif event == "unlinked":
        life.file = True


def alive(found: Iterable[Life], at: int) -> int:
    """How many there were at a time."""
    return sum(life.started <= at and (life.erased is None or life.erased > at) for life in found)
