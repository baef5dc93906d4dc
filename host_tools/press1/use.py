"""What a recording may be used for now (S30): each purpose has its own end, and one that joined in mid-call covers nothing before."""

import time
from collections.abc import Sequence
from typing import Any

from press1.errors import Gone, RefusedByBox, Usage
from press1.head import PURPOSES, Head


class NotForThis(RefusedByBox):
    """The recording was not made for this purpose, or the caller took it back."""


class Use:
    """One purpose, followed through the parts of a call. Without a purpose (None) everything is open."""

    def __init__(self, purpose: str | None, heads: Sequence[Head], now: int | None = None) -> None:
        if purpose is not None and purpose not in PURPOSES:
            raise Usage(f"no purpose {purpose!r}", f"purposes: {', '.join(PURPOSES)}")
        self.purpose = purpose
        self.now = int(time.time()) if now is None else now
        self.open = purpose is None
        self.seen = self.open
        for head in heads:
            self._check_end(head)

    def _check_end(self, head: Head) -> None:
        for row in head.purposes:
            if row.purpose == self.purpose:
                self._not_ended(row.end)

    def _not_ended(self, end: int) -> None:
        if end <= self.now:
            raise Gone(
                f"its use for {self.purpose} has ended", "delete what was exported for it; `press1 inspect` shows the ends"
            )

    def begin(self, head: Head) -> None:
        """The next part: open from its first sample where its header names the purpose."""
        if self.purpose is not None:
            self.open = any(row.purpose == self.purpose for row in head.purposes)
            self.seen |= self.open

    def event(self, fields: dict[str, Any], head: Head) -> None:
        """An event record. NotForThis when the purpose was taken back: then nothing of the call serves it."""
        if self.purpose is None or fields.get("purpose") != self.purpose:
            return
        if fields["event"] == "purpose-ended":
            raise NotForThis(f"the caller ended its use for {self.purpose}", "another --purpose may still be open")
        if fields["event"] == "purpose-granted":
            end = fields.get("end")
            self._not_ended(end if type(end) is int else head.expires)
            self.open = self.seen = True

    def finish(self) -> None:
        """After the last part. NotForThis when no part was made for the purpose."""
        if not self.seen:
            raise NotForThis(f"it was not recorded for {self.purpose}", "`press1 inspect` shows its purposes")


def ended(heads: Sequence[Head], now: int | None = None) -> bool:
    """Every purpose of every part has ended."""
    moment = int(time.time()) if now is None else now
    return all(row.end <= moment for head in heads for row in head.purposes)
