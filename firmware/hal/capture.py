"""Line audio from I2S: two long segments that the port's own task fills while the interpreter is held up by the card.

MicroPython's I2S (ports/esp32/machine_i2s.c) takes two non-blocking reads: one that its task fills, one that waits in a queue;
a third is dropped without a word. So a segment is handed back only when the first block of the other has arrived, which
shows that the queue is empty. How far a segment is filled is read off the segment: the first frame of each block holds a mark
until audio overwrites it, and a block is whole when the first frame of the next is. (The task may be interrupted within a frame: so no
frame is marked again before it has gone past it.) A frame that happens to equal the mark is recognised when the block after it has come.

When the DMA buffers run over, whole descriptors of 256 frames go missing in silence. The chip's own clock drives I2S, so the
count of frames must keep up with the microsecond timer; what it lacks, over the best of 16 blocks that were read as they
came, was lost. It is reported with the block at hand, at most a second after the place where it is missing.
"""

import time

import micropython
from micropython import const

from hal.contract import BLOCK
from hal.halver import Halver

DESCRIPTOR = const(256)  # frames of one DMA buffer
_FRAME = const(4)  # bytes: 16-bit stereo
_WINDOW = const(16)
_DEAD_US = const(1_500_000)  # no block for so long: the reads were lost, start again
_POOL = const(32)
_BEHIND = const(3)  # blocks that wait beside the one that is read: fewer come with a buffer of the DMA


@micropython.viper
def _mark(segment: ptr32, at: int, step: int, count: int):
    """Left lowest, right highest: no line does that but by chance, and then the next block tells."""
    mark = 0x7FFF  # shifted, because a constant of more than 30 bits is an object
    mark = mark << 16 | 0x8000
    while count > 0:
        segment[at] = mark
        at += step
        count -= 1


@micropython.viper
def _begun(segment: ptr32, at: int) -> int:
    mark = 0x7FFF
    mark = mark << 16 | 0x8000
    return 0 if int(segment[at]) == mark else 1


@micropython.viper
def _split(far: ptr16, near: ptr16, frames: ptr16, first: int, count: int):
    at = 2 * first
    i = 0
    while i < count:
        far[i] = frames[at]
        near[i] = frames[at + 1]
        at += 2
        i += 1


@micropython.viper
def _stir(pool: ptr8, frames: ptr16, first: int, count: int):
    """Fold the converters' lowest bits into 32 bytes, which turn by one bit with each frame that meets them."""
    at = 2 * first
    i = 0
    while i < count:
        j = i & 31
        old = int(pool[j])
        pool[j] = (old << 1 | old >> 7) ^ (int(frames[at]) & 1) ^ (int(frames[at + 1]) & 1)
        at += 2
        i += 1


def _nothing(_i2s):
    """I2S reads without waiting only when it has somebody to tell."""


class Capture:
    """`open_i2s()` gives a machine.I2S receiver, 16-bit stereo at `rate` Hz; at `halved` its rate is halved for the line.

    `blocks` of 20 ms are in each segment: with 40 and 0.26 s of DMA a stall of 1 s is survived wherever it falls, with 15 half a second.
    `ticks_us` counts microseconds. Fields: restarts (reads that had to be started again), lost (samples in all), pool (noise),
    behind (more blocks wait than come at a time).
    """

    def __init__(self, open_i2s, rate, halved=False, ticks_us=time.ticks_us, blocks=40):
        self._open = open_i2s
        self._ticks = ticks_us
        self._frames = 2 * BLOCK if halved else BLOCK  # of one block
        self._blocks = blocks
        size = blocks * self._frames * _FRAME
        self._segments = (bytearray(size), bytearray(size))
        self._halvers = (Halver(0), Halver(1)) if halved else None
        self._block_us = self._frames * 1_000_000 // rate
        self._descriptor_us = DESCRIPTOR * 1_000_000 // rate
        self._descriptor = DESCRIPTOR * BLOCK // self._frames  # in samples of the line
        self.pool = bytearray(_POOL)
        self.restarts = self.lost = self._unheard = 0
        self.behind = False
        self._i2s = None

    def start(self):
        """Begin to receive; what came before is forgotten."""
        if self._i2s:
            self._i2s.deinit()
        self._i2s = self._open()
        self._i2s.irq(_nothing)
        for segment in self._segments:
            _mark(segment, 0, self._frames, self._blocks)
        self._segment = self._block = 0
        self._due = self._seen = self._ticks()
        self._settled = False
        self._begin_window()
        self._i2s.readinto(self._segments[0])

    def stop(self):
        """Give the I2S unit back."""
        self._i2s.deinit()
        self._i2s = None

    def _begin_window(self):
        self._best = 1 << 29
        self._counted = 0

    def read(self, far, near):
        """As Hal.read_block."""
        if not self._has(0):
            return self._waiting()
        caught_up = not self._has(1)
        self.behind = not caught_up and self._has(_BEHIND)
        segment = self._segments[self._segment]
        first = self._block * self._frames
        self._convert(segment, first, far, near)
        _stir(self.pool, segment, first, self._frames)
        _mark(segment, first, self._frames, 1)
        self._advance()
        return self._lost_before(caught_up)

    def _has(self, ahead):
        """Block `ahead` of the next one is whole: one of the two after it has begun."""
        return self._has_begun(self._block + ahead + 1) or self._has_begun(self._block + ahead + 2)

    def _has_begun(self, block):
        segment = self._segment
        if block >= self._blocks:
            block -= self._blocks
            segment = 1 - segment
        return _begun(self._segments[segment], block * self._frames)

    def _convert(self, segment, first, far, near):
        if self._halvers:
            self._halvers[0].block(segment, first, far)
            self._halvers[1].block(segment, first, near)
        else:
            _split(far, near, segment, first, BLOCK)

    def _advance(self):
        if self._block == 0:  # the queue is empty now, and the other segment read to its end
            self._i2s.readinto(self._segments[1 - self._segment])
        self._block += 1
        if self._block == self._blocks:
            self._block = 0
            self._segment = 1 - self._segment

    def _waiting(self):
        now = self._ticks()
        if time.ticks_diff(now, self._seen) > _DEAD_US:
            self.restarts += 1
            self._unheard += time.ticks_diff(now, self._due) // self._block_us * BLOCK
            self.start()
        return -1

    def _lost_before(self, caught_up):
        """Compare with the clock: samples that must have been lost."""
        now = self._seen = self._ticks()
        self._due = time.ticks_add(self._due, self._block_us)
        if self._unheard:
            return self._told()
        if not caught_up:
            return 0
        self._best = min(self._best, time.ticks_diff(now, self._due))
        self._counted += 1
        return self._judge() if self._counted == _WINDOW else 0

    def _told(self):
        """What passed while nothing was received."""
        missing, self._unheard = self._unheard, 0
        self.lost += missing
        return missing

    def _judge(self):
        late = self._best
        self._begin_window()
        missing = (late + self._descriptor_us // 2) // self._descriptor_us
        if not self._settled or missing <= 0:
            self._settled = True
            self._due = time.ticks_add(self._due, late)  # the first window sets the mark; later ones follow the crystal
            return 0
        self._due = time.ticks_add(self._due, missing * self._descriptor_us)
        missing *= self._descriptor
        self.lost += missing
        return missing
