"""Bring recordings home: resumable, checked before they get their name, with the slot secret wrapped to the owners.

The bytes come over the line, or from the box's card in a reader; what is checked is the same.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import container, keyfile
from press1.device import Device
from press1.errors import Damaged, Gone, Usage

_SHORTEST = 4  # hex digits of an id that a person may give
WINDOW = 32  # frames under way: 0.7 s at 2,000,000 baud, in which this computer may do something else

Item = dict[str, Any]
Read = Callable[[Item, int], Iterator[bytes]]  # pieces of an item from an offset


@dataclass(frozen=True)
class Pulled:
    """What stands in the folder now; `new` is False when it stood there before."""

    id: bytes
    recording: Path
    key: Path
    state: str
    new: bool


def choose(items: list[Item], wanted: Sequence[str], since: int | None = None, purpose: str | None = None) -> list[Item]:
    """The listed items that the ids (hex, may be shortened) name, all for none; of them those not older than `since` and
    made for `purpose`. Usage for what is no id, Gone for no such one."""
    if wanted:
        named = [_one(items, text.lower()) for text in wanted]
        items = [item for at, item in enumerate(named) if item not in named[:at]]
    return [
        item for item in items if (since is None or item["created"] >= since) and (purpose is None or purpose in item["purposes"])
    ]


def _one(items: list[Item], text: str) -> Item:
    if not _SHORTEST <= len(text) <= 32 or set(text) - set("0123456789abcdef"):
        raise Usage(f"{text!r} is no recording id", f"{_SHORTEST} to 32 hexadecimal digits, as `press1 ls` prints them")
    found = [item for item in items if item["id"].hex().startswith(text)]
    if not found:
        raise Gone(f"the box holds no recording {text}", "it was erased or has expired; `press1 ls` shows what there is")
    if len(found) > 1:
        raise Usage(f"{text} is the beginning of {len(found)} ids", "give more digits")
    return found[0]


def over_line(device: Device) -> Read:
    """Read from the box itself."""

    def read(item: Item, offset: int) -> Iterator[bytes]:
        for piece, _ in device.pull(item["id"], offset, WINDOW):
            yield piece

    return read


def fetch(
    device: Device, item: Item, folder: Path, owners: Sequence[bytes], moved: Callable[[int], object], read: Read | None = None
) -> Pulled:
    """Pull one listed recording into `folder`, unless it is there; `moved` hears how many bytes are."""
    ident: bytes = item["id"]
    recording = folder / f"{ident.hex()}.p1r"
    key = keyfile.path_beside(recording)
    new = not (recording.exists() and key.exists())
    if recording.exists():
        state = container.verify_file(recording).state
    else:
        part = recording.with_suffix(".p1r.part")
        state = _bring(device, item, part, moved, read or over_line(device))
        os.replace(part, recording)
        _settle(folder)
    if not key.exists():
        assert device.about
        keyfile.save(key, keyfile.wrap(ident, device.about.box, device.secret(ident), list(owners)))
        _settle(folder)
    moved(item["bytes"])
    return Pulled(ident, recording, key, state, new)


def _bring(device: Device, item: Item, part: Path, moved: Callable[[int], object], read: Read) -> str:
    """A checked copy, and its state; what stood there of an earlier pull is used when it fits."""
    resumed = part.exists()
    try:
        _download(item, part, moved, read)
        return _check(device, item["id"], part)
    except Damaged:
        if not resumed:
            raise
        _download(item, part, moved, read)  # what stood there was the remains of something else
        return _check(device, item["id"], part)


def _download(item: Item, part: Path, moved: Callable[[int], object], read: Read) -> None:
    """All of the recording into `part`, after what stands there from a pull that broke off."""
    offset = part.stat().st_size if part.exists() else 0
    if offset > item["bytes"]:
        offset = 0  # the remains of something else
    try:
        with open(part, "r+b" if part.exists() else "wb") as file:
            file.truncate(offset)
            file.seek(offset)
            for piece in read(item, offset):
                file.write(piece)
                offset += len(piece)
                moved(offset)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Usage(f"cannot write {part}: {error.strerror}", "free some space, or name another --out") from error


def _check(device: Device, ident: bytes, part: Path) -> str:
    """Signature and identity; the state. A file that fails is removed, so that the next pull begins anew."""
    assert device.about
    try:
        report = container.verify_file(part)
        if report.head.id != ident or report.head.box_key != device.about.box_key:
            raise Damaged("the recording is not the one that was asked for, or not of this box")
    except Damaged:
        part.unlink()
        raise
    return report.state


def prove(pulled: Pulled, private: X25519PrivateKey) -> None:
    """The copy on the disk opens to its last record with this key: only then may the original go. Raises what speaks against it."""
    report = container.verify_file(pulled.recording)
    if report.head.id != pulled.id:
        raise Damaged(f"{pulled.recording} is another recording")
    kept = keyfile.load(pulled.key)
    if kept.id != pulled.id:
        raise Damaged(f"{pulled.key} belongs to another recording")
    with open(pulled.recording, "rb") as file:
        contents = container.Contents(file, report, container.file_secret(report.head, private), kept.open(private))
        for _ in contents:
            pass


def give_up(device: Device, pulled: Pulled) -> None:
    """Erase on the box what has been proved here; `moved` binds no copy, and is no erasure on request."""
    device.erase(pulled.id, "moved")


def _settle(folder: Path) -> None:
    """Make new names last through a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
