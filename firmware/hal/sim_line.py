"""The simulated line: tracks in, what both parties hear out; its sample count is the simulator's clock. Never on a board."""

from array import array

import micropython

from hal.contract import BLOCK

_KEPT = 50  # blocks an input buffer of a second holds at 8 kHz; what is older is lost
_WAV_HEADER = 44


@micropython.viper
def _add(dst: ptr16, a: ptr16, b: ptr16, n: int):
    """dst = a + b, saturated; ptr16 reads unsigned, so signs are extended."""
    i = 0
    while i < n:
        x = int(a[i])
        y = int(b[i])
        s = ((x ^ 0x8000) - 0x8000) + ((y ^ 0x8000) - 0x8000)
        if s > 32767:
            s = 32767
        if s < -32768:
            s = -32768
        dst[i] = s
        i += 1


@micropython.viper
def _copy(dst: ptr16, src: ptr16, n: int):
    i = 0
    while i < n:
        dst[i] = src[i]
        i += 1


@micropython.viper
def _silence(dst: ptr8, start: int, end: int):
    while start < end:
        dst[start] = 0
        start += 1


def _u32(n):
    return n.to_bytes(4, "little")


class Track:
    """Raw s16le audio that the host rendered; silence before it is given and after its end."""

    def __init__(self, path=None):
        self._file = open(path, "rb") if path else None

    def readinto(self, block):
        """Fill the block with the next samples."""
        got = (self._file.readinto(block) or 0) if self._file else 0
        if got < 2 * BLOCK:
            _silence(block, got, 2 * BLOCK)

    def close(self):
        """Release the file."""
        if self._file:
            self._file.close()
            self._file = None


class Wav:
    """16-bit mono WAV written as it comes; the header is completed by close()."""

    def __init__(self, path, rate):
        self._rate = (2 * rate[0] + rate[1]) // (2 * rate[1])  # a WAV carries whole hertz only
        self._file = open(path, "wb")
        self._bytes = 0
        self._file.write(self._header())

    def _header(self):
        form = b"\x01\x00\x01\x00" + _u32(self._rate) + _u32(2 * self._rate) + b"\x02\x00\x10\x00"
        return b"RIFF" + _u32(36 + self._bytes) + b"WAVEfmt " + _u32(16) + form + b"data" + _u32(self._bytes)

    def write(self, block):
        """Append one block."""
        self._bytes += 2 * BLOCK
        self._file.write(block)

    def close(self):
        """Complete the header and release the file."""
        self._file.seek(0)
        self._file.write(self._header())
        self._file.close()


class Line:
    """Line audio in blocks. `pos` is the next sample to be captured; none is captured at or beyond `limit`.

    tracks: (far, near), each a Track.
    """

    def __init__(self, tracks=None):
        self.pos = 0
        self.limit = 0
        self.taken = 0  # blocks handed to the firmware
        self.energised = False
        self._far, self._near = tracks or (Track(), Track())
        self._outputs = None
        self._adds = (array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK)))
        self._adding = bytearray(2)
        self._mixed = array("h", bytes(2 * BLOCK))
        self._blocks = [(array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK))) for _ in range(_KEPT)]
        self._first = self._held = self._lost = 0

    def record(self, line, ear):
        """From now on write what the far party and the employee hear to two Wavs."""
        self._outputs = (line, ear)

    def read_block(self, far, near):
        """As Hal.read_block."""
        if self._held:
            return self._take(far, near)
        if self.pos >= self.limit:
            return -1
        self._capture(far, near)
        self.taken += 1
        return 0

    def _take(self, far, near):
        kept = self._blocks[self._first]
        _copy(far, kept[0], BLOCK)
        _copy(near, kept[1], BLOCK)
        self._first = (self._first + 1) % _KEPT
        self._held -= 1
        self.taken += 1
        lost = self._lost
        self._lost = 0
        return lost

    def add(self, channel, block):
        """What the firmware adds to the line (0) or the ear (1) in the next block."""
        self._adding[channel] = block is not None
        if block is not None:
            _copy(self._adds[channel], block, BLOCK)

    def _capture(self, far, near):
        self._far.readinto(far)
        self._near.readinto(near)
        self.pos += BLOCK
        if self._outputs:
            self._write(0, near)
            self._write(1, far)

    def _write(self, channel, heard):
        if self._adding[channel]:
            self._adding[channel] = 0
            if self.energised:
                _add(self._mixed, heard, self._adds[channel], BLOCK)
                heard = self._mixed
        self._outputs[channel].write(heard)

    def late(self):
        """One block of line time in which the firmware did not come to read; it finds the block later, or lost."""
        self._adding[0] = self._adding[1] = 0
        if self._held == _KEPT:
            self._first = (self._first + 1) % _KEPT
            self._held -= 1
            self._lost += BLOCK
        kept = self._blocks[(self._first + self._held) % _KEPT]
        self._capture(kept[0], kept[1])
        self._held += 1

    def unattended(self):
        """One block of line time without a firmware: the relay bypasses the box."""
        self._adding[0] = self._adding[1] = 0
        kept = self._blocks[0]
        self._capture(kept[0], kept[1])

    def forget(self):
        """A boot: nothing waits in the input buffer, and nothing plays."""
        self._first = self._held = self._lost = 0
        self._adding[0] = self._adding[1] = 0

    def close(self):
        """Complete the outputs and release the tracks."""
        for part in (self._far, self._near) + (self._outputs or ()):
            part.close()
