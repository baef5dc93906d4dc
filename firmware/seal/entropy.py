"""Randomness, or a refusal: tested source, HMAC-DRBG, and a seed in key flash that moves one way.

NIST SP 800-90B sections 4.3 and 4.4: the source must pass both health tests over 1,024 consecutive bytes at start-up, and the
repetition count over each later sample. SP 800-90A section 10.1.2: the DRBG. Before any output of a batch is used its successor
seed has been programmed and the old one zeroed, so neither a restart nor a copy of the flash repeats what was given out.
"""

from micropython import const

from core.errors import NoEntropy
from crypto.drbg import HmacDrbg

_START_UP = const(1024)  # SP 800-90B section 4.3, item 4
_SAMPLE = const(192)  # bytes a seeding: 384 bits at the assumed 2 bits a byte, 3/2 of the strength
# Section 4.4.1: 1 + ceil(20 / H) with H = 2 bits a byte and a false alarm once in 2^20.
_REPETITIONS = const(11)
# Section 4.4.2: 1 + CRITBINOM(512, 2^-H, 1 - 2^-20), H = 2.
_WINDOW = const(512)
_PROPORTION = const(177)
_BATCH = const(1024)  # bytes given out on one seed
_LABEL = const(b"press1/v1/drbg")


def repeats(sample):
    """Section 4.4.1: one value so often in a row that the source must be stuck."""
    run = 0
    last = -1
    for value in sample:
        run = run + 1 if value == last else 1
        last = value
        if run >= _REPETITIONS:
            return True
    return False


def lopsided(sample):
    """Section 4.4.2: the first value of a window takes too much of the window."""
    for start in range(0, len(sample) - _WINDOW + 1, _WINDOW):
        count = 0
        for i in range(start, start + _WINDOW):
            count += sample[i] == sample[start]
        if count >= _PROPORTION:
            return True
    return False


class Entropy:
    """`ready`: outputs may be drawn. A source that fails its tests stays refused until the next start."""

    def __init__(self, hal, seeds):
        self._hal = hal
        self._seeds = seeds
        self._drbg = None
        self._left = 0
        self.ready = False

    def start(self):
        """Test the source, seed the generator, program the next seed. Raises NoEntropy."""
        self.ready = False
        self._check(self._read(_START_UP), True)
        sequence, seed = self._seeds.current() or (0, b"")
        self._drbg = HmacDrbg(self._sample() + seed, sequence.to_bytes(8, "big"), _LABEL)
        self.ready = True
        self._turn()

    def mix(self, data):
        """Add what somebody else contributes (the host, at enrolment); it can add, never take away."""
        self._need()
        self._drbg.reseed(self._sample(), data)
        self._turn()

    def bytes(self, count):
        """`count` (at most 1,024) bytes. Raises NoEntropy."""
        self._need()
        if count > self._left:
            self._drbg.reseed(self._sample())
            self._turn()
        self._left -= count
        return self._drbg.generate(count)

    def _need(self):
        if not self.ready:
            raise NoEntropy("no tested entropy source")

    def _turn(self):
        """One way: the seed for the time after this batch is in flash before the batch is used."""
        self._left = 0
        self._seeds.replace(self._drbg.generate(32))
        self._left = _BATCH

    def _sample(self):
        sample = self._read(_SAMPLE)
        self._check(sample, False)
        return sample

    def _read(self, count):
        try:
            sample = self._hal.entropy(count)
        except OSError:
            sample = b""
        if len(sample) != count:
            self.ready = False
            raise NoEntropy("entropy source gave nothing")
        return sample

    def _check(self, sample, whole):
        if repeats(sample) or (whole and lopsided(sample)):
            self.ready = False
            raise NoEntropy("entropy source failed its tests")
