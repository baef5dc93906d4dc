"""Last known time and journal head in key flash: what a clock or a card that comes back is compared with."""

from core.errors import NotReady
from store.region import FLOOR_PAGE
from store.ring import Ring

_NO_CHAIN = bytes(32)


class FloorLog:
    """Fields: time (0: never known), n, chain (32 bytes), offset (of the journal file just after entry n; 0: unknown)."""

    def __init__(self, keyflash):
        self._ring = Ring(keyflash, FLOOR_PAGE)
        self._waits = False
        self.time = self.n = self.offset = 0
        self.chain = _NO_CHAIN
        if self._ring.newest:
            self._parse(self._ring.newest[1])

    def _parse(self, payload):
        self.time = int.from_bytes(payload[0:4], "big")
        self.n = int.from_bytes(payload[4:8], "big")
        self.offset = int.from_bytes(payload[8:12], "big")
        self.chain = payload[12:44]

    def read(self):
        """(time, n, chain) as last written."""
        return self.time, self.n, self.chain

    def write(self, time, n, chain, offset=0):
        """Programs a record; when no blank unit is left it waits for the next tidy."""
        self.time, self.n, self.chain, self.offset = time, n, bytes(chain), offset
        self._put()

    def set_time(self, time):
        """A new last known time (also a lower one); the head stays."""
        self.write(time, self.n, self.chain, self.offset)

    def set_head(self, n, chain, offset):
        """A new journal head; the time stays. Writes nothing when the head is the one that is there."""
        if (n, chain, offset) != (self.n, self.chain, self.offset):
            self.write(self.time, n, chain, offset)

    def _put(self):
        numbers = (self.time, self.n, self.offset)
        payload = b"".join(number.to_bytes(4, "big") for number in numbers) + self.chain
        self._waits = True
        try:
            self._ring.append(payload)
            self._waits = False
        except NotReady:
            pass  # an erase must wait until the call is over; the value is kept in RAM until then

    def tidy(self):
        """Between calls: keeps the next page blank and writes what waited; True when it erased."""
        erased = self._ring.tidy()
        if self._waits:
            self._put()
        return erased
