"""Sending an update to a box (docs/update.md, section 4)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from press1 import answers
from press1.conversation import typed
from press1.device import Device
from press1.errors import NoBox, Press1Error, RefusedByBox, Usage, WrongKey
from press1.images import bundle
from press1.protocol import SIGNED, LinkLost

_PIECE = 2048
_PIECE_S = 60.0  # the piece with the signature takes the chip two seconds, the last one hashes everything
BACK_S = 60.0  # a start on a busy computer
_POLL_S = 1.0
_TAKES = "a box takes what its image's publisher signed, for its chip, and from a technician nothing older than it runs"
_TYPES = {"version": str, "use": str, "trial": bool, "tries": int, "offset": int, "ready": str}


def load(path: Path) -> bytes:
    """An update file, checked to be whole."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error
    bundle.read(data)
    return data


def _status(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: typed(reply, name, kind) for name, kind in _TYPES.items()}


def status(device: Device) -> dict[str, Any]:
    """What runs, and how far an update is."""
    return _status(device.ask("update"))


def send(device: Device, data: bytes, tell: Callable[[float], object] = lambda _: None) -> dict[str, Any]:
    """Send all of it; the box has then checked signature and contents. Goes on where it was when the line breaks."""
    offset, told = 0, 0
    while offset < len(data):
        piece = data[offset : offset + _PIECE]
        try:
            found = _status(device._once({"q": "update", "offset": offset, "data": piece}, _PIECE_S, SIGNED))
            offset += len(piece)
        except RefusedByBox as error:
            raise RefusedByBox(str(error), _hint(error)) from error
        except LinkLost:
            device.again()
            found = status(device)
            if found["ready"] and offset + len(piece) == len(data):
                break  # it had arrived; the answer was lost
            offset = found["offset"]
        if offset * 10 // len(data) > told:
            told = offset * 10 // len(data)
            tell(offset / len(data))
    if not found["ready"]:
        raise Press1Error("the box did not take the update", "repeat the command")
    return found


def _hint(error: RefusedByBox) -> str:
    """What helps: another identity only where the role was the reason."""
    return error.hint if "role" in str(error) or error.hint != answers.VALUES else _TAKES


def use(device: Device, seconds: float = BACK_S) -> dict[str, Any]:
    """Let the box start the update that has arrived; what it says when it is back."""
    asked = _status(device.ask("update", do="use"))
    found = _after_start(device, lambda found: found["tries"] > 0 or found["use"] != asked["use"], seconds)
    if found["use"] != asked["use"]:
        raise Press1Error("the update does not start on this box, which runs what it ran before", "`press1 doctor` says more")
    return found


def back(device: Device) -> dict[str, Any]:
    """Go back to what ran before."""
    asked = _status(device.ask("update", do="back"))
    return _after_start(device, lambda found: not found["trial"] and found["use"] == asked["use"])


def keep(device: Device) -> dict[str, Any]:
    """Confirm what runs."""
    return _status(device.ask("update", do="keep"))


def _after_start(device: Device, there: Callable[[dict[str, Any]], bool], seconds: float = BACK_S) -> dict[str, Any]:
    """Status once the box has started again, in a new session with the same box."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(_POLL_S)
        try:
            _reopen(device)
            found = status(device)
        except (NoBox, LinkLost):
            continue
        if there(found):
            return found
    raise NoBox("the box does not come back", "power it off and on: what does not start is given up after the third time")


def _reopen(device: Device) -> None:
    """As Device.again, but the version may be another one."""
    before, identity = device.about, device.identity
    assert before and identity
    if device.hello().box_key != before.box_key:
        raise WrongKey("another box answers now", "plug the first one in again")
    device.auth(*identity)
