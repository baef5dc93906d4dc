"""Days of a box's life: `soak.mpy.py DAYS CALLS_A_DAY SEED`. Prints one `@day {json}` a day; exit 1 on a broken rule. MicroPython.

Import roots: firmware and tests/powercut/box, whose board, machine and rules it uses.
"""

import gc
import json
import sys
import time

sys.path.pop(0)  # this folder has names of its own

import hooks

hooks.install()

from board import LOG
from machine import DAY, Machine, provisioned

import checks
from hal import contract
from hal.sim_media import PowerCut

_KEEP = 3  # days a recording stays


class Dice:
    """A linear congruential generator (Numerical Recipes, 1992)."""

    def __init__(self, seed):
        self._x = seed

    def below(self, n):
        self._x = (self._x * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self._x >> 8) % n


class Life:
    def __init__(self, seed):
        self.dice = Dice(seed)
        self.machine = Machine(provisioned(pages=32, blocks=60000, keep_s=_KEEP * DAY))
        self.machine.settle()
        self.count = {
            "calls": 0,
            "recorded": 0,
            "withdrawn": 0,
            "holds": 0,
            "pulls": 0,
            "cuts": 0,
            "stalls": 0,
            "card_out": 0,
            "erased": 0,
        }

    def day(self, calls):
        gap = DAY // (calls + 1)
        for _ in range(calls):
            self.advance(gap)
            try:
                self.call()
            except PowerCut:
                self.restart()
            self.between()
        self.advance(DAY - gap * calls)
        self.check()

    def advance(self, seconds):
        try:
            self.machine.advance(seconds)
        except PowerCut:
            self.restart()

    def restart(self):
        self.count["cuts"] += 1
        old = self.machine.board
        self.machine = None
        hooks.Keys.pressed = []
        self.machine = Machine(old.media(), old.seconds() + 5)
        self.machine.settle()

    def call(self):
        """10 to 30 s, most of them recorded; some stopped, withdrawn, marked; now and then a stalled card or a failing supply."""
        machine, dice = self.machine, self.dice
        self.count["calls"] += 1
        if dice.below(40) == 0:
            machine.board.sd.faults.cut(1 + dice.below(200), dice.below(513))
        if dice.below(10) == 0:  # nobody presses a key
            machine.lift()
            machine.run(10)
            machine.hang_up()
            return
        machine.accept()
        self.count["recorded"] += 1
        machine.run(5 + dice.below(10))
        what = dice.below(20)
        if what == 0:
            machine.key("0")
            self.count["withdrawn"] += 1
        elif what == 1:
            machine.button(contract.BUTTON_STOP_ERASE)
            self.count["withdrawn"] += 1
        elif what == 2:
            machine.button(contract.BUTTON_MARK)
        elif what == 3:
            machine.board.late = 160 * (1 + dice.below(5))
            self.count["stalls"] += 1
        elif what == 4:
            self.card_away()
        machine.run(5 + dice.below(10))
        machine.hang_up()
        machine.settle()

    def card_away(self):
        self.machine.board.card_out()
        self.machine.run(2)
        self.machine.board.card_in()
        self.count["card_out"] += 1

    def between(self):
        machine, dice = self.machine, self.dice
        ids = machine.ids()
        machine.board.sd.faults.cut(1 << 30)
        if not ids:
            return
        id16 = ids[dice.below(len(ids))]
        slots = machine.box.slots
        what = dice.below(30)
        if what == 0:
            slots.change(slots.find(id16), expiry=machine.board.now() + 5 * DAY, purposes=10)
            self.count["holds"] += 1
        elif what == 1:
            machine.box.note("pull", id=id16, to=b"k" * 16)
            slots.mark_pulled(slots.find(id16))
            self.count["pulls"] += 1
        elif what == 2:
            machine.box.sweep.erase(id16, "erased")
            self.count["erased"] += 1

    def check(self):
        """The rules that hold at rest, and the memory that is left."""
        machine = self.machine
        machine.settle()
        checks.need(machine.box.fault is None, "no fault", machine.box.fault)
        found = checks.recordings(_preambles(machine))
        live = set(machine.ids())
        checks.need(set(found) == live, "files and live slots agree", len(found), len(live))
        now = machine.board.now()
        for slot in checks.slots_in(bytes(machine.board.keyflash.cells)):
            if slot.state == "live":
                checks.need(slot.expiry > now, "nothing outlives its end")
                checks.need(slot.signed, "everything is signed")
            else:
                checks.need(slot.finished or slot.state == "prepared", "no slot is left half-way", slot.state)
        last = None
        for n, _entry, _chain in machine.box.journal._stored(1):
            checks.need(last is None or n > last, "journal numbers rise")
            last = n


def _preambles(machine):
    out = {}
    for month, day in machine.box.shelf.days():
        for path in machine.box.shelf.names(month, day):
            with open(path, "rb") as file:
                out[path] = file.read(64)
    return out


def main(days, calls, seed):
    LOG.on = False
    life = Life(seed)
    del hooks.PROBLEMS[:]
    for day in range(days):
        start = time.ticks_ms()
        life.day(calls)
        life.machine.told = []
        checks.need(not hooks.PROBLEMS, hooks.PROBLEMS)
        gc.collect()
        gc.collect()
        machine = life.machine
        row = {"day": day + 1, "live": len(machine.ids()), "used": gc.mem_alloc() - _media(machine)}
        row["ms"] = time.ticks_diff(time.ticks_ms(), start)
        row["wear"], row["journal"] = max(machine.box.slots.headers.wear), machine.box.journal.head()[0]
        row.update(life.count)
        print("@day " + json.dumps(row))


def _media(machine):
    """Bytes that the simulated card takes in RAM: what a copy of it costs."""
    gc.collect()
    before = gc.mem_alloc()
    copy = {block: bytes(bytearray(data)) for block, data in machine.board.sd.sectors.items()}
    gc.collect()
    return gc.mem_alloc() - before if copy else 0


try:
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
except checks.Violation as error:
    print("@broken " + json.dumps(str(error)))
    sys.exit(1)
