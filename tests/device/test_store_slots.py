"""Key slots: every transition, every torn program, changes, recovery, compaction."""

from core.errors import Gone, Malformed, NoSlot
from hal.sim_media import Faults, NorFlash
from media import PowerCut, flash, secret_of
from store.slots import SlotTable
from strict import eq, raises

ONE = b"one-one-one-one!"
TWO = b"two-two-two-two!"
END = 1_900_000_000
PAGES = 6  # two of slots


def table(keys=None):
    return SlotTable(keys or flash(PAGES))


def again(keys, cells=None):
    """The same flash after a power-on."""
    new = flash(keys.size // 4096)
    new.cells[:] = cells or keys.cells
    return new


def live(slots, id16=ONE, end=END, purposes=2):
    slot = slots.prepare(id16, secret_of(id16))
    slots.go_live(slot, end, purposes)
    return slot


def test_states_each_clear_one_bit():
    slots = table()
    free = slots.free()
    slot = slots.prepare(ONE, secret_of(ONE))
    seen = [slots.read(slot)]
    slots.go_live(slot, END, 2)
    seen.append(slots.read(slot))
    eq(slots.secret(slot), secret_of(ONE))
    slots.begin_erase(slot, "withdrawn")
    seen.append(slots.read(slot))
    slots.zero(slot)
    seen.append(slots.read(slot))
    slots.mark_unlinked(slot)
    seen.append(slots.read(slot))
    slots.mark_receipted(slot)
    seen.append(slots.read(slot))
    eq([s.state for s in seen], ["prepared", "live", "erasing", "zeroed", "unlinked", "receipted"])
    eq([s.bits for s in seen], [0xFE, 0xFC, 0xF8, 0xF0, 0xE0, 0xC0])
    last = seen[-1]
    eq((last.id, last.expiry, last.purposes, last.reason, last.finished), (ONE, END, 2, "withdrawn", True))
    eq(slots.free(), free - 1)
    eq(slots.flash.cells.count(secret_of(ONE)), 0)


def test_only_live_slots_give_secrets():
    slots = table()
    slot = slots.prepare(ONE, secret_of(ONE))
    with raises(Gone):
        slots.secret(slot)
    slots.go_live(slot, END, 2)
    slots.begin_erase(slot)
    with raises(Gone):
        slots.secret(slot)
    with raises(Gone):
        slots.go_live(slot, END, 2)
    eq(slots.find(ONE), -1)


def test_damaged_secret_is_not_given():
    slots = table()
    slot = live(slots)
    slots.flash.cells[slot * 64 + 20] ^= 1
    with raises(Gone):
        slots.secret(slot)


def test_marks_survive_a_change():
    slots = table()
    slot = live(slots)
    slots.mark_signed(slot)
    slots.mark_pulled(slot)
    new = slots.change(slot, expiry=END + 5, purposes=10)
    got = slots.read(new)
    eq((got.signed, got.pulled, got.expiry, got.purposes, got.filed), (True, True, END + 5, 10, END // 86400))
    eq(slots.secret(new), secret_of(ONE))
    eq(list(slots.live()), [new])
    eq(list(slots.unfinished()), [])
    eq(bytes(slots.flash.cells).count(secret_of(ONE)), 1)
    eq(slots.find(ONE), new)
    with raises(Gone):
        slots.change(slot)


def test_expiry_out_of_range():
    slots = table()
    slot = slots.prepare(ONE, secret_of(ONE))
    for bad in (0, -1, 0xFFFFFFFF, 1 << 40):
        with raises(Malformed):
            slots.go_live(slot, bad, 1)


def test_due_compares_as_unsigned():
    times = (1, 0x7FFF, 0x8000, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFF0000, 0xFFFFFFFE)
    for end in times:
        slots = table()
        slot = live(slots, end=end)
        eq(slots.due(end - 1), -1)
        eq(slots.due(end), slot)
        eq(slots.due(0xFFFFFFFF), slot)
        eq(slots.next_expiry(), end)


def test_next_expiry_follows():
    slots = table()
    eq(slots.next_expiry(), None)
    early = live(slots, ONE, END)
    live(slots, TWO, END + 10)
    eq(slots.next_expiry(), END)
    new = slots.change(early, expiry=END + 100)
    eq(slots.next_expiry(), END + 10)
    eq(slots.due(END + 9), -1)
    slots.zero(slots.find(TWO))
    eq(slots.next_expiry(), END + 100)
    slots.zero(new)
    eq(slots.next_expiry(), None)


def test_full_table():
    slots = table()
    for i in range(126):
        slots.prepare(bytes((i,)) * 16, secret_of(ONE))
    eq(slots.free(), 0)
    with raises(NoSlot):
        slots.prepare(TWO, secret_of(TWO))


def test_capacity_of_the_real_partition():
    slots = SlotTable(NorFlash(None, 512 * 1024))
    eq(slots.free(), 124 * 63)
    assert slots.free() >= 7500


def test_live_pages_on():
    slots = table()
    numbers = [live(slots, bytes((i,)) * 16) for i in range(100)]
    eq(list(slots.live()), numbers)
    eq(list(slots.live(numbers[41])), numbers[42:])
    eq(slots.live_count(), 100)


def test_destroy_all():
    slots = table()
    live(slots)
    slots.prepare(TWO, secret_of(TWO))
    slots.destroy_all()
    eq(bytes(slots.flash.cells).count(b"secret of it"), 0)
    eq(len(list(slots.unfinished())), 1)  # the live one's file


def test_zero_over_one_has_no_effect():
    keys = flash(PAGES)
    keys.program(5 * 4096, b"\x0f\xf0")
    keys.program(5 * 4096, b"\xff\xff")
    got = bytearray(2)
    keys.read(5 * 4096, got)
    eq(got, b"\x0f\xf0")
    keys.program(5 * 4096, b"\xf0\xff")
    keys.read(5 * 4096, got)
    eq(got, b"\x00\xf0")
    for bad in (lambda: keys.program(0, bytes(65)), lambda: keys.program(4090, bytes(8)), lambda: keys.erase(PAGES)):
        with raises(OSError):
            bad()
    keys.locked = True
    with raises(OSError):
        keys.erase(5)


def cut_everywhere(before, action, check):
    """Runs `action(slots)` on the flash that `before(slots)` leaves, cut at every byte of every write; `check(slots)` after each boot."""
    base = flash(PAGES)
    before(table(base))
    write = 0
    points = 0
    while True:
        write += 1
        done = False
        for torn in range(65):
            keys = again(base)
            keys.faults = Faults()
            keys.faults.cut(write, torn)
            try:
                action(table(keys))
                done = True
                break
            except PowerCut:
                pass
            points += 1
            booted = again(keys)
            slots = table(booted)
            slots.recover()
            check(slots)
            cells = bytes(booted.cells)
            eq(table(booted).recover(), 0)  # a second boot finds nothing to do
            eq(bytes(booted.cells), cells)
            slots.refresh()
            live(slots, b"life goes on....")
        if done:
            assert points >= 65
            return


def secrets_in(slots):
    return bytes(slots.flash.cells).count(b"secret of it")


def test_cut_while_preparing_leaves_no_secret():
    def check(slots):
        eq((secrets_in(slots), list(slots.live()), list(slots.unfinished())), (0, [], []))

    cut_everywhere(lambda slots: None, lambda slots: slots.prepare(ONE, secret_of(ONE)), check)


def test_cut_while_going_live():
    def check(slots):
        eq(secrets_in(slots), slots.live_count())
        if slots.live_count():
            got = slots.read(slots.find(ONE))
            eq((got.expiry, got.purposes), (END, 2))

    cut_everywhere(
        lambda slots: None,
        lambda slots: live(slots),
        check,
    )


def test_cut_while_erasing():
    """Once anything of the erasure has reached the flash, the boot destroys the key."""
    untouched = []

    def check(slots):
        if slots.live_count():
            untouched.append(slots.read(slots.find(ONE)).reason)
            return
        eq(secrets_in(slots), 0)
        number = list(slots.unfinished())[0]
        eq((slots.read(number).id, slots.read(number).reason), (ONE, "withdrawn"))

    def erase(slots):
        slots.begin_erase(slots.find(ONE), "withdrawn")
        slots.zero(slots.read(next(slots.unfinished())).number)

    cut_everywhere(lambda slots: live(slots), erase, check)
    eq(untouched, [""])  # the one cut before the first byte


def test_cut_while_marking():
    def before(slots):
        slot = live(slots)
        slots.begin_erase(slot, "expired")
        slots.zero(slot)

    def action(slots):
        slot = next(slots.unfinished())
        slots.mark_unlinked(slot)
        slots.mark_receipted(slot)

    def check(slots):
        eq(secrets_in(slots), 0)
        eq([slots.read(n).id for n in slots.unfinished()] in ([ONE], []), True)

    cut_everywhere(before, action, check)


def test_cut_while_changing_leaves_one_copy():
    ends = set()

    def check(slots):
        eq((slots.live_count(), secrets_in(slots)), (1, 1))
        slot = slots.find(ONE)
        eq(slots.secret(slot), secret_of(ONE))
        got = slots.read(slot)
        assert (got.expiry, got.purposes) in ((END, 2), (END + 9, 10))
        assert got.signed
        ends.add(got.expiry)
        eq(list(slots.unfinished()), [])

    def before(slots):
        slots.mark_signed(live(slots))

    cut_everywhere(before, lambda slots: slots.change(slots.find(ONE), END + 9, 10), check)
    eq(len(ends), 2)


def test_cut_while_changing_into_an_earlier_page():
    """A boot meets the copy before it meets the old one."""
    ends = set()

    def spend(slots, count):
        for _ in range(count):
            slots.zero(slots.prepare(TWO, secret_of(TWO)))

    def before(slots):
        spend(slots, 63)
        live(slots)
        spend(slots, 62)
        assert slots.tidy()

    def action(slots):
        old = slots.find(ONE)
        assert slots.change(old, END + 9, 10) < old

    def check(slots):
        eq((slots.live_count(), secrets_in(slots)), (1, 1))
        ends.add(slots.read(slots.find(ONE)).expiry)

    cut_everywhere(before, action, check)
    eq(ends, {END, END + 9})


def filled(slots, count=130):
    """Every fifth slot live, the rest finished; free slots below the reserve."""
    for i in range(count):
        slot = live(slots, bytes((i + 1,)) * 16)
        if i % 5:
            slots.zero(slot)
            slots.mark_unlinked(slot)
            slots.mark_receipted(slot)


def test_compaction_moves_and_erases():
    keys = flash(8)
    slots = SlotTable(keys)
    filled(slots)
    keep = sorted(slots.read(n).id for n in slots.live())
    eq(len(keep), 26)
    for i in range(10):
        filled_before = slots.free()
        if not slots.tidy():
            break
        assert slots.free() > filled_before
    eq(sorted(slots.read(n).id for n in slots.live()), keep)
    for n in slots.live():
        eq(slots.secret(n), secret_of(slots.read(n).id))
    assert i >= 1
    eq(sum(keys.erases), i)
    eq(sum(slots.headers.wear), i)
    eq(SlotTable(again(keys)).headers.wear, slots.headers.wear)


def test_page_with_prepared_slots_is_left_alone():
    keys = flash(6)
    slots = SlotTable(keys)
    filled(slots, 125)
    number = slots.prepare(ONE, secret_of(ONE))
    while slots.tidy():
        pass
    eq(slots.read(number).state, "prepared")


def test_wear_spreads():
    keys = flash(8)
    slots = SlotTable(keys)
    for i in range(63 * 40):
        slot = slots.prepare(ONE, secret_of(ONE))
        slots.zero(slot)
        if slots.free() < 64:
            while slots.tidy():
                pass
    assert max(slots.headers.wear[4:]) - min(slots.headers.wear[4:]) <= 1, slots.headers.wear


def test_cut_while_compacting():
    base = flash(8)
    filled(SlotTable(base))
    keep = sorted(SlotTable(base).read(n).id for n in SlotTable(base).live())
    write = 0
    while True:
        write += 1
        ended = False
        for torn in (0, 1, 40, 63, 64, 2000, 4096):
            keys = again(base)
            keys.faults = Faults()
            keys.faults.cut(write, torn)
            slots = SlotTable(keys)
            try:
                for _ in range(3):
                    slots.tidy()
                ended = True
                break
            except PowerCut:
                pass
            booted = again(keys)
            slots = SlotTable(booted)
            slots.recover()
            eq(sorted(slots.read(n).id for n in slots.live()), keep)
            eq(secrets_in(slots), len(keep))
            eq(SlotTable(booted).recover(), 0)
        if ended:
            assert write > 40
            return
