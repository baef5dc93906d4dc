"""Prepared envelopes: what a recording needs of public-key work, done before the call.

A set is an id, two secrets, a prepared key slot and one HPKE envelope a recipient (docs/format.md, section 4). Four stand ready
in RAM between calls; a call takes one a part.
"""

import hashlib

from micropython import const

from core.errors import NotReady, Press1Error
from crypto.hpke import SealJob
from seal.wipe import wipe

TARGET = const(4)
_INFO = const(b"press1/v1/owner")


class EnvelopeSet:
    """Fields: id (16), file_secret, slot_secret (32 each), slot (number), envelopes (maps as in the header)."""

    def __init__(self, identity, file_secret, slot_secret, slot):
        self.id = identity
        self.file_secret = file_secret
        self.slot_secret = slot_secret
        self.slot = slot
        self.envelopes = []

    def wipe(self):
        """Forget the secrets; the slot keeps its own copy."""
        wipe(self.file_secret, self.slot_secret)


class _FillJob:
    """Makes one set: draws, prepares the slot, then seals to one recipient after the other, at most 10 ms a step."""

    def __init__(self, stock):
        self._stock = stock
        self._set = None
        self._seal = None

    def step(self):
        """True when the set stands ready, or cannot be made: then `stock.problem` says why."""
        try:
            return self._step()
        except Press1Error as error:
            self._stock.abandon(self._set, error.code)
        except OSError:
            self._stock.abandon(self._set, "flash")
        return True

    def _step(self):
        stock = self._stock
        if self._set is None:
            self._set = stock.draw()
        elif self._seal is None:
            key = stock.recipients[len(self._set.envelopes)]
            info = _INFO + stock.box + self._set.id
            self._seal = SealJob(key, info, b"", self._set.file_secret, stock.random(32))
        elif self._seal.step():
            self._close()
        if len(self._set.envelopes) < len(stock.recipients):
            return False
        stock.keep(self._set)
        return True

    def _close(self):
        key = self._stock.recipients[len(self._set.envelopes)]
        fingerprint = hashlib.sha256(key).digest()[:16]
        self._set.envelopes.append({"key": fingerprint, "sealed": self._seal.result})
        self._seal = None


class EnvelopeStock:
    """`ready`: sets that stand ready. `problem`: error code of the last failure, None when all is well."""

    def __init__(self, entropy, recipients, slots, box):
        """`recipients`: X25519 public keys of the owners (32 bytes each); `box`: box id (16 bytes)."""
        if not recipients:
            raise NotReady("no owner key")
        self.recipients = recipients
        self.box = box
        self.random = entropy.bytes
        self.problem = None
        self._slots = slots
        self._sets = []
        self._filling = False

    @property
    def ready(self):
        return len(self._sets)

    def job(self):
        """The next background job, or None while the stock is full, one is at work, or the last one failed (see `retry`)."""
        if self._filling or self.problem or len(self._sets) >= TARGET:
            return None
        self._filling = True
        return _FillJob(self)

    def retry(self):
        """Try again after a failure: a slot came free, the source was tested anew."""
        self.problem = None

    def take(self):
        """The oldest set; raises NotReady when none stands ready."""
        if not self._sets:
            raise NotReady("no envelope")
        return self._sets.pop(0)

    def wipe(self):
        """Forget every set: re-provisioning, power down."""
        while self._sets:
            self._sets.pop().wipe()

    # for the job

    def draw(self):
        """A new set with its slot prepared and no envelope yet. Raises NoEntropy, NoSlot."""
        identity = self.random(16)
        made = EnvelopeSet(identity, self.random(32), self.random(32), -1)
        made.slot = self._slots.prepare(identity, made.slot_secret)
        return made

    def keep(self, made):
        self._filling = False
        self._sets.append(made)

    def abandon(self, made, code):
        """A set that came to nothing: its slot is of no further use."""
        self._filling = False
        self.problem = code
        if made:
            made.wipe()
            self._slots.begin_erase(made.slot, "unused")
            self._slots.zero(made.slot)
