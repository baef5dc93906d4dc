"""A box without a line for the seal tests: real slots, real FAT in RAM, real keys, and entropy that repeats."""

import hashlib
import os

from crypto import ed25519, x25519
from hal.sim_media import Faults, NorFlash, SdCard
from line import alaw
from record.recorder import Recorder
from seal import header
from seal.entropy import Entropy
from seal.envelopes import EnvelopeStock
from seal.parts import Parts
from seal.trailer import ClosedJob
from store.card import Card
from store.seed import SeedLog
from store.shelf import Shelf
from store.slots import SlotTable

OWNER = bytes(range(32))
DEPUTY = bytes(range(100, 132))
SIGNER = (b"\x5a" * 32, ed25519.public_key(b"\x5a" * 32))
NOW = 1795251600  # 2026-11-21T09:00:00Z
PURPOSES = [{"purpose": "training", "basis": "consent", "end": NOW + 7776000}]
EVIDENCE = {
    "by": "key", "prompt": "training-consent.da", "prompt_hash": b"\x77" * 32, "prompt_sample": 800, "offer_sample": 90000,
    "decision_sample": 99990, "key": "1", "side": "far", "level": -105, "twist": 12,
}  # fmt: skip
NOTICE = {"prompt": "training-consent.da", "prompt_hash": b"\x77" * 32, "prompt_sample": 800, "samples": 99190}
CALL = {
    "call": b"call" * 4,
    "direction": "in",
    "profile": "training-consent",
    "purposes": PURPOSES,
    "consent": EVIDENCE,
    "notice": NOTICE,
    "line": {"hash": b"\x33" * 16, "tested": NOW - 86400},
}
FIRST = 100000


class FixedHal:
    """Entropy by SHA-256 of a counter, one card, one key flash. `stuck`: the source gives this instead."""

    def __init__(self, blocks=32768, pages=16):
        self.faults = Faults()
        self.keyflash = NorFlash(None, pages * 4096, self.faults)
        self.sd = SdCard(None, blocks, self.faults)
        self.serial = 1
        self.stuck = None
        self._count = 0

    def power_on(self):
        """The same media after a power cut, behind new objects: old ones must not reach them."""
        again = FixedHal(self.sd.blocks, self.keyflash.size // 4096)
        again.keyflash.cells[:] = self.keyflash.cells
        again.sd.sectors = dict(self.sd.sectors)
        return again

    def feed_watchdog(self):
        pass

    def entropy(self, count):
        if self.stuck is not None:
            return (self.stuck * count)[:count]
        out = b""
        while len(out) < count:
            self._count += 1
            out += hashlib.sha256(b"test entropy %d" % self._count).digest()
        return out[:count]

    def card(self):
        return self.sd if self.sd.present else None

    def card_serial(self):
        return self.serial


def run(job):
    while not job.step():
        pass


class SealBox:
    """Everything a recording needs; `recorder` is ready to be opened."""

    def __init__(self, hal=None, owners=(OWNER,), rate=(8000, 1)):
        self.hal = hal or FixedHal()
        self.card = Card(self.hal)
        if not self.card.present:
            self.card.format()
        self.shelf = Shelf(self.card)
        self.slots = SlotTable(self.hal.keyflash)
        self.entropy = Entropy(self.hal, SeedLog(self.hal.keyflash))
        self.entropy.start()
        recipients = [x25519.public_key(owner) for owner in owners]
        self.stock = EnvelopeStock(self.entropy, recipients, self.slots, header.box_id(SIGNER[1]))
        self.parts = Parts(self.stock, self.slots, self.shelf, self.card, SIGNER[1], rate, alaw.interleave)
        self.closed = []
        self.recorder = Recorder(self.parts, rate, lambda: NOW, self._destroy, None, self.closed.append)

    def _destroy(self, part, _reason):
        self.shelf.unlink(part.path)

    def fill(self, count):
        """Prepare envelope sets."""
        while self.stock.ready < count:
            run(self.stock.job())

    def sign(self):
        """What happens after the call."""
        for part in self.closed:
            if part.totals:
                run(ClosedJob(part.totals, SIGNER, NOW + 100))

    def unmount(self):
        os.umount("/sd")


def read(path):
    with open(path, "rb") as file:
        return file.read()
