"""Days of a box's life: `soak.mpy.py DAYS CALLS_A_DAY SEED KEEP_DAYS CUTS_UNTIL ONE_IN CARD`. MicroPython.

One `@day {json}` a day; exit 1 on a broken rule. Import roots: firmware and tests/powercut/box, whose board, machine and rules it
uses. CARD: file that holds the card's contents. Power fails in one of ONE_IN things the
box does; from the day after CUTS_UNTIL on it stays on.
"""

import gc
import json
import os
import sys
import time

sys.path.pop(0)  # this folder has names of its own

import hooks

hooks.install()

import machine as box_machine
from board import LOG
from machine import DAY, Machine, provisioned

import checks
from core.errors import Press1Error
from disk import DiskBoard
from hal import contract
from hal.sim_media import PowerCut
from ledger import Ledger
from services import BoxServices
from store.fat import Fat

_NEAR, _FAR = 30, 700  # a planned cut falls on one of so many writes from now; a call of 20 s makes about 700
_HOLD_S = 5 * DAY
_EVERY = 10  # days between looks at everything that is stored, however old


class Dice:
    """A linear congruential generator (Numerical Recipes, 1992)."""

    def __init__(self, seed):
        self._x = seed

    def below(self, n):
        self._x = (self._x * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self._x >> 8) % n

    def one_in(self, n):
        return self.below(n) == 0


class Life:
    """`count`: what has happened so far, by name. `one_in`: of how many things the supply fails in one; 0: in none."""

    def __init__(self, seed, keep_days, blocks, pages):
        self.dice = Dice(seed)
        self.one_in = 0
        self.ledger = Ledger(lambda: DiskBoard.newest)
        LOG.truth = self.ledger.take
        self.machine = Machine(provisioned(pages=pages, blocks=blocks, keep_s=keep_days * DAY))
        self.machine.settle()
        names = "refused calls recorded withdrawn marks holds releases pulls uses erased acknowledged cuts cuts_at_start stalls card_out"
        self.count = dict.fromkeys(names.split(), 0)

    def _did(self, name):
        self.count[name] += 1

    def day(self, calls):
        gap = DAY // (calls + 1)
        for _ in range(calls):
            self.powered(self.machine.advance, gap)
            self.powered(self.call)
            self.powered(self.between)
        self.powered(self.machine.advance, DAY - gap * calls)

    # power

    def powered(self, work, *args):
        """Something the box does; now and then its supply fails meanwhile."""
        if self.one_in and self.dice.one_in(self.one_in):
            self.machine.board.faults.cut(1 + self.dice.below(_NEAR if self.dice.one_in(2) else _FAR), self.dice.below(513))
        try:
            work(*args)
        except PowerCut:
            self.restart()
        self.machine.board.faults.cut(1 << 30)

    def restart(self):
        """Power comes back, once or, when it fails in the start too, again."""
        self._did("cuts")
        self.machine = None
        if self.dice.one_in(4):
            DiskBoard.cut_next = 1 + self.dice.below(12), self.dice.below(513)
        while self.machine is None:
            self._start(DiskBoard.newest)

    def _start(self, old):
        self.ledger.cut(old.faults.writes, old.inserted)
        old.sd.leave()
        hooks.Keys.pressed = []
        gc.collect()  # files that were open are closed, on a card that has left
        try:
            machine = Machine(old.media(), old.seconds() + 5)
            machine.settle()
            self.machine = machine
        except PowerCut:
            self._did("cuts_at_start")

    # calls

    def call(self):
        """10 to 30 s, most of them recorded; some withdrawn, stopped, marked; now and then a stalled card, or none."""
        machine, dice = self.machine, self.dice
        self._did("calls")
        if dice.one_in(10):  # nobody presses a key
            machine.lift()
            machine.run(10)
            machine.hang_up()
            return
        machine.accept()
        self._did("recorded")
        machine.run(5 + dice.below(10))
        self._within(dice.below(20))
        machine.run(5 + dice.below(10))
        machine.hang_up()
        machine.settle()

    def _within(self, what):
        machine = self.machine
        if what == 0:
            machine.key("0")
            self._did("withdrawn")
        elif what == 1:
            machine.button(contract.BUTTON_STOP_ERASE)
            self._did("withdrawn")
        elif what == 2:
            machine.button(contract.BUTTON_MARK)
            self._did("marks")
        elif what == 3:
            machine.board.late = 160 * (1 + self.dice.below(5))
            self._did("stalls")
        elif what == 4:
            machine.board.card_out()
            machine.run(2)
            machine.board.card_in()
            self._did("card_out")

    # the host

    def between(self):
        """Now and then the owner's computer is there, and does something with one recording."""
        ids = self.machine.ids()
        what = self.dice.below(24)
        id16 = ids[self.dice.below(len(ids))] if ids else None
        if not id16 or what >= len(_ACTS):
            return
        try:
            _ACTS[what](self, BoxServices(self.machine.box), id16)
        except Press1Error:
            self._did("refused")  # held, not held, gone meanwhile
        self.machine.settle()

    def _hold(self, services, id16):
        services.hold(id16, self.machine.board.now() + _HOLD_S, "soak")
        self._did("holds")

    def _release(self, services, _id16):
        box = self.machine.box
        for number in list(box.slots.live()):
            slot = box.slots.read(number)
            if slot.purposes & 8:
                services.release(slot.id)
                self._did("releases")
                return

    def _pull(self, services, id16):
        file, _size = services.open_recording(id16)
        with file:
            while file.read(4096):
                pass
        services.slot_secret(id16, b"k" * 16)
        self._did("pulls")

    def _use(self, services, id16):
        services.used(id16)
        self._did("uses")

    def _erase(self, services, id16):
        services.erase(id16, "erased")
        self._did("erased")

    def _exchange(self, services, id16):
        """As a vault does: it has erased one, and takes the receipts until there are no more."""
        have = []
        done = [(id16, "erased")]
        while True:
            have = [item["id"] for item in services.receipts(done, have)]
            if not have:
                return
            done = []
            self.count["acknowledged"] += len(have)

    # rules

    def check(self, every):
        """The rules that hold at rest."""
        machine = self.machine
        machine.settle()
        machine.box.tick(machine.board.now())
        machine.settle()
        checks.need(machine.box.fault is None, "no fault", machine.box.fault)
        keys = bytes(machine.board.keyflash.cells)
        slots = {}
        for slot in checks.slots_in(keys):
            if slot.state == "live":
                checks.need(slot.id not in slots, "no two live slots of one id")
                slots[slot.id] = slot
            else:
                checks.need(slot.finished or slot.state == "prepared", "no slot is left half-way", slot.state)
        ready = {made.id for made in machine.box.stock._sets}
        self.ledger.look(slots, _found(machine), keys, ready, machine.board.now(), every)
        checks.need(not hooks.PROBLEMS, hooks.PROBLEMS)
        if not machine.box.card.unproven:
            _clusters(machine.board.sd)


