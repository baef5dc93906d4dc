"""The free-space forecast, the counts below it, and what `info` says of both."""

import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hashlib
from array import array

import hooks

hooks.install()

from machine import DAY, Machine, provisioned

from core import cbor, config
from counters import Counters
from forecast import Rate, forecast
from hal.sim_media import NorFlash
from services import BoxServices
from store import slot_scan as scan
from store.slot_scan import unsigned
from store.slots import SlotTable

NOW = 20000 * DAY
MIB = 1 << 20


def _table(rows, pages=8):
    """A table with live slots of (expiry, purposes)."""
    slots = SlotTable(NorFlash(None, pages * 4096))
    numbers = []
    for number, (expiry, purposes) in enumerate(rows):
        slot = slots.prepare(number.to_bytes(16, "big"), bytes(range(1, 33)))
        slots.go_live(slot, expiry, purposes)
        numbers.append(slot)
    return slots, numbers


def _card(free, total=1024 * MIB):
    return {"present": True, "total": total, "free": free}


def test_the_rate_is_that_of_whole_days():
    rate = Rate()
    eq(rate.mean(NOW), None)
    rate.add(NOW + 100, 1000, 3 * DAY)
    eq(rate.mean(NOW + 200), (1, 1, 1000, 3))  # the very first day: today alone
    rate.add(NOW + 200, 501, 3 * DAY + 1)
    rate.add(NOW + DAY, 9, DAY)
    eq(rate.mean(NOW + DAY), (1, 2, 1501, 4))  # today is not over yet
    eq(rate.mean(NOW + 4 * DAY), (4, 1, 378, 3))  # days without calls count
    eq(rate.mean(NOW + 7 * DAY), (7, 1, 216, 3))
    eq(rate.mean(NOW + 8 * DAY), (7, 1, 2, 1))
    eq(rate.mean(NOW + 9 * DAY), None)


def test_the_rate_keeps_a_week_and_no_future():
    rate = Rate()
    for day in range(30):
        rate.add(NOW + day * DAY, 1, DAY)
    eq(len(rate.rows), 8)
    rate.add(NOW, 5, DAY)  # the clock was set back
    eq(rate.rows, [[20000, 1, 5, DAY]])
    eq(Rate(cbor.decode(cbor.encode(rate.rows))).rows, rate.rows)


def test_nothing_stored_no_forecast():
    slots, _ = _table(())
    eq(forecast(slots, NOW, Rate(), _card(100 * MIB)), None)


def _rate(count, size, keep_days):
    rate = Rate()
    for _ in range(count):
        rate.add(NOW - DAY, size, keep_days * DAY)
    return rate


def test_the_card_is_full_when_more_comes_than_goes():
    slots, _ = _table([(NOW + 300 * DAY, 2)])
    found = forecast(slots, NOW, _rate(10, MIB, 90), _card(100 * MIB + 262144, 1024 * MIB))
    eq(found, {"over": 1, "recordings": 10, "bytes": 10 * MIB, "keep": 90, "days": 10, "by": "card"})


def test_room_for_a_whole_retention_is_room_for_ever():
    slots, _ = _table([(NOW + 300 * DAY, 2)], 20)
    for free, days in ((899, 89), (900, None)):
        found = forecast(slots, NOW, _rate(10, MIB, 90), _card(free * MIB + 262144, 1024 * MIB))
        eq((found["days"], found["by"]), (days, "card" if days else ""))


def test_what_ends_gives_its_room_back_unless_held():
    """Ten stored, 10 MiB each, that end within 5 days; 10 MiB a day come and 49 are free."""
    for purposes, days in ((2, None), (2 | 8, 4)):
        slots, _ = _table([(NOW + day // 2 * DAY + 5, purposes) for day in range(10)])
        found = forecast(slots, NOW, _rate(10, MIB, 14), _card(49 * MIB + 262144, 149 * MIB + 262144))
        eq((found["days"], found["by"]), (days, "card" if days else ""))


def test_slots_may_end_first():
    slots, _ = _table([(NOW + 300 * DAY, 2)] * 52)
    found = forecast(slots, NOW, _rate(20, 4096, 90), _card(1000 * MIB))
    eq((found["days"], found["by"]), ((4 * 63 - 52) // 20, "slots"))
    found = forecast(slots, NOW, _rate(20, 4096, 90), {"present": False, "total": 0, "free": 0})
    eq((found["days"], found["by"], found["recordings"]), (None, "", 20))


def test_counts_of_a_page_at_a_time_are_those_of_a_slot_at_a_time():
    rows = [(NOW + number % 9 * DAY, 1 + number % 15 | number % 2 * config.USED) for number in range(150)]
    slots, numbers = _table(rows)
    for number in numbers[::7]:
        slots.begin_erase(number, "erased")
        slots.zero(number)
    for number in numbers[::3]:
        slots.mark_signed(number)
    left = [slots.read(number) for number in slots.live()]
    want = {}
    for slot in left:
        for name in config.names(slot.purposes):
            want[name] = want.get(name, 0) + 1
    counters = Counters()
    counters.count_live(slots)
    eq({name: counters.of(name, NOW)[1] for name in want}, want)
    eq(unsigned(slots), [slot.number for slot in left if not slot.signed])
    out = array("H", bytes(2 * scan.HORIZON))
    for page in slots.pages:
        slots.load(page)
        scan.leaving(slots.page, NOW // DAY, out)
    eq(list(out[:9]), [sum(1 for slot in left if slot.filed == NOW // DAY + day and not slot.purposes & 8) for day in range(9)])


def test_counts_are_not_written_before_they_were_read_nor_twice():
    class Kept:
        puts = 0

        def get(self, _name, default):
            return default

        def put(self, _name, _value):
            self.puts += 1

    counters, state = Counters(), Kept()
    counters.keep(state)
    eq(state.puts, 0)
    counters.load(state)
    counters.keep(state)
    counters.keep(state)
    eq(state.puts, 1)


def test_info_of_a_box():
    machine = Machine(provisioned(keep_s=2 * DAY)).settle()
    info = BoxServices(machine.box).info()
    eq(info["forecast"], None)
    eq(info["policy"], hashlib.sha256(cbor.encode(machine.box.rules.policy.source)).digest())
    eq(info["lapsed"], False)
    machine.record(1)
    machine.record(1)
    found = BoxServices(machine.box).info()["forecast"]
    eq((found["over"], found["recordings"], found["keep"]), (1, 2, 2))
    path = list(machine.box.shelf.files())[0][0]
    with open(path, "rb") as file:
        eq(found["bytes"], 2 * file.seek(0, 2))
    cbor.encode(found)
    machine.advance(3600)
    machine = Machine(machine.board.media(), machine.board.seconds() + 10).settle()  # the counts outlive a restart
    eq(BoxServices(machine.box).info()["forecast"]["recordings"], 2)


def test_info_of_a_box_without_a_policy():
    machine = Machine(provisioned()).settle()
    machine.box.state.remove("policy")
    machine.box.rules.load()
    eq(BoxServices(machine.box).info()["policy"], b"")
