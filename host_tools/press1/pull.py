"""Bring recordings home: resumable, checked before they get their name, with the slot secret wrapped to the owners."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press1 import container, keyfile
from press1.device import Device
from press1.errors import Damaged, Gone, Usage

_SHORTEST = 4  # hex digits of an id that a person may give


@dataclass(frozen=True)
class Pulled:
    """What stands in the folder now; `new` is False when it stood there before."""

    id: bytes
    recording: Path
    key: Path
    state: str
    new: bool


def choose(items: list[dict[str, Any]], wanted: Sequence[str]) -> list[dict[str, Any]]:
    """The listed items that the ids (hex, may be shortened) name; all for none. Usage for what is no id, Gone for no such one."""
    if not wanted:
        return items
    chosen = [_one(items, text.lower()) for text in wanted]
    return [item for at, item in enumerate(chosen) if item not in chosen[:at]]


def _one(items: list[dict[str, Any]], text: str) -> dict[str, Any]:
    if not _SHORTEST <= len(text) <= 32 or set(text) - set("0123456789abcdef"):
        raise Usage(f"{text!r} is no recording id", f"{_SHORTEST} to 32 hexadecimal digits, as `press1 ls` prints them")
    found = [item for item in items if item["id"].hex().startswith(text)]
    if not found:
        raise Gone(f"the box holds no recording {text}", "it was erased or has expired; `press1 ls` shows what there is")
    if len(found) > 1:
        raise Usage(f"{text} is the beginning of {len(found)} ids", "give more digits")
    return found[0]


def fetch(device: Device, item: dict[str, Any], folder: Path, owners: Sequence[bytes], moved: Callable[[int], object]) -> Pulled:
    """Pull one listed recording into `folder`, unless it is there; `moved` hears how many bytes are."""
    ident: bytes = item["id"]
    recording = folder / f"{ident.hex()}.p1r"
    key = keyfile.path_beside(recording)
    new = not (recording.exists() and key.exists())
    if not recording.exists():
        part = recording.with_suffix(".p1r.part")
        resumed = part.exists()
        try:
            _download(device, item, part, moved)
            _check(device, ident, part)
        except Damaged:
            if not resumed:
                raise
            _download(device, item, part, moved)  # what stood there was the remains of something else
            _check(device, ident, part)
        os.replace(part, recording)
        _settle(folder)
    if not key.exists():
        assert device.about
        keyfile.save(key, keyfile.wrap(ident, device.about.box, device.secret(ident), list(owners)))
        _settle(folder)
    moved(item["bytes"])
    return Pulled(ident, recording, key, item["state"], new)


def _download(device: Device, item: dict[str, Any], part: Path, moved: Callable[[int], object]) -> None:
    """All of the recording into `part`, after what stands there from a pull that broke off."""
    offset = part.stat().st_size if part.exists() else 0
    if offset > item["bytes"]:
        offset = 0  # the remains of something else
    try:
        with open(part, "r+b" if part.exists() else "wb") as file:
            file.truncate(offset)
            file.seek(offset)
            for piece, _ in device.pull(item["id"], offset):
                file.write(piece)
                offset += len(piece)
                moved(offset)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Usage(f"cannot write {part}: {error.strerror}", "free some space, or name another --out") from error


def _check(device: Device, ident: bytes, part: Path) -> None:
    """Signature and identity; a file that fails is removed, so that the next pull begins anew."""
    assert device.about
    try:
        report = container.verify_file(part)
        if report.head.id != ident or report.head.box_key != device.about.box_key:
            raise Damaged("the recording is not the one that was asked for, or not of this box")
    except Damaged:
        part.unlink()
        raise


def _settle(folder: Path) -> None:
    """Make new names last through a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
