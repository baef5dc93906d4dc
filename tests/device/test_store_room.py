"""Free space on a card of 32 GB that does not say how much it has: what is read, when, and what a cut leaves."""

import os

import vfs

from core.errors import NoCard
from hal.sim_media import PowerCut, SdCard
from media import Rig
from store.card import Card
from store.fat import Fat
from store.room import Room
from strict import eq, raises

BLOCKS = 62_000_000
TABLE = 7500  # blocks, about
IN_A_STEP = 40  # blocks that one step of anything may read: what FatFs reads to mount is among them
USED = bytes(b"\xff\xff\xff\x0f") * 128


class Sparse(SdCard):
    """Keeps no zeros, and answers for a table that is full up to block `full` of it."""

    full = 0
    table = 0

    def _store(self, block, data):
        if len(data) == 512 and not any(data):
            self.sectors.pop(block, None)
        else:
            super()._store(block, data)

    def readblocks(self, first, buf):
        code = super().readblocks(first, buf)
        if 0 < first - self.table < self.full and len(buf) == 512 and first not in self.sectors:
            buf[:] = USED
        return code


def rig(full=0, says=False):
    """A rig with a big card in it, not yet mounted: its table full up to a block, FSINFO as some cameras leave it."""
    out = Rig()
    card = Sparse(None, BLOCKS, out.faults)
    vfs.VfsFat.mkfs(card)
    fat = Fat(card)
    eq(fat.bits, 32)
    card.table, card.full = fat._table, full
    if full:
        block = bytearray(512)
        card.readblocks(fat._table, block)
        card.writeblocks(fat._table, block[:12] + USED[12:])
    if not says:
        block = bytearray(512)
        card.readblocks(fat._info, block)
        block[488:496] = b"\xff" * 8
        card.writeblocks(fat._info, block)
    out.hal.sd = card
    return out


def steps(card, step):
    """Block reads of the dearest of the steps, and how many there were."""
    most = count = 0
    more = True
    while more:
        before = card.reads
        more = step()
        most = max(most, card.reads - before)
        count += 1
    return most, count


def arrive(r, serial=7):
    """The card comes while the box runs. (dearest step, steps)."""
    r.hal.inserted = False
    r.card = Card(r.hal)
    r.hal.inserted = True
    r.hal.serial = serial

    def follow():
        r.card.follow()
        return r.card.coming

    return steps(r.hal.sd, follow)


def true_free(r):
    walk = Room(Fat(r.hal.sd))
    while not walk.step():
        pass
    return walk.free


def reads_of(r, act):
    before = r.hal.sd.reads
    act()
    return r.hal.sd.reads - before


def test_a_card_that_says_costs_nothing():
    r = rig(says=True)
    most, count = arrive(r)
    assert (most, count) < (20, 2), (most, count)
    eq(reads_of(r, r.card.free_bytes), 0)
    eq((r.card.unsettled, r.card.was_dirty), (False, False))


def test_a_card_that_does_not_say_is_used_at_once_and_counted_when_idle():
    r = rig()
    most, count = arrive(r)
    assert most < IN_A_STEP and count < 10, (most, count)
    eq(reads_of(r, r.card.free_bytes), 0)
    assert 1 << 27 <= r.card.free_bytes() < 1 << 29, r.card.free_bytes()
    r.card.settle()
    assert r.exists("/sd/DIRTY")  # a number that is too low must not look good after a cut
    most, count = steps(r.hal.sd, r.card.count)
    assert most < IN_A_STEP and count > TABLE // 10, (most, count)
    eq(r.card.free_bytes(), true_free(r) * 32768)
    r.card.settle()
    assert not r.exists("/sd/DIRTY")
    eq((r.card.state, r.card.mounts), ("ready", 1))
    assert reads_of(r, lambda: arrive(r, 8)) < 40
    eq(r.card.unsettled, False)


