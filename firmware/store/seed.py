"""The DRBG's persistent seed: it moves one way, so no output is ever drawn twice.

Whoever draws derives a new seed first and calls `replace`; only after it returned may output be used.
"""

from micropython import const

from core.errors import NoEntropy, NotReady
from store.region import SEED_PAGE, UNIT_BYTES
from store.ring import Ring

SEED_BYTES = const(32)
_ZEROS = bytes(UNIT_BYTES - 4)  # everything after the sequence


class SeedLog:
    def __init__(self, keyflash):
        self._flash = keyflash
        self._ring = Ring(keyflash, SEED_PAGE)
        self._unit = bytearray(UNIT_BYTES)
        self._wipe_stale()

    def current(self):
        """(sequence, seed) or None when the box has never been seeded."""
        newest = self._ring.newest
        return (newest[0], newest[1][:SEED_BYTES]) if newest else None

    def replace(self, seed):
        """Programs `seed` (32 bytes), then zeroes the one before; raises NoEntropy when no blank unit is left."""
        old = self._ring.newest
        try:
            self._ring.append(seed)
        except NotReady:
            raise NoEntropy("seed log is full until the next tidy") from None
        if old:
            self._wipe(old[2])

    def tidy(self):
        """Between calls: keeps the next page blank; True when it erased."""
        return self._ring.tidy()

    def _wipe(self, offset):
        self._flash.program(offset + 4, _ZEROS)

    def _wipe_stale(self):
        """Boot: a cut may have left the seed before, or a torn new one."""
        for offset in self._ring.stale():
            self._flash.read(offset, self._unit)
            if any(self._unit[4:]):
                self._wipe(offset)
