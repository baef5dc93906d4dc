"""Wires the box: builds the parts, connects them, and runs the one loop. What a call does is in `call.py`."""

import gc

import vfs

from call import Call
from core import config
from core.config import Policy
from core.errors import Malformed, NoEntropy
from core.log import Log
from core.state import State
from core.tasks import Jobs
from counters import Counters
from expire.clock import Clock
from expire.sweep import Sweep
from guard import Guard
from hal import contract
from line import alaw
from line.clip import Clip
from line_test import LineTest, stamp
from link.server import Server
from record.recorder import Recorder
from seal.entropy import Entropy
from seal.envelopes import EnvelopeStock
from seal.parts import Parts
from services import BoxServices, error_code
from signing import SigningJob, unsigned
from store.card import Card
from store.floor import FloorLog
from store.journal import Journal
from store.seed import SeedLog
from store.shelf import Shelf
from store.slots import SlotTable
from update import Updates

_LAMPS = ("off", "ready", "asking", "recording", "paused", "erased", "warning", "fault")
_STATE_ROOT = "/state"
_MINUTE_S = 60
_HOUR_S = 3600
_FILES, _FILES_IN_CALL = 16, 1  # unlinked a second: a call's own records come first
_MIN_SETS_IN_CALL = 2  # below this, envelopes are made during a call too


def _nobody(_event, _fields):
    """An observer that is not interested."""


def _blank(device):
    """Nothing was ever written to the first two blocks, where littlefs keeps its superblock."""
    buf = bytearray(device.ioctl(5, 0))
    for block in (0, 1):
        device.readblocks(block, buf)
        if buf != bytes(b"\xff" * len(buf)) and any(buf):
            return False
    return True