def test_the_first_cluster_of_a_nearly_full_card_is_not_searched_for_when_it_is_wanted():
    r = rig(full=TABLE - 600)
    most, count = arrive(r)
    assert most < IN_A_STEP and count > TABLE // 10, (most, count)
    assert r.card.free_bytes() >= 1 << 27

    def write():
        with open("/sd/A", "wb") as file:
            file.write(bytes(40000))

    assert reads_of(r, write) < 40, r.hal.sd.reads
    steps(r.hal.sd, r.card.count)
    assert reads_of(r, write) < 40


def test_a_count_that_was_disturbed_begins_anew():
    r = rig()
    arrive(r)
    for _ in range(3):
        r.card.count()
    with open("/sd/A", "wb") as file:
        file.write(bytes(300000))
    steps(r.hal.sd, r.card.count)
    eq(r.card.free_bytes(), true_free(r) * 32768)


def test_room_far_ahead_is_looked_for_hourly():
    """FatFs goes on behind the last cluster it gave; where the next free one is far it would search for it, in a call."""
    r = rig(full=TABLE - 600, says=True)
    arrive(r)
    assert reads_of(r, r.card.settle) < 100
    assert r.card.unsettled
    steps(r.hal.sd, r.card.count)
    reads = r.hal.sd.reads
    with open("/sd/A", "wb") as file:
        file.write(b"x")
    assert r.hal.sd.reads - reads < 40
    r.card.settle()
    eq(r.card.unsettled, False)


def test_a_card_that_takes_no_writes_is_not_searched_either():
    r = rig()
    r.hal.sd.read_only = True
    most, _ = arrive(r)
    assert most < IN_A_STEP
    eq((r.card.state, reads_of(r, r.card.free_bytes), r.card.free_bytes()), ("ready", 0, 0))
    assert 0.9 * BLOCKS * 512 < r.card.total_bytes() < BLOCKS * 512


def test_a_number_beyond_the_card_and_a_broken_sector_are_not_believed():
    for at in (0, 484, 488, 492, 510):
        r = rig(says=True)
        fat = Fat(r.hal.sd)
        block = bytearray(512)
        r.hal.sd.readblocks(fat._info, block)
        block[at : at + 2] = b"\x00\x00" if at == 492 else b"\xee\xee"
        block[490] = 0xEE if at == 488 else block[490]
        r.hal.sd.writeblocks(fat._info, block)
        eq(fat.info(), None)
        arrive(r)
        eq(reads_of(r, r.card.free_bytes), 0)
        assert fat.info()


def test_cut_at_every_write():
    """The number on the card is the true one, or the card has the mark and is counted again."""
    done = False
    write = 1
    while not done:
        for torn in (0, 300):
            r = rig()
            r.faults.cut(write, torn)
            try:
                arrive(r)
                steps(r.hal.sd, r.card.count)
                r.card.settle()
                done = True
                continue
            except PowerCut:
                pass
            old = r.hal.sd
            new = Sparse(None, BLOCKS)
            new.sectors, new.table = old.sectors, old.table
            r.hal.sd = new
            arrive(r, 9)
            eq(reads_of(r, r.card.free_bytes), 0)
            while r.card.mend():
                pass
            steps(new, r.card.count)
            r.card.settle()
            eq((r.card.state, r.card.free_bytes()), ("ready", true_free(r) * 32768))
        write += 1
    assert write > 4


def test_pulled_while_it_is_looked_at():
    r = rig(full=TABLE - 600)
    r.hal.inserted = False
    r.card = Card(r.hal)
    r.hal.inserted = True
    for _ in range(20):
        assert not r.card.follow()
    eq((r.card.coming, r.card.state), (True, "absent"))
    with raises(NoCard):
        r.card.need()
    r.hal.inserted = r.hal.sd.present = False
    assert not r.card.follow()
    eq((r.card.coming, r.card.state), (False, "absent"))
    with raises(OSError):
        os.listdir("/sd")
    r.hal.inserted = r.hal.sd.present = True
    r.hal.serial += 1
    r.card.refresh()
    eq(r.card.state, "ready")
