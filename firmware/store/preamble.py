"""The 64 bytes of a recording that are readable without a key (docs/format.md, section 2)."""

from binascii import crc32

from micropython import const

from core.errors import Malformed

SIZE = const(64)
MAGIC = b"P1REC\r\n\x1a"
_VERSION = const(1)
_UNIT = const(4096)
_HEAD_MAX = const(65536)
_CRC_AT = const(60)
_ALPHABET = const("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")  # RFC 4648


def name(id16):
    """What the file is called: 8 base32 characters of the first 5 bytes of the id."""
    number = int.from_bytes(id16[:5], "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


class Preamble:
    """id (16 bytes), created and expires (seconds), header_length and head_length (bytes)."""

    def __init__(self, id16, created, expires, header_length, head_length):
        self.id = id16
        self.created = created
        self.expires = expires
        self.header_length = header_length
        self.head_length = head_length


def build(id16, created, expires, header_length, head_length):
    """The preamble as bytes."""
    body = MAGIC + _VERSION.to_bytes(2, "big") + bytes(2) + id16
    body += created.to_bytes(8, "big") + expires.to_bytes(8, "big")
    body += header_length.to_bytes(4, "big") + head_length.to_bytes(4, "big") + bytes(8)
    return body + crc32(body).to_bytes(4, "big")


def parse(buf):
    """The Preamble in the first 64 bytes of `buf`; Malformed for anything that section 2 refuses."""
    buf = bytes(buf[:SIZE])
    if len(buf) != SIZE or buf[:8] != MAGIC:
        raise Malformed("no recording")
    if crc32(buf[:_CRC_AT]) != _uint(buf, _CRC_AT, 4):
        raise Malformed("preamble check")
    if _uint(buf, 8, 2) != _VERSION or any(buf[10:12]) or any(buf[52:60]):
        raise Malformed("preamble version")
    start = Preamble(buf[12:28], _uint(buf, 28, 8), _uint(buf, 36, 8), _uint(buf, 44, 4), _uint(buf, 48, 4))
    if start.head_length % _UNIT or not SIZE + start.header_length <= start.head_length <= _HEAD_MAX:
        raise Malformed("head length")
    return start


def _uint(buf, at, size):
    return int.from_bytes(buf[at : at + size], "big")


def read(path):
    """The Preamble of a file; Malformed when it has none, OSError from the card."""
    with open(path, "rb") as file:
        return parse(file.read(SIZE))


def overwrite(path):
    """Zeros over the preamble, before the file is unlinked: no directory repair brings it back as a recording."""
    with open(path, "r+b") as file:
        file.write(bytes(SIZE))
