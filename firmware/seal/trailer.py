"""The trailer (docs/format.md, section 6): resumable jobs that sign a closed part, or an unfinished one as it was found."""

import hashlib
from binascii import crc32

from micropython import const

from core.errors import Malformed
from seal.records import AUDIO, RECORD
from store import preamble

TRAILER = const(512)
MAGIC = b"P1END\r\n\x1a"
CLOSED, FOUND = 0, 1

_VERSION = const(1)
_SIGNED = const(136)
_CRC_AT = const(508)
_PREAMBLE = const(64)
_RECORDS_A_STEP = const(4)  # 16 KiB read and hashed: under 10 ms
_DOMAIN = const(b"press1/v1/recording\x00")


def build(kind, totals, closed):
    """The 512 bytes, not yet signed. `closed`: time of signing."""
    out = bytearray(TRAILER)
    out[:8] = MAGIC
    at = 8
    for size, value in (
        (2, _VERSION),
        (1, kind),
        (1, 0),
        (4, totals.records),
        (8, totals.audio_samples),
        (8, totals.gap_samples),
        (8, closed),
    ):
        out[at : at + size] = value.to_bytes(size, "big")
        at += size
    out[40:72] = totals.head_hash
    out[72:104] = totals.records_hash
    out[104:136] = totals.plain_hash
    return out


def _sign(seed, message, public):
    from crypto.ed25519 import SignJob  # for the signature only (core.overlay)

    return SignJob(seed, message, public)


class ClosedJob:
    """Signs a closed part and writes its trailer behind the last record. Raises OSError when the card is away."""

    def __init__(self, totals, signer, now, kind=CLOSED):
        """`totals`: seal.writer.Totals; `signer`: the box's Ed25519 pair (seed, public key); `now`: UTC seconds."""
        self._totals = totals
        self._trailer = build(kind, totals, now)
        self._sign = _sign(signer[0], _DOMAIN + bytes(self._trailer[:_SIGNED]), signer[1])

    def step(self):
        """True when the trailer is on the card."""
        if not self._sign.step():
            return False
        out = self._trailer
        out[_SIGNED : _SIGNED + 64] = self._sign.result
        out[_CRC_AT:] = crc32(out[:_CRC_AT]).to_bytes(4, "big")
        with open(self._totals.path, "r+b") as file:
            file.seek(self._totals.head_length + self._totals.records * RECORD)
            file.write(out)
        return True


class _Found:
    """Totals of a file as found: what can be known without its keys."""

    gap_samples = 0
    plain_hash = bytes(32)

    def __init__(self, path):
        self.path = path
        self.audio_samples = 0
        self.head_length = 0
        self.records = 0
        self.head_hash = self.records_hash = b""


class FoundJob:
    """Reads an unfinished part in bounded steps and signs the whole records it holds; the recording is not resumed.

    Afterwards: `id`, `head_length`, `records`, `already` (it had a trailer, nothing was written). Raises OSError, and Malformed
    for a file whose head is no head: it holds nothing that a key would open.
    """

    def __init__(self, path, signer, now):
        self.id = b""
        self.head_length = 0
        self.records = 0
        self.already = False
        self._found = _Found(path)
        self._signer = signer
        self._now = now
        self._file = None
        self._hash = None
        self._job = None
        self._buf = bytearray(RECORD)

    def step(self):
        """True when the file is signed, or was already."""
        if self._job:
            return self._job.step()
        if self._file is None:
            self._read_head()
            return False
        for _ in range(_RECORDS_A_STEP):
            if not self._read_record():
                return self._end()
        return False

    def _read_head(self):
        found = self._found
        self._file = open(found.path, "rb")  # read over many steps, closed in _end
        first = self._file.read(_PREAMBLE)
        start = preamble.parse(first)
        self.id = start.id
        digest = hashlib.sha256(first)
        rest = self._file.read(start.head_length - _PREAMBLE)
        if len(rest) != start.head_length - _PREAMBLE:
            raise Malformed("head is cut")
        digest.update(rest)
        found.head_hash = digest.digest()
        found.head_length = self.head_length = start.head_length
        self._hash = hashlib.sha256()

    def _read_record(self):
        """False at the end of the whole records, or at a trailer."""
        count = self._file.readinto(self._buf)
        if count >= TRAILER and self._buf[0] == MAGIC[0]:
            self.already = bytes(self._buf[:8]) == MAGIC
            return False
        if count != RECORD:
            return False
        self._hash.update(self._buf)
        self.records += 1
        if self._buf[0] == AUDIO:
            self._found.audio_samples += (self._buf[2] << 8 | self._buf[3]) >> 1
        return True

    def _end(self):
        self._file.close()
        if self.already:
            return True
        self._found.records = self.records
        self._found.records_hash = self._hash.digest()
        self._job = ClosedJob(self._found, self._signer, self._now, FOUND)
        return False


def is_signed(path, size):
    """Does the file of `size` bytes end in a trailer? Only a size of whole records plus a trailer is opened."""
    if size % RECORD != TRAILER:
        return False
    with open(path, "rb") as file:
        file.seek(size - TRAILER)
        return file.read(len(MAGIC)) == MAGIC


def ending(file, size):
    """(kind, audio samples a channel) of a signed file of `size` bytes; Malformed without a trailer. The file position moves."""
    file.seek(size - size % RECORD)
    raw = file.read(TRAILER)
    if raw[:8] != MAGIC:
        raise Malformed("no trailer")
    return raw[10], int.from_bytes(raw[16:24], "big")
