"""The parts of calls, from their start in the journal to their signature."""

from core import config
from core.errors import Malformed
from seal.records import RECORD
from seal.trailer import TRAILER, ClosedJob, FoundJob
from store import slot_scan as scan


class Ledger:
    """What began and ended: counted, journalled, and signed after the call."""

    def __init__(self, box):
        self._box = box
        self._unsigned = {}  # id: totals of parts closed and not yet signed; None: to be signed as found

    def started(self, part):
        """The gate has opened for a part."""
        box, purposes = self._box, config.names(part.purposes)
        if part.number == 1:
            box.counters.add(purposes, box.clock.now())
        box.note("start", call=part.call, id=part.id, part=part.number, expires=part.expires, purposes=purposes)

    def stopped(self, part):
        """A part is closed, and kept."""
        totals = part.totals
        self._unsigned[part.id] = totals
        count = (totals.audio_samples, totals.records) if totals else (0, 0)
        self._box.note(
            "stop", call=part.call, id=part.id, part=part.number, reason=part.reason, samples=count[0], records=count[1]
        )

    def destroyed(self, part, reason):
        """Its key is gone already."""
        self._unsigned.pop(part.id, None)
        self._box.server.drop(part.id)
        self._box.sweep.erase(part.id, reason)

    def find(self):
        """Live slots whose file has no signature: the box lost power, or the card was away when it should have been written."""
        slots = self._box.slots
        for number in scan.unsigned(slots):
            id16 = slots.read(number).id
            if id16 not in self._unsigned:
                self._unsigned[id16] = None
        self.sign()

    def sign(self):
        """Queue a job for each part that has none."""
        for id16, totals in self._unsigned.items():
            self._box.jobs.add("sign", SigningJob(self._box, id16, totals))
        self._unsigned = {}


class SigningJob:
    """A background job over `seal.trailer`: signs one part after the call, or as found after a loss of power or card.

    `totals`: of a closed part; None: the file is read and signed as it is found.
    """

    def __init__(self, box, id16, totals):
        self._box = box
        self._id = id16
        self._totals = totals
        self._job = None

    def step(self):
        """True when the part is signed, or is gone. Raises OSError when the card is away: its return starts this again."""
        box = self._box
        slot = box.slots.find(self._id)
        if slot < 0:
            return True  # erased before its signature
        try:
            if self._job is None:
                self._job = self._begin(box.slots.read(slot))
            if self._job is not None and not self._job.step():
                return False
        except Malformed:
            box.sweep.erase(self._id, "unused")  # a head that is none: power was lost before anything was stored
            return True
        if self._job is not None:
            self._signed(slot)
        return True

    def _begin(self, slot):
        box = self._box
        signer, now = (box.identity["seed"], box.identity["box_key"]), box.clock.now()
        if self._totals:
            return ClosedJob(self._totals, signer, now)
        path = box.shelf.locate(slot.id, slot.filed_time)
        return FoundJob(path, signer, now) if path else None

    def _signed(self, slot):
        self._box.slots.mark_signed(slot)
        if self._totals is None and not self._job.already:
            self._box.note("found", id=self._id, records=self._job.records)
        if self._totals or not self._job.already:
            self._count(self._box.slots.read(slot), self._totals or self._job)

    def _count(self, slot, totals):
        """For the forecast: how large, and for how long."""
        now = self._box.clock.now()
        self._box.counters.rate.add(now, totals.head_length + totals.records * RECORD + TRAILER, slot.expiry - now)
