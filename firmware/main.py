"""Wires the box: builds the parts, connects them, and runs the one loop. What a call does is in `call.py`."""

import gc

from micropython import const

from call import Call
from card_watch import CardWatch
from core.errors import NoEntropy, error_code
from core.log import Log
from core.state import State, mount
from core.tasks import Jobs
from counters import Counters
from expire.clock import Clock
from expire.sweep import Sweep
from guard import Guard
from hal import contract
from line import alaw
from link.server import Server
from record.recorder import Recorder
from rules import Rules
from seal import header
from seal.entropy import Entropy
from seal.envelopes import EnvelopeStock
from seal.parts import Parts
from services import BoxServices
from signing import Ledger
from store.card import Card
from store.floor import FloorLog
from store.journal import Journal
from store.seed import SeedLog
from store.shelf import Shelf
from store.slots import SlotTable
from update import Updates
from upkeep import Upkeep

_LAMPS = const(("off", "ready", "asking", "recording", "paused", "erased", "warning", "fault"))
_STATE_ROOT = const("/state")
_FILES = const(16)  # unlinked a second
_FILES_IN_CALL = const(1)  # a call's own records come first
_MIN_SETS_IN_CALL = const(2)  # below this, envelopes are made during a call too


class Box:
    """One recorder. `fault`: name of what stopped the recording side, or None."""

    VERSION = "0.1.0"

    def __init__(self, hal, observer=None):
        self.hal = hal
        self.tell = observer or (lambda event, fields: None)
        self.fault = None
        self.log = Log()
        self.identity = None
        self.roles = []
        self.rules = Rules(self)
        self.counters = Counters()
        self.stock = None
        self.recorder = None
        self.line_test = None  # loaded when it is first asked for
        self.problem = None  # why no call can be recorded at all
        self._lamp = contract.LAMP_OFF
        self.ledger = Ledger(self)
        self._second = -1
        self.card_watch = CardWatch(self)

    # start

    def boot(self):
        """Bring everything up; deletion first. A box that cannot record still sweeps and still answers the link."""
        hal = self.hal
        hal.feed_watchdog()
        mount(hal.statefs(), _STATE_ROOT)
        self.state = State(_STATE_ROOT)
        self.guard = Guard(hal, self.state)
        self.slots = SlotTable(hal.keyflash)
        self.floor = FloorLog(hal.keyflash)
        seeds = SeedLog(hal.keyflash)
        self.upkeep = Upkeep(self, seeds)
        self.clock = Clock(hal, self.floor, self.state)
        self.card = Card(hal)
        self.shelf = Shelf(self.card)
        self.journal = Journal(self.card, self.floor, self.clock, lambda entry: self.tell("journal", {"entry": entry}))
        self.note = self.journal.note
        self.sweep = Sweep(self.slots, self.card, self.shelf, self.journal, self.clock)
        self.entropy = Entropy(hal, seeds)
        self.jobs = Jobs(self._job_failed)
        self.load_line()
        self.updates = Updates(self)
        self.server = Server(hal, BoxServices(self))
        self._start()

    def _start(self):
        self.slots.recover()
        self.note("boot", version=self.VERSION, cause=self.guard.cause, trusted=self.clock.trusted)
        self.updates.started()
        if self.hal.clock_lost_power():
            self.note("clock", lost=True)
        self.tick(self.hal.now())
        self.load_identity()
        if self.guard.safe:
            self.note("fault", fault="start", detail="safe mode")
            self.lamp(contract.LAMP_FAULT)
            return
        self.hal.relay(True)
        self.refresh()

    def load_identity(self):
        """Take up the identity that is in force: keys, roles, owners, envelopes, policy."""
        self.identity = self.state.get("identity")
        self.roles = self.state.get("roles", [])
        if self.identity is None:
            return
        self.sweep.box = self.identity["box"]
        if self.guard.safe:
            self.problem = "safe"
            return
        self._start_entropy()
        self.stock = EnvelopeStock(self.entropy, self.state.get("owners", []), self.slots, self.identity["box"])
        ledger = self.ledger
        parts = Parts(self.stock, self.slots, self.shelf, self.card, self.identity["box_key"], self.hal.rate, alaw.interleave)
        self.recorder = Recorder(parts, self.hal.rate, self.clock.now, ledger.destroyed, ledger.started, ledger.stopped)
        self.counters.load(self.state)
        self.counters.count_live(self.slots)
        self.rules.load()
        ledger.find()

    def load_line(self):
        """Take up what the line test found; between calls."""
        self.line_profile = self.state.get("line")
        self.line_stamp = header.line(self.line_profile)
        self._swapped = bool(self.line_profile and self.line_profile.get("swapped"))
        self.call = Call(self)

    def _start_entropy(self):
        if self.entropy.ready:
            return
        try:
            self.entropy.start()
        except NoEntropy as error:
            self.problem = error.code
            self.note("fault", fault="entropy", detail=str(error))

    # the loop

    def step(self):
        """One block of line audio if there is one, then bounded slices of everything else. True when a block was taken."""
        self.hal.feed_watchdog()
        lost = self._read()
        if lost >= 0 and self.recorder:
            self._line(lost)
        try:
            self.call.refill()
            self._between()
        except Exception as error:  # the line goes on, bypassed; the box starts again after the call
            self.failed("background", error)
        return lost >= 0

    def _between(self):
        now = self.hal.now()
        if now != self._second:
            self.tick(now)
        elif self.card.coming:
            self.card_watch.step()
        self.flush_journal()
        self.server.step()
        self._background()

    def _read(self):
        """As `hal.read_block`. Taps that are wired the other way round are put right here; the line test sees them as they are."""
        call = self.call
        if self._swapped and not self.testing:
            return self.hal.read_block(call.near, call.far)
        return self.hal.read_block(call.far, call.near)

    def _line(self, lost):
        if self.fault:
            self.call.rest()
            return
        try:
            (self.line_test if self.testing else self.call).block(lost)
        except Exception as error:  # whatever fails in a stage: the phone works, nothing is recorded
            self.failed("call", error)

    def failed(self, name, error):
        """A stage failed: bypass, and say so. What was recorded so far is kept; after the call the box starts again."""
        self.hal.relay(False)
        if self.fault:
            return  # once is enough: it may fail every second
        self.fault = name
        gc.collect()  # it may have been the memory
        self.tell("fault", {"fault": name, "detail": error_code(error) + ": " + str(error)})
        for act in (self.call.fail, lambda: self.note("fault", fault=name, detail=error_code(error))):
            try:
                act()
            except Exception as further:  # the part stays unsigned, and the next start signs it as found
                self.log.add("fault: " + error_code(further))
        self.lamp(contract.LAMP_FAULT)

    def _background(self):
        if self.on_line and (self.stock is None or self.stock.ready >= _MIN_SETS_IN_CALL):
            return
        if not self.on_line:
            self.sweep.step(len(self.jobs) == 0 and not self.server.stream.is_open)
        self._refill()
        self.jobs.step()
        if len(self.jobs) == 0 and not self.on_line and not self.fault:
            self.guard.rested()

    def _refill(self):
        job = self.stock.job() if self.stock and not self.problem else None
        if job:
            self.jobs.add("envelopes", job)

    def idle(self):
        """True when no background work is pending."""
        if self.on_line:
            return False
        self._refill()
        waits = self.card.coming or self.journal.searching or self.sweep.busy or self.server.busy
        return len(self.jobs) == 0 and not waits

    def tick(self, now):
        """Once a second, and at each due time when hours are skipped: what expires, the card, the clock floor."""
        self._second = now
        self.card_watch.step()
        self.sweep.tick(self.clock.safe_now(), _FILES_IN_CALL if self.on_line else _FILES)
        if self.on_line:
            return
        if self.guard.watch(self.fault, len(self.jobs) > 0):
            self.updates.ask_restart()
        self.upkeep.tick(now)
        self.refresh()

    def next_due(self):
        """UTC second at which something must happen next."""
        return self.upkeep.next_due(self.hal.now())

    def flush_journal(self):
        """What waited for a card. The head goes to key flash after a call, each minute, and before it is signed: flash wears."""
        if (self.journal.waiting or self.journal.searching) and self.card.present:
            self.journal.flush(False)

    # the call's view

    @property
    def on_line(self):
        """A call, or a line test with the handset lifted: nothing may take long or erase flash."""
        return self.call.active or (self.testing and self.line_test.on_line)

    @property
    def testing(self):
        """A line test is under way: calls are not followed."""
        return self.line_test is not None and self.line_test.running

    def call_id(self):
        return self.entropy.bytes(16) if self.entropy.ready else self.hal.entropy(16)

    def unready(self):
        """Why the next call cannot be recorded, or None. Fail closed: whatever is missing is a reason."""
        if self.problem or not self.entropy.ready:
            return "entropy"
        if self.rules.policy is None:
            return "policy"
        if not self.clock.trusted:
            return "clock"
        if not self.card.present:
            return "card"
        if self.stock.ready == 0:
            return "slots" if self.stock.problem else "envelopes"
        return None

    def counts(self, purpose):
        """(recordings today, live recordings) of a purpose."""
        return self.counters.of(purpose, self.clock.now())

    def call_ended(self):
        self.upkeep.call_ended()
        self.refresh()

    # lamp

    def lamp(self, state):
        self._lamp = state
        self.hal.lamp(state)

    def lamp_name(self):
        return _LAMPS[self._lamp]

    def refresh(self):
        """The lamp between calls: ready, or a warning that calls go unrecorded."""
        if self.call.active or self.testing or self.fault or self.guard.safe:
            return
        self.rules.enforce()
        ready = self.identity and self.unready() in (None, "envelopes") and not self.rules.lapsed
        self.lamp(contract.LAMP_READY if ready else contract.LAMP_WARNING)

    def _job_failed(self, name, error):
        self.log.add("job " + name + ": " + error_code(error))
        self.note("fault", fault=name, detail=error_code(error))
