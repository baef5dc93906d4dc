"""Card, shelf and preamble on simulated media."""

import os

from core.errors import Malformed, NoCard, NotFat
from media import DAY, START, Rig
from store import preamble
from store.fat import Fat
from store.shelf import day_folder, name
from strict import eq, raises

ONE = b"one-one-one-one!"


def test_present_card():
    rig = Rig().boot()
    eq(rig.card.state, "ready")
    assert 0 < rig.card.free_bytes() <= rig.card.total_bytes() <= 512 * 512


def test_absent_and_back():
    rig = Rig(card=False).boot()
    eq((rig.card.present, rig.card.state), (False, "absent"))
    for call in (rig.card.free_bytes, rig.card.touch, rig.card.format, lambda: rig.shelf.create("/sd/REC/x")):
        with raises(NoCard):
            call()
    rig.insert_card()
    assert rig.card.present
    rig.card.free_bytes()


def test_card_pulled_while_mounted():
    rig = Rig().boot()
    rig.hal.sd.present = False
    with raises(OSError):
        with open("/sd/x", "wb"):
            pass
    rig.hal.inserted = False
    assert not rig.card.present
    assert not rig.card.refresh()
    with raises(OSError):
        os.listdir("/sd")


def test_another_card_is_another_mount():
    rig = Rig().boot()
    mounts = rig.card.mounts
    rig.hal.serial += 1
    assert not rig.card.present
    assert rig.card.refresh()
    eq(rig.card.mounts, mounts + 1)
    assert rig.card.refresh()
    eq(rig.card.mounts, mounts + 1)


def test_not_fat_until_formatted():
    rig = Rig()
    rig.hal.sd.sectors = {0: b"\x55" * 512}
    rig.boot()
    eq((rig.card.state, rig.card.inserted, rig.card.present), ("notfat", True, False))
    with raises(NotFat):
        rig.card.need()
    rig.card.format()
    eq(rig.card.state, "ready")
    rig.record(ONE)


def test_format_empties():
    rig = Rig().boot()
    rig.record(ONE)
    rig.card.format()
    eq(os.listdir("/sd"), [])
    rig.record(b"two-two-two-two!")


def test_dirty_mark():
    rig = Rig().boot()
    rig.mends = False
    rig.card.settle()
    assert not rig.exists("/sd/DIRTY")
    rig.record(ONE)
    assert rig.exists("/sd/DIRTY")
    rig.reboot()
    assert rig.card.was_dirty and rig.card.unproven
    rig.card.settle()
    assert rig.exists("/sd/DIRTY")
    while rig.card.mend():
        pass
    rig.card.settle()
    rig.reboot()
    assert not rig.card.was_dirty


def test_a_dirty_card_with_many_files_keeps_the_watchdog_fed():
    """Thousands of files take longer to look through than the watchdog waits: it is fed before each block that is read."""
    rig = Rig().boot()
    card = rig.card
    card.touch()
    for number in range(40):
        with open("/sd/%d.JPG" % number, "wb") as file:
            file.write(bytes(3000))
    fed, reads = rig.hal.fed, rig.hal.sd.reads
    rig.hal.serial += 1
    card.refresh()
    assert card.unproven
    repaired = rig.hal.fed - fed
    assert repaired > 50
    assert rig.hal.sd.reads - reads < repaired + 60, (rig.hal.sd.reads - reads, repaired)  # the rest are VfsFat's, to mount
    fed = rig.hal.fed
    while card.mend():
        pass
    assert rig.hal.fed > fed + 50


def test_an_entry_created_over_an_erased_ones_and_torn_can_be_read_again():
    """The new name has arrived, the size is still the other's, and the cluster is none: FatFs reads such a file with an error."""
    rig = Rig().boot()
    rig.card.touch()
    with open("/sd/A.JPG", "wb") as file:
        file.write(bytes(3000))
    entry = [found for found in Fat(rig.hal.sd).entries() if found.name.startswith(b"A ")][0]
    block = bytearray(512)
    rig.hal.sd.readblocks(entry.block, block)
    block[entry.offset + 26] = 0  # of cluster and size, no more than this was written
    rig.hal.sd.writeblocks(entry.block, block)
    rig.hal.serial += 1
    rig.card.refresh()
    with open("/sd/A.JPG", "rb") as file:
        eq(file.read(), b"")


def test_read_only_card_does_not_raise_from_settle():
    rig = Rig().boot()
    rig.card.touch()
    rig.hal.sd.read_only = True
    rig.card.settle()
    with raises(OSError):
        rig.record(ONE)


def test_names():
    eq(name(bytes(16)), "AAAAAAAA")
    eq(name(b"\xff" * 16), "77777777")
    eq(name(b"fooba" + bytes(11)), "MZXW6YTB")  # RFC 4648, section 10
    eq(day_folder(1_800_000_000), ("202701", "15"))
    eq(day_folder(1_835_395_199), ("202802", "28"))
    eq(day_folder(1_835_395_200), ("202802", "29"))  # a leap day


def test_path_create_locate():
    rig = Rig().boot()
    path = rig.record(ONE)
    eq(path, "/sd/REC/202701/16/" + name(ONE) + ".P1R")
    eq(rig.shelf.locate(ONE, START + DAY), path)
    eq(rig.shelf.locate(ONE, START + 2 * DAY), None)
    eq(rig.shelf.locate(b"two-two-two-two!", START + DAY), None)
    with raises(OSError):
        rig.shelf.create(path)
    eq([(p, start.id) for p, start in rig.shelf.files()], [(path, ONE)])
    rig.shelf.unlink(path)
    eq(rig.shelf.locate(ONE, START + DAY), None)
    eq(os.listdir("/sd/REC"), [])


def test_a_recording_on_another_card_is_not_looked_for_everywhere():
    """`ls` asks for 32 of them in one step, and the watchdog waits 8 s."""
    rig = Rig(blocks=4096).boot()
    for day in range(90):
        folder = "/sd/REC/%s/%s" % day_folder(START + day * DAY)
        for path in ("/sd/REC", folder[:14], folder):
            try:
                os.mkdir(path)
            except OSError:
                pass  # it was there
    before = rig.hal.sd.reads
    eq(rig.shelf.locate(ONE, START + 60 * DAY), None)
    assert rig.hal.sd.reads - before < 12, rig.hal.sd.reads - before


def test_same_name_of_another_id_is_not_it():
    rig = Rig().boot()
    rig.record(ONE)
    eq(rig.shelf.locate(ONE[:5] + b"other-------", START + DAY), None)


def test_preamble_round_trip_and_refusals():
    good = preamble.build(ONE, START, START + DAY, 500, 4096)
    eq(len(good), 64)
    got = preamble.parse(good)
    eq((got.id, got.created, got.expires, got.header_length, got.head_length), (ONE, START, START + DAY, 500, 4096))
    for at in range(64):
        bad = bytearray(good)
        bad[at] ^= 0x20
        with raises(Malformed):
            preamble.parse(bad)
    for header, head in ((500, 4095), (4033, 4096), (1, 65536 + 4096), (0, 0)):
        with raises(Malformed):
            preamble.parse(preamble.build(ONE, START, START, header, head))
    with raises(Malformed):
        preamble.parse(good[:63])


def test_overwritten_preamble_is_no_recording():
    rig = Rig().boot()
    path = rig.record(ONE)
    preamble.overwrite(path)
    with raises(Malformed):
        preamble.read(path)
    eq(os.stat(path)[6], 8192)
    eq(rig.shelf.locate(ONE, START + DAY), path)  # an erasure that was cut is still found by its name
