"""Sounds made on the spot that are no keys either: chimes and chords, presses too short to count, synthetic speech."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from press1 import speech
from press1.bench.dtmf_corpus import HIGH_HZ, KEYS, LOW_HZ, Shape, amplitude, tone
from press1.bench.dtmf_voices import RATE, Samples, Signal, active_level, to_int16

_NEAR = 0.026  # relative; further from its nominal frequency no tone is a candidate
_LANGUAGES = ("en", "en-us", "da", "de", "fr", "es", "it", "ru", "pl", "sv", "nl", "cs")
_PITCHES = (10, 35, 50, 70, 95)
_TEXT = (
    "The quick brown fox jumps over the lazy dog. This call may be recorded for training. Press one if you agree, or stay on "
    "the line. Our opening hours are nine to five on weekdays. Please hold, all our agents are busy. Ooh, ah, no, oh yes, all "
    "right, well, I do not know, maybe you do. Aaaaaah. Oooooh. Mmmmmm."
)


def chimes(rng: Generator, count: int) -> Samples:
    """Three to seven partials, free, harmonic or of the tempered scale; never two DTMF tones 6 dB above all others."""
    parts: list[Signal] = []
    while len(parts) < 2 * count:
        frequencies = _partials(rng)
        levels = 10 ** (rng.uniform(-14, 0, len(frequencies)) / 20)
        if len(frequencies) < 3 or _is_key(frequencies, levels**2):
            continue
        decay = rng.choice((0, 1, 1)) * rng.uniform(2, 20, len(frequencies))
        sound = _chord(rng, frequencies, levels, decay, rng.uniform(0.1, 0.8))
        parts += [sound * amplitude(rng.uniform(-30, -8)), np.zeros(int(rng.uniform(0, 0.15) * RATE))]
    return _with_noise(rng, parts, 6)


def true_pairs(rng: Generator, count: int) -> Samples:
    """Two true DTMF tones among one to four others that hold at least a third of their power."""
    parts: list[Signal] = []
    for _ in range(count):
        pair = [rng.choice(group) * (1 + rng.uniform(-0.018, 0.018)) for group in (LOW_HZ, HIGH_HZ)]
        others = rng.integers(1, 5)
        levels = 10 ** (np.r_[0, rng.uniform(-6, 6), rng.uniform(-5, 5, others)] / 20)
        least = (levels[:2] ** 2).sum() * 10**-0.5
        levels[2:] *= max(1.0, np.sqrt(least / (levels[2:] ** 2).sum()))
        decay = rng.uniform(0, 15, 1 if rng.random() < 0.6 else others + 2)
        sound = _chord(rng, np.r_[pair, rng.uniform(300, 3000, others)], levels, decay, rng.uniform(0.12, 0.6), edge_s=0)
        parts += [sound * amplitude(rng.uniform(-28, -8)), np.zeros(int(rng.uniform(0, 0.12) * RATE) * (rng.random() < 0.7))]
    return _with_noise(rng, parts, 4)


def bursts(rng: Generator, count: int) -> Samples:
    """Keys of 14 to 20.3 ms, which Q.24 wants refused, in noise of many levels."""
    parts: list[Signal] = []
    for _ in range(count):
        shape = Shape(rng.uniform(-33, -3), rng.uniform(14, 20.3), rng.uniform(-8, 4), *rng.uniform(-0.012, 0.012, 2))
        burst = tone(KEYS[rng.integers(16)], shape, rng)
        gap = np.zeros(int(rng.uniform(0.06, 0.15) * RATE))
        noise = 10 ** rng.uniform(-0.5, 1.7)
        parts.append(np.r_[burst, gap] + rng.normal(0, noise, len(burst) + len(gap)))
    return to_int16(np.concatenate(parts))


def voices() -> Samples:
    """espeak-ng at every pitch of twelve languages: voices without any waver."""
    return to_int16(np.concatenate(list(_spoken())))


def _spoken() -> Iterator[Signal]:
    for language in _LANGUAGES:
        for pitch in _PITCHES:
            signal = speech.speak(_TEXT, language, RATE, 150, pitch)
            yield signal * (amplitude(-14) / np.sqrt(2) / max(active_level(signal), 1.0))


def _partials(rng: Generator) -> Signal:
    count = rng.integers(3, 8)
    kind = rng.random()
    if kind < 0.5:
        frequencies = rng.uniform(250, 3300, count)
    elif kind < 0.8:
        frequencies = rng.uniform(150, 1200) * np.arange(1, count + 1) * (1 + rng.normal(0, 0.0005, count))
    else:
        frequencies = rng.uniform(150, 700) * 2 ** (rng.choice(30, count, replace=False) / 12)
    return np.asarray(frequencies[frequencies < 3500])


def _is_key(frequencies: Signal, powers: Signal) -> bool:
    off = np.abs(frequencies[:, None] / np.r_[LOW_HZ, HIGH_HZ] - 1).min(axis=1)
    low, high = (powers[(off < _NEAR) & side].max(initial=0) for side in (frequencies < 1000, frequencies > 1100))
    return bool(low and high and low + high > 4 * (powers.sum() - low - high))


def _chord(rng: Generator, frequencies: Signal, levels: Signal, decay: Signal, seconds: float, edge_s: float = 0.02) -> Signal:
    """At half the power of a full sine; attack of at most `edge_s`, 5 ms of release."""
    t = np.arange(int(seconds * RATE)) / RATE
    phases = rng.uniform(0, 2 * np.pi, (len(frequencies), 1))
    each = np.exp(-decay[:, None] * t) * np.sin(2 * np.pi * frequencies[:, None] * t + phases)
    sound = (levels[:, None] * each).sum(axis=0)
    attack = int(rng.uniform(0.001, edge_s) * RATE) if edge_s else 0
    sound[:attack] *= np.arange(attack) / max(attack, 1)
    sound[-40:] *= np.arange(40)[::-1] / 40
    return np.asarray(sound / np.sqrt((levels**2).sum()))


def _with_noise(rng: Generator, parts: list[Signal], most: float) -> Samples:
    joined = np.concatenate(parts)
    return to_int16(joined + rng.normal(0, rng.uniform(1, most), len(joined)))
