"""Runs on MicroPython: s16le PCM at 8 kHz in, a record of int32 out for every hop that the detector would score.

A record: sample, key 0-15, the features in the order of score.py without the levels, the score with the weights it finds.
"""

import sys
from array import array

from detect.dtmf import Detector

_BLOCK = 160
_FEATURES = 15


class Collector(Detector):
    """The detector itself, which tells what it weighs and decides nothing."""

    record = array("i", bytes(4 * (_FEATURES + 3)))

    def _decide(self):
        record = self.record
        record[0] = self.samples
        record[1] = self.key
        for i in range(_FEATURES):
            record[2 + i] = self.feature[i]
        record[2 + _FEATURES] = self.score
        sys.stdout.buffer.write(record)
        return 0


def main():
    detector = Collector(8000)
    block = array("h", bytes(2 * _BLOCK))
    while (sys.stdin.buffer.readinto(block) or 0) == 2 * _BLOCK:
        detector.feed(block)


main()
