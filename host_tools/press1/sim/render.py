"""The audio of a script, mixed to one raw file a channel at the box's rate, in memory that does not grow with the call.

Levels: a full-scale sine is +3.14 dBm0. A WAV keeps its level; its channels are
averaged to one. What of it reaches which channel is the phone's affair (phones.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import soxr

from press1.errors import Usage

FULL_SCALE_DBM0 = 3.14
_CHUNK = 8_000
_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
_TONE_HZ = 425  # ITU-T E.180: Denmark's dial, ringing and busy tones
_TONE_DBM0 = -10.0
_CADENCE_S = {"dial": (1.0, 0.0), "ringing": (1.0, 4.0), "busy": (0.25, 0.25)}

Samples = np.ndarray


@dataclass
class Source:
    """Something on a channel from sample `start`; `chunks` yields float64 samples on the int16 scale."""

    start: int
    chunks: Iterator[Samples]
    _left: Samples = field(default_factory=lambda: np.zeros(0))
    ended: bool = False

    def take(self, count: int) -> Samples:
        """The next `count` samples, fewer at the end."""
        parts = [self._left]
        have = len(self._left)
        while have < count and not self.ended:
            chunk = next(self.chunks, None)
            if chunk is None:
                self.ended = True
            else:
                parts.append(chunk)
                have += len(chunk)
        joined = np.concatenate(parts)
        self._left = joined[count:]
        return joined[:count]

    @property
    def live(self) -> bool:
        """Whether there is, or may be, more to come."""
        return not self.ended or len(self._left) > 0


def amplitude(dbm0: float) -> float:
    """Peak of a sine at a level, on the int16 scale."""
    return 32767.0 * 10.0 ** ((dbm0 - FULL_SCALE_DBM0) / 20.0)


def _sines(parts: list[tuple[int, float]], rate: Fraction, first: int, count: int) -> Samples:
    seconds = np.arange(first, first + count) / float(rate)
    return sum((peak * np.sin(2 * np.pi * hertz * seconds) for hertz, peak in parts), np.zeros(count))


def key(digit: str, ms: float, levels: tuple[float, float], rate: Fraction) -> Iterator[Samples]:
    """A key's dual tone: row and column frequency (ITU-T Q.23), each at its level."""
    row = next(n for n, keys in enumerate(_KEYS) if digit in keys)
    parts = [(_LOW_HZ[row], amplitude(levels[0])), (_HIGH_HZ[_KEYS[row].index(digit)], amplitude(levels[1]))]
    total = round(ms * rate / 1000)
    for first in range(0, total, _CHUNK):
        yield _sines(parts, rate, first, min(_CHUNK, total - first))


def tone(name: str, seconds: float, rate: Fraction) -> Iterator[Samples]:
    """A call-progress tone with its cadence."""
    on_s, off_s = _CADENCE_S[name]
    period, total = (on_s + off_s) * float(rate), round(Fraction(seconds) * rate)
    for first in range(0, total, _CHUNK):
        count = min(_CHUNK, total - first)
        sounding = np.arange(first, first + count) % period < on_s * float(rate)
        yield _sines([(_TONE_HZ, amplitude(_TONE_DBM0))], rate, first, count) * sounding


def wav(path: Path, gain_db: float, rate: Fraction) -> Iterator[Samples]:
    """A WAV's samples at the box's rate; untouched where the rates agree and the gain is 0 dB."""
    gain = 32768.0 * 10.0 ** (gain_db / 20.0)
    try:
        with soundfile.SoundFile(path) as file:
            same = Fraction(file.samplerate) == rate
            resampler = None if same else soxr.ResampleStream(file.samplerate, float(rate), 1, dtype="float64")
            while len(block := file.read(file.samplerate, dtype="float64", always_2d=True)):
                mono = np.nan_to_num(block.mean(axis=1) if block.shape[1] > 1 else block[:, 0])
                yield gain * (mono if resampler is None else resampler.resample_chunk(mono))
            if resampler is not None:
                yield gain * resampler.resample_chunk(np.zeros(0), last=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise Usage(f"cannot read {path}: {error}", hint="is the WAV whole?") from error


def louder(chunks: Iterator[Samples], db: float) -> Iterator[Samples]:
    """The same, louder by `db`."""
    return (chunk * 10.0 ** (db / 20.0) for chunk in chunks)


def mix(sources: list[Source], path: Path) -> int:
    """Mix a channel's sources into raw s16le; silence between them stays a hole in the file. Samples written."""
    waiting = sorted(sources, key=lambda source: source.start)
    live: list[Source] = []
    at = 0
    with path.open("wb") as file:
        while waiting or live:
            if not live and waiting[0].start > at:
                at = waiting[0].start
            count = _CHUNK
            while waiting and waiting[0].start <= at:
                live.append(waiting.pop(0))
            if waiting:
                count = min(count, waiting[0].start - at)
            file.seek(2 * at)
            at += _write(file, live, count)
            live = [source for source in live if source.live]
    return at


def _write(file: object, live: list[Source], count: int) -> int:
    total = np.zeros(count)
    longest = 0
    for source in live:
        part = source.take(count)
        total[: len(part)] += part
        longest = max(longest, len(part))
    data = np.clip(np.rint(total[:longest]), -32768, 32767).astype("<i2")
    file.write(data.tobytes())  # type: ignore[attr-defined]
    return longest
