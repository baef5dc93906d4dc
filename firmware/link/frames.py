"""Frames of docs/protocol.md, section 1: COBS (Cheshire and Baker, 1999) around body and CRC-32. Allocates nothing once built."""

from array import array

import micropython
from micropython import const

LIMIT = const(4608)  # bytes of a body
ENCODED_LIMIT = const(4636)  # + CRC, one COBS code per 254 bytes and the closing 00
LEAD = const(24)  # so far into its own frame may a body stand: what is written never overtakes what is read
HEAD = const(5)  # kind and counter
_CRC_BYTES = const(4)
_ROOM = const(4612)  # LIMIT + CRC

# Decoder state, one word each.
_POS = const(0)  # bytes decoded
_LEFT = const(1)  # bytes left of the current COBS group
_ZERO = const(2)  # a zero is due before the next group
_BAD = const(3)  # too long
_ENDED = const(4)  # a 00 was met


def _crc_row(value):
    for _ in range(4):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


_TABLE = array("I", [_crc_row(bits) for bits in range(16)])  # IEEE 802.3, reflected; by half bytes: by bytes it would take 1 KiB


@micropython.viper
def _crc(data: ptr8, size: int, table: ptr32, out: ptr8) -> int:
    """Write the CRC-32 of `data` big-endian to `out`; 1 when it stood there already."""
    crc = -1
    for i in range(size):
        crc ^= data[i]
        crc = table[crc & 15] ^ (crc >> 4 & 0xFFFFFFF)
        crc = table[crc & 15] ^ (crc >> 4 & 0xFFFFFFF)
    same = 1
    for i in range(4):
        byte = (crc >> (24 - (i << 3)) ^ 0xFF) & 0xFF
        if out[size + i] != byte:
            same = 0
            out[size + i] = byte
    return same


@micropython.viper
def _decode(state: ptr32, data: ptr8, at: int, end: int, out: ptr8) -> int:
    """Decode data[at:end] up to and including a 00; the offset after what was read."""
    pos = state[_POS]
    left = state[_LEFT]
    zero = state[_ZERO]
    while at < end:
        byte = data[at]
        at += 1
        if byte == 0:
            state[_ENDED] = 1
            break
        if left:
            left -= 1
        else:
            left = byte - 1
            due = zero
            zero = 1 if byte < 255 else 0
            if not due:
                continue
            byte = 0
        if pos < _ROOM:
            out[pos] = byte
            pos += 1
        else:
            state[_BAD] = 1
    state[_POS] = pos
    state[_LEFT] = left
    state[_ZERO] = zero
    return at


@micropython.viper
def _encode(data: ptr8, size: int, out: ptr8) -> int:
    """COBS of data[:size] and a 00; bytes written."""
    code_at = 0
    pos = 1
    code = 1
    for i in range(size):
        if code == 255:
            out[code_at] = 255
            code_at = pos
            pos += 1
            code = 1
        byte = data[i]
        if byte:
            out[pos] = byte
            pos += 1
            code += 1
        else:
            out[code_at] = code
            code_at = pos
            pos += 1
            code = 1
    out[code_at] = code
    out[pos] = 0
    return pos + 1


class Receiver:
    """Bytes in, bodies out. `body[:length]` is a good body while `length` is not 0, until the next `feed`."""

    def __init__(self):
        self.body = bytearray(_ROOM)
        self.length = 0
        self.dropped = 0
        self._state = array("i", [0] * 5)

    def feed(self, data, at, end):
        """Take data[at:end] up to the end of a frame; the offset after what was taken."""
        self.length = 0
        state = self._state
        at = _decode(state, data, at, end, self.body)
        if state[_ENDED]:
            self._close()
        return at

    def _close(self):
        state = self._state
        size = state[_POS] - _CRC_BYTES
        if state[_LEFT] == 0 and not state[_BAD] and size >= HEAD and _crc(self.body, size, _TABLE, self.body):
            self.length = size
        elif state[_POS] or state[_LEFT] or state[_ZERO]:  # an empty frame is nobody's loss
            self.dropped += 1
        for i in range(5):
            state[i] = 0


def encode(body, size, out):
    """The frame of body[:size] into `out` (ENCODED_LIMIT bytes); its length. `body` has four bytes of room for the CRC, and may be
    out[LEAD:]."""
    _crc(body, size, _TABLE, body)
    return _encode(body, size + _CRC_BYTES, out)
