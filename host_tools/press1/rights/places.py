"""Where a recording is: on the box, in the vault, or both. What is done to it is done in each."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from press1.device import Device
from press1.errors import Gone, Usage
from press1.vault.entry import Entry

if TYPE_CHECKING:
    from press1.vault.vault import Vault  # loads the database

REASON_MAX = 120  # characters that the box takes
_SHORTEST = 4  # hex digits of an id


@dataclass(frozen=True)
class Found:
    """One recording. `entry`: in the vault; `item`: as the box lists it; at least one of them."""

    id: str
    entry: Entry | None = None
    item: dict[str, Any] | None = None

    @property
    def call(self) -> str:
        return self.entry.call if self.entry else str(self._listed["call"].hex())

    @property
    def created(self) -> int:
        return self.entry.created if self.entry else int(self._listed["created"])

    @property
    def expires(self) -> int:
        """Its end: the box's word goes first, it may be held there."""
        return int(self.item["expires"]) if self.item else self._kept.expires

    @property
    def held(self) -> bool:
        return bool(self.entry and self.entry.hold) or bool(self.item and self.item["hold"])

    @property
    def purposes(self) -> list[str]:
        """Those that have not ended, on the box if it is there."""
        if self.item:
            return [str(name) for name in self.item["purposes"]]
        return [row.purpose for row in self._kept.purposes if row.ended is None]

    @property
    def _listed(self) -> dict[str, Any]:
        assert self.item
        return self.item

    @property
    def _kept(self) -> Entry:
        assert self.entry
        return self.entry


class Places:
    """A vault, a session with the box, or both; None for what is not there."""

    def __init__(self, vault: "Vault | None", device: Device | None) -> None:
        self.vault, self.device = vault, device

    @property
    def box(self) -> str:
        """Id of the box that is there, or ""."""
        return self.device.about.box.hex() if self.device and self.device.about else ""

    def all(self) -> list[Found]:
        """Every recording, oldest first."""
        entries = {entry.id: entry for entry in self.vault.catalogue.entries()} if self.vault else {}
        items = {item["id"].hex(): item for item in self.device.ls()} if self.device else {}
        found = [Found(ident, entries.get(ident), items.get(ident)) for ident in {**entries, **items}]
        return sorted(found, key=lambda one: (one.created, one.call, one.id))

    def find(self, texts: Sequence[str]) -> list[Found]:
        """Recordings by the beginnings of their ids, or all of a call by its id's. Gone for none, Usage for several."""
        everything = self.all()
        named = [one for text in texts for one in _named(everything, text.lower())]
        return list({one.id: one for one in named}.values())

    def hold(self, found: Found, until: int, reason: str, role: str) -> None:
        """Keep it until its review (S23)."""
        if self.device and found.item:
            self.device.hold(bytes.fromhex(found.id), until, reason[:REASON_MAX])
        if self.vault and found.entry:
            self.vault.hold(found.entry, reason, role, until)
            if self.device and found.item:
                self.vault.catalogue.hold_told(found.id, self.vault.now())

    def release(self, found: Found, role: str) -> None:
        """End its hold; Usage where there is none."""
        if not found.held:
            raise Usage(f"{found.id} is not held")
        if self.device and found.item and found.item["hold"]:
            self.device.release(bytes.fromhex(found.id))
        if self.vault and found.entry:
            self.vault.release(found.entry, role)
            if self.device and found.item:
                self.vault.catalogue.release_told(found.id, self.vault.now())

    def erase(self, found: Found, reason: str = "erased") -> None:
        """Destroy it for good. Usage while it is held: the box would not refuse."""
        if found.held:
            raise Usage(f"{found.id} is held", "`press1 release` first, if the dispute has ended")
        if self.vault and found.entry:
            self.vault.erase(found.entry, reason)
        if self.device and found.item:
            self._erase_there(found.id, reason)

    def _erase_there(self, ident: str, reason: str) -> None:
        assert self.device
        with suppress(Gone):  # gone is what was wanted
            self.device.erase(bytes.fromhex(ident), reason)
        if self.vault:
            self.vault.catalogue.told([ident], self.vault.now())

    def used(self, found: Found) -> None:
        """Mark it on the box (S37)."""
        if self.device and found.item:
            self.device.used(bytes.fromhex(found.id))

    def object_to(self, found: Found, ground: str) -> None:
        """Journal an objection on the box (S25)."""
        if self.device and found.item:
            self.device.object_to(bytes.fromhex(found.id), ground[:REASON_MAX])


def _named(everything: list[Found], text: str) -> list[Found]:
    if not _SHORTEST <= len(text) <= 32 or set(text) - set("0123456789abcdef"):
        raise Usage(
            f"{text!r} is no id", f"{_SHORTEST} to 32 hexadecimal digits, as `press1 ls` and `press1 vault ls` print them"
        )
    one = [found for found in everything if found.id.startswith(text)]
    found = one or [found for found in everything if found.call.startswith(text)]
    if not found:
        raise Gone(f"neither box nor vault holds a recording {text}", "`press1 ls` and `press1 vault ls` show what there is")
    if len(one) > 1 or (not one and len({row.call for row in found}) > 1):
        raise Usage(f"{text} is the beginning of several ids", "give more digits")
    return found
