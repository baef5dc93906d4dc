"""The sound files that an export writes: WAV, FLAC or Opus; both channels, a mono mix, or one file a channel."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from press1 import audio
from press1.errors import Damaged
from press1.style import Style
from press1.wav import Origin, WavWriter

_BATCH = 1 << 18  # bytes of A-law decoded at a time
_CHUNK = 1 << 16  # frames

Pcm = npt.NDArray[np.int16]


class _Writer(Protocol):
    def write(self, samples: Pcm) -> None: ...
    def close(self) -> None: ...


class _Library:
    """FLAC or Opus by libsndfile. Opus: from the exact rate to one that the codec knows."""

    def __init__(self, path: Path, origin: Origin, channels: int, style: Style) -> None:
        opus = style.format == "opus"
        rate = style.opus_rate if opus else origin.rounded
        kind = {"format": "OGG", "subtype": "OPUS"} if opus else {"format": "FLAC", "subtype": "PCM_16"}
        self._file = soundfile.SoundFile(str(path), "w", samplerate=rate, channels=channels, **kind)
        self._file.title, self._file.artist = origin.description, origin.originator
        self._file.comment = "; ".join(origin.history)
        exact = origin.rate[0] / origin.rate[1]
        self._resampler = soxr.ResampleStream(exact, rate, channels, dtype="int16") if opus and exact != rate else None

    def write(self, samples: Pcm) -> None:
        self._file.write(self._resampler.resample_chunk(samples) if self._resampler else samples)

    def close(self) -> None:
        if self._resampler and not self._file.closed:
            last = self._resampler.resample_chunk(np.zeros((0, self._file.channels), np.int16), last=True)
            self._file.write(last)
        self._file.close()


class Output:
    """The files of one export. Frames are counted at the box's rate, whatever the files' own is."""

    def __init__(self, paths: tuple[Path, ...], origin: Origin, style: Style) -> None:
        self.paths, self.style, self.frames = paths, style, 0
        self.rate = style.opus_rate if style.format == "opus" else origin.rounded
        channels = 2 if style.layout == "stereo" else 1
        self._waiting = bytearray()
        self._writers: list[_Writer] = [self._open(path, origin, channels) for path in paths]

    def _open(self, path: Path, origin: Origin, channels: int) -> _Writer:
        if self.style.format == "wav":
            return WavWriter(path, origin, channels)
        return _Library(path, origin, channels, self.style)

    def audio(self, alaw: bytes) -> None:
        """Interleaved A-law pairs."""
        self._waiting += alaw
        self.frames += len(alaw) // 2
        if len(self._waiting) >= _BATCH:
            self._flush()

    def silence(self, frames: int) -> None:
        """Samples that were not stored."""
        self._flush()
        self.frames += frames
        while frames > 0:
            self._write(np.zeros((min(frames, _CHUNK), 2), np.int16))
            frames -= _CHUNK

    def _flush(self) -> None:
        if self._waiting:
            self._write(audio.decode(bytes(self._waiting)).reshape(-1, 2))
            self._waiting.clear()

    def _write(self, pairs: Pcm) -> None:
        for writer, samples in zip(self._writers, _arranged(pairs, self.style.layout), strict=True):
            writer.write(samples)

    def close(self) -> None:
        """Write what waits, and the ends of the files."""
        self._flush()
        for writer in self._writers:
            writer.close()


def _arranged(pairs: Pcm, layout: str) -> list[Pcm]:
    if layout == "stereo":
        return [pairs]
    if layout == "mono":  # halved, so that both at their loudest do not clip
        return [((pairs[:, :1].astype(np.int32) + pairs[:, 1:]) >> 1).astype(np.int16)]
    return [pairs[:, :1], pairs[:, 1:]]


def hash_of(paths: tuple[Path, ...], spans: tuple[tuple[int, int], ...]) -> bytes:
    """SHA-256 of the A-law bytes of (start, frames) spans of files that are `exact`, read back; Damaged where one is no A-law."""
    total = hashlib.sha256()
    for pairs in _read(paths, spans):
        alaw = audio.encode(pairs)
        if not np.array_equal(audio.decode(alaw).reshape(-1, 2), pairs):
            raise Damaged("the file does not hold the sound of the recording", "is the disk failing?")
        total.update(alaw)
    return total.digest()


def _read(paths: tuple[Path, ...], spans: tuple[tuple[int, int], ...]) -> Iterator[Pcm]:
    files = [soundfile.SoundFile(str(path)) for path in paths]
    try:
        for start, frames in spans:
            for file in files:
                file.seek(start)
            while frames > 0:
                pairs = np.hstack([file.read(min(frames, _CHUNK), dtype="int16", always_2d=True) for file in files])
                if not len(pairs):
                    raise Damaged("the file just written is too short", "is the disk full?")
                yield pairs
                frames -= len(pairs)
    except soundfile.LibsndfileError as error:
        raise Damaged("the file just written cannot be read back", "is the disk failing?") from error
    finally:
        for file in files:
            file.close()
