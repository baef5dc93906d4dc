"""The demonstration's call: voices by espeak-ng, and the two call scripts.

The caller does not answer the Danish prompt, hears the English one, presses 1 and talks.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from press1 import profiles, prompts
from press1.errors import Usage
from press1.speech import set_level, speak

PROFILE = "training-consent"
CALL_START = "2026-11-21T09:00:00Z"
WAIT_START = "2026-11-21T12:00:00Z"  # the box's clock ran on while the owner pulled
DAYS = 91
RATE = 8000
_KEY_MS = 120
_CALLER = ("English (Great Britain)+m3", -17.0)  # voice, active level in dBm0
_EMPLOYEE = ("English (Great Britain)+f3", -19.0)
_LINES = {
    "too-early": (_CALLER, "Sorry, I do not speak Danish."),
    "moment": (_EMPLOYEE, "One moment, it comes in English."),
    "help": (_EMPLOYEE, "Thank you. How can I help you?"),
    "caller": (
        _CALLER,
        """Good morning. I bought a kettle from you last week, and it does not switch off by itself. \
I have the receipt here. Could you send me a new one, please?""",
    ),
    "bye": (_EMPLOYEE, "Of course. It is on its way tomorrow. Have a nice day."),
}


@dataclass(frozen=True)
class Call:
    """What was written: the scripts, and the seconds of line time at which the caller acts."""

    script: Path
    wait: Path
    key_at: float
    ends_at: float


def write(out: Path, caller: Path | None) -> Call:
    """Write prompts, voices and scripts below `out`; `caller` replaces the caller's spoken lines.

    Raises Usage when `caller` is no WAV.
    """
    wavs = {name: _voice(out / "voices" / f"{name}.wav", *line) for name, line in _LINES.items()}
    if caller:
        wavs["caller"] = caller.resolve()
    danish, english = (_prompt(out / "prompts", language) for language in ("da", "en"))
    second = danish.samples / danish.rate + profiles.policy(PROFILE)["timeout_s"]
    key_at = second + english.offer / english.rate + 1.5
    rows = [*_before(danish, wavs), (key_at, "key", {"digit": "1", "ms": _KEY_MS, "level_dbm0": -12.0}), *_talk(key_at, wavs)]
    script = _script(out / "call.toml", CALL_START, rows)
    wait = _script(out / "wait.toml", WAIT_START, [(0.0, "advance", {"hours": DAYS * 24})])
    return Call(script, wait, key_at, rows[-1][0])


def seconds(path: Path) -> float:
    """Length of a WAV; Usage when it is none."""
    try:
        return float(soundfile.info(str(path)).duration)
    except (soundfile.LibsndfileError, OSError) as error:
        raise Usage(f"{path} is no WAV that can be read", hint="make demo CALLER=voice.wav") from error


Row = tuple[float, str, dict[str, Any]]


def _before(danish: prompts.Prompt, wavs: dict[str, Path]) -> list[Row]:
    """The call up to the English prompt: what is said here may be recorded nowhere."""
    silence = danish.samples / danish.rate
    return [
        (0.0, "off_hook", {}),
        (silence + 0.8, "far", {"wav": str(wavs["too-early"])}),
        (silence + 3.0, "near", {"wav": str(wavs["moment"])}),
    ]


def _talk(key_at: float, wavs: dict[str, Path]) -> list[Row]:
    """The conversation that was consented to."""
    answer = key_at + 1.2
    speaks = answer + seconds(wavs["help"]) + 0.6
    bye = speaks + seconds(wavs["caller"]) + 0.6
    return [
        (answer, "near", {"wav": str(wavs["help"])}),
        (speaks, "far", {"wav": str(wavs["caller"])}),
        (bye, "near", {"wav": str(wavs["bye"])}),
        (bye + seconds(wavs["bye"]) + 0.8, "on_hook", {}),
    ]


def _voice(path: Path, voice: tuple[str, float], text: str) -> Path:
    name, level = voice
    return _save(path, set_level(speak(text, name, RATE), RATE, level))


def _prompt(folder: Path, language: str) -> prompts.Prompt:
    """The prompt, and a WAV of it to listen to."""
    prompt = prompts.build(PROFILE, language, rate=RATE)
    _save(folder / f"{prompt.id}.wav", prompt.decode())
    return prompt


def _save(path: Path, samples: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE)
    return path.resolve()


def _script(path: Path, start: str, rows: list[Row]) -> Path:
    """A call script (docs/simulator.md)."""
    lines = [f'profile = "{PROFILE}"', f'start = "{start}"', 'direction = "in"', "seed = 1"]
    for t, do, fields in rows:
        lines += ["", "[[at]]", f"t = {t:.3f}", f"do = {_toml(do)}"]
        lines += [f"{name} = {_toml(value)}" for name, value in fields.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    """Text or number; what JSON writes, TOML's basic strings read."""
    return json.dumps(value)
