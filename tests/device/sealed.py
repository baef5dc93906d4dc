"""Doubles for the seal and record tests: a file in RAM, slots, shelf, and a small reader of records."""

import errno
import hashlib
from array import array

from crypto import aes_ctr
from crypto.hmac import hmac_sha256
from hal.contract import BLOCK
from line import alaw
from seal.records import RecordSealer
from seal.writer import PartWriter

ENC, MAC = b"e" * 32, b"m" * 32
HEAD = bytes(4096)


class RamFile:
    """Takes whole buffers at a position; allocates nothing in `write`. Write number `fail_at` and `fails - 1` after it fail."""

    def __init__(self, size, fail_at=-1, fails=1):
        self.data = bytearray(size)
        self.at = 0
        self.end = 0
        self.writes = 0
        self.flushed = 0
        self.closed = False
        self._failing = range(fail_at, fail_at + fails) if fail_at >= 0 else range(0)
        self._error = OSError(errno.EIO)

    def write(self, buf):
        self.writes += 1
        if self.writes - 1 in self._failing:
            self.at += 100  # a failed write may have moved the position
            raise self._error
        count = len(buf)
        at = self.at
        data = self.data
        for i in range(count):
            data[at + i] = buf[i]
        self.at = at + count
        if self.at > self.end:
            self.end = self.at
        return count

    def seek(self, at):
        self.at = at
        return at

    def flush(self):
        self.flushed = self.end

    def close(self):
        self.flush()
        self.closed = True

    def bytes(self):
        return bytes(self.data[: self.end])


def block(seed):
    """A block of a tone of its own."""
    return array("h", ((i * 211 + seed * 7919) % 60000 - 30000 for i in range(BLOCK)))


def pairs(far, near):
    """A-law of one block a channel."""
    out = bytearray(2 * BLOCK)
    alaw.interleave(far, near, 0, BLOCK, out, 0)
    return bytes(out)


def writer(file, limit=1000, path="/x", head=HEAD, keys=(ENC, MAC)):
    file.write(head)
    return PartWriter(file, path, head, RecordSealer(*keys), alaw.interleave, limit)


def records(data, enc=ENC, mac=MAC):
    """(type, flags, payload) of each record; checks tags and order."""
    out = []
    for index in range(len(data) // 4096):
        unit = data[index * 4096 : index * 4096 + 4096]
        assert hmac_sha256(mac, unit[:4064]) == unit[4064:], "tag of record %d" % index
        assert int.from_bytes(unit[4:8], "big") == index
        plain = aes_ctr.crypt(enc, bytes(8) + unit[4:8] + bytes(4), unit[8:4064])
        length = int.from_bytes(unit[2:4], "big")
        assert not any(plain[length:]), "padding"
        out.append((unit[0], unit[1], plain[:length]))
    return out


def sha(data):
    return hashlib.sha256(data).digest()
