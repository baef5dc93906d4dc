"""A checked script as the job that the simulator plays: rendered audio and a timeline in samples (docs/simulator.md)."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import soundfile

from press1.sim import phones, render
from press1.sim.script import Script, Verb

_AUDIO = ("far", "near", "key", "tone")
_TAIL_S = 1  # line time after the last verb or sound where the script has no `end`


def _sample(t: float, rate: Fraction) -> int:
    return round(Fraction(t) * rate)


def _chunks(verb: Verb, rate: Fraction) -> Any:
    args = verb.args
    if verb.do == "key":
        return render.key(args["digit"], args["ms"], args["level_dbm0"], rate)
    if verb.do == "tone":
        return render.tone(args["name"], args["seconds"], rate)
    return render.wav(args["wav"], args["gain_db"], rate)


def sources(script: Script, rate: Fraction) -> dict[str, list[render.Source]]:
    """What sounds on each channel, as the phone passes it on."""
    phone = phones.MODELS[script.phone]
    heard: dict[str, list[render.Source]] = {"far": [], "near": []}
    for verb in script.verbs:
        if verb.do not in _AUDIO:
            continue
        start = _sample(verb.t, rate)
        for channel, gain_db in zip(("far", "near"), _gains(verb, phone), strict=True):
            if gain_db is not None:
                chunks = iter(_chunks(verb, rate))
                heard[channel].append(render.Source(start, render.louder(chunks, gain_db) if gain_db else chunks))
    return heard


def _gains(verb: Verb, phone: phones.Phone) -> tuple[float | None, float | None]:
    """Gains with which a sound arrives in the far and in the near channel."""
    if verb.do == "near":
        return phone.sidetone, 0.0
    if verb.do == "key" and verb.args["side"] == "local":
        return phone.keypad_ear, phone.keypad_mouth
    if verb.do == "key" and not phone.far_keys:
        return None, None
    return 0.0, phone.leak


def _last_s(verb: Verb) -> float:
    """Second at which a verb's effect on the line is over."""
    if verb.do in ("far", "near"):
        info = soundfile.info(verb.args["wav"])
        return verb.t + info.frames / info.samplerate
    return verb.t + {"key": verb.args.get("ms", 0) / 1000, "tone": verb.args.get("seconds", 0)}.get(verb.do, 0)


def end_s(script: Script) -> float:
    """Second of line time at which the script ends."""
    if script.verbs[-1].do == "end":
        return script.verbs[-1].t
    return max(_last_s(verb) for verb in script.verbs) + _TAIL_S


def timeline(script: Script, rate: Fraction) -> list[list[Any]]:
    """Rows [sample, verb, arguments] of everything that is not audio."""
    rows: list[list[Any]] = []
    for verb in script.verbs:
        if verb.do in _AUDIO or verb.do == "end":
            continue
        args = dict(verb.args)
        if verb.do == "advance":
            args = {"seconds": max(1, round(args["hours"] * 3600))}
        if verb.do == "host":
            args["number"] = len([row for row in rows if row[1] == "host"])
        rows.append([_sample(verb.t, rate), verb.do, args])
    return rows


def host_commands(script: Script) -> list[list[str]]:
    """Arguments of the host verbs, in the order of their numbers."""
    return [verb.args["args"] for verb in script.verbs if verb.do == "host"]


def write(script: Script, rate: Fraction, folder: Path, settings: dict[str, Any]) -> Path:
    """Render the audio and write the job beside it in `folder`; the path of the job.

    settings: box, out (folders), start, control (path of the pipe).
    """
    paths = {}
    for channel, heard in sources(script, rate).items():
        paths[channel] = str(folder / f"{channel}.s16")
        render.mix(heard, Path(paths[channel]))
    job = {
        "timeline": timeline(script, rate),
        "end": _sample(end_s(script), rate),
        "seed": script.seed,
        "direction": script.direction,
        "swapped": phones.MODELS[script.phone].swapped,
        **paths,
        **settings,
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return path
