"""Putting an image on a chip: what is in the image, what the box would lose, write, verify."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from press1.errors import Damaged, RefusedByBox, Usage

_PAGE = 4096
_SLOT_MAGIC = b"P1KS"  # docs/memory.md: header of a page of key slots
_FIRST_SLOT_PAGE = 4
_BLANK = b"\xff"
_TWICE = 2


class Chip(Protocol):
    """A chip in its boot loader."""

    name: str  # as in an image's manifest
    flash_bytes: int

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of its flash."""

    def erase(self, offset: int, size: int) -> None:
        """Set whole pages to FF."""

    def write(self, rows: list[tuple[int, bytes]]) -> None:
        """Erase what is needed, and write."""

    def verify(self, rows: list[tuple[int, bytes]]) -> None:
        """Damaged where the flash holds something else."""


@dataclass(frozen=True)
class Image:
    """A folder that `make firmware` wrote: its manifest, and what goes where."""

    manifest: dict[str, Any]
    rows: list[tuple[int, bytes]]

    @property
    def kept(self) -> list[tuple[int, int]]:
        """(offset, size) of what belongs to the box: keys and state."""
        return [(row["offset"], row["bytes"]) for row in self.manifest["kept"].values()]


def load(folder: Path) -> Image:
    """An image, every part checked against its manifest. Usage where something is missing in it."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["format"] != "press1/image":
            raise ValueError
        rows = [(int(row["offset"]), _part(folder, row)) for row in manifest["segments"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Usage(f"{folder} holds no image", "`make firmware BOARD=... MICROPYTHON_BIN=...` makes one") from error
    if manifest["missing"]:
        raise Usage(f"the image lacks {', '.join(manifest['missing'])}", "docs/technician.md, section 1, says how it gets it")
    return Image(manifest, rows)


def _part(folder: Path, row: dict[str, Any]) -> bytes:
    data = (folder / row["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise Damaged(f"{folder / row['file']} is not what the manifest says", "build the image again")
    return data


def may_overwrite(live: int | None, told: int) -> None:
    """RefusedByBox unless the box holds nothing, or the user has said twice that it may be lost. None: nobody knows."""
    if live == 0 or told >= _TWICE:
        return
    holds = "may hold recordings, and does not say" if live is None else f"holds {live} unexpired recording{'s' * (live != 1)}"
    hint = "say --overwrite once more" if told else "pull them first; to lose them: --overwrite --overwrite"
    raise RefusedByBox(f"the box {holds}", hint)


def used_slots(chip: Chip, image: Image) -> bool:
    """Whether the chip's flash shows that a box has kept keys there; for a box that does not answer."""
    offset, size = next((row["offset"], row["bytes"]) for name, row in image.manifest["kept"].items() if name == "keys")
    pages = range(offset + _FIRST_SLOT_PAGE * _PAGE, offset + size, _PAGE)
    return any(chip.read(page, len(_SLOT_MAGIC)) == _SLOT_MAGIC for page in pages)


def check(chip: Chip, image: Image) -> None:
    """Usage where the image is not for this chip, or larger than its flash."""
    if chip.name != image.manifest["chip"]:
        raise Usage(f"this is an {chip.name}; the image is for {image.manifest['board']}, an {image.manifest['chip']}")
    if chip.flash_bytes < image.manifest["flash_bytes"]:
        need = image.manifest["flash_bytes"] // 1048576
        raise Usage(f"the chip has {chip.flash_bytes / 1048576:g} MiB of flash, the image needs {need}")


def flash(chip: Chip, image: Image, erase: bool, tell: Callable[[str], object]) -> None:
    """Write and verify. Keys and state stay as they are unless `erase`."""
    check(chip, image)
    if erase:
        tell("erasing keys and state: what was recorded is unreadable from now on")
        for offset, size in image.kept:
            chip.erase(offset, size)
    tell(f"writing {sum(len(data) for _, data in image.rows) // 1024} KiB")
    chip.write(image.rows)
    tell("verifying")
    chip.verify(image.rows)


class FileChip:
    """A flash that is a file, from the chip's address 0 on: for the bench without a board, and for programmers of other makes."""

    def __init__(self, path: Path, image: Image) -> None:
        self.name = image.manifest["chip"]
        self.flash_bytes = image.manifest["flash_bytes"]
        self._path = path
        try:
            found = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise Usage(f"cannot read {path}: {error.strerror}") from error
        if found and len(found) != self.flash_bytes:
            raise Usage(f"{path} exists, and is no flash of {self.flash_bytes} bytes", "name another file")
        self._cells = bytearray(found or _BLANK * self.flash_bytes)

    def read(self, offset: int, size: int) -> bytes:
        """As Chip.read."""
        return bytes(self._cells[offset : offset + size])

    def erase(self, offset: int, size: int) -> None:
        """As Chip.erase."""
        self._cells[offset : offset + size] = _BLANK * size
        self._save()

    def write(self, rows: list[tuple[int, bytes]]) -> None:
        """As Chip.write."""
        for offset, data in rows:
            self._cells[offset : offset + len(data)] = data
        self._save()

    def _save(self) -> None:
        try:
            self._path.write_bytes(self._cells)
        except OSError as error:
            raise Usage(f"cannot write {self._path}: {error.strerror}") from error

    def verify(self, rows: list[tuple[int, bytes]]) -> None:
        """As Chip.verify."""
        written = self._path.read_bytes()
        for offset, data in rows:
            if written[offset : offset + len(data)] != data:
                raise Damaged(f"{self._path} does not hold what was written at {offset:#x}")
