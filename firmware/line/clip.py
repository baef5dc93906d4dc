"""A prompt in the state file system: surveyed once, then read a piece at a time, each piece checked before any of it is heard.

So the prompt takes two pieces of RAM, and the hash in the evidence is that of what was played: `survey` compares the whole with
it and keeps a check of each piece; `Reel` plays no byte of a piece whose check fails. Checks are cut to 64 bits, because they stand
against what flash may do, and against nobody who could write it: that one could change the firmware.
"""

import hashlib

import micropython
from micropython import const

from core.errors import Malformed
from crypto import sha256

PIECE = const(1024)  # bytes: 0.13 s at 8 kHz
_CHECK = const(8)  # bytes
_BLOCKS = const(16)  # of SHA-256 in a piece
_PADDING = b"\x80" + bytes(61) + b"\x20\x00"  # FIPS 180-4, section 5.1.1, behind 8,192 bits


@micropython.viper
def _fill(buf: ptr8, start: int, end: int):
    for i in range(start, end):
        buf[i] = 0


@micropython.viper
def _same(state: ptr32, checks: ptr8, at: int) -> int:
    """Whether the first 64 bits of the hash in `state` stand at `checks[at]`."""
    for i in range(8):
        if (state[i >> 2] >> (24 - 8 * (i & 3))) & 0xFF != checks[at + i]:
            return 0
    return 1


class Clip:
    """Fields: digest (SHA-256 of its A-law bytes), samples, offer (sample at which the key offer has been spoken), checks."""

    def __init__(self, path, offer, samples, digest):
        """Raises Malformed when the offer is outside the clip. `survey` comes before the first use."""
        if not 0 < offer <= samples:
            raise Malformed("key offer outside the prompt")
        self._path = path
        self.offer = offer
        self.samples = samples
        self.digest = digest
        self.checks = bytearray(-(-samples // PIECE) * _CHECK)

    def open(self):
        """Its file; raises OSError."""
        return open(self._path, "rb")

    def survey(self):
        """Read it all. Raises Malformed when it is not what `digest` and `samples` say, OSError when it cannot be read."""
        piece, whole, read = bytearray(PIECE), hashlib.sha256(), 0
        view = memoryview(piece)
        with self.open() as file:
            while True:
                count = file.readinto(piece)
                if not count or read + count > self.samples:
                    break
                whole.update(view[:count])
                _fill(piece, count, PIECE)
                at = read // PIECE * _CHECK
                self.checks[at : at + _CHECK] = hashlib.sha256(piece).digest()[:_CHECK]
                read += count
        if count or read != self.samples or whole.digest() != self.digest:
            raise Malformed("the prompt is damaged")


class Reel:
    """The clip that is being read. Fields: buf (a ring of two pieces), ready (bytes read and found good so far)."""

    def __init__(self):
        self.buf = bytearray(2 * PIECE)
        view = memoryview(self.buf)
        self._halves = (view[:PIECE], view[PIECE:])
        self._work = sha256.workspace()
        self._start = sha256.initial()
        self._hash = sha256.initial()
        self._clip = self._file = None
        self.ready = 0

    def begin(self, clip):
        """Open, and have the first piece ready. Raises as `more` does."""
        self.end()
        self._file = clip.open()
        self._clip = clip
        self.ready = 0
        self.more(0)

    def end(self):
        """Let go of the file; safe at any time."""
        file, self._file = self._file, None
        if file:
            file.close()

    def more(self, played):
        """Read the next piece when `played` samples have left room for it. Allocates nothing.

        Raises OSError when flash cannot be read, Malformed when it is not what was surveyed; nothing more is ready then.
        """
        ready = self.ready
        if self._file is None or ready >= self._clip.samples or ready - played > PIECE:
            return
        half = self._halves[ready // PIECE & 1]
        count = min(PIECE, self._clip.samples - ready)
        if self._file.readinto(half) != count:
            raise Malformed("the prompt has changed its length")
        _fill(half, count, PIECE)
        sha256.copy_words(self._start, self._hash, 8)
        sha256.compress(self._work, self._hash, half, 0, _BLOCKS)
        sha256.compress(self._work, self._hash, _PADDING, 0, 1)
        if not _same(self._hash, self._clip.checks, ready // PIECE * _CHECK):
            raise Malformed("the prompt is damaged")
        self.ready = ready + count
