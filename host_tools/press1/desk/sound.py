"""What a call sounds like, for the page's player: opened into memory, never onto a disk, and forgotten when the desk locks."""

import struct
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import audio, container
from press1.container import Audio, Contents, Event, Gap
from press1.errors import Damaged
from press1.export import Source
from press1.head import Head
from press1.use import Use

_SILENT = b"\xd5\xd5"  # A-law of the smallest positive value, on both channels
_LONGEST = 4 * 3600 * 8000  # frames; beyond it an export is the way
HEADER_BYTES = 44


@dataclass(frozen=True)
class Sound:
    """A-law of both channels, interleaved, silence where nothing is stored. `head` is that of the first part; `signed`: all parts."""

    head: Head
    alaw: bytes
    parts: int
    signed: bool

    @property
    def rate(self) -> Fraction:
        """Frames a second, exactly."""
        return Fraction(*self.head.rate)

    @property
    def frames(self) -> int:
        """Of both channels."""
        return len(self.alaw) // 2

    @property
    def seconds(self) -> float:
        """Length."""
        return float(self.frames / self.rate)

    @property
    def wav_bytes(self) -> int:
        """Length of the WAV file that `wav` gives pieces of."""
        return HEADER_BYTES + 4 * self.frames

    def wav(self, start: int, end: int) -> bytes:
        """Bytes start..end of a 16-bit stereo WAV file of it."""
        out = b""
        if start < HEADER_BYTES:
            out = self._header()[start:end]
        if end > HEADER_BYTES:
            first, last = max(0, start - HEADER_BYTES), end - HEADER_BYTES
            pcm = audio.decode(self.alaw[first // 4 * 2 : (last + 3) // 4 * 2]).tobytes()
            out += pcm[first % 4 : first % 4 + last - first]
        return out

    def _header(self) -> bytes:
        rate, size = round(self.rate), 4 * self.frames
        return struct.pack(
            "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 2, rate, 4 * rate, 4, 16, b"data", size
        )

    def peaks(self, columns: int) -> list[list[float]]:
        """For far and near: the loudest sample of each column, 0 to 1."""
        pairs = np.abs(audio.decode(self.alaw).reshape(-1, 2).astype(np.int32))
        edges = np.linspace(0, max(len(pairs), 1), columns, endpoint=False, dtype=int)
        if not len(pairs):
            return [[0.0] * columns] * 2
        loudest = np.maximum.reduceat(pairs, edges, axis=0) / 32_768
        return [[float(value) for value in loudest[:, channel]] for channel in range(2)]


def load(sources: list[Source], private: X25519PrivateKey, purpose: str | None, now: int) -> Sound:
    """Open the parts of one call for a purpose; every record and the box's signature are checked. Damaged, WrongKey, Gone, NotForThis."""
    reports = []
    for source in sources:
        with source.open() as file:
            reports.append((source, container.verify(file)))
    reports.sort(key=lambda row: row[1].head.part)
    first = reports[0][1].head
    use = Use(purpose, [report.head for _, report in reports], now)
    out = bytearray()
    for source, report in reports:
        hole = report.head.first_sample - first.first_sample - len(out) // 2
        if hole < 0 or hole > _LONGEST:
            raise Damaged("the parts of the call do not fit together")
        out += _SILENT * hole
        use.begin(report.head)
        _part(source, report, private, use, out)
    use.finish()
    return Sound(first, bytes(out), len(reports), all(report.signed for _, report in reports))


def _part(source: Source, report: container.Report, private: X25519PrivateKey, use: Use, out: bytearray) -> None:
    secret, slot = container.file_secret(report.head, private), source.key().open(private)
    with source.open() as file:
        for item in Contents(file, report, secret, slot):
            if isinstance(item, Event):
                use.event(item.fields, report.head)
            elif isinstance(item, Gap):
                out += _SILENT * item.samples
            elif isinstance(item, Audio):
                out += item.data if use.open else _SILENT * (len(item.data) // 2)
            if len(out) > 2 * _LONGEST:
                raise Damaged("the call is too long to be heard here", "`press1 vault export` writes it to a file")
