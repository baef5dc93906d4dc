"""From block to card without allocation: the whole path, VfsFat included, over a card that allocates nothing itself."""

import micropython

from sealbox import CALL, FIRST, FixedHal, SealBox
from sealed import block
from strict import eq, no_alloc

_BLOCKS = 8192
_SECTOR = 512


@micropython.viper
def _copy(source: ptr8, start: int, target: ptr8, offset: int, count: int):
    for i in range(count):
        target[offset + i] = source[start + i]


class FlatCard:
    """Block device in one bytearray."""

    present = True
    blocks = _BLOCKS

    def __init__(self):
        self.cells = bytearray(_BLOCKS * _SECTOR)

    def readblocks(self, first, buf):
        _copy(self.cells, first * _SECTOR, buf, 0, len(buf))
        return 0

    def writeblocks(self, first, buf):
        _copy(buf, 0, self.cells, first * _SECTOR, len(buf))
        return 0

    def ioctl(self, op, _arg):
        return _BLOCKS if op == 4 else _SECTOR if op == 5 else 0


def test_ten_seconds_of_line_allocate_nothing():
    hal = FixedHal()
    hal.sd = FlatCard()
    box = SealBox(hal)
    box.fill(1)
    recorder = box.recorder
    recorder.open(CALL, FIRST)
    far, near = block(1), block(2)
    lock = no_alloc()
    with lock:
        for i in range(500):
            recorder.block(far, near, 480 if i % 100 == 99 else 0)
            recorder.step()
    assert not recorder.part.writer.fault
    recorder.close("hangup")
    eq(box.closed[0].totals.audio_samples, 80000)
    eq(box.closed[0].totals.gap_samples, 5 * 480)
    box.unmount()
