"""What a card may cost while the handset is lifted: a whole box, 32 GB, and block reads a step of the loop.

A read of one block takes a real card up to a millisecond, and line audio waits for half a second at least.
"""

import gc
import os
import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

import board
from machine import Machine, provisioned

from hal import contract
from store.fat import Fat

BLOCKS = 62_000_000
IN_A_STEP = 120  # blocks read in one step of the loop, prompts and records among them
board.LoggedCard._store = board._Sparse._store  # a table of 8 MiB is mostly zeros


def media():
    return provisioned(blocks=BLOCKS)


def silent(found):
    """FSINFO no longer says where there is room, as a camera leaves it."""
    machine = board.Board(found)
    fat = Fat(machine.sd)
    block = bytearray(512)
    machine.sd.readblocks(fat._info, block)
    block[488:496] = b"\xff" * 8
    machine.sd.writeblocks(fat._info, block)
    found.sectors = dict(machine.sd.sectors)
    return found


class Watched:
    """Every step of a box's loop, and the most that one of them read from the card while the handset was lifted."""

    def __init__(self, machine):
        self.most = 0
        self._machine = machine
        self._step = machine.box.step
        machine.box.step = self.step

    def step(self):
        sd = self._machine.board.sd
        before = sd.reads
        out = self._step()
        if self._machine.board.lifted and self._machine.board.sd is sd:
            self.most = max(self.most, sd.reads - before)
        return out


def events(box, name):
    return [entry for entry in box.box.journal.entries() if entry["event"] == name]


def exchange(box, sectors):
    """In the call: another card is put in."""
    old = box.board.sd.sectors
    box.board.card_out()
    box.run(1.2)
    box.board.card_in()
    box.board.sd.sectors = sectors
    return old


def test_after_a_cut_the_first_recording_does_not_count_the_card():
    """A start after a cut repairs the card; then nobody knew how much was free, and the first call read 8,000 blocks to be told."""
    box = Machine(media())
    box.settle()
    box.record(0.4)
    again = Machine(box.board.media())
    assert again.box.card.was_dirty
    again.settle()
    watched = Watched(again)
    again.record(2)
    eq([len(again.ids()), again.box.fault], [2, None])
    assert 0 < watched.most < IN_A_STEP, watched.most


def test_a_card_that_does_not_say_where_it_has_room():
    box = Machine(silent(media()))
    while box.box.stock.ready < 4:
        box.box.step()
    assert box.box.card.unsettled  # not counted yet
    watched = Watched(box)
    box.record(1)
    box.settle()
    eq([len(box.ids()), box.box.fault], [1, None])
    assert 0 < watched.most < IN_A_STEP, watched.most


def test_another_card_in_the_call():
    """Dirty, thousands of journal entries and a hundred files on it, and free space unknown: the call goes on, in a part of its own."""
    other = Machine(media())
    other.settle()
    for number in range(50):
        with open("/sd/%d.JPG" % number, "wb") as file:
            file.write(b"x")
    for number in range(1000):
        other.box.journal.append("key", call=b"c" * 16, digit="1", side="far", counted=True)
        if number % 100 == 0:
            other.box.journal.flush(False)
    theirs = silent(board.Media(b"", other.board.sd.sectors, b"", BLOCKS)).sectors
    del other
    gc.collect()
    box = Machine(media())
    box.settle()
    watched = Watched(box)
    box.accept()
    box.run(1)
    exchange(box, theirs)
    seen = []
    for seconds in (1.1, 1.5, 4):
        box.run(seconds)
        seen.append((box.box.card.present, box.box.journal.searching, box.board.lamp_state))
    eq(
        seen,
        [(False, False, contract.LAMP_WARNING), (True, True, contract.LAMP_RECORDING), (True, False, contract.LAMP_RECORDING)],
    )
    box.hang_up()
    box.settle()
    eq([len(box.ids()), box.box.fault], [2, None])
    eq(sorted(name for name in os.listdir("/sd") if name < "A")[:2], ["0.JPG", "1.JPG"])
    assert 0 < watched.most < IN_A_STEP, watched.most
    assert not box.box.journal.waiting
