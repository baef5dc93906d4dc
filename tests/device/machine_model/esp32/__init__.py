"""The modelled chip's partitions: a write with an offset programs, one without erases first."""

import world

_PAGE = 4096


class Partition:
    """A data partition over an object with read, program, erase and size (hal.sim_media)."""

    TYPE_DATA = 1

    def __init__(self, label, flash):
        self.label = label
        self._flash = flash

    @staticmethod
    def find(kind, label=None):
        assert kind == Partition.TYPE_DATA
        found = world.current.partitions.get(label)
        return [found] if found else []

    def readblocks(self, block, buf, offset=0):
        self._flash.read(block * _PAGE + offset, buf)

    def writeblocks(self, block, buf, offset=None):
        world.current.note("flash", self.label, "program" if offset is not None else "erase and program", len(buf))
        if offset is None:
            self._flash.erase(block)
            offset = 0
        self._flash.program(block * _PAGE + offset, buf)

    def ioctl(self, op, arg):
        if op == 6:
            world.current.note("flash", self.label, "erase", arg)
            self._flash.erase(arg)
        return {4: self._flash.size // _PAGE, 5: _PAGE}.get(op, 0)
