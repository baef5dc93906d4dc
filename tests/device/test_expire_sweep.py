"""The sweep: order, a card that is away, leftovers."""

from core import cbor
from core.errors import Gone
from media import BOX, DAY, START, Rig, secret_of
from store import preamble
from strict import eq, raises

ONE = b"one-one-one-one!"
TWO = b"two-two-two-two!"


def events(rig):
    rig.journal.flush()
    return [entry["event"] for entry in rig.journal.entries()]


def test_nothing_goes_before_its_time():
    rig = Rig().boot()
    path = rig.record(ONE)
    rig.pass_time(DAY - 1)
    rig.sweep.tick(rig.clock.safe_now())
    assert rig.exists(path)
    eq(rig.slots.secret(rig.slots.find(ONE)), secret_of(ONE))


def test_expired_goes_with_receipt():
    rig = Rig().boot()
    path = rig.record(ONE)
    rig.pass_time(DAY)
    rig.sweep.tick(rig.clock.safe_now())
    assert not rig.exists(path)
    eq(rig.slots.find(ONE), -1)
    assert secret_of(ONE) not in bytes(rig.hal.keyflash.cells)
    entry = list(rig.journal.entries())[-1]
    eq(
        (entry["event"], entry["id"], entry["reason"], entry["slot"], entry["file"], entry["pulled"]),
        ("erase", ONE, "expired", START + DAY, START + DAY, False),
    )
    eq(list(rig.slots.unfinished()), [])
    eq([r["id"] for r in rig.sweep.receipts(16)], [ONE])
    rig.sweep.acknowledge([])
    rig.sweep.acknowledge([TWO])
    eq([r["id"] for r in rig.sweep.receipts(16)], [ONE])  # the reply may have been lost
    rig.sweep.acknowledge([ONE])
    eq(rig.sweep.receipts(16), [])


def test_all_due_keys_go_in_one_tick():
    rig = Rig(blocks=4096).boot()
    ids = [bytes((i,)) * 16 for i in range(1, 31)]
    for id16 in ids:
        rig.record(id16)
    rig.pass_time(DAY)
    rig.sweep.tick(rig.clock.safe_now())
    eq(rig.slots.live_count(), 0)
    rig.settle()
    eq([path for path, _ in rig.shelf.files()], [])
    eq(events(rig).count("erase"), 30)


def test_without_card_the_key_goes_on_time():
    rig = Rig().boot()
    path = rig.record(ONE)
    rig.pull_card()
    rig.pass_time(DAY)
    rig.sweep.tick(rig.clock.safe_now())
    assert secret_of(ONE) not in bytes(rig.hal.keyflash.cells)
    rig.pass_time(60)
    rig.insert_card()
    rig.sweep.on_card()
    rig.sweep.tick(rig.clock.safe_now())
    assert not rig.exists(path)
    entries = list(rig.journal.entries())
    eq([(e["event"], e["file"]) for e in entries], [("erase", None), ("unlinked", START + DAY + 60)])
    eq(list(rig.slots.unfinished()), [])


def test_without_card_across_a_restart():
    rig = Rig().boot()
    path = rig.record(ONE)
    rig.sweep.tick(rig.clock.safe_now())
    rig.pull_card()
    rig.sweep.erase(ONE, "withdrawn")
    rig.reboot()
    rig.sweep.tick(rig.clock.safe_now())
    rig.insert_card()
    rig.sweep.on_card()
    rig.sweep.tick(rig.clock.safe_now())
    assert not rig.exists(path)
    eq(list(rig.slots.unfinished()), [])
    eq([e["reason"] for e in rig.journal.entries() if e["event"] == "erase"], ["withdrawn"])


def test_erase_now_and_pulled():
    rig = Rig().boot()
    path = rig.record(ONE)
    other = rig.record(TWO)
    rig.slots.mark_pulled(rig.slots.find(ONE))
    rig.sweep.erase(ONE, "erased")
    assert not rig.exists(path) and rig.exists(other)
    eq([(e["reason"], e["pulled"]) for e in rig.journal.entries()], [("erased", True)])
    rig.sweep.erase(ONE, "erased")  # once more is nothing
    eq(events(rig), ["erase"])
    rig.sweep.erase(TWO, "moved")
    eq(list(rig.journal.entries())[-1]["reason"], "moved")
    with raises(Gone):
        rig.sweep.destroy(ONE, "erased")


def test_key_zeroed_by_others_gets_file_and_receipt():
    rig = Rig().boot()
    path = rig.record(ONE)
    slot = rig.slots.find(ONE)
    rig.slots.begin_erase(slot, "stopped")
    rig.slots.zero(slot)
    rig.sweep.erase(ONE, "stopped")
    assert not rig.exists(path)
    eq([e["reason"] for e in rig.journal.entries()], ["stopped"])


