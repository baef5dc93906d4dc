"""Speech for prompts and for the demonstration's callers, shaped for a telephone line.

Levels are in dBm0, where a full-scale sine is +3.14 dBm0 (ITU-T G.711).
"""

import subprocess
import sys
from functools import cache

import numpy as np
import soxr

from press1 import p56
from press1.errors import Press1Error

_FRAME_S = 0.02
_TAPS = 161  # 300 Hz edge, 50 Hz wide enough at 8 kHz
_BAND = (300.0, 3400.0)
_LEVEL_ROUNDS = 4  # the level interpolates between thresholds 6 dB apart, so a gain moves it by a little more or less
_CEILING = 32000  # stays under A-law's largest code (32,256)


class SpeechError(Press1Error):
    """espeak-ng is missing, or refused a voice or a text."""


@cache
def say(text: str, voice: str, words_per_minute: int = 165, pitch: int = 50) -> tuple[bytes, int]:
    """s16le samples of `text` and their rate in Hz.

    A process of its own for every text: espeak-ng carries its flutter and noise from
    one text to the next, and a prompt's hash must not depend on what was said before.
    """
    command = [sys.executable, "-m", "press1.speech_worker", voice, str(words_per_minute), str(pitch)]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode or len(done.stdout) < 4:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no output"]
        raise SpeechError(f"no speech: {reason[0]}", hint="the simulator's extra brings it: pip install 'press1[sim]'")
    return done.stdout[4:], int.from_bytes(done.stdout[:4], "little")


def speak(text: str, voice: str, rate: float, words_per_minute: int = 165, pitch: int = 50) -> np.ndarray:
    """`text` as float64 samples (full scale 32768) at `rate` Hz, band-limited, silence at both ends removed."""
    pcm, native = say(text, voice, words_per_minute, pitch)
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    return trim(telephone_band(soxr.resample(samples, native, rate, quality="VHQ"), rate), rate)


def telephone_band(samples: np.ndarray, rate: float) -> np.ndarray:
    """300 to 3,400 Hz by a linear-phase windowed-sinc filter, its delay removed."""
    n = np.arange(_TAPS) - (_TAPS - 1) / 2
    low, high = (edge / rate for edge in _BAND)
    taps = (2 * high * np.sinc(2 * high * n) - 2 * low * np.sinc(2 * low * n)) * np.blackman(_TAPS)
    return np.convolve(samples, taps, mode="full")[_TAPS // 2 : _TAPS // 2 + len(samples)]


def _frame_power(samples: np.ndarray, rate: float) -> np.ndarray:
    size = round(rate * _FRAME_S)
    whole = len(samples) // size * size
    return (samples[:whole].reshape(-1, size) ** 2).mean(axis=1)


def active_level_dbm0(samples: np.ndarray, rate: float) -> float:
    """Active speech level in dBm0 (ITU-T P.56); minus infinity for silence."""
    return p56.measure(samples, rate).active_dbm0


def set_level(samples: np.ndarray, rate: float, dbm0: float) -> np.ndarray:
    """int16 samples at the active level `dbm0`, lower where a peak would clip."""
    peak = float(np.abs(samples).max(initial=1.0))
    gain = 1.0
    for _ in range(_LEVEL_ROUNDS):
        off = dbm0 - active_level_dbm0(samples * gain, rate)
        if not np.isfinite(off):
            break
        gain = min(gain * 10 ** (off / 20), _CEILING / peak)
    return np.round(samples * gain).astype(np.int16)


def trim(samples: np.ndarray, rate: float) -> np.ndarray:
    """Without what is more than 40 dB under the loudest 20 ms frame at either end."""
    power = _frame_power(samples, rate)
    loud = np.flatnonzero(power > power.max(initial=0.0) * 1e-4)
    size = round(rate * _FRAME_S)
    return samples[loud[0] * size : (loud[-1] + 1) * size] if len(loud) else samples[:0]
