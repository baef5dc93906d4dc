"""Where a FAT32 card has room, found in steps. FatFs would read the table in one call: 8,192 blocks on a card of 32 GB.

It does so when it is asked for free space, or looks for a free cluster, and the FSINFO sector does not say: how many are free,
and behind which one to look. So both are found here, and written there while the card is not mounted.
"""

from array import array

import micropython
from micropython import const

from store.fat import SECTOR

ENOUGH_BYTES = const(134217728)  # two hours of call: with so much known to be free a card may be used
_AHEAD_BYTES = const(67108864)  # more than an hour's recording, after which `near` is asked again
_AHEAD = const(64)  # sectors of the table
_STEP = const(8)  # sectors
_IN_SECTOR = const(128)

# What `_count` fills in; at 1 stands the run that is not at its end yet.
_FREE = const(0)
_LONGEST = const(2)
_END = const(3)


@micropython.viper
def _count(table: ptr32, first: int, end: int, base: int, out: ptr32):
    """Adds entries `first` to `end` of a sector: free ones, the run they are in, the longest run and its last cluster."""
    i = first
    while i < end:
        if table[i] & 0x0FFFFFFF:
            out[1] = 0
        else:
            out[0] = int(out[0]) + 1
            out[1] = int(out[1]) + 1
            if int(out[1]) > int(out[2]):
                out[2] = out[1]
                out[3] = base + i
        i += 1


class Room:
    """A walk over the table of a `store.fat.Fat` of 32 bits. `free`: clusters found free so far."""

    def __init__(self, fat, sector=0):
        self.fat = fat
        self._sector = sector
        self._out = array("i", (0, 0, 0, 0))

    @property
    def free(self):
        return self._out[_FREE]

    @property
    def enough(self):
        """A card may be used with what is found so far."""
        return self.free * (self.fat.cluster_bytes // SECTOR) >= ENOUGH_BYTES // SECTOR

    def restart(self):
        """The card was written meanwhile."""
        self._sector = 0
        for i in range(len(self._out)):
            self._out[i] = 0

    def step(self):
        """Some sectors; True when the table is seen through."""
        return not all(self._next() for _ in range(_STEP))

    def _next(self):
        fat = self.fat
        base = self._sector * _IN_SECTOR
        if base > fat.last:
            return False
        first = 2 if base == 0 else 0
        _count(fat.sector(self._sector), first, min(_IN_SECTOR, fat.last + 1 - base), base, self._out)
        self._sector += 1
        return True

    def publish(self):
        """Into the FSINFO sector; the card is not mounted. FatFs then begins in the longest run."""
        before = self._out[_END] - self._out[_LONGEST]
        self.fat.set_info(self.free, max(2, before))


def near(fat):
    """There is room for an hour in the table's next sectors: FatFs will not search for long. Where it would, a count is due."""
    known = fat.info()
    if not known:
        return False
    walk = Room(fat, known[1] // _IN_SECTOR)
    steps = 0
    while steps < _AHEAD // _STEP and not walk.step():
        steps += 1
    return walk.free * (fat.cluster_bytes // SECTOR) >= _AHEAD_BYTES // SECTOR
