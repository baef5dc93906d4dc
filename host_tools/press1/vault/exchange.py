"""Receipts between vault and box, at every connection: what one side erased, the other erases too.

It may break off anywhere and be repeated: what comes twice is nothing.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from press1 import journal
from press1.conversation import typed
from press1.device import Device
from press1.errors import Damaged, RefusedByBox
from press1.vault import holds
from press1.vault import schema as t
from press1.vault.entry import Entry
from press1.vault.sweep import ORDERS
from press1.vault.vault import Vault, terms

_PIECE = 32  # ids a request takes


@dataclass
class Exchanged:
    """`told`: ids that the box heard of; `erased`: entries destroyed because the box had; `held`: kept in spite of that, because they
    are held; `elsewhere`: ids that had been pulled, and of which this vault never had a copy; `kept`, `released`: ids whose hold, or its
    end, the box heard of; `fault`: why the journal was not read, or a hold not sent."""

    told: list[str] = field(default_factory=list)
    erased: list[Entry] = field(default_factory=list)
    held: list[Entry] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    fault: str = ""


def exchange(
    device: Device, vault: Vault, items: list[dict[str, Any]] | None = None, used: Collection[str] = frozenset()
) -> Exchanged:
    """All of it, over an open owner session; `items`: the box's list, where it was read already (it is brought up to date);
    `used`: ids that this computer's case log has marked as used (S37)."""
    assert device.about
    box, out = device.about.box.hex(), Exchanged()
    items = device.ls() if items is None else items
    known = set(_known(vault, box))
    holds.settle(device, vault, items, out)
    _receipts(device, vault, box, {item["id"].hex() for item in items if item["hold"]}, out)
    _journal(device, vault, box, out)
    _obey(vault, box, used, out)
    _terms(vault, items)
    fresh = [row for row in _of(vault, box) if row["pulled"] and row["id"] not in known and row["reason"] != "moved"]
    out.elsewhere = [row["id"] for row in fresh if _new(vault, row["id"])]
    return out


def _of(vault: Vault, box: str) -> list[dict[str, Any]]:
    return vault.catalogue.box_receipts(t.box_receipts.c.box == box)


def _known(vault: Vault, box: str) -> Iterator[str]:
    """Ids whose receipts were here before this exchange."""
    yield from (row["id"] for row in _of(vault, box))


def _new(vault: Vault, ident: str) -> bool:
    """The vault neither holds nor has destroyed this recording."""
    return vault.catalogue.get(ident) is None and ident not in vault.tombstones.stones


def _receipts(device: Device, vault: Vault, box: str, held: set[str], out: Exchanged) -> None:
    """The box's receipts are stored before they are acknowledged; ours count as told when the box has answered."""
    have: list[bytes] = []
    while True:
        done = _tell(vault, box, held)
        items = device.receipts([(bytes.fromhex(ident), reason) for ident, reason in done.items()], have)
        vault.catalogue.note_box(_receipt(item, box, vault.now()) for item in items)
        vault.catalogue.told(done, vault.now())
        out.told += done
        have = [typed(item, "id", bytes, 16) for item in items]
        if not items and len(done) < _PIECE:
            return


def _tell(vault: Vault, box: str, held: set[str]) -> dict[str, str]:
    """Reasons by id, to tell of. What merely expired here, and is held there, the box keeps."""
    rows = vault.catalogue.untold(box)
    due = [row for row in rows if row["reason"] != "expired" or row["id"] not in held]
    return {row["id"]: row["reason"] for row in due[:_PIECE]}


def _receipt(item: Any, box: str, now: int) -> dict[str, Any]:
    """A box's receipt, or its journal's entry `erase`, as a row."""
    if not isinstance(item, dict):
        raise Damaged("the box answered with a receipt that is none")
    file = item.get("file")
    return {
        "id": typed(item, "id", bytes, 16).hex(), "box": box, "reason": typed(item, "reason", str)[:10],
        "slot": typed(item, "slot", int), "file": file if type(file) is int else None, "pulled": typed(item, "pulled", bool),
        "received": now,
    }  # fmt: skip


def _journal(device: Device, vault: Vault, box: str, out: Exchanged) -> None:
    """What the box erased while its memory of it was lost: its journal has every receipt. Without one the rest goes on."""
    row = vault.catalogue.box(box)
    try:
        if not row["journal"] and not vault.catalogue.entries(t.recordings.c.box == box):
            row["journal"] = device.journal_head()[0]  # nothing here can have been erased before
        while _read_on(device, vault, row, out):
            pass
    except RefusedByBox as error:  # no card
        out.fault = str(error)
    vault.catalogue.set_box({**row, "synced": vault.now()})


def _read_on(device: Device, vault: Vault, row: dict[str, Any], out: Exchanged) -> bool:
    """Read to the end, or to where entries are missing; True where it goes on behind such a hole."""
    start = row["journal"]
    chain = journal.Chain(start + 1)
    try:
        for entry in chain.entries(device.journal(start + 1)):
            if entry["event"] == "erase":
                vault.catalogue.note_box([_receipt(entry, row["id"], vault.now())])
    except Damaged as error:
        out.fault = str(error)
    row["journal"] = max(start, chain.n)
    return bool(out.fault) and row["journal"] > start


def _obey(vault: Vault, box: str, used: Collection[str], out: Exchanged) -> None:
    for row in _of(vault, box):
        entry = vault.catalogue.get(row["id"])
        if entry is None or entry.box != box or not _binds(row["reason"], entry, used, vault.now()):
            continue
        if entry.hold:
            out.held.append(entry)
        else:
            vault.erase(entry, row["reason"], "box")
            out.erased.append(entry)


def _binds(reason: str, entry: Entry, used: Collection[str], now: int) -> bool:
    """S37: a purge is of what is for training alone, and nobody has used; here too."""
    if reason == "unused":
        return entry.id not in used and not any(
            entry.may(row.purpose, now) for row in entry.purposes if row.purpose != "training"
        )
    return reason in ORDERS


def _terms(vault: Vault, items: list[dict[str, Any]]) -> None:
    """Ends and purposes as the box has them now: a purpose that was withdrawn there has ended here."""
    for item in items:
        entry = vault.catalogue.get(item["id"].hex())
        if entry is None:
            continue
        purposes = terms(entry.purposes, item["purposes"], vault.now())
        expires = entry.expires if item["hold"] and entry.hold else item["expires"]  # a hold here needs no later end
        if (expires, purposes) != (entry.expires, entry.purposes):
            vault.catalogue.set_terms(entry.id, expires, purposes)
