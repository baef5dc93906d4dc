"""Plays a prompt clip from flash, block by block into preallocated blocks; stops within the block."""

import micropython
from micropython import const

from core.errors import Malformed
from hal.contract import BLOCK
from line import alaw
from line.clip import PIECE, Reel

_NONE = const(-1)
_RING = 2 * PIECE


@micropython.viper
def silence(block: ptr16, start: int, end: int):
    """Zeros from sample `start` up to `end`."""
    for i in range(start, end):
        block[i] = 0


class Player:
    """`done`: nothing left to play. `position_samples`: samples really played. `offer_reached`: the key offer has been spoken."""

    def __init__(self):
        self._reel = Reel()
        self._playing = False
        self.offer = _NONE
        self.samples = 0
        self.position_samples = 0

    def load(self, clip):
        """Take a surveyed `Clip` and have its beginning ready; raises OSError or Malformed when it cannot be read as it was."""
        self._playing = False
        self._reel.begin(clip)
        self.samples = clip.samples
        self.offer = clip.offer
        self.position_samples = 0

    def refill(self):
        """Between blocks, at least as often as there are any: what is to be played next. Raises as `load` does."""
        self._reel.more(self.position_samples)

    def start(self):
        """Play from the beginning with the next block."""
        self.position_samples = 0
        self._playing = True

    def stop(self):
        """No further sample is played: the next `feed` is silence."""
        self._playing = False
        self._reel.end()

    @property
    def done(self):
        return not self._playing

    @property
    def offer_reached(self):
        return self.offer != _NONE and self.position_samples >= self.offer

    def feed(self, block):
        """Fill `block` with the next samples, silence after the end; returns the samples played so far."""
        count = 0
        if self._playing:
            count = min(BLOCK, self.samples - self.position_samples)
            self._decode(count, block)
            self.position_samples += count
            if self.position_samples == self.samples:
                self.stop()
        silence(block, count, BLOCK)
        return self.position_samples

    def _decode(self, count, block):
        """From the ring, over its end where it ends. What was not found good is never heard."""
        reel = self._reel
        if self.position_samples + count > reel.ready:
            raise Malformed("the prompt was not read in time")
        at = self.position_samples % _RING
        first = min(count, _RING - at)
        alaw.decode(reel.buf, at, first, block, 0)
        alaw.decode(reel.buf, 0, count - first, block, first)