_ACTS = (Life._hold, Life._pull, Life._use, Life._erase, Life._exchange, Life._release)


def _found(machine):
    """Paths by id; a file without a preamble stands under its path."""
    return {start.id if start else path: path for path, start in machine.box.shelf.files()}


def _clusters(device):
    """What is not free belongs to a file or a folder."""
    figures = os.statvfs("/sd")
    checks.need(figures[2] - figures[3] == _owned(Fat(device), 0), "no cluster is lost", figures)


def _owned(fat, folder):
    """Clusters of all that stands in a folder."""
    total = 0
    for entry in list(fat.entries(folder)):
        cluster = entry.start
        while fat.valid(cluster):
            total += 1
            cluster = fat.get(cluster)
        if entry.is_folder:
            total += _owned(fat, entry.start)
    return total


def _lived(life, calls, day, every):
    """One more day; its row."""
    start = time.ticks_ms()
    life.day(calls)
    middle = time.ticks_ms()
    life.check(every)
    row = {"day": day, "ms": time.ticks_diff(middle, start), "check_ms": time.ticks_diff(time.ticks_ms(), middle)}
    row.update(_state(life.machine))
    row.update(life.count)
    return row


def _state(machine):
    machine.told = []
    hooks.forget()
    gc.collect()
    gc.collect()
    row = {"used": gc.mem_alloc(), "free": gc.mem_free()}
    slots = machine.box.slots
    row["live"], row["slots_free"] = len(machine.ids()), slots.free()
    row["wear"], row["journal"] = max(slots.headers.wear), machine.box.journal.head()[0]
    return row


def main(days, calls, seed, keep_days, cuts_until, one_in, card):
    LOG.on = False
    DiskBoard.path = card
    box_machine.Board = DiskBoard
    live = calls * (keep_days + 1)
    life = Life(seed, keep_days, 20000 + live * 900, 4 + 2 + live * 2 // 63 + 3)
    for day in range(1, days + 1):
        life.one_in = one_in if day <= cuts_until else 0
        print("@day " + json.dumps(_lived(life, calls, day, day % _EVERY == 0 or day == days)))
    life.ledger.follow_anew()


try:
    main(*[int(word) for word in sys.argv[1:7]], sys.argv[7])
except checks.Violation as error:
    print("@broken " + json.dumps(str(error)))
    sys.exit(1)