def test_hold_keeps_the_file():
    rig = Rig().boot()
    path = rig.record(ONE)
    rig.slots.change(rig.slots.find(ONE), expiry=START + 9 * DAY, purposes=9)
    rig.pass_time(2 * DAY)
    rig.sweep.tick(rig.clock.safe_now())
    rig.settle()
    assert rig.exists(path)
    rig.sweep.hourly()
    rig.settle()
    assert rig.exists(path)
    rig.pass_time(7 * DAY)
    rig.sweep.tick(rig.clock.safe_now())
    assert not rig.exists(path)


def test_leftovers():
    rig = Rig().boot()
    kept = rig.record(ONE, 5 * DAY)
    keyless = rig.record(TWO, 5 * DAY)
    slot = rig.slots.find(TWO)
    rig.slots.zero(slot)
    rig.slots.mark_unlinked(slot)
    rig.slots.mark_receipted(slot)  # as if the table had forgotten it
    foreign = rig.record(b"foreign-old-one!", DAY, b"F" * 16)
    young = rig.record(b"foreign-new-one!", 9 * DAY, b"F" * 16)
    for id16 in (b"foreign-old-one!", b"foreign-new-one!"):
        slot = rig.slots.find(id16)
        rig.slots.zero(slot)
        rig.slots.mark_unlinked(slot)
        rig.slots.mark_receipted(slot)
    empty = rig.shelf.path(b"never-started-1!", START + 5 * DAY)
    rig.shelf.create(empty).close()
    odd = rig.shelf.path(b"a-stranger-here!", START + 5 * DAY)
    with rig.shelf.create(odd) as file:
        file.write(b"holiday pictures")
    rig.pass_time(2 * DAY)
    rig.sweep.on_card()
    rig.settle()
    eq([rig.exists(p) for p in (kept, keyless, foreign, young, empty, odd)], [True, False, False, True, False, True])
    eq(list(rig.shelf.days()), [rig.shelf.day(START + 5 * DAY), rig.shelf.day(START + 9 * DAY)])


def test_wrong_card_waits_only_while_it_matters():
    rig = Rig().boot()
    rig.record(ONE)
    mine = rig.hal.sd.sectors
    rig.hal.sd.sectors = {}
    rig.hal.inserted = True
    rig.card.format()
    rig.sweep.on_card()
    rig.sweep.erase(ONE, "withdrawn")
    eq([e["file"] for e in rig.journal.entries()], [None])
    eq(len(list(rig.slots.unfinished())), 1)
    rig.hal.sd.sectors = mine
    rig.insert_card()
    rig.sweep.on_card()
    rig.sweep.tick(rig.clock.safe_now())
    eq(list(rig.slots.unfinished()), [])
    eq([path for path, _ in rig.shelf.files()], [])


class Counted:
    """Key flash that counts the bytes read."""

    def __init__(self, keys):
        self._keys = keys
        self.size = keys.size
        self.bytes = 0
        self.program, self.erase = keys.program, keys.erase

    def read(self, offset, buf):
        self.bytes += len(buf)
        self._keys.read(offset, buf)


def test_cost_of_a_second_and_of_an_hour():
    """A tick with nothing due reads no flash; an hour reads the table once; a due key costs its page a few times."""
    rig = Rig(pages=128)
    rig.hal.keyflash = keys = Counted(rig.hal.keyflash)
    rig.boot()
    for i in range(2000):
        slot = rig.slots.prepare(i.to_bytes(16, "big"), secret_of(ONE))
        rig.slots.go_live(slot, START + 100 * DAY + i, 1)
    rig.sweep.tick(rig.clock.safe_now())
    keys.bytes = 0
    rig.pass_time(60)
    rig.sweep.tick(rig.clock.safe_now())
    eq(keys.bytes, 0)
    rig.sweep.hourly()
    eq(keys.bytes, 124 * 4096)
    keys.bytes = 0
    rig.hal.inserted = False
    rig.pass_time(100 * DAY - 60)
    rig.clock.begin(START + 100 * DAY)
    rig.sweep.tick(rig.clock.safe_now())
    eq(rig.slots.live_count(), 1999)
    assert keys.bytes < 6 * 4096, keys.bytes


def test_a_withdrawal_that_was_cut_is_completed_among_thousands():
    """Only parts without a signature can belong to it: 7,000 slots as objects are more than a chip's heap."""
    rig = Rig(pages=40).boot()
    slots = rig.slots
    for number in range(2000):
        slot = slots.prepare(b"signed---" + number.to_bytes(7, "big"), bytes(range(1, 33)))
        slots.go_live(slot, START + DAY, 1)
        slots.mark_signed(slot)
    for id16 in (ONE, TWO):
        path = rig.record(id16)
        header = cbor.encode({"box": BOX, "call": b"c" * 16})
        with open(path, "r+b") as file:
            file.write(preamble.build(id16, START, START + DAY, len(header), 4096) + header)
    rig.sweep.destroy(ONE, "withdrawn")
    read, count = slots.read, []

    def counted(number):
        count.append(number)
        return read(number)

    slots.read = counted
    rig.sweep.on_card()
    slots.read = read
    assert len(count) < 20, len(count)
    eq(slots.find(TWO), -1)  # the same call's
