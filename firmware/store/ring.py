"""Append-only log of 64-byte records over two flash pages; the newest good record counts.

Record: sequence (4 bytes) || payload (56) || CRC-32 of the 60 bytes before it. A torn record fails its check and is passed over.
Appending programs and never erases: `tidy()`, between calls, keeps the page that comes next blank.
"""

from binascii import crc32

from micropython import const

from core.errors import NotReady
from store.region import PAGE_BYTES, UNIT_BYTES, UNITS

PAYLOAD_BYTES = const(56)
_BLANK = b"\xff" * UNIT_BYTES


class Ring:
    """`newest` is (sequence, payload, flash offset) or None."""

    def __init__(self, keyflash, first_page):
        self._flash = keyflash
        self._pages = (first_page, first_page + 1)
        self._unit = bytearray(UNIT_BYTES)
        self._tails = [0, 0]  # first unit of each page after which all is blank
        self.newest = None
        for side in (0, 1):
            self._scan(side)

    def _load(self, side, index):
        offset = self._pages[side] * PAGE_BYTES + index * UNIT_BYTES
        self._flash.read(offset, self._unit)
        return offset

    def _scan(self, side):
        for index in range(UNITS):
            offset = self._load(side, index)
            if self._unit == _BLANK:
                continue
            self._tails[side] = index + 1
            sequence = int.from_bytes(self._unit[:4], "big")
            if self._good() and (self.newest is None or sequence > self.newest[0]):
                self.newest = (sequence, bytes(self._unit[4:60]), offset)

    def _good(self):
        return crc32(self._unit[:60]) == int.from_bytes(self._unit[60:], "big")

    def _side(self):
        """The page in use: where the newest record is."""
        return 1 if self.newest and self.newest[2] >= self._pages[1] * PAGE_BYTES else 0

    def append(self, payload):
        """Programs `payload` (at most 56 bytes) as the newest record; raises NotReady when both pages are used up."""
        side = self._side()
        if self._tails[side] == UNITS:
            side = 1 - side
        if self._tails[side] == UNITS:
            raise NotReady("no blank log page")
        sequence = self.newest[0] + 1 if self.newest else 1
        body = sequence.to_bytes(4, "big") + payload + _BLANK[: PAYLOAD_BYTES - len(payload)]
        offset = self._pages[side] * PAGE_BYTES + self._tails[side] * UNIT_BYTES
        self._tails[side] += 1
        self._flash.program(offset, body + crc32(body).to_bytes(4, "big"))
        self.newest = (sequence, body[4:], offset)

    def stale(self):
        """Offsets of all records in use except the newest."""
        for side in (0, 1):
            for index in range(self._tails[side]):
                offset = self._pages[side] * PAGE_BYTES + index * UNIT_BYTES
                if self.newest is None or offset != self.newest[2]:
                    yield offset

    def tidy(self):
        """Between calls: makes the page that does not hold the newest record blank; True when it had to erase."""
        erased = False
        for side in (0, 1):
            if self._tails[side] and (self.newest is None or side != self._side()):
                self._flash.erase(self._pages[side])
                self._tails[side] = 0
                erased = True
        return erased
