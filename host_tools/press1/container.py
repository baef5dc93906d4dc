"""Sealed recordings on the host (docs/format.md): check one without any secret, open one with both. Streams: memory stays flat.

Verification raises; what returns is good.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from press1 import cbor
from press1.errors import Damaged, Usage
from press1.head import UNIT, Head, read_head
from press1.keyfile import open_envelope
from press1.trailer import CLOSED, MAGIC, Trailer, check_signature, read_trailer

AUDIO, GAP, EVENT = 1, 2, 3
FINAL = 1
PAYLOAD = 4056
TAG_AT = 4064
RECORD_HEADER = struct.Struct(">BBHI")
COMPLETE, CUT = "complete", "cut"
_READ = 64 * UNIT  # bytes at a time

_OWNER_INFO = b"press1/v1/owner"
_NO_HASH = bytes(32)


@dataclass(frozen=True)
class Report:
    """What checking without a secret found. `trailer` is None for an unsigned file; `final`: the last record says so."""

    head: Head
    trailer: Trailer | None
    state: str
    records: int
    audio_samples: int
    final: bool

    @property
    def signed(self) -> bool:
        """The box vouches for what the file holds."""
        return self.trailer is not None


@dataclass(frozen=True)
class Audio:
    """A-law bytes, far and near interleaved."""

    data: bytes


@dataclass(frozen=True)
class Gap:
    """Samples that the box lost."""

    samples: int
    reason: str


@dataclass(frozen=True)
class Event:
    """Something that happened; `fields` as in the record."""

    fields: dict[str, Any]


def verify_file(path: Path, *, salvage: bool = False) -> Report:
    """Check a file without any secret. Raises Damaged; Usage when it cannot be read. `salvage` accepts an unsigned file."""
    try:
        with open(path, "rb") as file:
            return verify(file, salvage=salvage)
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error


class _Records:
    """Records as they pass: structure, order, hash. The last one may turn out to be torn."""

    def __init__(self) -> None:
        self.count = 0
        self.audio_samples = 0
        self.final = False
        self.fault = ""
        self.hash = hashlib.sha256()

    def add(self, unit: memoryview) -> None:
        if self.fault:
            raise Damaged(self.fault)
        if self.final:
            raise Damaged(f"record {self.count} follows the final one")
        self.hash.update(unit)
        kind, flags, length, index = RECORD_HEADER.unpack_from(unit)
        self.fault = self._fault(kind, flags, length, index)
        self.final = flags == FINAL and not self.fault
        if kind == AUDIO:
            self.audio_samples += length // 2
        self.count += 1

    def _fault(self, kind: int, flags: int, length: int, index: int) -> str:
        if index != self.count:
            return f"record {self.count} carries number {index}: records are missing, moved or altered"
        if kind not in (AUDIO, GAP, EVENT) or flags > FINAL or length > PAYLOAD or (kind == AUDIO and length % 2):
            return f"record {self.count} is altered: its header makes no sense"
        return ""


def _units(file: BinaryIO, start: int) -> Iterator[memoryview]:
    """The file from `start` on, in units; the last may be shorter."""
    file.seek(start)
    while data := memoryview(file.read(_READ)):
        for at in range(0, len(data), UNIT):
            yield data[at : at + UNIT]


def verify(file: BinaryIO, *, salvage: bool = False) -> Report:
    """As `verify_file`, over a file at its beginning."""
    head = read_head(file)
    records = _Records()
    trailer = None
    for unit in _units(file, head.length):
        if unit[0] == MAGIC[0]:
            file.seek(head.length + records.count * UNIT + len(unit))  # more than the unit has been read
            trailer = read_trailer(bytes(unit), file)
            break
        if len(unit) < UNIT:
            break
        records.add(unit)
    if trailer is None:
        return _unsigned(head, records, salvage)
    _check_trailer(trailer, head, records)
    check_signature(trailer, head.box_key)
    state = COMPLETE if trailer.kind == CLOSED else CUT
    return Report(head, trailer, state, records.count, records.audio_samples, records.final)


def _unsigned(head: Head, records: _Records, salvage: bool) -> Report:
    if records.final:
        raise Damaged("the trailer is missing or altered", "the final record is there, the box's signature is not")
    if not salvage:
        raise Damaged("the recording is not signed: it is cut short", "--salvage opens what is left of it")
    return Report(head, None, CUT, records.count, records.audio_samples, False)


def _check_trailer(trailer: Trailer, head: Head, records: _Records) -> None:
    if trailer.kind == CLOSED:
        if records.fault:
            raise Damaged(records.fault)
        if not records.final:
            raise Damaged("closed recording without a final record: records are missing")
    elif trailer.gap_samples or trailer.plain_hash != _NO_HASH:
        raise Damaged("trailer says what could not be known")
    if trailer.head_hash != head.hash:
        raise Damaged("the head is not the one that was signed")
    if trailer.records != records.count or trailer.audio_samples != records.audio_samples:
        raise Damaged("records are missing or added: the trailer counts others")
    if trailer.records_hash != records.hash.digest():
        raise Damaged("the records are not those that were signed")


# Opening


def file_secret(head: Head, private: X25519PrivateKey) -> bytes:
    """The file secret from the envelope to this owner; WrongKey when there is none."""
    secret = open_envelope(head.envelopes, private, _OWNER_INFO + head.box + head.id)
    if len(secret) != 32:
        raise Damaged("file secret of a wrong length")
    return secret


def content_keys(head: Head, secret: bytes, slot_secret: bytes) -> tuple[bytes, bytes]:
    """(enc_key, mac_key) of section 4."""

    def derive(label: bytes) -> bytes:
        return HKDF(hashes.SHA256(), 32, salt=head.hash, info=label).derive(secret + slot_secret)

    return derive(b"press1/v1/content/enc"), derive(b"press1/v1/content/mac")


class Contents:
    """What the records of a verified file hold, in order. Iterate once, to the end: only then all of it has been checked.

    `plain_hash` grows with it: SHA-256 of the A-law bytes so far. `torn`: a last record was left out.
    """

    def __init__(self, file: BinaryIO, report: Report, secret: bytes, slot_secret: bytes) -> None:
        self.report = report
        self.audio_samples = 0
        self.gap_samples = 0
        self.torn = False
        self._file = file
        self._plain = hashlib.sha256()
        enc_key, self._mac_key = content_keys(report.head, secret, slot_secret)
        self._cipher = Cipher(algorithms.AES256(enc_key), modes.CTR(bytes(16))).decryptor()

    @property
    def plain_hash(self) -> bytes:
        return self._plain.digest()

    def __iter__(self) -> Iterator[Audio | Gap | Event]:
        units = _units(self._file, self.report.head.length)
        for index in range(self.report.records):
            unit = next(units, memoryview(b""))
            if not self._authentic(unit):
                if index + 1 < self.report.records or self.report.state == COMPLETE:
                    raise Damaged(f"record {index} is altered, or the keys are not this recording's")
                self.torn = True
                break
            yield self._item(unit, index)
        self._check_totals()

    def _authentic(self, unit: memoryview) -> bool:
        tag = hmac.digest(self._mac_key, unit[:TAG_AT], "sha256")
        return hmac.compare_digest(tag, unit[TAG_AT:])

    def _item(self, unit: memoryview, index: int) -> Audio | Gap | Event:
        kind, _, length, number = RECORD_HEADER.unpack_from(unit)
        if number != index or length > PAYLOAD:
            raise Damaged(f"record {index} is not well-formed")
        self._cipher.reset_nonce((index << 32).to_bytes(16, "big"))
        payload = self._cipher.update(unit[RECORD_HEADER.size : RECORD_HEADER.size + length])
        if kind == AUDIO:
            self._plain.update(payload)
            self.audio_samples += length // 2
            return Audio(payload)
        return self._gap(payload) if kind == GAP else self._event(payload)

    def _gap(self, payload: bytes) -> Gap:
        fields = cbor.loads(payload)
        good = type(fields) is dict and set(fields) == {"samples", "reason"}
        if not (good and type(fields["samples"]) is int and fields["samples"] >= 0 and type(fields["reason"]) is str):
            raise Damaged("gap record is not well-formed")
        self.gap_samples += fields["samples"]
        return Gap(**fields)

    @staticmethod
    def _event(payload: bytes) -> Event:
        fields = cbor.loads(payload)
        if not (type(fields) is dict and type(fields.get("event")) is str and type(fields.get("sample")) is int):
            raise Damaged("event record is not well-formed")
        return Event(fields)

    def _check_totals(self) -> None:
        trailer = self.report.trailer
        if trailer is None or trailer.kind != CLOSED:
            return
        if self.gap_samples != trailer.gap_samples or self.plain_hash != trailer.plain_hash:
            raise Damaged("the sound is not the one that was signed")
