"""The key partition on the chip's flash: programmed in place, erased a page at a time and never during a call.

`esp32.Partition.writeblocks` erases first when it is given no offset and programs without erasing when it is given one
(MicroPython, ports/esp32/esp32_partition.c); so every write here has an offset.
"""

from micropython import const

from hal.contract import KeyFlash

LABEL = "keys"
SIZE = const(512 * 1024)
_PROGRAM_MAX = const(64)  # longer programs would hold up the audio's interrupts
_ERASE = const(6)
_EINVAL = const(22)
_EBUSY = const(16)


class KeyPartition(KeyFlash):
    """`in_call()` says whether an erase would now stall the audio; then `erase` raises OSError EBUSY."""

    size = SIZE

    def __init__(self, partition, in_call):
        self._partition = partition
        self._in_call = in_call

    def read(self, offset, buf):
        """As contract.KeyFlash."""
        if offset < 0 or offset + len(buf) > SIZE:
            raise OSError(_EINVAL)
        self._partition.readblocks(offset // self.PAGE, buf, offset % self.PAGE)

    def program(self, offset, data):
        """As contract.KeyFlash; OSError EINVAL for more than 64 bytes, or outside."""
        if len(data) > _PROGRAM_MAX or offset < 0 or offset + len(data) > SIZE:
            raise OSError(_EINVAL)
        self._partition.writeblocks(offset // self.PAGE, data, offset % self.PAGE)

    def erase(self, page):
        """As contract.KeyFlash."""
        if not 0 <= page < SIZE // self.PAGE:
            raise OSError(_EINVAL)
        if self._in_call():
            raise OSError(_EBUSY)
        self._partition.ioctl(_ERASE, page)
