"""Makes the voices of the test calls: seeded, speech-like, nobody's voice. `python generate.py [--check]`.

A glottal pulse train with drifting pitch through four formants that change with
each syllable, and pauses between phrases: enough of speech's level, spectrum
and rhythm for the line, and no words.
"""

import io
import sys
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent
# Vowels by Peterson and Barney 1952, in Hz
FORMANTS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
VOICES = {  # file: seed, pitch in Hz, rate in Hz, seconds
    "caller.wav": (1, 125.0, 8000, 14),
    "employee.wav": (2, 195.0, 16000, 8),
}
RMS = 0.063  # about -18 dBm0 while speaking


def _pulses(pitch: float, rate: int, count: int, rng: np.random.Generator) -> np.ndarray:
    drift = np.interp(np.arange(count), np.linspace(0, count, 6), pitch * rng.uniform(0.85, 1.15, 6))
    phase = np.cumsum(drift / rate)
    return np.diff(np.floor(phase), prepend=0.0) + 0.01 * rng.standard_normal(count)


def _resonate(samples: np.ndarray, hertz: float, width: float, rate: int) -> np.ndarray:
    """Two-pole resonator, by its impulse response."""
    time = np.arange(int(0.05 * rate)) / rate
    ring = np.exp(-np.pi * width * time) * np.sin(2 * np.pi * hertz * time)
    return np.convolve(samples, ring)[: len(samples)]


def _syllable(pitch: float, rate: int, rng: np.random.Generator) -> np.ndarray:
    count = int(rate * rng.uniform(0.12, 0.28))
    voice = _pulses(pitch, rate, count, rng)
    vowel = FORMANTS[rng.integers(len(FORMANTS))]
    sound = sum(_resonate(voice, hertz, 60 + 40 * n, rate) / (n + 1) for n, hertz in enumerate(vowel))
    return sound * np.hanning(count)


def speak(seed: int, pitch: float, rate: int, seconds: int) -> np.ndarray:
    """int16 samples of a voice that speaks for `seconds`."""
    rng = np.random.default_rng(seed)
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < seconds * rate:
        phrase = [_syllable(pitch, rate, rng) for _ in range(rng.integers(3, 8))]
        parts += [*phrase, np.zeros(int(rate * rng.uniform(0.15, 0.5)))]
    whole = np.concatenate(parts)[: seconds * rate]
    loud = np.sqrt(np.mean(whole[np.abs(whole) > 1e-3 * np.abs(whole).max()] ** 2))
    return np.clip(np.rint(whole / loud * RMS * 32768), -32768, 32767).astype(np.int16)


def encode(name: str) -> bytes:
    """The WAV file of a voice."""
    seed, pitch, rate, seconds = VOICES[name]
    out = io.BytesIO()
    soundfile.write(out, speak(seed, pitch, rate, seconds), rate, format="WAV", subtype="PCM_16")
    return out.getvalue()


def main(check: bool) -> int:
    """Write the files, or compare them (to one step, which a different numpy may round otherwise)."""
    wrong = 0
    for name in VOICES:
        path = HERE / name
        if not check:
            path.write_bytes(encode(name))
            continue
        kept = soundfile.read(path, dtype="int16")[0].astype(int)
        made = soundfile.read(io.BytesIO(encode(name)), dtype="int16")[0].astype(int)
        wrong += len(kept) != len(made) or int(np.abs(kept - made).max()) > 1
    return wrong


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
