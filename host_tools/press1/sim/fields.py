"""Fields of call-script verbs: what each may hold, and the words for what it may not."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from press1.errors import Usage

RATES_HZ = (1_000, 768_000)  # of a WAV; beyond these a header is damaged


@dataclass(frozen=True)
class Field:
    """One field: `check(value, folder)` returns the value to use or raises Usage; `needed` fields have no default."""

    check: Callable[[Any, Path], Any]
    default: Any = None
    needed: bool = False


def number(low: float, high: float) -> Callable[[Any, Path], float]:
    """A finite number within bounds; true and false are none."""

    def check(value: Any, _folder: Path) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Usage(f"{value!r} is no number")
        if not low <= value <= high:
            raise Usage(f"{value} is outside {low:g} to {high:g}")
        return float(value)

    return check


def whole(low: int, high: int) -> Callable[[Any, Path], int]:
    """A whole number within bounds."""

    def check(value: Any, _folder: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Usage(f"{value!r} is no whole number")
        if not low <= value <= high:
            raise Usage(f"{value} is outside {low} to {high}")
        return value

    return check


def one_of(*names: str) -> Callable[[Any, Path], str]:
    """One of a few words."""

    def check(value: Any, _folder: Path) -> str:
        if not isinstance(value, str) or value not in names:
            raise Usage(f"{value!r} is none of {', '.join(names)}")
        return value

    return check


def digit(value: Any, _folder: Path) -> str:
    """One of the sixteen keys; a bare 0 to 9 will do."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or len(text) != 1 or text not in "0123456789*#ABCD":
        raise Usage(f"{value!r} is no key; keys are 0 to 9, *, #, A to D")
    return text


def levels(value: Any, folder: Path) -> tuple[float, float]:
    """dBm0 of the low and the high tone of a key: one number for both, or two."""
    level = number(-60, 3.14)
    if isinstance(value, list):
        if len(value) != 2:
            raise Usage("a list of levels holds two: low tone, high tone")
        return level(value[0], folder), level(value[1], folder)
    return level(value, folder), level(value, folder)


def words(value: Any, _folder: Path) -> list[str]:
    """Arguments of a host command."""
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and "\0" not in word for word in value):
        raise Usage('args is a list of words, such as ["ls", "--json"]')
    return list(value)


def wav(value: Any, folder: Path) -> Path:
    """An existing WAV file, relative to the script."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise Usage("wav is the path of a WAV file")
    path = folder / value
    try:
        with soundfile.SoundFile(path) as file:
            container, rate = file.format, file.samplerate
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        if not path.is_file():
            raise Usage(f"no file {path}") from error
        raise Usage(f"{path} is no WAV file", hint="convert it to WAV; any rate and number of channels will do") from error
    if container not in ("WAV", "WAVEX", "RF64"):
        raise Usage(f"{path} is {container}, not WAV", hint="convert it to WAV; any rate and number of channels will do")
    if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise Usage(f"{path} says {rate} samples a second", hint="convert it to WAV at 8000 to 48000 Hz")
    return path
