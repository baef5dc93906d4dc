"""Power cuts and stalls of simulated media, planned by count so that a run repeats. Never on a board."""


class PowerCut(BaseException):
    """The supply went away; only whoever owns the box may catch it."""


class Faults:
    """Write counter and fault plan shared by the media of one box.

    After a cut it stays dead: a new power-on takes new media and a new `Faults`, so that no object left over from before, or its
    finaliser, reaches the images. `on_stall(ms)` is told of a card that keeps the caller waiting (time is simulated, so nobody sleeps).
    """

    def __init__(self, on_stall=None):
        self.on_stall = on_stall
        self.writes = 0
        self.dead = False
        self._cut_at = 0
        self._torn = 0
        self._stall_ms = 0

    def cut(self, write=1, torn=0):
        """Cut the power at the `write`-th write from now, after `torn` bytes of it (all of it when torn is its size or more)."""
        self._cut_at = self.writes + write
        self._torn = torn

    def stall(self, ms):
        """The next card write takes `ms` longer."""
        self._stall_ms = ms

    def check(self):
        """Raises PowerCut when the supply is away."""
        if self.dead:
            raise PowerCut()

    def admit(self, size):
        """Counts a write of `size` bytes; how many of them reach the medium. The medium writes those, then calls check()."""
        self.check()
        self.writes += 1
        if self.writes != self._cut_at:
            return size
        self.dead = True
        return min(self._torn, size)

    def take_stall(self):
        """Reports the pending stall, once."""
        ms = self._stall_ms
        self._stall_ms = 0
        if ms and self.on_stall:
            self.on_stall(ms)
