"""Receipts that the host has not taken are in RAM; whatever becomes of that, the journal gives each of them (docs/protocol.md)."""

import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from machine import DAY, Machine, provisioned

from core import cbor
from services import BoxServices


def _from_journal(services, since=1, field="id"):
    """That field of each `erase`, read as a vault does: whole frames from `since` on, page by page."""
    out = []
    more = True
    while more:
        frames, more = services.journal(since, 50, 8192)
        at = 0
        while at < len(frames):
            end = at + 2 + (frames[at] << 8 | frames[at + 1])
            entry = cbor.decode(frames[at + 2 : end])
            at, since = end + 32, entry["n"] + 1
            if entry["event"] == "erase":
                out.append(entry[field])
    return out


def test_a_restart_loses_the_list_and_the_journal_has_it():
    machine = Machine(provisioned()).settle()
    for _ in range(3):
        machine.record(0.4)
    ids = machine.ids()
    services = BoxServices(machine.box)
    services.erase(ids[0], "erased")
    machine.settle()
    eq([row["id"] for row in services.receipts([], [])], ids[:1])
    eq(services.receipts([], ids[:1]), [])  # acknowledged
    read = services.journal_head()[0]
    services.erase(ids[1], "withdrawn")
    machine.settle()
    machine = Machine(machine.board.media(), machine.board.seconds() + 10).settle()
    services = BoxServices(machine.box)
    eq(services.receipts([], []), [])
    eq(_from_journal(services, read + 1), [ids[1]])
    eq(_from_journal(services), ids[:2])
    eq(services.receipts([(ids[1], "erased")], [ids[1]]), [])  # told of what it knows: nothing


def test_what_the_vault_erased_is_journalled_under_its_reason():
    machine = Machine(provisioned()).settle()
    reasons = ("expired", "withdrawn", "stopped", "erased", "unused")
    for _ in range(6):
        machine.record(0.4)
    ids = machine.ids()
    services = BoxServices(machine.box)
    services.hold(ids[5], machine.board.now() + DAY, "dispute")
    rows = services.receipts(list(zip(ids, reasons + ("expired",))), [])
    eq([(row["id"], row["reason"]) for row in rows], list(zip(ids, reasons)))
    page = services.listing(b"", 32)
    while not page.step():
        pass
    eq([row["id"] for row in page.items], ids[5:])  # held: the box keeps it
    machine.settle()
    eq(_from_journal(services, 1, "reason"), list(reasons))


def test_more_than_the_list_holds_is_in_the_journal():
    machine = Machine(provisioned(pages=12, keep_s=2 * DAY)).settle()
    slots = machine.box.slots
    ids = []
    for number in range(300):
        ids.append(number.to_bytes(2, "big") * 8)
        slots.go_live(slots.prepare(ids[-1], bytes(range(1, 33))), machine.board.now() + 60, 2)
    machine.advance(3600)
    services = BoxServices(machine.box)
    eq(sorted(_from_journal(services)), ids)
    found, have = [], []
    while True:
        have = [row["id"] for row in services.receipts([], have)]
        if not have:
            break
        found += have
    eq(len(found), 256)
    assert not set(found) - set(ids)
