"""Simulated media with the real ones' unpleasant properties; for the simulator and the tests, never on a board.

All media of one box share a `Faults` object: it counts every card-block write and every flash program or erase, and cuts
the power at the one it was told. Backing is a file (every write goes straight to it) or, with path None, RAM.
"""

import errno
import os

import micropython
from micropython import const

from hal.sim_faults import Faults, PowerCut

__all__ = ("Faults", "LfsFlash", "NorFlash", "PowerCut", "SdCard")

_PAGE = const(4096)  # erase unit of serial NOR flash
_SECTOR = const(512)
_EBUSY = const(16)  # not in MicroPython's errno
_PROGRAM_MAX = const(64)  # contract: a longer program would hold up audio interrupts
_ZERO_SECTOR = bytes(_SECTOR)
_ERASED_PAGE = b"\xff" * _PAGE


@micropython.viper
def _clear_bits(dst: ptr8, at: int, src: ptr8, n: int):
    """dst[at:at+n] &= src[:n]: what programming does to NOR cells."""
    i = 0
    while i < n:
        dst[at + i] = dst[at + i] & src[i]
        i += 1


def _open_image(path):
    try:
        return open(path, "r+b")
    except OSError:
        return open(path, "w+b")


def _file_size(path):
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


class NorFlash:
    """Key flash: programming clears bits only and takes at most 64 bytes, erasing sets a page of 4,096 bytes to FF.

    `locked` makes an erase fail with EBUSY: set it while audio flows. `erases` counts erasures by page since power-on.
    """

    PAGE = _PAGE

    def __init__(self, path, size, faults=None, cells=None):
        self.size = size
        self.faults = faults or Faults()
        self.locked = False
        self.erases = [0] * (size // _PAGE)
        self.cells = bytearray(size) if cells is None else cells
        self._view = memoryview(self.cells)
        self._file = None
        for at in range(0, size, _PAGE):
            self._view[at : at + _PAGE] = _ERASED_PAGE
        if path:
            self._load(path)

    def _load(self, path):
        known = _file_size(path) == self.size
        self._file = _open_image(path)
        if known:
            self._file.readinto(self.cells)
        else:
            self._through(0, self.size)

    def _through(self, offset, count):
        if self._file:
            self._file.seek(offset)
            self._file.write(self._view[offset : offset + count])

    def read(self, offset, buf):
        """Fills `buf` from `offset`."""
        self.faults.check()
        count = len(buf)
        if offset < 0 or offset + count > self.size:
            raise OSError(errno.EINVAL)
        buf[:] = self._view[offset : offset + count]

    def program(self, offset, data):
        """Clears the bits that are 0 in `data`; raises OSError EINVAL beyond 64 bytes or across a page end."""
        count = len(data)
        if count > _PROGRAM_MAX or offset < 0 or offset % _PAGE + count > _PAGE or offset + count > self.size:
            raise OSError(errno.EINVAL)
        done = self.faults.admit(count)
        _clear_bits(self.cells, offset, data, done)
        self._through(offset, done)
        self.faults.check()

    def erase(self, page):
        """Sets page number `page` to FF; a torn erase has reached a prefix only."""
        if self.locked:
            raise OSError(_EBUSY)
        if not 0 <= page < self.size // _PAGE:
            raise OSError(errno.EINVAL)
        done = self.faults.admit(_PAGE)
        self.erases[page] += 1
        self._view[page * _PAGE : page * _PAGE + done] = b"\xff" * done
        self._through(page * _PAGE, done)
        self.faults.check()

    def close(self):
        """Releases the image file."""
        if self._file:
            self._file.close()
            self._file = None


class SdCard:
    """Block device of 512-byte blocks as MicroPython's VfsFat asks for; errors come back as negative errno.

    VfsFat keeps its state straight when a device answers with a number, and does not when an exception flies through it:
    so a pulled card answers -ENODEV and a block in `bad` -EIO, and only PowerCut, after which nobody goes on, is raised.
    """

    def __init__(self, path, blocks, faults=None):
        self.blocks = blocks
        self.faults = faults or Faults()
        self.present = True
        self.read_only = False
        self.bad = set()
        self.reads = 0
        self.sectors = {}  # RAM backing: immutable sectors, so a snapshot is a copy of the dict
        self._file = None
        if path:
            self._file = _open_image(path)
            if _file_size(path) < blocks * _SECTOR:
                self._file.seek(blocks * _SECTOR - 1)
                self._file.write(b"\0")

    def _refusal(self, first, count):
        self.faults.check()
        if not self.present:
            return -errno.ENODEV
        if self.bad and any(n in self.bad for n in range(first, first + count)):
            return -errno.EIO
        if first < 0 or first + count > self.blocks:
            return -errno.EINVAL
        return 0

    def readblocks(self, first, buf):
        """Fills `buf` (a multiple of 512 bytes) from block `first`; 0, or a negative errno."""
        count = len(buf) // _SECTOR
        self.reads += count
        refusal = self._refusal(first, count)
        if refusal:
            return refusal
        if self._file:
            self._file.seek(first * _SECTOR)
            self._file.readinto(buf)
        else:
            for i in range(count):
                buf[i * _SECTOR : (i + 1) * _SECTOR] = self.sectors.get(first + i, _ZERO_SECTOR)
        return 0

    def writeblocks(self, first, buf):
        """Writes `buf` (a multiple of 512 bytes) from block `first`; 0, or a negative errno."""
        count = len(buf) // _SECTOR
        refusal = self._refusal(first, count)
        if refusal:
            return refusal
        if self.read_only:
            return -errno.EIO
        self.faults.take_stall()
        view = memoryview(buf)
        for i in range(count):
            done = self.faults.admit(_SECTOR)
            self._store(first + i, view[i * _SECTOR : i * _SECTOR + done])
            self.faults.check()
        return 0

    def _store(self, block, data):
        if self._file:
            if len(data):
                self._file.seek(block * _SECTOR)
                self._file.write(data)
            return
        if len(data) < _SECTOR:
            old = self.sectors.get(block, _ZERO_SECTOR)
            data = bytes(data) + old[len(data) :]
        self.sectors[block] = bytes(data)

    def ioctl(self, op, _arg):
        """MicroPython block protocol: 4 block count, 5 block size; init, deinit and sync (1, 2, 3) do nothing."""
        if op == 4:
            return self.blocks
        if op == 5:
            return _SECTOR
        return 0 if op in (1, 2, 3) else None

    def close(self):
        """Releases the image file."""
        if self._file:
            self._file.close()
            self._file = None


class LfsFlash:
    """Internal flash under littlefs (VfsLfs2): blocks of 4,096 bytes, read and programmed at an offset, erased as a whole.

    Programming overwrites here: littlefs erases a block before it programs it.
    """

    def __init__(self, path, size, faults=None):
        self.blocks = size // _PAGE
        self.faults = faults or Faults()
        self._file = None
        self.cells = None
        if not path:
            self.cells = bytearray(b"\xff" * size)
            return
        known = _file_size(path) == size
        self._file = _open_image(path)
        if not known:
            for _ in range(self.blocks):
                self._file.write(_ERASED_PAGE)

    def readblocks(self, block, buf, offset=0):
        """Fills `buf` from byte `offset` of `block`."""
        self.faults.check()
        at = block * _PAGE + offset
        if self._file:
            self._file.seek(at)
            self._file.readinto(buf)
        else:
            buf[:] = memoryview(self.cells)[at : at + len(buf)]
        return 0

    def writeblocks(self, block, buf, offset=None):
        """Programs `buf` at `offset`; without an offset the block is erased first, as esp32.Partition does."""
        if offset is None:
            self._erase(block)
            offset = 0
        done = self.faults.admit(len(buf))
        self._store(block * _PAGE + offset, memoryview(buf)[:done])
        self.faults.check()
        return 0

    def _erase(self, block):
        done = self.faults.admit(_PAGE)
        self._store(block * _PAGE, b"\xff" * done)
        self.faults.check()

    def _store(self, at, data):
        if self._file:
            self._file.seek(at)
            self._file.write(data)
        else:
            self.cells[at : at + len(data)] = data

    def ioctl(self, op, arg):
        """4 block count, 5 block size, 6 erase block `arg`."""
        if op == 4:
            return self.blocks
        if op == 5:
            return _PAGE
        if op == 6:
            self._erase(arg)
        return 0

    def close(self):
        """Releases the image file."""
        if self._file:
            self._file.close()
            self._file = None
