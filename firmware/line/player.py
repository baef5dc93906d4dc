"""Plays a prompt clip block by block into preallocated blocks; stops within the block."""

import micropython
from micropython import const

from hal.contract import BLOCK
from line import alaw

_NONE = const(-1)


@micropython.viper
def silence(block: ptr16, start: int, end: int):
    """Zeros from sample `start` up to `end`."""
    for i in range(start, end):
        block[i] = 0


class Player:
    """`done`: nothing left to play. `position_samples`: samples really played. `offer_reached`: the key offer has been spoken."""

    def __init__(self):
        self._clip = b""
        self._playing = False
        self.offer = _NONE
        self.samples = 0
        self.position_samples = 0

    def load(self, clip, offer):
        """Take A-law bytes and the sample index at which the key offer has been spoken; raises ValueError outside the clip."""
        if not 0 < offer <= len(clip):
            raise ValueError("key offer outside the prompt")
        self._playing = False
        self._clip = clip
        self.samples = len(clip)
        self.offer = offer
        self.position_samples = 0

    def start(self):
        """Play from the beginning with the next block."""
        self.position_samples = 0
        self._playing = True

    def stop(self):
        """No further sample is played: the next `feed` is silence."""
        self._playing = False

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
            alaw.decode(self._clip, self.position_samples, count, block, 0)
            self.position_samples += count
            if self.position_samples == self.samples:
                self._playing = False
        silence(block, count, BLOCK)
        return self.position_samples
