"""A technician's line test of a modelled phone, as a call script that the simulator plays (docs/line-test.md)."""

import json
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from press1 import p56
from press1.errors import Press1Error, Usage
from press1.linetest.sections import PRESSES, STEPS
from press1.sim import phones
from press1.sim.run import run

_RATE = 8000
_VOICE_DBM0 = -20.0
_VOICE_S = 10.0
_SYLLABLES_HZ = 4.0
_FAR_KEY_DBM0, _OWN_KEY_DBM0 = -16.0, -10.0  # the caller's come from far
_PRESS_MS, _EVERY_S = 150, 0.5
_LEAD_S, _SECTION_S = 0.2, 11.0


def rehearse(model: str, box: Path, out: Path, tell: Callable[[str], None] = print, identity: Path | None = None) -> None:
    """Play the test of a phone of this model; its verdict, JSON and picture come from the box's own measurements.

    `identity`: the technician's key, where it is not the demonstration box's own. Raises Usage without one, before anything is played.
    """
    key = (identity or box / "host" / "technician.pem").resolve()
    if box.exists() and not key.exists():
        raise Usage(f"no key {key}", "press1 --identity TECHNICIAN.pem sim line-test ...")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="press1-") as work:
        path = Path(work) / "line-test.toml"
        for number, name in enumerate(("far", "near")):
            soundfile.write(path.parent / f"{name}.wav", _voice(number), _RATE, subtype="PCM_16")
        path.write_text(script(model, out.resolve(), key), encoding="utf-8")
        run(path, box, out, Fraction(_RATE), tell)
    _check(out / "events.jsonl")


def _voice(seed: int) -> np.ndarray:
    """Noise with the long-term spectrum and the rhythm of speech, full scale 1."""
    count = int(_VOICE_S * _RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / _RATE)
    spectrum *= (hertz > 200) * (hertz < 3400) / (1 + (hertz / 500) ** 2)
    seconds = np.arange(count) / _RATE
    noise = np.fft.irfft(spectrum, count) * np.clip(np.sin(2 * np.pi * _SYLLABLES_HZ * seconds), 0, None)
    noise *= 3000 / noise.std()
    gain = 10 ** ((_VOICE_DBM0 - p56.measure(noise, _RATE).active_dbm0) / 20)
    return np.clip(noise * gain / 32768, -1, 1)


def script(model: str, out: Path, key: Path) -> str:
    """The call script: TOML. `key`: the technician's."""

    def host(t: float, *words: str) -> str:
        return _row(t, "host", args=["--identity", str(key), "--role", "technician", "line-test", *words])

    rows = [host(0.0, "--start"), _row(0.5, "off_hook")]
    t = 1.0
    for step in STEPS:
        rows.append(host(t, "--section", step.name))
        rows += _sounds(step.name, t + _LEAD_S)
        t += _SECTION_S
    rows += [host(t, "--finish", "--phone", model, "--wiring", "simulated", "--out", str(out)), _row(t + 0.5, "on_hook")]
    return f'seed = 1\n\n[phone]\nmodel = "{model}"\n\n' + "\n".join(rows)


def _sounds(section: str, t: float) -> list[str]:
    side, _, what = section.partition("-")
    if what == "voice":
        return [_row(t, side, wav=f"{side}.wav")]
    if what == "keys":
        level = _OWN_KEY_DBM0 if side == "local" else _FAR_KEY_DBM0
        return [
            _row(t + n * _EVERY_S, "key", digit=digit, side=side, ms=_PRESS_MS, level_dbm0=level)
            for n, digit in enumerate(PRESSES)
        ]
    return []


def _row(t: float, do: str, **fields: object) -> str:
    """One [[at]]; JSON's strings, numbers and lists of strings are TOML's too."""
    given = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["[[at]]", f"t = {t:.2f}", f'do = "{do}"', *given]) + "\n"


def _check(events: Path) -> None:
    """A step that failed is a failed rehearsal."""
    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event.get("what") == "host" and event["code"]:
            raise Press1Error(f"press1 {' '.join(event['args'])} failed: {event['output'].strip()}")


MODELS = tuple(phones.MODELS)