class Box:
    """One recorder. `fault`: name of what stopped the recording side, or None."""

    VERSION = "0.1.0"

    def __init__(self, hal, observer=None):
        self.hal = hal
        self.tell = observer or _nobody
        self.fault = None
        self.log = Log()
        self.identity = None
        self.roles = []
        self.policy = None  # the one in force
        self._loaded = None
        self.lapsed = False  # an assessment has run out
        self._doubted = False  # a prompt could not be read in a call
        self.counters = Counters()
        self.prompts = {}
        self.stock = None
        self.recorder = None
        self.problem = None  # why no call can be recorded at all
        self._lamp = contract.LAMP_OFF
        self._unsigned = {}  # id: totals of parts closed and not yet signed; None: to be signed as found
        self._second = -1
        self._hour = 0
        self._card_serial = -1
        self._mounts = 0  # of the card, when it was last seen to come

    # start

    def boot(self):
        """Bring everything up; deletion first. A box that cannot record still sweeps and still answers the link."""
        hal = self.hal
        hal.feed_watchdog()
        self._mount_state()
        self.state = State(_STATE_ROOT)
        self.guard = Guard(hal, self.state)
        self.slots = SlotTable(hal.keyflash)
        self.floor = FloorLog(hal.keyflash)
        seeds = self._seeds = SeedLog(hal.keyflash)
        self.clock = Clock(hal, self.floor, self.state)
        self.card = Card(hal)
        self.shelf = Shelf(self.card)
        self.journal = Journal(self.card, self.floor, self.clock, lambda entry: self.tell("journal", {"entry": entry}))
        self.note = self.journal.note
        self.sweep = Sweep(self.slots, self.card, self.shelf, self.journal, self.clock)
        self.entropy = Entropy(hal, seeds)
        self.jobs = Jobs(self._job_failed)
        self.line_test = LineTest(self)
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

    def _mount_state(self):
        """A blank flash is made ready; one that is damaged is left as it is, because it may hold the box's identity."""
        device = self.hal.statefs()
        try:
            vfs.mount(vfs.VfsLfs2(device, mtime=False), _STATE_ROOT)
        except OSError:
            if not _blank(device):
                raise
            vfs.VfsLfs2.mkfs(device)
            vfs.mount(vfs.VfsLfs2(device, mtime=False), _STATE_ROOT)

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
        parts = Parts(self.stock, self.slots, self.shelf, self.card, self.identity["box_key"], self.hal.rate, alaw.interleave)
        self.recorder = Recorder(parts, self.hal.rate, self.clock.now, self._destroy, self._started, self._stopped)
        self.counters.load(self.state)
        self.counters.count_live(self.slots)
        self.load_policy()
        self._find_unsigned()

    def load_line(self):
        """Take up what the line test found; between calls."""
        self.line_profile = self.state.get("line")
        self.line_stamp = stamp(self.line_profile)
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

    def load_policy(self):
        """Take up policy and prompts; what is damaged or incomplete leaves the box without a policy, so nothing is recorded."""
        self._loaded = self.policy = None
        self.prompts = {}
        source = self.state.get("policy")
        if source is None:
            return
        try:
            policy = Policy(source)
            self.prompts = {name: self._prompt(name) for name in policy.prompt_ids()}
        except (Malformed, OSError) as error:
            self.note("fault", fault="policy", detail=error_code(error))
            return
        self._loaded = policy
        self._enforce()

    def _enforce(self):
        """S19: which policy is in force now; a change of that kind is journalled and stays on the lamp."""
        policy = self._loaded.in_force(self.clock.now()) if self._loaded else None
        if policy is self.policy:
            return
        self.policy = policy
        self.lapsed = policy is not self._loaded
        if self.lapsed:
            self.note("policy", profile=policy.profile if policy else "", lapsed=True)

    def _prompt(self, name):
        about = self.state.get("prompt/" + name)
        if about is None:
            raise Malformed("prompt is missing")
        clip = Clip(self.state.blob("prompt/" + name + ".al"), about["offer"], about["samples"], about["hash"])
        clip.survey()
        return clip

    def prompt_failed(self, error):
        """In a call: what is in flash is looked through again when the call is over."""
        self.note("fault", fault="prompt", detail=error_code(error))
        self._doubted = True

    def forget_owner(self):
        """Re-provisioning: every recording and every key of the old owners is destroyed first."""
        self.state.remove("identity")
        self.identity = None
        if self.stock:
            self.stock.wipe()
        for number in list(self.slots.live()):
            self.sweep.destroy(self.slots.read(number).id, "erased")
        self.slots.destroy_all()
        for name in ("roles", "owners", "policy"):
            self.state.remove(name)
        self.roles, self.policy, self._loaded, self.stock = [], None, None, None

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
            self._watch_card()
        self.flush_journal()
        self.server.step()
        self._background()

    def _read(self):
        """As `hal.read_block`. Taps that are wired the other way round are put right here; the line test sees them as they are."""
        call = self.call
        if self._swapped and not self.line_test.running:
            return self.hal.read_block(call.near, call.far)
        return self.hal.read_block(call.far, call.near)

    def _line(self, lost):
        if self.fault:
            self.call.rest()
            return
        try:
            (self.line_test if self.line_test.running else self.call).block(lost)
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
        self._watch_card()
        self.sweep.tick(self.clock.safe_now(), _FILES_IN_CALL if self.on_line else _FILES)
        if self.on_line:
            return
        if self.guard.watch(self.fault, len(self.jobs) > 0):
            self.updates.ask_restart()
        if now - self._hour >= _HOUR_S or now < self._hour:
            self._hour = now
            self._hourly()
        elif now % _MINUTE_S == 0:
            self.journal.flush()
        self.refresh()

    def _hourly(self):
        self.sweep.hourly()
        self.counters.count_live(self.slots)
        self.counters.keep(self.state)
        self.journal.flush()
        self.card.settle()
        self.clock.tick()
        if self.stock:
            self.stock.retry()
        self._tidy()

    def next_due(self):
        """UTC second at which something must happen next: an expiry, the hourly round; an hour ahead at most."""
        now = self.hal.now()
        due = min(self._hour + _HOUR_S, now + _HOUR_S)
        expiry = self.slots.next_expiry()
        return max(now + 1, due if expiry is None else min(due, expiry))

    def _tidy(self):
        """Between calls only: everything that may erase flash."""
        self._seeds.tidy()
        self.floor.tidy()
        self.slots.compact()

    # the card

    def _watch_card(self):
        serial = self.hal.card_serial() if self.hal.card() else -1
        if serial != self._card_serial:
            self._card_serial = serial
            self.server.drop()
            self.card.follow()
        elif self.card.coming:
            self.card.follow()
        if self.card.present and self.card.mounts != self._mounts:
            self.card_came()

    def card_came(self):
        """A card is there, new or back, and may be used: what waited for it is done."""
        self._mounts = self.card.mounts
        self.sweep.on_card()
        self.call.card_back()
        if self.identity and not self.on_line:
            self._find_unsigned()
        self.flush_journal()

    def flush_journal(self):
        """What waited for a card. The head goes to key flash after a call, each minute, and before it is signed: flash wears."""
        if (self.journal.waiting or self.journal.searching) and self.card.present:
            self.journal.flush(False)

    # signing

    def _started(self, part):
        if part.number == 1:
            self.counters.add(config.names(part.purposes), self.clock.now())
        self.note(
            "start", call=part.call, id=part.id, part=part.number, expires=part.expires, purposes=config.names(part.purposes)
        )

    def _stopped(self, part):
        totals = part.totals
        self._unsigned[part.id] = totals
        samples, records = (totals.audio_samples, totals.records) if totals else (0, 0)
        self.note("stop", call=part.call, id=part.id, part=part.number, reason=part.reason, samples=samples, records=records)

    def _destroy(self, part, reason):
        """Its key is gone already."""
        self._unsigned.pop(part.id, None)
        self.server.drop(part.id)
        self.sweep.erase(part.id, reason)

    def _find_unsigned(self):
        """Live slots whose file has no signature: the box lost power, or the card was away when it should have been written."""
        for number in unsigned(self.slots):
            id16 = self.slots.read(number).id
            if id16 not in self._unsigned:
                self._unsigned[id16] = None
        self._sign()

    def _sign(self):
        for id16, totals in self._unsigned.items():
            self.jobs.add("sign", SigningJob(self, id16, totals))
        self._unsigned = {}

    # the call's view

    @property
    def on_line(self):
        """A call, or a line test with the handset lifted: nothing may take long or erase flash."""
        return self.call.active or self.line_test.on_line

    def call_id(self):
        return self.entropy.bytes(16) if self.entropy.ready else self.hal.entropy(16)

    def unready(self):
        """Why the next call cannot be recorded, or None. Fail closed: whatever is missing is a reason."""
        if self.problem or not self.entropy.ready:
            return "entropy"
        if self.policy is None:
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

    def policy_hash(self):
        """Of the policy that was loaded; empty when none is in force."""
        return self._loaded.digest() if self.policy else b""

    def threat_keep_s(self):
        return self.policy.threat_keep_s if self.policy else 0

    def call_ended(self):
        """Between calls: sign, write the journal, tidy flash and heap; a collection within a call would come at any moment."""
        if self._doubted:
            self._doubted = False
            self.load_policy()
        self._sign()
        self.journal.flush()
        self.clock.tick()
        self.counters.count_live(self.slots)
        self.counters.keep(self.state)
        self._tidy()
        if self.stock:
            self.stock.retry()
        gc.collect()
        self.refresh()

    # lamp

    def lamp(self, state):
        self._lamp = state
        self.hal.lamp(state)

    def lamp_name(self):
        return _LAMPS[self._lamp]

    def refresh(self):
        """The lamp between calls: ready, or a warning that calls go unrecorded."""
        if self.call.active or self.line_test.running or self.fault or self.guard.safe:
            return
        self._enforce()
        ready = self.identity and self.unready() in (None, "envelopes") and not self.lapsed
        self.lamp(contract.LAMP_READY if ready else contract.LAMP_WARNING)

    def _job_failed(self, name, error):
        self.log.add("job " + name + ": " + error_code(error))
        self.note("fault", fault=name, detail=error_code(error))
