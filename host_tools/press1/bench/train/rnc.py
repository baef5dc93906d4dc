"""Unpacks RNC ProPack files of method 1, as games of the nineties used them."""

from __future__ import annotations

import struct

from press1.errors import Damaged

MAGIC = b"RNC\x01"
_HEADER = struct.Struct(">4sIIHHBB")  # magic, bytes unpacked, bytes packed, two checks, a leeway, number of chunks
_LONGEST = 16  # bits of a code
_LEAST_COPY = 2
Codes = dict[tuple[int, int], int]  # length and code -> symbol


class _Bits:
    """Bits from the lowest of 16-bit little-endian words, which stand among bytes that are no bits."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data + bytes(1), at  # the last word may stand half outside
        self._held = self._have = 0

    def take(self, count: int) -> int:
        while self._have < count:
            self._held |= int.from_bytes(self._bytes(2), "little") << self._have
            self._have += 16
        value = self._held & (1 << count) - 1
        self._held >>= count
        self._have -= count
        return value

    def literal(self, count: int) -> bytes:
        """The bytes behind the last word that was needed."""
        return self._bytes(count)

    def _bytes(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if len(found) != count:
            raise Damaged("a packed sound ends too early")
        self._at += count
        return found


def unpack(packed: bytes) -> bytes:
    """The bytes; raises Damaged where they are not what the header promises."""
    magic, size, _, _, _, _, chunks = _HEADER.unpack_from(packed)
    if magic != MAGIC:
        raise Damaged("not packed by RNC, method 1")
    bits, out = _Bits(packed, _HEADER.size), bytearray()
    bits.take(2)  # locked, encrypted: never here
    for _ in range(chunks):
        _chunk(bits, out, size)
    if len(out) != size:
        raise Damaged("a packed sound has another length than it says")
    return bytes(out)


def _chunk(bits: _Bits, out: bytearray, size: int) -> None:
    """Literals and copies of what is there already, in turn; literals first and last."""
    literals, distances, lengths = (_codes(bits) for _ in range(3))
    for left in range(bits.take(16), 0, -1):
        out += bits.literal(_number(bits, literals))
        if left > 1:
            distance, length = _number(bits, distances) + 1, _number(bits, lengths) + _LEAST_COPY
            if distance > len(out) or length > size - len(out):
                raise Damaged("a packed sound refers to what is not there")
            _copy(out, distance, length)


def _copy(out: bytearray, distance: int, length: int) -> None:
    """What is copied may reach into itself."""
    piece = bytes(out[-distance:])
    out += (piece * (length // distance + 1))[:length]


def _codes(bits: _Bits) -> Codes:
    """A canonical Huffman code from the lengths of its symbols."""
    sizes = [bits.take(4) for _ in range(bits.take(5))]
    codes: Codes = {}
    following = 0
    for length in range(1, _LONGEST + 1):
        for symbol in (s for s, size in enumerate(sizes) if size == length):
            codes[length, following >> _LONGEST - length] = symbol
            following += 1 << _LONGEST - length
    return codes


def _number(bits: _Bits, codes: Codes) -> int:
    """A symbol of 2 and more says how many bits of the number follow below its highest."""
    code = 0
    for length in range(1, _LONGEST + 1):
        code = code << 1 | bits.take(1)
        symbol = codes.get((length, code))
        if symbol is not None:
            return symbol if symbol < 2 else 1 << symbol - 1 | bits.take(symbol - 1)
    raise Damaged("a packed sound holds a code that does not exist")
