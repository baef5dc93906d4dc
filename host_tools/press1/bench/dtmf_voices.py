"""Human voices and music from Debian's packages, as 8 kHz int16; nothing is shipped or downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Signal = NDArray[np.float64]

RATE = 8000
SOUNDS = Path("/usr/share/asterisk/sounds")
MUSIC = Path("/usr/share/asterisk/moh")


@dataclass(frozen=True)
class Voice:
    """One speaker: all recordings, one after another with 100 ms between them."""

    name: str
    signal: Signal


def voices(quick: bool = False) -> list[Voice]:
    """Speakers of the installed asterisk-core-sounds-*-wav packages; `quick` takes every eighth file."""
    found = []
    for folder in sorted(SOUNDS.glob("??_??_*")):
        files = sorted(folder.rglob("*.wav"))[:: 8 if quick else 1]
        if files:
            found.append(Voice(folder.name, join(read(f) for f in files)))
    return found


def music(quick: bool = False) -> list[Voice]:
    """Hold music of asterisk-moh-opsound-wav."""
    found = [Voice(f.stem, read(f)) for f in sorted(MUSIC.glob("*.wav"))]
    return [Voice(m.name, m.signal[: 60 * RATE]) for m in found] if quick else found


def read(path: Path) -> Signal:
    """First channel of a sound file at 8 kHz, full scale 32767; tone-like system sounds are left as they are."""
    samples, rate = soundfile.read(str(path), dtype="float64", always_2d=True)
    mono = samples[:, 0] * 32767.0
    return mono if rate == RATE else np.asarray(soxr.resample(mono, rate, RATE))


def join(parts: object, gap_s: float = 0.1) -> Signal:
    """Concatenate signals with silence between them."""
    gap = np.zeros(int(gap_s * RATE))
    return np.concatenate([x for part in parts for x in (part, gap)])  # type: ignore[attr-defined]


def active_level(signal: Signal) -> float:
    """RMS of the active part: 20 ms frames within 20 dB of the 95th percentile frame (P.56's idea, simplified)."""
    frames = signal[: len(signal) // 160 * 160].reshape(-1, 160)
    power = (frames**2).mean(axis=1)
    if not len(power) or power.max() <= 0:
        return 0.0
    active = power[power > np.percentile(power, 95) / 100]
    return float(np.sqrt(active.mean())) if len(active) else 0.0


def to_int16(signal: Signal) -> Samples:
    """Round and clip."""
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)
