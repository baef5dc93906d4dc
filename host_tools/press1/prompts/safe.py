"""A prompt that the box cannot mistake for a key: tried on the firmware's own detector, and notched where it trips.

The line returns a prompt louder or softer, and with echoes. Each of these versions must pass; what trips loses, for the moment
around the decision, the two bands in which the detector would hear that key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from press1 import audio
from press1.errors import Press1Error
from press1.lab import decode

GAINS_DB = (0.0, 6.0, -6.0, -12.0)
# Delay in ms and gain in dB of what comes back beside the direct sound: none, the phone's own, the far end's.
ECHOES = ((0.0, -np.inf), (35.0, -8.0), (180.0, -12.0))
_APART_S = 0.2  # silence between versions, in which the detector comes to rest
_BEFORE_S, _AFTER_S, _FADE_S = 0.11, 0.04, 0.02  # of a decision: 30 to 75 ms of tone lie before it
_BAND = 0.045  # on either side of nominal; the detector hears 2.9 %
_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477, 1633)
_KEYS = "123A456B789C*0#D"
_ROUNDS = 8

Samples = npt.NDArray[np.int16]


class UnsafePrompt(Press1Error):
    """The detector hears a key in a prompt, whatever is filtered out."""


@dataclass(frozen=True)
class Trip:
    """A key that the detector hears in a prompt: the digit, and the prompt's sample of the decision."""

    digit: str
    sample: int


def dtmf_safe(samples: Samples, rate: float) -> bool:
    """Whether the firmware's detector hears no key in the prompt, at any gain, with any echo."""
    return not trips(samples, rate)


def trips(samples: Samples, rate: float) -> list[Trip]:
    """Keys that the firmware's detector hears in the prompt's versions; a version's echo may make it late."""
    versions = list(_versions(samples, rate))
    starts = np.cumsum([0] + [len(version) for version in versions])
    heard = []
    for digit, sample in decode((version.astype("<i2").tobytes() for version in versions), Fraction(rate)):
        which = int(np.searchsorted(starts, sample, side="right")) - 1
        heard.append(Trip(digit, min(int(sample - starts[which]), len(samples))))
    return heard


def make_safe(samples: Samples, rate: float) -> Samples:
    """The prompt, notched where it trips the detector. Raises UnsafePrompt where that does not help."""
    for _ in range(_ROUNDS):
        heard = trips(samples, rate)
        if not heard:
            return samples
        for trip in set(heard):
            samples = _notched(samples, rate, trip)
    raise UnsafePrompt("a key is heard in the prompt, whatever is filtered out", hint="use other words, or another voice")


def _versions(samples: Samples, rate: float) -> Iterator[Samples]:
    """The prompt as the line may return it, through A-law, each followed by silence."""
    rest = np.zeros(round(_APART_S * rate))
    for delay_ms, echo_db in ECHOES:
        late = round(delay_ms * rate / 1000)
        sound = np.concatenate([samples.astype(float), rest])
        if late:
            sound[late:] += 10 ** (echo_db / 20) * sound[:-late]
        for gain_db in GAINS_DB:
            loud = np.clip(np.round(sound * 10 ** (gain_db / 20)), -32768, 32767).astype(np.int16)
            yield audio.decode(audio.encode(loud))


def _notched(samples: Samples, rate: float, trip: Trip) -> Samples:
    """Without the digit's two bands around the decision, faded in and out."""
    first = max(0, trip.sample - round(_BEFORE_S * rate))
    last = min(len(samples), trip.sample + round(_AFTER_S * rate))
    part = samples[first:last].astype(float)
    spectrum = np.fft.rfft(part, 2 * len(part))
    hertz = np.fft.rfftfreq(2 * len(part), 1 / rate)
    at = _KEYS.index(trip.digit)
    bands = [np.abs(hertz / nominal - 1) < _BAND for nominal in (_LOW_HZ[at // 4], _HIGH_HZ[at % 4])]
    tones = np.fft.irfft(spectrum * np.logical_or(*bands))[: len(part)]
    edge = np.minimum(np.arange(len(part)), np.arange(len(part))[::-1]) / (_FADE_S * rate)
    out = samples.copy()
    out[first:last] = np.clip(np.round(part - np.minimum(edge, 1) * tones), -32768, 32767)
    return out
