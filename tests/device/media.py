"""A small box for device tests: simulated media in RAM, a clock in hand, and the store built on them.

`Rig.cut(write, torn)` arms a power cut; `Rig.reboot()` is what comes after it: new media objects on the same cells and sectors, so
that nothing left over from before can reach them.
"""

import os

import vfs

from core.state import State
from expire.clock import Clock
from expire.sweep import Sweep
from hal.sim_media import Faults, LfsFlash, NorFlash, PowerCut, SdCard
from store import preamble
from store.card import Card
from store.floor import FloorLog
from store.journal import Journal
from store.seed import SeedLog
from store.shelf import Shelf
from store.slots import SlotTable

START = 1_800_000_000  # 2027-01-15
DAY = 86400
BOX = b"B" * 16

__all__ = ("BOX", "DAY", "START", "PowerCut", "Rig", "flash", "secret_of")


def flash(pages=8, faults=None):
    """Key flash in RAM: two pages of seed log, two of floor log, the rest slots."""
    return NorFlash(None, pages * 4096, faults)


def secret_of(id16):
    """A secret that can be searched for in an image: no byte FF or 00, different for each id."""
    return bytes((value % 251) + 2 for value in id16) + b"secret of it \x01\x02\x03"


class Hal:
    """The part of the hal that the store asks for."""

    def __init__(self, keys, card, state):
        self.keyflash = keys
        self.sd = card
        self.state = state
        self.inserted = True
        self.serial = 1
        self.rtc = START
        self.up = 0
        self.lost = False
        self.fed = 0

    def feed_watchdog(self):
        self.fed += 1

    def card(self):
        return self.sd if self.inserted else None

    def card_serial(self):
        return self.serial

    def statefs(self):
        return self.state

    def now(self):
        return self.rtc

    def set_clock(self, t):
        self.rtc = t

    def clock_lost_power(self):
        return self.lost

    def clear_lost_power(self):
        self.lost = False

    def uptime(self):
        return self.up


class Rig:
    """Fields after `boot`: hal, faults, slots, floor, seeds, card, shelf, clock, journal, sweep, state."""

    mends = True  # a dirty card is repaired at once, and the journal's end found, as when the box is idle

    def __init__(self, pages=8, blocks=512, card=True):
        self.faults = Faults()
        self.hal = Hal(flash(pages, self.faults), SdCard(None, blocks, self.faults), LfsFlash(None, 16 * 4096, self.faults))
        self.hal.inserted = card
        vfs.VfsFat.mkfs(self.hal.sd)
        vfs.VfsLfs2.mkfs(self.hal.state)
        FloorLog(self.hal.keyflash).set_time(START)

    def boot(self):
        """Builds the store anew; `recover` included. Returns self."""
        self._mount_state()
        self.slots = SlotTable(self.hal.keyflash)
        self.slots.recover()
        self.seeds = SeedLog(self.hal.keyflash)
        self.floor = FloorLog(self.hal.keyflash)
        self.clock = Clock(self.hal, self.floor, self.state)
        self.card = Card(self.hal)
        self.shelf = Shelf(self.card)
        self.journal = Journal(self.card, self.floor, self.clock)
        self.sweep = Sweep(self.slots, self.card, self.shelf, self.journal, self.clock)
        self.sweep.box = BOX
        self._mend()
        return self

    def _mend(self):
        while self.mends and self.card.mend():
            pass
        while self.mends and not self.journal.flush(False) and self.journal.searching:
            pass

    def _mount_state(self):
        try:
            vfs.umount("/rigstate")
        except OSError:
            pass  # the first time
        vfs.mount(vfs.VfsLfs2(self.hal.state), "/rigstate")
        self.state = State("/rigstate")

    def cut(self, write, torn=0):
        self.faults.cut(write, torn)

    def snapshot(self):
        """All that survives: to be given to `restore`."""
        hal = self.hal
        return bytes(hal.keyflash.cells), dict(hal.sd.sectors), bytes(hal.state.cells), hal.rtc

    def restore(self, kept):
        """New media with these contents and no power cut armed."""
        hal = self.hal
        self.faults = Faults()
        keys = flash(len(kept[0]) // 4096, self.faults)
        keys.cells[:] = kept[0]
        card = SdCard(None, hal.sd.blocks, self.faults)
        card.sectors = dict(kept[1])
        state = LfsFlash(None, len(kept[2]), self.faults)
        state.cells[:] = kept[2]
        hal.keyflash, hal.sd, hal.state = keys, card, state
        hal.rtc = kept[3]
        hal.up = 0
        hal.serial += 1
        return self

    def reboot(self):
        """Power off, power on, boot."""
        self.faults.dead = True
        return self.restore(self.snapshot()).boot()

    def pass_time(self, seconds):
        self.hal.rtc += seconds
        self.hal.up += seconds

    def pull_card(self):
        self.hal.inserted = False
        self.card.refresh()

    def insert_card(self):
        self.hal.inserted = True
        self.hal.serial += 1
        self.card.refresh()
        self._mend()

    def record(self, id16, keep_s=DAY, box=BOX):
        """A recording as the recorder leaves it: file with head and one record, live slot. Returns its path."""
        end = self.clock.now() + keep_s
        path = self.shelf.path(id16, end)
        slot = self.slots.prepare(id16, secret_of(id16))
        header = b"\xa1cboxP" + box
        with self.shelf.create(path) as file:
            file.write(preamble.build(id16, self.clock.now(), end, len(header), 4096) + header + bytes(4032 - len(header)))
            file.write(b"\x01" * 4096)
        self.slots.go_live(slot, end, 1)
        return path

    def exists(self, path):
        try:
            os.stat(path)
            return True
        except OSError:
            return False

    def settle(self):
        """Background work until there is none."""
        self.sweep.step()
        while self.sweep.busy:
            self.sweep.step()
