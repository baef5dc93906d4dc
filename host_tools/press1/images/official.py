"""The official MicroPython image: which one, whether it is that one, and the parts of it that are used."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from press1.errors import Damaged, Usage
from press1.images import table
from press1.images.boards import FOLDER, Board

LOCK = FOLDER / "micropython.lock"
BASE = {"esp32": 0x1000, "esp32s3": 0x0}  # where the file begins in flash
_MAGIC = 0xE9  # of an image for the boot ROM or the boot loader
_BANNER = re.compile(rb"MicroPython v((\d+)\.(\d+)[^ \0]*) on \d{4}-\d\d-\d\d")
_OLDEST = (1, 23)  # reads .mpy files of bytecode.FORMAT


@dataclass(frozen=True)
class Pinned:
    """What `boards/micropython.lock` says: the version, the download's name, its SHA-256 (empty: not known yet)."""

    version: str
    build: str
    sha256: str


def pinned(board: Board) -> Pinned:
    """The pinned MicroPython for the board's chip."""
    with LOCK.open("rb") as file:
        row = tomllib.load(file)[board.chip]
    return Pinned(row["version"], row["build"], row["sha256"].lower())


def load(path: Path, board: Board, unpinned: bool) -> bytes:
    """The file, its hash checked against the lock. Damaged for another file; Usage where no hash is pinned."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error
    known, digest = pinned(board), hashlib.sha256(data).hexdigest()
    if unpinned:
        _new_enough(data)
        return data
    if not known.sha256:
        raise Usage(
            f"boards/micropython.lock has no hash for {known.build} {known.version} yet; this file's is {digest}",
            "compare it with the one on MicroPython's download page and write it there, or UNPINNED=1 for a trial",
        )
    if digest != known.sha256:
        raise Damaged(f"{path} is not {known.build} {known.version}: its SHA-256 is {digest}", "download it again")
    return data


def version(data: bytes) -> str:
    """The MicroPython version that the file's banner names. Damaged where it has none."""
    return str(_banner(data)[1], "ascii", "replace")


def _banner(data: bytes) -> "re.Match[bytes]":
    found = _BANNER.search(data)
    if found is None:
        raise Damaged("this is no MicroPython: the file holds no banner with a version")
    return found


def _new_enough(data: bytes) -> None:
    """Nothing else tells an unpinned MicroPython that could not load one of our files."""
    if (int(_banner(data)[2]), int(_banner(data)[3])) < _OLDEST:
        need = ".".join(map(str, _OLDEST))
        raise Usage(f"this is MicroPython {version(data)}, which cannot read our .mpy files; {need} and later can")


def segments(data: bytes, board: Board) -> dict[int, bytes]:
    """Boot loader and application by their place in flash. Damaged where the file is no image of this chip."""
    base, app = BASE[board.chip], board.app
    loader, program = data[: table.OFFSET - base], data[app.offset - base :]
    if not program or program[0] != _MAGIC or loader[:1] != bytes([_MAGIC]):
        raise Damaged(
            "this is no MicroPython image: boot loader or application is not where it should be",
            "take the .bin for this board's chip that is flashed to an empty board, not the .app-bin of updates",
        )
    if len(program) > app.size:
        raise Damaged(f"the application is larger than its partition: {len(program)} of {app.size} bytes")
    return {base: loader.rstrip(b"\xff"), app.offset: program}
