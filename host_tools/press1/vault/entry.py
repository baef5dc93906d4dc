"""What the catalogue knows of a recording."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Purpose:
    """`ended`: when its use was stopped, or None."""

    purpose: str
    basis: str
    end: int
    ended: int | None = None


@dataclass(frozen=True)
class Hold:
    """A hold that is in force: why, by whom, since when, to be reviewed when. `told`: when its box had it from here; 0: it was being
    sent; None: never."""

    reason: str
    who: str
    since: int
    review: int
    told: int | None = None


@dataclass(frozen=True)
class Entry:
    """One recording; ids are hex, `size` is that of the sealed file in bytes, `wrapped` the sealed key file."""

    id: str
    call: str
    part: int
    box: str
    created: int
    expires: int
    profile: str
    direction: str
    state: str
    seconds: int
    size: int
    sha256: str
    wrapped: bytes
    imported: int
    purposes: tuple[Purpose, ...]
    hold: Hold | None = None

    @property
    def object(self) -> str:
        """Its name in the store."""
        return f"{self.id[:2]}/{self.id}.p1r"

    def may(self, purpose: str, now: int) -> bool:
        """Whether it may be used for this now; a hold is the purpose `dispute`."""
        if purpose == "dispute" and self.hold:
            return True
        return any(row.purpose == purpose and row.ended is None and row.end > now for row in self.purposes)

    def facts(self) -> dict[str, Any]:
        """For printing: everything but the wrapped key."""
        row = {name: value for name, value in vars(self).items() if name not in ("wrapped", "purposes", "hold")}
        return {**row, "purposes": [vars(one) for one in self.purposes], "hold": vars(self.hold) if self.hold else None}
