"""`press1 sim run`: check the script, make the box if there is none, render, play, and run the script's host commands."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from press1.errors import NoBox, Press1Error, Usage
from press1.sim import demonstration, folder, job
from press1.sim.process import Simulator
from press1.sim.script import Script, load

DEFAULT_PROFILE = "training-consent"
_DEFAULT_START = 1_767_258_000  # 2026-01-01T09:00:00Z, for a new box where the script names no time
_HOST_S = 300
_KEPT_CHARS = 20_000  # of a host command's output, in the events
_UNPROVISIONED = 3  # exit status of the simulator

Tell = Callable[[str], None]


def run(script_path: Path, box: Path, out: Path, rate: Fraction = Fraction(8000), tell: Tell = print) -> None:
    """Play a script on a box and leave line.wav, ear.wav and events.jsonl in `out`.

    Usage for a script that cannot be played, NoBox for a folder that is no
    provisioned box, Press1Error when the firmware faulted.
    """
    script = load(script_path)
    if box.exists():
        start = _resume(script, box)
    else:
        start = script.start or _DEFAULT_START
        tell(f"making a demonstration box in {box}")
        demonstration.create(box, _profile(script), start, rate)
    _make_folder(out)
    with folder.locked(box), tempfile.TemporaryDirectory(prefix="press1-") as work:
        kept = folder.state(box)
        settings = {"box": str(box), "out": str(out), "start": start, "control": str(box / "control")}
        path = job.write(script, Fraction(*kept["rate"]), Path(work), settings)
        _play(script, box, path, tell)


def _profile(script: Script) -> str:
    if isinstance(script.profile, Path):
        return str(script.profile.resolve())
    return script.profile or DEFAULT_PROFILE


def _resume(script: Script, box: Path) -> int:
    """Start of the run on a box that exists, after checking that it can be."""
    kept = folder.state(box)
    has = demonstration.known_profile(box)
    if script.profile and has and _profile(script) != has:
        raise Usage(f"{script.path}: wants profile {script.profile}, {box} has {has}", hint="use another --box")
    clock = kept["world"] if kept["lost"] else kept["time"]
    if script.start is None:
        return int(clock)
    if script.start < clock:
        raise Usage(
            f"{script.path}: start {folder.iso(script.start)} is before the box's clock, {folder.iso(clock)}",
            hint="give a later start, or use another --box",
        )
    return script.start


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"cannot make {out}: {error.strerror}", hint="name a folder for the outputs") from error


def _play(script: Script, box: Path, path: Path, tell: Tell) -> None:
    commands = job.host_commands(script)
    with Simulator(box, "run", str(path)) as simulator:
        for said in simulator.said():
            if said["say"] == "host":
                simulator.flush()
                simulator.order(do="host", **_host(commands[said["number"]], simulator.device, box, tell))
        status = simulator.close()
    if status == _UNPROVISIONED:
        raise NoBox(f"{box} is not provisioned", hint=f"press1 --port sim:{box} provision, or use a new --box")
    if status:
        raise Press1Error("the firmware faulted", hint=f"events.jsonl says where; it printed: {simulator.last_words()}")


def _host(args: list[str], device: str, box: Path, tell: Tell) -> dict[str, Any]:
    """Run one host command against the box on `device`; its exit code and output."""
    tell(f"press1 --port {device} {' '.join(args)}")
    environ = {**os.environ, "COLUMNS": "100"}
    environ.setdefault("PRESS1_IDENTITY", str(box / "host"))
    environ["PRESS1_HOME"] = str(box / "host")  # what is known about this box, as with --port sim:
    command = [sys.executable, "-m", "press1", "--port", device, *args]
    try:
        done = subprocess.run(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_HOST_S,
        )
        code = done.returncode
        output = done.stdout + (done.stderr if code else "")  # progress on stderr never repeats to the byte
    except subprocess.TimeoutExpired:
        code, output = 1, f"no end within {_HOST_S} s"
    tell(output.rstrip() + (f"\nexit code {code}" if code else ""))
    return {"code": code, "output": output.replace(device, "PORT")[:_KEPT_CHARS]}
