"""Broadcast wave files (EBU Tech 3285): 16-bit PCM with a `bext` chunk that says where the sound comes from."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from press1.errors import Damaged

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LIMIT = (1 << 32) - 8192  # RIFF counts bytes in 32 bits
_BEXT = struct.Struct("<256s32s32s10s8sIIH64s10s180s")


@dataclass(frozen=True)
class Origin:
    """What a sound file tells about itself. `time`: UTC seconds of the first frame; `rate`: the exact sample rate as a fraction."""

    description: str
    originator: str
    reference: str
    time: int
    rate: tuple[int, int]
    history: tuple[str, ...]

    @property
    def rounded(self) -> int:
        """Whole hertz, as file headers hold them."""
        return rounded(self.rate)


def rounded(rate: tuple[int, int]) -> int:
    """A fraction in whole hertz, halves up; Damaged where no sound file takes it."""
    whole = (2 * rate[0] + rate[1]) // (2 * rate[1])
    if not 1000 <= whole <= 192_000:
        raise Damaged(f"a sample rate of {rate[0]}/{rate[1]} Hz fits in no sound file")
    return whole


def _ascii(text: str, size: int) -> bytes:
    return text.encode("ascii", "replace")[:size]


def bext(origin: Origin) -> bytes:
    """The chunk's content, version 1: no UMID, no loudness."""
    try:
        moment = datetime.fromtimestamp(origin.time, UTC)
    except (OverflowError, ValueError, OSError):
        moment = datetime.fromtimestamp(0, UTC)  # a box with an impossible clock
    midnight = (moment.hour * 60 + moment.minute) * 60 + moment.second
    reference = midnight * origin.rounded  # samples since midnight
    fixed = _BEXT.pack(
        _ascii(origin.description, 256), _ascii(origin.originator, 32), _ascii(origin.reference, 32),
        moment.strftime("%Y-%m-%d").encode(), moment.strftime("%H:%M:%S").encode(),
        reference & 0xFFFFFFFF, reference >> 32, 1, b"", b"", b"",
    )  # fmt: skip
    return fixed + "".join(line + "\r\n" for line in origin.history).encode("ascii", "replace")


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)


class WavWriter:
    """A WAV under construction; sizes are filled in by `close`."""

    def __init__(self, path: Path, origin: Origin, channels: int) -> None:
        self._file: BinaryIO = open(path, "wb")  # noqa: SIM115  # closed by close()
        rate, width = origin.rounded, 2 * channels
        form = struct.pack("<HHIIHH", 1, channels, rate, rate * width, width, 16)
        self._file.write(b"RIFF\0\0\0\0WAVE" + _chunk(b"bext", bext(origin)) + _chunk(b"fmt ", form) + b"data\0\0\0\0")
        self._start = self._file.tell()

    def write(self, samples: "npt.NDArray[np.int16]") -> None:
        """Frames, one row each. Damaged when the file would grow beyond what a WAV can be."""
        data = samples.astype("<i2", order="C", copy=False)
        if self._file.tell() + data.nbytes > _LIMIT:
            raise Damaged("longer than a WAV can be: 4 GiB", "--format flac has no such limit")
        self._file.write(data.data)

    def close(self) -> None:
        """Fill in the sizes."""
        if self._file.closed:
            return
        end = self._file.tell()
        for at, size in ((4, end - 8), (self._start - 4, end - self._start)):
            self._file.seek(at)
            self._file.write(size.to_bytes(4, "little"))
        self._file.close()
