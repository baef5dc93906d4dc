"""What the harness must know and the box does not tell: secrets, plain records, decisions. Hung onto the firmware's classes.

Public-key work is replaced by hashes (it writes nothing, and a cut is tried thousands of times); `real=True` leaves it in place.
"""

import hashlib

from board import LOG

import call
from core import cbor
from expire.sweep import Sweep
from seal import envelopes, header, parts, records, trailer, writer
from seal.entropy import Entropy
from store.journal import Journal
from store.slots import SlotTable

PROBLEMS = []  # rules broken while a scenario ran, found by the hooks themselves


class FastSeal:
    """In place of HPKE: 80 bytes that depend on the secret."""

    def __init__(self, _key, info, _aad, secret, _random):
        self.result = (hashlib.sha256(info + secret).digest() * 3)[:80]

    def step(self):
        return True


class FastSign:
    """In place of Ed25519."""

    def __init__(self, _seed, message, _key):
        self.result = hashlib.sha256(message).digest() * 2

    def step(self):
        return True


class Keys:
    """In place of the detector: a key is decided when the scenario says so."""

    pressed = []  # digits to come, one a block

    def __init__(self, *_rest, **_more):
        self.sounding = False
        self.reset()

    def reset(self):
        self.digit = self.decision = self.onset = self.level = self.twist = self.side = 0
        self._at = 0

    def feed(self, _far, _near):
        self._at += 160
        if not Keys.pressed:
            return 0
        self.digit = ord(Keys.pressed.pop(0))
        self.onset = self._at - 150
        self.decision = self._at - 20
        self.level, self.twist, self.side = -105, 3, 1
        return 1


def _after(owner, name, told):
    """`told(self, result, *args)` after each call of a method."""
    inner = getattr(owner, name)

    def outer(self, *args):
        result = inner(self, *args)
        told(self, result, *args)
        return result

    setattr(owner, name, outer)


def _before(owner, name, told):
    inner = getattr(owner, name)

    def outer(self, *args, **more):
        told(self, *args, **more)
        return inner(self, *args, **more)

    setattr(owner, name, outer)


def _drawn(_self, out, _n):
    LOG.truth("drbg", bytes(bytearray(out)))  # a copy: the firmware wipes its own in place


def _set(_self, made):
    LOG.truth("set", made.id, bytes(bytearray(made.file_secret)), bytes(bytearray(made.slot_secret)))


def _head(out, fields, _created, end):
    LOG.truth("head", fields["id"], fields["call"], bytes(out), end)


def _sealed(self, _result, _kind, _flags, _length, index):
    seen = getattr(self, "seen", {})
    self.seen = seen
    if index in seen and seen[index] != bytes(self.buf):
        PROBLEMS.append("index %d encrypted twice" % index)
    seen[index] = bytes(self.buf)


_PARTS = {}  # path: id, of writers at work


def _opened(_self, part, *_args):
    _PARTS[part.path] = part.id
    LOG.truth("open", part.id, part.path)


def _stored(self, _result, _kind, _flags, _length):
    if not self.fault and self.index > getattr(self, "told", 0):
        self.told = self.index
        LOG.truth("record", _PARTS[self.path], self.index - 1, bytes(self._buf))


def _flushed(self, _result):
    if not self.fault:
        LOG.truth("flushed", _PARTS[self.path], self.index)


def _entry(self, _result, fields):
    if fields.get("n"):
        LOG.truth("entry", fields["n"], cbor.encode(fields), self._chain)


def _written(self, _result, _month):
    LOG.truth("written", self.written)


def _kill(_self, number, _reason):
    LOG.truth("doom", [_self._slots.read(number).id])


def _kill_all(_self, owners, reason):
    if reason != "unused":
        LOG.truth("doom", [owner.id for owner in owners])


def _terms(self, slot, expiry=None, purposes=None):
    LOG.truth("terms", self.read(slot).id, expiry)


def _live(self, _result, slot, expiry, _purposes):
    LOG.truth("live", self.read(slot).id, expiry)


def _granted(self):
    LOG.truth("grant", self.id)


def forget():
    """Writers of calls that are over; a long run would gather them."""
    _PARTS.clear()


def install(real=False):
    if not real:
        envelopes.SealJob = FastSeal
        trailer._sign = FastSign
    call.Keys = Keys
    _after(Entropy, "bytes", _drawn)
    _after(envelopes.EnvelopeStock, "draw", _set)
    inner = header.build

    def build(fields, created, end):
        out = inner(fields, created, end)
        _head(out, fields, created, end)
        return out

    header.build = build
    _after(records.RecordSealer, "seal", _sealed)
    _after(parts.Parts, "_open", _opened)
    _after(writer.PartWriter, "_put", _stored)
    _after(writer.PartWriter, "_flush", _flushed)
    _after(Journal, "_enqueue", _entry)
    _after(Journal, "_write_month", _written)
    _before(Sweep, "_kill", _kill)
    _before(parts.Parts, "kill", _kill_all)
    _before(SlotTable, "change", _terms)
    _after(SlotTable, "go_live", _live)
    _before(call.Call, "_grant", _granted)
