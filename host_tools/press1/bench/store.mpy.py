"""Cost of the store with N recordings on a 32 GB card: `store.mpy.py N`. Prints one JSON object. MicroPython, firmware as import root."""

import gc
import hashlib
import json
import os
import sys
import time

sys.path.pop(0)  # this folder has a `store` too

import vfs

from core import cbor
from core.state import State
from counters import Counters
from expire.clock import Clock
from expire.sweep import Sweep
from forecast import Rate, forecast
from hal.sim_media import LfsFlash, NorFlash, SdCard
from seal import trailer
from store import preamble
from store.card import Card
from store.floor import FloorLog
from store.journal import Journal
from store.shelf import Shelf
from store.slot_scan import unsigned
from store.slots import SlotTable

START = 1_800_000_000
DAY = 86400
DAYS = 90
BLOCKS = 62_000_000  # of 512 bytes: 32 GB
FLASH = 1024 * 1024
PAGE_OF_LS = 16
DUE = 10


class Sparse(SdCard):
    """A card that keeps no zeros."""

    def _store(self, block, data):
        if any(data):
            self.sectors[block] = bytes(data)
        else:
            self.sectors.pop(block, None)


class Flash(NorFlash):
    reads = 0

    def read(self, offset, buf):
        self.reads += 1
        super().read(offset, buf)


class Hal:
    def __init__(self):
        self.keyflash = Flash(None, FLASH)
        self.sd = Sparse(None, BLOCKS)
        self.rtc = START

    def feed_watchdog(self):
        pass

    def card(self):
        return self.sd

    def card_serial(self):
        return 1

    def now(self):
        return self.rtc

    def set_clock(self, t):
        self.rtc = t

    def clock_lost_power(self):
        return False

    def clear_lost_power(self):
        pass

    def uptime(self):
        return 0


class Store:
    """The store as a start builds it."""

    def __init__(self, hal):
        self.hal = hal
        self.slots = SlotTable(hal.keyflash)
        self.slots.recover()
        self.floor = FloorLog(hal.keyflash)
        self.clock = Clock(hal, self.floor, State("/state"))
        self.card = Card(hal)
        self.shelf = Shelf(self.card)
        self.journal = Journal(self.card, self.floor, self.clock)
        self.sweep = Sweep(self.slots, self.card, self.shelf, self.journal, self.clock)
        self.sweep.box = b"B" * 16
        self.sweep.tick(self.clock.safe_now())


def fill(store, count):
    """Recordings as they are on a card after months: some each day, expiry 90 days later; DUE of them in a minute."""
    header = cbor.encode({"box": b"B" * 16, "call": b"c" * 16, "part": 1, "direction": "in", "rate": [8000, 1], "purposes": []})
    end = trailer.MAGIC + bytes(504)
    for number in range(count):
        id16 = hashlib.sha256(b"%d" % number).digest()[:16]
        expiry = START + 60 if number < DUE else START + DAY + number * (DAYS - 1) * DAY // count
        slot = store.slots.prepare(id16, bytes(range(32)))
        with store.shelf.create(store.shelf.path(id16, expiry)) as file:
            file.write(preamble.build(id16, START - DAY, expiry, len(header), 4096) + header + bytes(4032 - len(header)))
            file.write(bytes(4096) + end)
        store.slots.go_live(slot, expiry, 2)
        store.slots.mark_signed(slot)
        if number % 256 == 0:
            gc.collect()


class Meter:
    def __init__(self, hal):
        self.hal = hal
        self.rows = {}

    def __call__(self, name, work, *args):
        gc.collect()
        hal = self.hal
        hal.sd.reads = hal.keyflash.reads = 0
        start = time.ticks_us()
        result = work(*args)
        took = time.ticks_diff(time.ticks_us(), start)
        self.rows[name] = {"ms": round(took / 1000, 2), "card_blocks": hal.sd.reads, "flash_reads": hal.keyflash.reads}
        return result


def page(store, after):
    """What `ls` asks the box for."""
    start = store.slots.find(after) if after else -1
    items = []
    for number in store.slots.live(start):
        slot = store.slots.read(number)
        path = store.shelf.locate(slot.id, slot.filed_time)
        with open(path, "rb") as file:
            head = preamble.parse(file.read(64))
            cbor.decode(file.read(head.header_length))
            trailer.ending(file, file.seek(0, 2))
        items.append(slot.id)
        if len(items) == PAGE_OF_LS:
            break
    return items


def one(store, id16):
    slot = store.slots.read(store.slots.find(id16))
    path = store.shelf.locate(id16, slot.filed_time)
    with open(path, "rb") as file:
        return preamble.parse(file.read(64)).id == id16


def _rate():
    rate = Rate()
    rate.add(START - DAY, 320000, DAYS * DAY)
    return rate


def naive(store):
    """What a box without key slots does to find what is due: read every header."""
    return sum(1 for _, start in store.shelf.files() if start and start.expires <= START)


def main(count):
    hal = Hal()
    vfs.VfsFat.mkfs(hal.sd)
    state = LfsFlash(None, 16 * 4096)
    vfs.VfsLfs2.mkfs(state)
    vfs.mount(vfs.VfsLfs2(state), "/state")
    FloorLog(hal.keyflash).set_time(START)
    store = Store(hal)
    fill(store, count)
    store.journal.append("boot")
    store.journal.flush()
    store.card.settle()
    meter = Meter(hal)
    store = meter("boot", Store, hal)
    first = meter("ls_first_page", page, store, b"")
    meter("ls_next_page", page, store, first[-1])
    middle = hashlib.sha256(b"%d" % (count // 2)).digest()[:16]
    if not meter("find_one", one, store, middle):
        raise ValueError("not found")
    meter("count_live", Counters().count_live, store.slots)
    meter("find_unsigned", unsigned, store.slots)
    meter("forecast", forecast, store.slots, START, _rate(), {"present": True, "total": BLOCKS * 512, "free": BLOCKS * 256})
    meter("sweep_none", store.sweep.tick, START)
    meter("naive_headers", naive, store)
    hal.rtc += 120
    live = store.slots.live_count()
    meter("sweep_10", store.sweep.tick, START + 120)
    if live - store.slots.live_count() != DUE or os.stat("/sd/JRN")[0] == 0:
        raise ValueError("sweep")
    store.card.touch()
    meter("boot_dirty", Store, hal)
    print(json.dumps(meter.rows))


main(int(sys.argv[1]))
