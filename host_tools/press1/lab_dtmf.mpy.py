"""Runs on MicroPython: s16le PCM on standard input, `<digit> <sample>` lines on standard output."""

import sys
from array import array

from detect.dtmf import Detector

_BLOCK = 160


def main(rate_num, rate_den):
    detector = Detector(rate_num, rate_den)
    block = array("h", bytes(2 * _BLOCK))
    count = _BLOCK
    while count == _BLOCK:
        # readinto waits for a full block; fewer bytes mean the end, where an odd last one is dropped.
        count = (sys.stdin.buffer.readinto(block) or 0) // 2
        if detector.feed(block if count == _BLOCK else block[:count]):
            sys.stdout.write("%c %d\n" % (detector.digit, detector.decision))


main(int(sys.argv[1]), int(sys.argv[2]))
