"""Runs on MicroPython: microseconds per second of mono audio of our detector and of a plain eight-bin Goertzel bank.

Prints them as JSON together with the detector's tables and its state after all audio, for the count of instructions.
"""

import json
import sys
import time
from array import array

import micropython

from detect import weights
from detect.dtmf import Detector

_BLOCK = 160
_BINS = 8
_REPEATS = 15
# 2 cos(2 pi f / 8000), Q14, for the eight DTMF frequencies.
_COEFFICIENTS = array("i", (27980, 26956, 25701, 24219, 19073, 16325, 13085, 9315))


@micropython.viper
def goertzel(block: ptr16, count: int, coefficients: ptr32, state: ptr32):
    """s0 = x + 2 cos(w) s1 - s2 for every bin; the plainest bank there is."""
    b = 0
    top = 1
    top <<= 31
    while b < 8:
        c = coefficients[b]
        s1 = (state[b * 2] ^ top) - top
        s2 = (state[b * 2 + 1] ^ top) - top
        i = 0
        while i < count:
            s0 = (((block[i] ^ 32768) - 32768) >> 4) + ((c * s1) >> 14) - s2
            s2 = s1
            s1 = s0
            i += 1
        state[b * 2] = s1
        state[b * 2 + 1] = s2
        b += 1


def read_all():
    blocks = []
    while True:
        block = array("h", bytes(2 * _BLOCK))
        if (sys.stdin.buffer.readinto(block) or 0) < 2 * _BLOCK:
            return blocks
        blocks.append(block)


def bank(blocks):
    state = array("i", bytes(4 * 2 * _BINS))
    best = [1 << 30] * len(blocks)
    for _ in range(_REPEATS):
        for i, block in enumerate(blocks):
            start = time.ticks_us()
            goertzel(block, _BLOCK, _COEFFICIENTS, state)
            best[i] = min(best[i], time.ticks_diff(time.ticks_us(), start))
    return sum(best)


def ours(blocks, detector):
    """Each block's best time, because other processes share the machine."""
    best = [1 << 30] * len(blocks)
    for _ in range(_REPEATS):
        detector.reset()
        for i, block in enumerate(blocks):
            start = time.ticks_us()
            detector.feed(block)
            best[i] = min(best[i], time.ticks_diff(time.ticks_us(), start))
    return sum(best)


class NeverHolds(Detector):
    """Scores every candidate, as the counting machine does."""

    def _decide(self):
        return 0


blocks = read_all()
seconds = len(blocks) * _BLOCK / 8000
detector = NeverHolds(8000)
for block in blocks:
    detector.feed(block)
print(
    json.dumps(
        {
            "bank_us": bank(blocks) / seconds,
            "ours_us": ours(blocks, Detector(8000)) / seconds,
            "tables": {
                "fold": ("H", list(detector._table)),
                "constants": ("i", list(detector._constants)),
                "leak": ("i", list(detector._leak)),
                "weights": ("H", list(detector._weights)),
                "coefficients": ("i", list(_COEFFICIENTS)),
            },
            "dial_gain": detector._dial_gain,
            "level_offset": detector._level_offset,
            "units": weights.UNITS,
            "ring": list(detector._ring),
            "feature": list(detector.feature),
        }
    )
)
