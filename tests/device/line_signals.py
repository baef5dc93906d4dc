"""Signals for tests of the detect stage: tones, keys, noise and a vowel-like voice, repeatable by seed."""

import math
from array import array

FULL_SCALE_DBM0 = 3.14
_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477, 1633)
_KEYS = "123A456B789C*0#D"


def peak(dbm0):
    """Peak of a sine at a level."""
    return 32767 * 10 ** ((dbm0 - FULL_SCALE_DBM0) / 20)


class Random:
    """A small congruential generator: the same numbers on every port."""

    def __init__(self, seed):
        self._state = seed

    def number(self):
        """Uniform in [0, 1)."""
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._state >> 8) / (1 << 23)

    def between(self, low, high):
        return low + (high - low) * self.number()

    def pick(self, values):
        return values[int(self.number() * len(values))]


def silence(rate, ms):
    return array("h", bytes(2 * int(rate * ms / 1000)))


def sines(rate, ms, *tones):
    """Sum of (hertz, dBm0) sines."""
    steps = [(2 * math.pi * hertz / rate, peak(dbm0)) for hertz, dbm0 in tones]
    return array("h", [_clip(sum([a * math.sin(w * i) for w, a in steps])) for i in range(int(rate * ms / 1000))])


def key(rate, digit, ms=100, dbm0=-10.0, twist=0.0):
    """A press; twist is high minus low in dB."""
    at = _KEYS.index(digit)
    return sines(rate, ms, (_LOW_HZ[at >> 2], dbm0 - max(0, twist)), (_HIGH_HZ[at & 3], dbm0 + min(0, twist)))


def cadence(rate, seconds, tones, *on_off_ms):
    """Tones interrupted as `on_off_ms` says, from the beginning of a cycle."""
    out = array("h")
    want = int(rate * seconds)
    while len(out) < want:
        for i, ms in enumerate(on_off_ms):
            out.extend(silence(rate, ms) if i & 1 else sines(rate, ms, *tones))
    return out[:want]


def noise(rate, ms, dbm0, seed=1):
    """White noise."""
    rand = Random(seed)
    a = peak(dbm0) * math.sqrt(1.5)
    return array("h", [_clip(a * (2 * rand.number() - 1)) for _ in range(int(rate * ms / 1000))])


def voice(rate, ms, dbm0, seed=1, pitch=None):
    """Syllables of 120 to 400 ms: harmonics of a gliding pitch under one moving formant, short gaps between."""
    rand = Random(seed)
    base = pitch or rand.between(90, 240)
    out = array("h")
    want = int(rate * ms / 1000)
    gain = peak(dbm0) * 1.3
    phase = 0.0
    while len(out) < want:
        count = int(rate * rand.between(0.12, 0.4))
        start, end = base * rand.between(0.85, 1.25), base * rand.between(0.85, 1.25)
        formant = rand.between(300, 900)
        weights = [(h, math.exp(-abs(h * base - formant) / 250) + 0.15 / h) for h in range(1, int(3400 / base / 1.3))]
        total = math.sqrt(sum([w * w for _, w in weights]))
        for i in range(count):
            phase += 2 * math.pi * (start + (end - start) * i / count) / rate
            shape = math.sin(math.pi * i / count)
            out.append(_clip(gain * shape * sum([w * math.sin(h * phase) for h, w in weights]) / total))
        out.extend(silence(rate, rand.between(20, 160)))
    return out[:want]


def mixed(*signals):
    """Sum; as long as the longest."""
    out = array("h", bytes(2 * max([len(s) for s in signals])))
    for signal in signals:
        for i, v in enumerate(signal):
            out[i] = _clip(out[i] + v)
    return out


def scaled(signal, db):
    g = 10 ** (db / 20)
    return array("h", [_clip(g * v) for v in signal])


def joined(*signals):
    out = array("h")
    for signal in signals:
        out.extend(signal)
    return out


def blocks(signal, size=160):
    """Whole blocks; what is left over is dropped."""
    return [signal[i : i + size] for i in range(0, len(signal) - size + 1, size)]


def _clip(v):
    return max(-32768, min(32767, int(v)))
