"""Runs on MicroPython: s16le mono on standard input, the box's meter's active level, mean and activity on standard output."""

import sys
from array import array

from detect.levels import Level

meter = Level((int(sys.argv[1]), int(sys.argv[2])))
block = array("h", bytes(320))
while (sys.stdin.buffer.readinto(block) or 0) == 320:
    meter.feed(block)
print(meter.speech(), meter.mean(), meter.activity())
