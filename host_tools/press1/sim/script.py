"""Call scripts: TOML that says what happens on the line, checked before anything is changed (docs/simulator.md)."""

import difflib
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from press1.errors import Usage
from press1.sim import fields, phones
from press1.sim.fields import Field

LONGEST_S = 24 * 3600.0  # of line time; outputs grow by 115 MB an hour
_YEARS_H = 20 * 366 * 24.0
_STARTS = (datetime(2001, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

_gain = Field(fields.number(-60, 40), 0.0)
_sound = {"wav": Field(fields.wav, needed=True), "gain_db": _gain}

VERBS: dict[str, dict[str, Field]] = {
    "off_hook": {},
    "on_hook": {},
    "far": _sound,
    "near": _sound,
    "key": {
        "digit": Field(fields.digit, needed=True),
        "ms": Field(fields.number(1, 60_000), 100.0),
        "level_dbm0": Field(fields.levels, (-10.0, -10.0)),
        "side": Field(fields.one_of("far", "local"), "far"),
    },
    "tone": {
        "name": Field(fields.one_of("dial", "ringing", "busy"), needed=True),
        "seconds": Field(fields.number(0.001, LONGEST_S), needed=True),
    },
    "button": {
        "name": Field(fields.one_of("consent", "stop_erase", "pause", "mark", "object", "threat"), needed=True),
        "hold_ms": Field(fields.whole(1, 3_600_000), 200),
    },
    "advance": {"hours": Field(fields.number(1 / 3600, _YEARS_H), needed=True)},
    "host": {"args": Field(fields.words, needed=True)},
    "card_out": {},
    "card_in": {},
    "card_full": {},
    "card_stall": {"ms": Field(fields.whole(1, 600_000), needed=True)},
    "power_cut": {"write": Field(fields.whole(1, 10**9)), "torn": Field(fields.whole(0, 4096), 0)},
    "power_on": {},
    "clock_lost": {},
    "end": {},
}


@dataclass(frozen=True)
class Verb:
    """What happens at `t` seconds of line time; `args` holds every field of the verb."""

    t: float
    do: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Script:
    """A checked script. `profile` is a shipped name or a path; None where the script leaves a thing to the box."""

    path: Path
    profile: str | Path | None
    start: int | None
    direction: str
    seed: int | None
    verbs: tuple[Verb, ...]
    phone: str = phones.DEFAULT


def load(path: Path) -> Script:
    """Read and check a script file; Usage says what is wrong, where, and what to do."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Usage(f"no script {path}") from error
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Usage(f"{path} is no text", hint="a call script is TOML in UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Usage(f"{path} is no TOML: {error}", hint="docs/simulator.md shows a script") from error
    return parse(data, path)


def parse(data: dict[str, Any], path: Path) -> Script:
    """Check a parsed script; WAVs are relative to `path`."""
    try:
        return _script(data, path)
    except Usage as error:
        raise Usage(f"{path}: {error}", hint=error.hint) from error


def _script(data: dict[str, Any], path: Path) -> Script:
    known = ("profile", "start", "direction", "seed", "phone", "at")
    for name in data:
        if name not in known:
            raise Usage(f"unknown setting {_shown(name)}{_near(name, known)}", hint=f"settings: {', '.join(known)}")
    return Script(
        path=path,
        profile=_profile(data.get("profile"), path.parent),
        start=_start(data.get("start")),
        direction=_setting("direction", fields.one_of("in", "out"), data.get("direction", "in"), path.parent),
        seed=_setting("seed", fields.whole(0, 2**53), data["seed"], path.parent) if "seed" in data else None,
        verbs=_verbs(data.get("at"), path.parent),
        phone=_phone(data.get("phone", {}), path.parent),
    )


def _setting(name: str, check: Any, value: Any, folder: Path) -> Any:
    try:
        return check(value, folder)
    except Usage as error:
        raise Usage(f"{name}: {error}", hint=error.hint) from error


def _phone(value: Any, folder: Path) -> str:
    if not isinstance(value, dict) or set(value) - {"model"}:
        raise Usage("phone is a table with one field, model", hint='write [phone] and below it model = "rtp-events"')
    model: str = _setting("phone: model", fields.one_of(*phones.MODELS), value.get("model", phones.DEFAULT), folder)
    return model


def _profile(value: Any, folder: Path) -> str | Path | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value or "\0" in value:
        raise Usage("profile is a name or the path of a policy file")
    return folder / value if value.endswith((".toml", ".json")) or "/" in value else value


def _start(value: Any) -> int | None:
    if value is None:
        return None
    try:
        when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Usage(f"start {_shown(value)} is no time", hint='write it as "2026-11-21T09:00:00Z"') from error
    if when.tzinfo is None:
        raise Usage(f"start {_shown(value)} has no time zone", hint='end it with Z, as in "2026-11-21T09:00:00Z"')
    if not _STARTS[0] <= when <= _STARTS[1]:
        raise Usage(f"start {_shown(value)} is outside 2001 to 2100")
    return int(when.timestamp())


def _verbs(rows: Any, folder: Path) -> tuple[Verb, ...]:
    if not isinstance(rows, list) or not rows:
        raise Usage("the script has no [[at]]", hint='begin with [[at]], t = 0.0, do = "off_hook"')
    verbs: list[Verb] = []
    for number, row in enumerate(rows, 1):
        try:
            verbs.append(_verb(row, folder))
            _check_order(verbs)
        except Usage as error:
            when = f" (t = {row['t']})" if isinstance(row, dict) and "t" in row else ""
            raise Usage(f"[[at]] number {number}{_line(when)}: {error}", hint=error.hint) from error
    return tuple(verbs)


def _verb(row: Any, folder: Path) -> Verb:
    if not isinstance(row, dict):
        raise Usage("this is no table")
    if "t" not in row or "do" not in row:
        raise Usage(f"{'t' if 't' not in row else 'do'} is missing", hint="each [[at]] has t (seconds) and do (a verb)")
    do = row["do"]
    if not isinstance(do, str) or do not in VERBS:
        raise Usage(f"unknown verb {_shown(do)}{_near(do, VERBS)}", hint=f"verbs: {' '.join(VERBS)}")
    t = _setting("t", fields.number(0, LONGEST_S), row["t"], folder)
    return Verb(t, do, _args(do, row, folder))


def _args(do: str, row: dict[str, Any], folder: Path) -> dict[str, Any]:
    known = VERBS[do]
    for name in row:
        if name not in known and name not in ("t", "do"):
            takes = f"{do} takes {', '.join(known)}" if known else f"{do} takes no fields"
            raise Usage(f"unknown field {_shown(name)} of {do}{_near(name, known)}", hint=takes)
    for name, field in known.items():
        if field.needed and name not in row:
            raise Usage(f"{do} needs {name}")
    return {
        name: _setting(f"{do}: {name}", field.check, row[name], folder) if name in row else field.default
        for name, field in known.items()
    }


def _check_order(verbs: list[Verb]) -> None:
    """What a verb needs of those before it."""
    verb, before = verbs[-1], verbs[:-1]
    if before and verb.t < before[-1].t:
        raise Usage(f"it comes before t = {before[-1].t:g} of the verb above it", hint="put the verbs in order of t")
    if before and before[-1].do == "end":
        raise Usage("nothing can follow end")
    if verb.do == "power_cut" and verb.args["torn"] and verb.args["write"] is None:
        raise Usage("torn needs write: the number of the card or flash write that is torn")
    if verb.do == "advance" and _lifted(before):
        raise Usage("advance with the handset lifted", hint="put an on_hook before it: only quiet hours can be skipped")


def _lifted(verbs: list[Verb]) -> bool:
    moves = [verb.do for verb in verbs if verb.do in ("off_hook", "on_hook")]
    return bool(moves) and moves[-1] == "off_hook"


def _line(text: str) -> str:
    return " " + " ".join(text.split())[:80] if text else ""


def _shown(value: Any) -> str:
    """A value in a message: one line, not too long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _near(name: Any, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), 1) if isinstance(name, str) else []
    return f"; did you mean {close[0]}?" if close else ""
