"""The seeded corpus of the DTMF bench: clips with known key presses, and clips that hold none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from press1.bench import dtmf_damage as damage
from press1.bench.dtmf_voices import RATE, Samples, Signal, Voice, active_level, to_int16

KEYS = "123A456B789C*0#D"
LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
FULL_SCALE_DBM0 = 3.14


@dataclass(frozen=True)
class Press:
    """A key press: samples [onset, end); `valid` is False for one that must not be taken."""

    key: str
    onset: int
    end: int
    valid: bool = True


@dataclass
class Clip:
    """Audio of one group of one family, with what was pressed in it."""

    family: str
    group: str
    samples: Samples
    presses: list[Press] = field(default_factory=list)


@dataclass(frozen=True)
class Shape:
    """How one press is made; levels are of the louder tone in dBm0, offsets relative."""

    dbm0: float
    ms: float
    twist_db: float = 0.0
    low_offset: float = 0.0
    high_offset: float = 0.0


def amplitude(dbm0: float) -> float:
    """Peak of a sine at that level."""
    return 32767.0 * float(10 ** ((dbm0 - FULL_SCALE_DBM0) / 20))


def tone(key: str, shape: Shape, rng: Generator) -> Signal:
    """Samples of one press, with 1 ms edges."""
    row, column = divmod(KEYS.index(key), 4)
    t = np.arange(int(shape.ms * RATE / 1000)) / RATE
    low = amplitude(shape.dbm0 + min(0.0, -shape.twist_db))
    high = amplitude(shape.dbm0 + min(0.0, shape.twist_db))
    a, b = rng.uniform(0, 2 * np.pi, 2)
    return np.asarray(
        low * np.sin(2 * np.pi * LOW_HZ[row] * (1 + shape.low_offset) * t + a)
        + high * np.sin(2 * np.pi * HIGH_HZ[column] * (1 + shape.high_offset) * t + b)
    )


def dial(
    rng: Generator, count: int, shape: Callable[[], Shape], valid: bool = True, pause_ms: tuple[float, float] = (60, 300)
) -> tuple[Signal, list[Press]]:
    """`count` presses of random keys with random pauses."""
    parts, presses = [np.zeros(int(rng.integers(800, 2400)))], []
    at = len(parts[0])
    for _ in range(count):
        key = KEYS[rng.integers(16)]
        burst = tone(key, shape(), rng)
        pause = np.zeros(int(rng.uniform(*pause_ms) * RATE / 1000))
        presses.append(Press(key, at, at + len(burst), valid))
        parts += [burst, pause]
        at += len(burst) + len(pause)
    parts.append(np.zeros(1600))
    return np.concatenate(parts), presses


def tolerance(rng: Generator, count: int) -> Iterator[Clip]:
    """a: inside the limits of Q.24 and ES 201 235-3, then outside them."""

    def inside() -> Shape:
        low, high = (rng.uniform(-1, 1) * (0.015 + 2 / f) for f in (900.0, 1500.0))
        return Shape(rng.uniform(-33, -4), rng.choice((40, 45, 50, 70, 100)), rng.uniform(-8, 4), low, high)

    def exact_limits() -> Shape:
        low, high = (rng.choice((-1, 1)) * 0.015 for _ in range(2))
        return Shape(rng.choice((-28.0, -3.5)), 40, rng.choice((-8.0, 4.0, 0.0)), low, high)

    def off() -> Shape:
        sides = [(0.035, 0.0), (0.0, 0.035), (0.035, 0.035), (-0.035, 0.0), (0.0, -0.035), (-0.035, 0.04)]
        low, high = sides[rng.integers(len(sides))]
        return Shape(rng.uniform(-30, -6), rng.uniform(50, 120), rng.uniform(-4, 3), low, high)

    def short() -> Shape:
        return Shape(rng.uniform(-30, -4), rng.uniform(8, 20), rng.uniform(-4, 3))

    for group, shape, valid, snr in (
        ("inside", inside, True, None),
        ("limits", exact_limits, True, None),
        ("SNR 15 dB", lambda: Shape(-15, rng.uniform(40, 80), rng.uniform(-4, 3)), True, 15.0),
        ("3.5 % off", off, False, None),
        ("20 ms", short, False, None),
    ):
        for _ in range(count):
            signal, presses = dial(rng, 10, shape, valid, (40, 200))
            if snr is not None:
                signal = signal + rng.normal(0, amplitude(-15 - snr) / np.sqrt(2), len(signal))
            yield Clip("a", group, to_int16(signal), presses)


def over(
    rng: Generator, count: int, family: str, background: Callable[[int], Signal], ratios: tuple[float, ...]
) -> Iterator[Clip]:
    """b, c: keys over a background; the ratio is both tones' power over the background's active level, in dB."""
    for ratio in ratios:
        for _ in range(count):
            level = rng.uniform(-26, -12) - 3  # of each tone
            offset = rng.normal(0, 0.003)
            signal, presses = dial(
                rng, 8,
                lambda level=level, offset=offset: Shape(level, rng.uniform(50, 160), rng.uniform(-4, 2), offset, offset),  # type: ignore[misc]
                pause_ms=(150, 900),
            )  # fmt: skip
            noise = background(len(signal))
            gain = amplitude(level) / 10 ** (ratio / 20) / max(active_level(noise), 1.0)
            yield Clip(family, f"{ratio:+.0f} dB", to_int16(signal + gain * noise), presses)


def cutter(rng: Generator, sources: list[Voice]) -> Callable[[int], Signal]:
    """A function that cuts random stretches of live speech out of `sources`."""

    def cut(length: int) -> Signal:
        while True:
            voice = sources[rng.integers(len(sources))].signal
            at = int(rng.integers(0, max(1, len(voice) - length)))
            part = voice[at : at + length]
            part = np.pad(part, (0, length - len(part)))
            if active_level(part) > 100:
                return part

    return cut


def _plain(rng: Generator, least_ms: float = 45) -> Callable[[], Shape]:
    return lambda: Shape(rng.uniform(-26, -8), rng.uniform(least_ms, 120), rng.uniform(-4, 2), *[rng.normal(0, 0.003)] * 2)


def coded(rng: Generator, count: int) -> Iterator[Clip]:
    """d: codecs and lost packets. A press of less than 80 ms may have no clean 40 ms left when packets are lost."""
    for codec in damage.CODECS:
        for _ in range(count):
            signal, presses = dial(rng, 10, _plain(rng))
            yield Clip("d", codec, damage.coded(to_int16(signal), codec), presses)
    for repeat, group in ((False, "5 % loss"), (True, "5 % loss, concealed")):
        for _ in range(count):
            signal, presses = dial(rng, 10, _plain(rng, 80))
            yield Clip("d", group, damage.packet_loss(to_int16(signal), rng, 0.05, repeat), presses)


def impaired(rng: Generator, count: int) -> Iterator[Clip]:
    """e: band limits, hum at and 10 dB above the key, DC, clipping, clicks."""
    for group in ("300-3400 Hz", "hum 0 dB", "hum +10 dB", "DC", "clipped", "clicks"):
        for _ in range(count):
            level = rng.uniform(-25, -14)
            a = amplitude(level)
            signal, presses = dial(
                rng,
                10,
                lambda level=level: Shape(level, rng.uniform(45, 120), rng.uniform(-4, 2), *[rng.normal(0, 0.003)] * 2),  # type: ignore[misc]
            )
            if group == "300-3400 Hz":
                signal = damage.band_limited(signal)
            elif group.startswith("hum"):
                signal = signal + damage.hum(len(signal), a * (3.16 if "10" in group else 1.0), rng)
            elif group == "DC":
                signal = signal + rng.choice((-1, 1)) * rng.uniform(1, 3) * a
            elif group == "clipped":
                signal = damage.clipped(signal, rng.uniform(0.7, 1.2) * a)
            else:
                signal = signal + damage.clicks(len(signal), 4 * a, rng)
            yield Clip("e", group, to_int16(signal), presses)


DIAL_TONES = {"425": (425.0,), "350+440": (350.0, 440.0)}


def dial_tone(rng: Generator, count: int) -> Iterator[Clip]:
    """h: keys while dial tone goes on, total over total."""
    for name, frequencies in DIAL_TONES.items():
        for ratio in (5.0, 10.0):
            for _ in range(count):
                level = rng.uniform(-25, -16)
                signal, presses = dial(
                    rng,
                    10,
                    lambda level=level: Shape(level, rng.uniform(50, 120), rng.uniform(-3, 2)),  # type: ignore[misc]
                )
                t = np.arange(len(signal)) / RATE
                each = amplitude(level + 3 + ratio - 10 * np.log10(len(frequencies)))
                phase = rng.uniform(0, 2 * np.pi, 2)
                for f, p in zip(frequencies, phase, strict=False):
                    signal = signal + each * np.sin(2 * np.pi * f * t + p)
                yield Clip("h", f"{name} Hz {ratio:+.0f} dB", to_int16(signal), presses)


def talk_off(voices: list[Voice]) -> Iterator[Clip]:
    """f: voices as they are, at the level they have."""
    for voice in voices:
        yield Clip("f", voice.name, to_int16(voice.signal))


def call_tones(rng: Generator) -> Iterator[Clip]:
    """g: call-progress tones, special information tones, chimes of four decaying partials."""
    t = np.arange(10 * RATE) / RATE
    for frequencies in (
        (425.0,),
        (350.0, 440.0),
        (440.0, 480.0),
        (480.0, 620.0),
        (400.0, 450.0),
        (1400.0,),
        (950.0, 1400.0),
        (697.0,),
        (1336.0,),
        (2100.0,),
    ):
        on = (t % 1.0) < 0.5
        signal = sum(amplitude(-13) * np.sin(2 * np.pi * f * t) for f in frequencies) * on
        yield Clip("g", "+".join(f"{f:.0f}" for f in frequencies), to_int16(np.asarray(signal)))
    sit = np.concatenate([amplitude(-13) * np.sin(2 * np.pi * f * t[:2640]) for f in (950.0, 1400.0, 1800.0)] * 8)
    yield Clip("g", "special information tone", to_int16(sit))
    chimes = []
    for _ in range(200):
        partials = rng.uniform(300, 2500, 4)
        decay = np.exp(-t[:4000] * rng.uniform(4, 15))
        chimes.append(amplitude(-18) * decay * sum(np.sin(2 * np.pi * f * t[:4000]) for f in partials))
    yield Clip("g", "chimes", to_int16(np.concatenate(chimes)))
