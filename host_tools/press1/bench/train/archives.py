"""Speech out of two games' archives, hours of it by dozens of actors: Debian ships them as their publishers left them.

`queen.1c` (flight-of-the-amazon-queen): a table of names, offsets and sizes, and MP3 files.
`sky.dsk` (beneath-a-steel-sky) with its index `sky.dnr`: 8-bit sound at 11,025 Hz, most of it packed (rnc.py).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
import soxr

from press1.bench.dtmf_voices import RATE, Signal
from press1.bench.train import rnc

_QUEEN = struct.Struct(">13xH")  # magic, release, how sound is packed; then the count of entries
_QUEEN_ENTRY = struct.Struct(">12sxII")  # name, offset, size
_EFFECTS = "SSSS"  # in the names of what is no speech
_SKY_ENTRY = 8  # number (2), offset (3), size (3)
_SKY_SPEECH = range(50_000, 56_000)
_SKY_HEADER = 22
_SKY_RATE = 11_025


def queen(archive: Path) -> Iterator[Signal]:
    """Every spoken line, at 8 kHz."""
    data = archive.read_bytes()
    (count,) = _QUEEN.unpack_from(data)
    for number in range(count):
        name, offset, size = _QUEEN_ENTRY.unpack_from(data, _QUEEN.size + number * _QUEEN_ENTRY.size)
        text = name.rstrip(b"\0").decode("ascii")
        if text.endswith(".SB") and _EFFECTS not in text:
            samples, rate = soundfile.read(io.BytesIO(data[offset : offset + size]), dtype="float64", always_2d=True)
            yield _at_our_rate(samples[:, 0] * 32767.0, rate)


def sky(archive: Path) -> Iterator[Signal]:
    """Every spoken line, at 8 kHz."""
    data = archive.read_bytes()
    index = archive.with_suffix(".dnr").read_bytes()
    for at in range(4, len(index) - _SKY_ENTRY + 1, _SKY_ENTRY):
        number, offset, size = (int.from_bytes(index[at + a : at + b], "little") for a, b in ((0, 2), (2, 5), (5, 8)))
        if number in _SKY_SPEECH:
            start = (offset & 0x7FFFFF) << 4 if offset >> 23 else offset
            yield _spoken(data[start + _SKY_HEADER : start + (size & 0x3FFFFF)])


def _spoken(stored: bytes) -> Signal:
    raw = rnc.unpack(stored) if stored.startswith(rnc.MAGIC) else stored
    samples = np.frombuffer(raw, np.uint8).astype(np.float64) - 128
    return _at_our_rate((samples - samples.mean()) * 256, _SKY_RATE)


def _at_our_rate(samples: Signal, rate: int) -> Signal:
    return np.asarray(soxr.resample(samples, rate, RATE))


_READERS: dict[str, Callable[[Path], Iterator[Signal]]] = {"queen.1c": queen, "sky.dsk": sky}


def is_archive(file: Path) -> bool:
    """Whether `clips` can read it."""
    return file.name in _READERS


def clips(archive: Path, every: int) -> Iterator[Signal]:
    """Each n-th spoken line."""
    return islice(_READERS[archive.name](archive), None, None, every)
