"""A simulated box's directory as the host sees it: its lock, its saved state, its control pipe."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from press1.errors import NoBox, Usage

BUTTONS = ("consent", "stop_erase", "pause", "mark", "object", "threat")


def state(folder: Path) -> dict[str, Any]:
    """The map of box.json; NoBox when the folder holds no simulated box."""
    try:
        kept = json.loads((folder / "box.json").read_text(encoding="utf-8"))
        Fraction(*kept["rate"])
        return {**kept, "time": int(kept["time"]), "world": int(kept["world"]), "lost": bool(kept["lost"])}
    except FileNotFoundError as error:
        raise NoBox(f"{folder} holds no simulated box", hint="name a folder that `press1 sim run` made") from error
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise NoBox(f"{folder / 'box.json'} is unreadable", hint="make a new box with `press1 sim run`") from error


def iso(t: int) -> str:
    """UTC seconds -> 2026-11-21T09:00:00Z."""
    return datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the box for one process; NoBox when another has it."""
    if os.name != "posix":
        raise NoBox("the simulator needs pseudo-terminals", hint="run it on Linux or macOS")
    import fcntl  # here, because Windows has none

    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NoBox(f"{folder} is in use by another press1", hint="wait for it, or stop it") from error
        yield


def order(folder: Path, words: dict[str, Any]) -> None:
    """Tell the simulator that serves this box something; NoBox when none does."""
    data = json.dumps(words).encode() + b"\n"
    try:
        pipe = os.open(folder / "control", os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        raise NoBox(f"nobody serves {folder} now", hint=f"first start a command with --port sim:{folder}") from error
    try:
        os.set_blocking(pipe, True)  # a long order must arrive whole
        os.write(pipe, data)
    finally:
        os.close(pipe)


def press(folder: Path, name: str, seconds: float) -> None:
    """Hold a button of a served box."""
    if name not in BUTTONS:
        raise Usage(f"no button {name!r}", hint=f"buttons: {', '.join(BUTTONS)}")
    order(folder, {"do": "button", "name": name, "ms": round(seconds * 1000)})
