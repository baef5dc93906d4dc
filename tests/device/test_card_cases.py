"""The card, as it is in life, under a whole box: full, read-only, pulled, swapped, foreign, failing; and back without a restart."""

import os
import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from board import BLOCKS, LoggedCard
from machine import DAY, Machine, provisioned

import checks
from hal import contract
from services import BoxServices


def machine(blocks=BLOCKS, keep_s=90 * DAY):
    return Machine(provisioned(blocks=blocks, keep_s=keep_s)).settle()


def entries(box, event):
    return [entry for entry in box.box.journal.entries() if entry["event"] == event]


def sound(box):
    """Every live recording is whole, signed and ours; nothing else is there; the box goes on."""
    box.settle()
    eq((box.box.fault, box.box.card.present), (None, True))
    found = checks.recordings(checks.files())
    eq(sorted(found), sorted(box.ids()))
    for number in list(box.box.slots.live()):
        slot = box.box.slots.read(number)
        assert slot.signed
        data = found[slot.id][1]
        eq(data[len(data) - 512 : len(data) - 504], b"P1END\r\n\x1a")
    return found


def fill(leave=0):
    """A file takes what is free on the card, but for `leave` bytes."""
    free = os.statvfs("/sd")[3] * 512 - leave
    with open("/sd/HOLIDAY.JPG", "wb") as file:
        for _ in range(free // 4096):
            file.write(b"\x00" * 4096)


def test_full_before_the_call():
    box = machine()
    box.record(0.5)
    kept = sound(box)
    fill()
    box.record(0.5)
    eq(entries(box, "unrecorded")[-1]["reason"], "full")
    eq(sound(box), kept)  # nothing older gives way
    os.remove("/sd/HOLIDAY.JPG")
    box.record(0.5)
    eq(len(sound(box)), 2)


def test_full_in_the_call():
    box = machine()
    box.record(0.3)
    room = os.statvfs("/sd")[3] * 512 - 262144 - 200000
    fill(262144 + 40 * 4096 + 12000)
    assert room > 0
    box.accept()
    box.run(14)
    eq(box.board.lamp_state, contract.LAMP_WARNING)
    box.hang_up()
    stop = entries(box, "stop")[-1]
    eq((stop["reason"], stop["records"] >= 38), ("storage", True))
    eq(len(sound(box)), 2)


def test_read_only():
    box = machine()
    box.record(0.5)
    box.board.sd.read_only = True
    box.record(0.5)
    eq((len(box.ids()), box.box.fault), (1, None))
    box.run(2.5)
    box.board.sd.read_only = False
    box.run(1.5)
    box.record(0.5)
    eq(len(sound(box)), 2)
    assert entries(box, "unrecorded")  # told once it could be written


def test_read_only_in_the_call():
    box = machine()
    box.accept()
    box.run(2)
    box.board.sd.read_only = True
    box.run(3)
    eq(box.board.lamp_state, contract.LAMP_WARNING)
    box.board.sd.read_only = False
    box.hang_up()
    box.board.card_out()
    box.run(1.2)
    box.board.card_in()
    box.run(1.2)
    eq(len(sound(box)), 1)


def test_pulled_in_the_call_and_back():
    box = machine()
    box.accept()
    box.run(2)
    box.board.card_out()
    box.run(2.5)
    eq(box.board.lamp_state, contract.LAMP_WARNING)
    box.board.card_in()
    box.run(2.5)
    eq(box.board.lamp_state, contract.LAMP_RECORDING)
    box.hang_up()
    box.run(1.2)
    eq(len(sound(box)), 2)
    eq([entry["part"] for entry in entries(box, "start")], [1, 2])
    eq(len(entries(box, "found")), 1)


def test_withdrawn_while_the_card_is_away():
    box = machine()
    box.accept()
    box.run(2)
    box.board.card_out()
    box.run(1.2)
    box.key("0")
    box.run(0.2)
    eq(box.ids(), [])
    for secret in [row for row in checks.slots_in(bytes(box.board.keyflash.cells)) if row.state == "live"]:
        raise AssertionError(secret.id)
    box.hang_up()
    box.board.card_in()
    box.run(1.2)
    eq(len(sound(box)), 0)
    eq([entry["reason"] for entry in entries(box, "erase") if entry["reason"] != "unused"], ["withdrawn"])


def swapped(box, sectors):
    """Another card in the slot; what was in it."""
    old = box.board.sd.sectors
    box.board.card_out()
    box.run(1.2)
    card = LoggedCard(None, box.board.sd.blocks)
    card.sectors = sectors
    box.board.sd = card
    box.board.inserted = True
    box.board.serial += 1
    box.run(1.2)
    box.settle()
    return old


def test_another_boxs_card():
    other = machine()
    other.record(0.5)
    theirs = other.board.media().sectors
    box = machine()
    for _ in range(2):
        box.record(0.4)
    mine = box.ids()
    # the other box has an id of its own: its slots are not ours
    own = swapped(box, theirs)
    eq(box.ids(), mine)
    eq(box.box.fault, None)
    box.record(0.4)
    eq(len(box.ids()), 3)
    swapped(box, own)
    eq(sorted(checks.recordings(checks.files())), sorted(mine))
    eq(len(box.ids()), 3)
    eq(box.box.fault, None)


def test_foreign_files_stay():
    box = machine()
    os.mkdir("/sd/REC")
    os.mkdir("/sd/REC/202701")
    os.mkdir("/sd/REC/PHOTOS")
    for path, data in (
        ("/sd/LETTER.TXT", b"dear"),
        ("/sd/REC/202701/X.P1R", b"no recording" * 20),
        ("/sd/REC/PHOTOS/A.JPG", b"x"),
    ):
        with open(path, "wb") as file:
            file.write(data)
    box.record(0.5)
    box.board.card_out()
    box.run(1.2)
    box.board.card_in()
    box.run(1.2)
    box.settle()
    box.advance(2 * 3600)
    eq((os.stat("/sd/LETTER.TXT")[6], os.stat("/sd/REC/202701/X.P1R")[6], os.stat("/sd/REC/PHOTOS/A.JPG")[6]), (4, 240, 1))
    eq((len(box.ids()), box.box.fault), (1, None))


def test_blocks_that_fail():
    """Errors on blocks here and there, in recordings and tables: parts end, nothing faults, and a good card is used at once."""
    for first in (0, 30, 160, 200, 260, 400):
        box = machine()
        box.record(0.4)
        box.accept()
        box.run(1)
        box.board.sd.bad = set(range(first, first + 40))
        box.run(2)
        box.hang_up()
        box.run(1.2)
        eq(box.box.fault, None)
        box.board.sd.bad = set()
        box.board.card_out()
        box.run(1.2)
        box.board.card_in()
        box.run(1.2)
        box.settle()
        box.record(0.4)
        assert len(sound(box)) >= 2, first


def test_a_card_that_fails_while_it_is_signed_is_tried_again():
    """It answers again and was never taken out: without a signature nobody is shown the recording."""
    box = machine()
    jobs = box.box.jobs
    step = jobs.step

    def fail():
        box.board.sd.failing = 9
        step()
        box.board.sd.failing = 0

    jobs.step = fail
    box.record(1)
    jobs.step = step
    number = next(box.box.slots.live())
    assert not box.box.slots.read(number).signed
    box.advance(3700)
    eq(len(sound(box)), 1)


def test_hundreds_of_recordings_on_another_card_are_passed_over_a_few_a_step():
    """`ls` looked for all of them in one step; a new card after months of calls starved the watchdog at the first look at the desk."""
    box = machine()
    box.record(0.5)
    slots = box.box.slots
    for number in range(600):
        slot = slots.prepare(b"elsewhere" + number.to_bytes(7, "big"), bytes(range(1, 33)))
        slots.go_live(slot, box.board.now() + 86400 * (1 + number % 60), 1)
        slots.mark_signed(slot)
    box.record(0.5)
    found, after, answers = [], b"", 0
    while after is not None:
        page = BoxServices(box.box).listing(after, 32)
        before = box.board.sd.reads
        while not page.step():
            assert box.board.sd.reads - before < 40, box.board.sd.reads - before
            before = box.board.sd.reads
        found += [item["id"] for item in page.items]
        after = page.after if page.more else None
        answers += 1
    eq((sorted(found), answers), (sorted(checks.recordings(checks.files())), 3))


def test_free_space_is_told():
    box = machine()
    before = BoxServices(box.box).card()
    box.record(2)
    after = BoxServices(box.box).card()
    assert before["present"] and after["free"] < before["free"] <= before["total"]
