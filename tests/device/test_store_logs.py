"""Seed log and floor log: newest wins, nothing comes back, no erase outside tidy."""

from core.errors import NoEntropy
from hal.sim_media import Faults
from media import PowerCut, flash
from store.floor import FloorLog
from store.seed import SeedLog
from strict import eq, raises


def seed(i):
    return bytes((250 - i % 90,)) * 31 + b"S"


def again(keys):
    new = flash(keys.size // 4096)
    new.cells[:] = keys.cells
    return new


def test_seed_moves_one_way():
    keys = flash()
    log = SeedLog(keys)
    eq(log.current(), None)
    for i in range(300):
        log.replace(seed(i))
        eq(log.current(), (i + 1, seed(i)))
        eq(SeedLog(again(keys)).current(), (i + 1, seed(i)))
        if i:
            assert seed(i - 1) not in bytes(keys.cells)
        log.tidy()
    assert sum(keys.erases) >= 3


def test_seed_without_tidy_refuses_instead_of_erasing():
    keys = flash()
    keys.locked = True
    log = SeedLog(keys)
    with raises(NoEntropy):
        for i in range(200):
            log.replace(seed(i))
    eq(i, 128)
    keys.locked = False
    assert log.tidy()
    log.replace(seed(500))
    eq(log.current()[1], seed(500))


def test_seed_cut_at_every_byte():
    """After a cut: the old seed if nothing of the new could have been used, else the new one; never both, never a fragment."""
    for count in (1, 63, 64, 65):
        base = flash()
        log = SeedLog(base)
        for i in range(count):
            log.replace(seed(i))
        for write in (1, 2):
            for torn in range(65):
                keys = again(base)
                keys.faults = Faults()
                keys.faults.cut(write, torn)
                returned = False
                try:
                    SeedLog(keys).replace(seed(count))
                    returned = True
                except PowerCut:
                    pass
                assert not returned
                after = again(keys)
                sequence, value = SeedLog(after).current()
                assert (sequence, value) in ((count, seed(count - 1)), (count + 1, seed(count)))
                image = bytes(after.cells[:8192])
                for at, mine in ((count - 1, value == seed(count - 1)), (count, value == seed(count))):
                    eq(image.count(seed(at)[:8]), 3 if mine else 0)
                cells = bytes(after.cells)
                SeedLog(after)
                eq(bytes(after.cells), cells)


def test_seed_tidy_cut():
    base = flash()
    log = SeedLog(base)
    for i in range(70):
        log.replace(seed(i))
    for torn in (0, 1, 64, 100, 4000, 4096):
        keys = again(base)
        keys.faults = Faults()
        keys.faults.cut(1, torn)
        try:
            SeedLog(keys).tidy()
            assert False
        except PowerCut:
            pass
        after = SeedLog(again(keys))
        eq(after.current(), (70, seed(69)))
        after.tidy()
        for i in range(100):
            after.replace(seed(i))
            after.tidy()


def test_floor_newest_wins():
    keys = flash()
    floor = FloorLog(keys)
    eq(floor.read(), (0, 0, bytes(32)))
    floor.write(1000, 5, b"c" * 32, 77)
    floor.set_time(900)  # the owner may lower it
    again_ = FloorLog(again(keys))
    eq(again_.read(), (900, 5, b"c" * 32))
    eq(again_.offset, 77)
    floor.set_head(6, b"d" * 32, 88)
    eq(FloorLog(again(keys)).read(), (900, 6, b"d" * 32))
    before = bytes(keys.cells)
    floor.set_head(6, b"d" * 32, 88)
    eq(bytes(keys.cells), before)


def test_floor_waits_for_tidy():
    keys = flash()
    keys.locked = True
    floor = FloorLog(keys)
    for i in range(1, 201):
        floor.set_time(i)
    eq(floor.time, 200)
    eq(FloorLog(again(keys)).time, 128)
    keys.locked = False
    floor.tidy()
    eq(FloorLog(again(keys)).time, 200)


def test_floor_cut_at_every_byte():
    for count in (1, 63, 64):
        base = flash()
        floor = FloorLog(base)
        for i in range(1, count + 1):
            floor.write(i, i, bytes((i,)) * 32)
        for torn in range(65):
            keys = again(base)
            keys.faults = Faults()
            keys.faults.cut(1, torn)
            try:
                FloorLog(keys).write(count + 1, count + 1, bytes((count + 1,)) * 32)
            except PowerCut:
                pass
            after = FloorLog(again(keys))
            assert after.time in (count, count + 1)
            eq(after.read(), (after.time, after.time, bytes((after.time,)) * 32))
            after.set_time(5000)
            eq(after.time, 5000)


def test_damaged_record_is_passed_over():
    keys = flash()
    floor = FloorLog(keys)
    floor.set_time(100)
    floor.set_time(200)
    keys.cells[2 * 4096 + 64 + 7] ^= 1
    eq(FloorLog(again(keys)).time, 100)
