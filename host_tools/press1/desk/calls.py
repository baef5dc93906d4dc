"""Calls as a person sees them: the parts of one call together, wherever they lie."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from press1.rights.places import Found
from press1.vault.entry import Entry, Hold


@dataclass
class Call:
    """Parts of one call in the vault (`entries`) and on boxes (`items`, of `box`)."""

    id: str
    box: str
    entries: list[Entry] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ids(self) -> tuple[str, ...]:
        """Of its recordings, in hex."""
        return tuple(self._by_part("part"))

    def found(self) -> list[Found]:
        """Its recordings, one by one."""
        entries = {entry.id: entry for entry in self.entries}
        items = {item["id"].hex(): item for item in self.items}
        return [Found(ident, entries.get(ident), items.get(ident)) for ident in self.ids]

    @property
    def here(self) -> bool:
        """Some of it is in the vault."""
        return bool(self.entries)

    @property
    def whole(self) -> bool:
        """All that the box holds of it is in the vault too."""
        have = {entry.id for entry in self.entries}
        return all(item["id"].hex() in have for item in self.items)

    @property
    def on_box(self) -> bool:
        """A box that is plugged in still has it."""
        return bool(self.items)

    @property
    def created(self) -> int:
        """When its first part began."""
        return min([entry.created for entry in self.entries] + [item["created"] for item in self.items])

    @property
    def expires(self) -> int:
        """When its last part goes."""
        return max([entry.expires for entry in self.entries] + [item["expires"] for item in self.items])

    @property
    def seconds(self) -> int:
        """Stored sound."""
        return sum(self._by_part("seconds").values())

    @property
    def parts(self) -> int:
        """How many."""
        return len(self._by_part("part"))

    def _by_part(self, name: str) -> dict[str, int]:
        return {
            **{item["id"].hex(): item[name] for item in self.items},
            **{entry.id: getattr(entry, name) for entry in self.entries},
        }

    @property
    def direction(self) -> str:
        """`in`, `out` or `unknown`."""
        return self.entries[0].direction if self.entries else str(self.items[0]["direction"])

    @property
    def purposes(self) -> list[tuple[str, str]]:
        """(purpose, basis) of what it is kept for; a purpose that has ended is left out, and a hold is none."""
        found: dict[str, str] = {}
        for entry in self.entries:
            found |= {row.purpose: row.basis for row in entry.purposes if row.ended is None}
        for item in self.items:
            bases = item["basis"]
            for at, name in enumerate(item["purposes"]):
                found.setdefault(name, bases[min(at, len(bases) - 1)] if bases else "")
        found.pop("dispute", None)
        return sorted(found.items())

    @property
    def hold(self) -> Hold | None:
        """Why it is kept beyond its time, where the vault knows it."""
        return next((entry.hold for entry in self.entries if entry.hold), None)

    @property
    def held(self) -> bool:
        """Kept beyond its time, here or on the box."""
        return self.hold is not None or any(item["hold"] for item in self.items)

    @property
    def cut(self) -> bool:
        """A part of it was cut short."""
        states = [entry.state for entry in self.entries] + [item["state"] for item in self.items]
        return "cut" in states


def together(entries: Iterable[Entry], items: Iterable[tuple[str, dict[str, Any]]]) -> list[Call]:
    """Calls, newest first, of the vault's entries and the boxes' (box, item)."""
    found: dict[str, Call] = {}
    for entry in entries:
        found.setdefault(entry.call, Call(entry.call, entry.box)).entries.append(entry)
    for box, item in items:
        found.setdefault(item["call"].hex(), Call(item["call"].hex(), box)).items.append(item)
    for call in found.values():
        call.entries.sort(key=lambda entry: entry.part)
        call.items.sort(key=lambda item: int(item["part"]))
    return sorted(found.values(), key=lambda call: call.created, reverse=True)
