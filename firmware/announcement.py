"""The prompt of a call: plays it to both sides, and knows what of it has really been heard."""

from hal.contract import BLOCK
from line.player import Player


class Announcement:
    """Fields: playing; name, digest (of what plays or played last); begins (call sample at which its first sample is heard)."""

    def __init__(self, tell, delay):
        """`tell(event, fields)`: the observer, told of started, offer, ended, stopped; `delay`: Hal.output_delay, samples."""
        self._observer = tell
        self._delay = delay
        self._handed = 0  # samples handed out since the start, silence behind the clip included
        self._late = 0  # samples since the start in which nothing was handed out
        self._player = Player()
        self._offered = False
        self.playing = False
        self.name, self.digest = "", b""
        self.begins = 0

    def start(self, name, clip, sample):
        """The block that begins at call sample `sample` carries its first samples. Raises OSError or Malformed: it cannot be read."""
        self._player.load(clip)
        self.name, self.digest, self.begins = name, clip.digest, sample + self._delay
        self._handed = self._late = 0
        self._offered = False
        self.playing = True
        self._player.start()
        self._tell("started", name, self.begins)

    def refill(self):
        """Between blocks: raises OSError or Malformed when the prompt can no longer be read as it was surveyed."""
        if self.playing:
            self._player.refill()

    def _tell(self, what, name, sample):
        self._observer("prompt", {"what": what, "prompt": name, "sample": sample})

    @property
    def heard(self):
        """Samples of the clip that have come out of the board."""
        return max(0, min(self._player.position_samples, self._handed - self._delay))

    @property
    def offered(self):
        """The key offer has been spoken in full."""
        return 0 < self._player.offer <= self.heard

    @property
    def ends(self):
        """Call sample at which what has been heard ended: what was lost or held on the way took time too."""
        return self.begins + self._late + self.heard

    def offer(self):
        """The call sample of the key offer, once, when the samples up to it have been heard; else None."""
        if not self.playing or self._offered or not self.offered:
            return None
        self._offered = True
        sample = self.begins + self._late + self._player.offer
        self._tell("offer", self.name, sample)
        return sample

    def lost(self, samples):
        """The line lost samples, or was held; nothing of the prompt was heard meanwhile, so its offer comes that much later."""
        self._late += samples

    def ended(self):
        """True, once, when the last sample has been heard."""
        if not self.playing or self.heard < self._player.samples:
            return False
        self.playing = False
        self._tell("ended", self.name, self.ends)
        return True

    def stop(self):
        """Silence from the next block on. True when something was playing."""
        self._player.stop()
        was, self.playing = self.playing, False
        if was:
            self._tell("stopped", self.name, self.ends)
        return was

    @property
    def silent(self):
        """Nothing needs to be fed."""
        return self._player.done and not self.playing

    def feed(self, block):
        """Fill `block` with what is to be heard next, silence where there is nothing."""
        self._player.feed(block)
        if self.playing:
            self._handed += BLOCK
