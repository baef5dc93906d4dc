"""A-law (ITU-T G.711) on the host, and WAV files written at once or not at all."""

import hashlib
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from press1.errors import Damaged

_CHUNK = 1 << 16  # frames


def _decode_table() -> npt.NDArray[np.int16]:
    """G.711 table 1: the middle of each interval, 16 bits."""
    code = np.arange(256) ^ 0x55
    segment, step = code >> 4 & 7, code & 15
    magnitude = np.where(segment == 0, step << 4 | 8, (step << 4 | 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


DECODED = _decode_table()


def _encode_table() -> npt.NDArray[np.uint8]:
    """Codes of all 12-bit values: the box's quantisation, sample >> 4 (ITU-T G.191)."""
    value = np.arange(4096)
    magnitude = np.where(value < 2048, value, 4095 - value)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(int) - 3, 0)
    step = magnitude >> np.maximum(segment - 1, 0) & 15
    return ((segment << 4 | step) ^ np.where(value < 2048, 0xD5, 0x55)).astype(np.uint8)


_CODES = _encode_table()


def decode(alaw: bytes) -> npt.NDArray[np.int16]:
    """int16 samples of A-law bytes."""
    return DECODED[np.frombuffer(alaw, np.uint8)]


def encode(samples: npt.NDArray[np.int16]) -> bytes:
    """A-law bytes of int16 samples; exact for samples that came from A-law."""
    return _CODES[(samples.astype(np.int32) & 0xFFFF) >> 4].tobytes()


class StereoWriter:
    """A WAV of two channels, 16-bit PCM. `rate` is rounded: a WAV header holds whole hertz."""

    def __init__(self, path: Path, rate: tuple[int, int]) -> None:
        self.rate = (2 * rate[0] + rate[1]) // (2 * rate[1])
        if not 1000 <= self.rate <= 192_000:
            raise Damaged(f"a sample rate of {rate[0]}/{rate[1]} Hz fits in no WAV")
        self.frames = 0
        self._wave = wave.open(str(path), "wb")  # noqa: SIM115  # closed by close()
        self._wave.setnchannels(2)
        self._wave.setsampwidth(2)
        self._wave.setframerate(self.rate)

    def audio(self, alaw: bytes) -> None:
        """Interleaved A-law pairs."""
        self._write(decode(alaw))

    def silence(self, frames: int) -> None:
        """Samples that were not stored."""
        self._room(frames)
        while frames > 0:
            count = min(frames, _CHUNK)
            self._write(np.zeros(2 * count, np.int16))
            frames -= count

    def _write(self, samples: npt.NDArray[np.int16]) -> None:
        self._room(len(samples) // 2)
        self._wave.writeframesraw(samples.astype("<i2").tobytes())
        self.frames += len(samples) // 2

    def _room(self, frames: int) -> None:
        if (self.frames + frames) * 4 > (1 << 32) - 64:
            raise Damaged("longer than a WAV can be: 4 GiB")

    def close(self) -> None:
        self._wave.close()


def spans_hash(path: Path, spans: list[tuple[int, int]]) -> bytes:
    """SHA-256 of the A-law bytes of (start, frames) spans of a WAV of ours, read back; Damaged where one is no A-law."""
    total = hashlib.sha256()
    with wave.open(str(path), "rb") as file:
        for start, frames in spans:
            file.setpos(start)
            while frames > 0:
                samples = np.frombuffer(_frames(file, min(frames, _CHUNK)), "<i2")
                alaw = encode(samples)
                if not np.array_equal(decode(alaw), samples):
                    raise Damaged("the WAV does not hold the sound of the recording", "is the disk failing?")
                total.update(alaw)
                frames -= len(samples) // 2
    return total.digest()


def _frames(file: Any, count: int) -> bytes:
    data = file.readframes(count)
    if not data:
        raise Damaged("the WAV just written is too short", "is the disk full?")
    return data
