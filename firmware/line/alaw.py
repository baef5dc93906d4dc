"""A-law (ITU-T G.711, even bits inverted as in WAV format tag 6), by tables.

Quantisation is that of the ITU's own G.191 tool: sample >> 4 (arithmetic), so a negative value that stands exactly on a decision
value goes to the smaller magnitude. The code depends on those 12 bits only, so a table of 4,096 entries is exact.
"""

from array import array

import micropython
from micropython import const

SILENCE = const(0xD5)  # the code of 0
_EVEN_BITS = const(0x55)
_SIGN = const(0x80)  # set for positive values


def _code(sample12):
    """G.711 table 1: the code of a 12-bit two's complement value."""
    sign, magnitude = (_SIGN, sample12) if sample12 < 2048 else (0, 4095 - sample12)
    segment = 0
    while magnitude >> (4 + segment):
        segment += 1
    step = magnitude >> (segment - 1) if segment else magnitude
    return (segment << 4 | step & 15) ^ sign ^ _EVEN_BITS


def _value(code):
    """G.711 table 1: the 16-bit value in the middle of the interval of a code."""
    code ^= _EVEN_BITS
    segment = code >> 4 & 7
    magnitude = (code & 15) << 4 | 8
    if segment:
        magnitude = (magnitude | 0x100) << (segment - 1)
    return magnitude if code & _SIGN else -magnitude


CODES = bytes(_code(i) for i in range(4096))  # index: (sample & 0xFFFF) >> 4
VALUES = array("h", (_value(code) for code in range(256)))


@micropython.viper
def encode(src: ptr16, start: int, count: int, dst: ptr8, offset: int):
    """`count` int16 samples of `src` from `start` into A-law bytes at `dst[offset]`."""
    codes = ptr8(CODES)
    for i in range(count):
        dst[offset + i] = codes[src[start + i] >> 4]


@micropython.viper
def interleave(far: ptr16, near: ptr16, start: int, count: int, dst: ptr8, offset: int):
    """`count` samples a channel from `start` into pairs (far, near) of A-law bytes at `dst[offset]`."""
    codes = ptr8(CODES)
    at = offset
    for i in range(start, start + count):
        dst[at] = codes[far[i] >> 4]
        dst[at + 1] = codes[near[i] >> 4]
        at += 2


@micropython.viper
def decode(src: ptr8, start: int, count: int, dst: ptr16, offset: int):
    """`count` A-law bytes of `src` from `start` into int16 samples at `dst[offset]`."""
    values = ptr16(VALUES)
    for i in range(count):
        dst[offset + i] = values[src[start + i]]
