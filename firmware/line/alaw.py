"""A-law (ITU-T G.711, even bits inverted as in WAV format tag 6).

Quantisation is that of the ITU's own G.191 tool: sample >> 4 (arithmetic), so a negative value that stands exactly on a decision
value goes to the smaller magnitude. The code depends on those 12 bits only; a table of all of them would take 4 KiB of heap, so
only the segment of a magnitude is looked up.
"""

from array import array

import micropython
from micropython import const

SILENCE = const(0xD5)  # the code of 0
_EVEN_BITS = const(0x55)
_SIGN = const(0x80)  # set for positive values


def _segment(sixteenths):
    """G.711 table 1: the segment of the magnitudes (11 bits) from 16 times this on."""
    segment = 0
    while sixteenths >> segment:
        segment += 1
    return segment


def _value(code):
    """G.711 table 1: the 16-bit value in the middle of the interval of a code."""
    code ^= _EVEN_BITS
    segment = code >> 4 & 7
    magnitude = (code & 15) << 4 | 8
    if segment:
        magnitude = (magnitude | 0x100) << (segment - 1)
    return magnitude if code & _SIGN else -magnitude


SEGMENTS = bytes(_segment(i) for i in range(128))
VALUES = array("h", (_value(code) for code in range(256)))


@micropython.viper
def encode(src: ptr16, start: int, count: int, dst: ptr8, offset: int):
    """`count` int16 samples of `src` from `start` into A-law bytes at `dst[offset]`."""
    segments = ptr8(SEGMENTS)
    for i in range(count):
        step = src[start + i] >> 4
        mask = 0xD5
        if step > 2047:
            step = 4095 - step
            mask = 0x55
        segment = segments[step >> 4]
        if segment:
            step >>= segment - 1
        dst[offset + i] = (segment << 4 | step & 15) ^ mask


@micropython.viper
def interleave(far: ptr16, near: ptr16, start: int, count: int, dst: ptr8, offset: int):
    """`count` samples a channel from `start` into pairs (far, near) of A-law bytes at `dst[offset]`."""
    segments = ptr8(SEGMENTS)
    at = offset
    for i in range(start, start + count):
        step = far[i] >> 4
        for _ in range(2):
            mask = 0xD5
            if step > 2047:
                step = 4095 - step
                mask = 0x55
            segment = segments[step >> 4]
            if segment:
                step >>= segment - 1
            dst[at] = (segment << 4 | step & 15) ^ mask
            at += 1
            step = near[i] >> 4


@micropython.viper
def decode(src: ptr8, start: int, count: int, dst: ptr16, offset: int):
    """`count` A-law bytes of `src` from `start` into int16 samples at `dst[offset]`."""
    values = ptr16(VALUES)
    for i in range(count):
        dst[offset + i] = values[src[start + i]]
