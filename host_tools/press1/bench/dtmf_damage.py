"""What telephone lines do to audio: codecs, lost packets, hum, clipping, clicks, echo, band limits."""

from __future__ import annotations

import io

import numpy as np
import soundfile
from numpy.random import Generator

from press1.bench.dtmf_voices import RATE, Samples, Signal, to_int16

CODECS = {
    "A-law": ("WAV", "ALAW"),
    "mu-law": ("WAV", "ULAW"),
    "G.726-32": ("AU", "G721_32"),
    "GSM": ("WAV", "GSM610"),
}


def coded(samples: Samples, codec: str) -> Samples:
    """Through a real codec of libsndfile and back, without its delay taken out."""
    kind, subtype = CODECS[codec]
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=kind, subtype=subtype)
    file.seek(0)
    out, _ = soundfile.read(file, dtype="int16")
    return np.asarray(out[: len(samples)], dtype=np.int16)


def packet_loss(samples: Samples, rng: Generator, share: float = 0.05, repeat: bool = False) -> Samples:
    """20 ms packets lost at random: silence, or the previous packet again."""
    out = samples.copy()
    for at in range(160, len(out) - 160, 160):
        if rng.random() < share:
            out[at : at + 160] = out[at - 160 : at] if repeat else 0
    return out


def hum(length: int, amplitude: float, rng: Generator) -> Signal:
    """50 Hz and its third harmonic at -10 dB."""
    t = np.arange(length) / RATE
    phase = rng.uniform(0, 2 * np.pi, 2)
    return amplitude * (np.sin(2 * np.pi * 50 * t + phase[0]) + 0.32 * np.sin(2 * np.pi * 150 * t + phase[1]))


def clicks(length: int, amplitude: float, rng: Generator, per_second: float = 5.0) -> Signal:
    """Single-sample impulses."""
    out = np.zeros(length)
    at = rng.integers(0, length, int(per_second * length / RATE))
    out[at] = amplitude * rng.choice((-1.0, 1.0), len(at))
    return out


def clipped(signal: Signal, limit: float) -> Signal:
    """Hard clipping at +-limit."""
    return np.clip(signal, -limit, limit)


def echoed(signal: Signal, rng: Generator) -> Signal:
    """A talker's echo: a hybrid reflection and three later ones, low-passed by differing amounts."""
    out = np.zeros(len(signal) + RATE // 4)
    for gain in (1.0, 0.5, 0.3, 0.2):
        delay = int(rng.integers(8, RATE // 5))
        smooth = rng.uniform(0.0, 0.5)
        part = signal.copy()
        part[1:] = (1 - smooth) * part[1:] + smooth * signal[:-1]
        out[delay : delay + len(part)] += gain * rng.choice((-1.0, 1.0)) * part
    return out[: len(signal)]


def band_limited(signal: Signal, low_hz: float = 300.0, high_hz: float = 3400.0) -> Signal:
    """Telephone band by FFT, with edges 50 Hz wide."""
    spectrum = np.fft.rfft(signal)
    f = np.fft.rfftfreq(len(signal), 1 / RATE)
    edge = np.clip((f - low_hz) / 50 + 0.5, 0, 1) * np.clip((high_hz - f) / 50 + 0.5, 0, 1)
    return np.asarray(np.fft.irfft(spectrum * edge, len(signal)))


__all__ = ["CODECS", "band_limited", "clicks", "clipped", "coded", "echoed", "hum", "packet_loss", "to_int16"]
