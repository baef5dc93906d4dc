"""What the box measured, with the types that docs/protocol.md gives it; levels become dB here."""

from dataclasses import dataclass
from typing import Any

from press1.conversation import typed
from press1.errors import Damaged

CHANNELS = ("far", "near")
FIRST_BAND, BANDS = 4, 65
_NOTHING = -999  # tenths of dBm0 that mean: no signal


@dataclass(frozen=True)
class Key:
    """A key decided in one channel. Levels in dBm0 and dB; `other`: its tones in the other channel against this one, None: not there."""

    channel: str
    digit: str
    at: int
    level: float
    twist: float
    other: float | None


@dataclass(frozen=True)
class Levels:
    """One channel: active speech level and long-term level in dBm0 (None: silence), share of time active, level of each band."""

    speech: float | None
    mean: float | None
    activity: float
    bands: tuple[int | None, ...]


@dataclass(frozen=True)
class Section:
    """Both channels of one section; `seconds` were measured, `lost` samples were not."""

    number: int
    seconds: float
    lost: int
    far: Levels
    near: Levels
    keys: tuple[Key, ...]

    def heard(self, channel: str) -> list[Key]:
        """The keys decided in one channel."""
        return [key for key in self.keys if key.channel == channel]

    def exchanged(self) -> "Section":
        """The same with far and near the other way round."""
        other = {"far": "near", "near": "far"}
        keys = tuple(Key(other[key.channel], key.digit, key.at, key.level, key.twist, key.other) for key in self.keys)
        return Section(self.number, self.seconds, self.lost, self.near, self.far, keys)


def section(reply: dict[str, Any], rate: tuple[int, int]) -> Section:
    """The reply to `result`; Damaged when it is none."""
    samples = typed(reply, "samples", int)
    return Section(
        number=typed(reply, "section", int),
        seconds=samples * rate[1] / rate[0],
        lost=typed(reply, "lost", int),
        far=_levels(typed(reply, "far", dict)),
        near=_levels(typed(reply, "near", dict)),
        keys=tuple(map(_key, typed(reply, "keys", list))),
    )


def _levels(found: dict[str, Any]) -> Levels:
    bands = typed(found, "bands", bytes, BANDS)
    return Levels(
        _decibels(typed(found, "speech", int)),
        _decibels(typed(found, "mean", int)),
        typed(found, "activity", int) / 1000,
        tuple(band - 100 if band else None for band in bands),
    )


def _key(found: Any) -> Key:
    if not isinstance(found, dict) or found.get("channel") not in CHANNELS:
        raise Damaged("the box measured something that is no key")
    digit = typed(found, "digit", str)
    if len(digit) != 1 or digit not in "0123456789*#ABCD":
        raise Damaged("the box measured something that is no key")
    other = typed(found, "other", int) if typed(found, "alike", bool) else _NOTHING
    at, level, twist = (typed(found, name, int) for name in ("at", "level", "twist"))
    return Key(found["channel"], digit, at, level / 10, twist / 10, _decibels(other))


def _decibels(tenths: int) -> float | None:
    return None if tenths <= _NOTHING else tenths / 10


def hertz(rate: tuple[int, int]) -> list[float]:
    """Frequencies of the bands."""
    return [(FIRST_BAND + band) * rate[0] / rate[1] / 160 for band in range(BANDS)]
