"""Speech for prompts and for the demonstration's callers, shaped for a telephone line.

Levels are in dBm0, where a full-scale sine is +3.14 dBm0 (ITU-T G.711).
"""

import subprocess
import sys
from functools import cache

import numpy as np
import soxr

from press1.errors import Press1Error

FULL_SCALE_DBM0 = 3.14  # ITU-T G.711: load capacity of A-law for a sine
_FRAME_S = 0.02
_MARGIN_DB = 15.9  # ITU-T P.56: a frame is active above the active level less this margin
_TAPS = 161  # 300 Hz edge, 50 Hz wide enough at 8 kHz
_BAND = (300.0, 3400.0)
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


def active_power(samples: np.ndarray, rate: float) -> float:
    """Mean square over active frames of 20 ms; 0 for silence (after ITU-T P.56, without its hangover)."""
    power = _frame_power(samples, rate)
    level = float(power.mean()) if len(power) else 0.0
    for _ in range(20):
        active = power[power > level * 10 ** (-_MARGIN_DB / 10)]
        if not len(active) or np.isclose(active.mean(), level, rtol=1e-6):
            break
        level = float(active.mean())
    return level


def active_level_dbm0(samples: np.ndarray, rate: float) -> float:
    """Level of the active part in dBm0; minus infinity for silence."""
    power = active_power(samples.astype(np.float64), rate)
    return 10 * np.log10(2 * power / 32768**2) + FULL_SCALE_DBM0 if power else -np.inf


def set_level(samples: np.ndarray, rate: float, dbm0: float) -> np.ndarray:
    """int16 samples at the active level `dbm0`, lower where a peak would clip."""
    gain = 10 ** ((dbm0 - active_level_dbm0(samples, rate)) / 20)
    peak = float(np.abs(samples).max(initial=1.0))
    return np.round(samples * min(gain, _CEILING / peak)).astype(np.int16)


def trim(samples: np.ndarray, rate: float) -> np.ndarray:
    """Without what is more than 40 dB under the loudest 20 ms frame at either end."""
    power = _frame_power(samples, rate)
    loud = np.flatnonzero(power > power.max(initial=0.0) * 1e-4)
    size = round(rate * _FRAME_S)
    return samples[loud[0] * size : (loud[-1] + 1) * size] if len(loud) else samples[:0]
