"""The bench image of a board: our files, and where there is the official MicroPython, everything that its flash holds."""

import ast
import contextlib
import hashlib
import io
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from press1.errors import Press1Error, Usage
from press1.images import boards, bundle, bytecode, filesystem, official, sbom, table
from press1.images.boards import Board

FIRMWARE = boards.ROOT / "firmware"
_VFS = "vfs"
_PACK = "code/image.p1u"  # the firmware in one file: small files waste flash
_KEPT = ("keys", "state")  # partitions that belong to the box, not to the image


@dataclass
class Sources:
    """What goes in. `micropython`: the official .bin; `library`: a folder with micropython-lib's modules; `publisher`: 32 bytes."""

    firmware: Path = FIRMWARE
    micropython: Path | None = None
    library: Path | None = None
    publisher: bytes = b""
    unpinned: bool = False


@dataclass
class Image:
    """What comes out: named files, and what `manifest.json` says of them."""

    files: dict[str, bytes] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Replace the folder's contents."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


def version(firmware: Path) -> str:
    """`VERSION` of the firmware's `main.py`."""
    for node in ast.walk(ast.parse((firmware / "main.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "VERSION":
            return str(ast.literal_eval(node.value))
    raise Press1Error(f"{firmware / 'main.py'} names no VERSION")


def contents(board: Board, sources: Sources) -> tuple[dict[str, bytes], list[str]]:
    """Files of the box's file system, and the names that are missing because no library was given."""
    firmware = sources.firmware
    modules = bytecode.modules(firmware)
    files = {_PACK: bundle.pack(bundle.manifest(version(firmware), bytecode.CHIP, modules), modules)}
    files["boot.py"] = (firmware / "boot.py").read_bytes()  # MicroPython starts it as source only
    for name in ("launch", "pack"):
        files[f"{name}.mpy"] = bytecode.compiled((firmware / f"{name}.py").read_bytes(), f"{name}.py")
    files["board.mpy"] = bytecode.compiled((board.folder / "board.py").read_bytes(), "board.py")
    files["publisher.mpy"] = bytecode.compiled(b"KEY = %r\n" % sources.publisher, "publisher.py")
    missing = []
    for name in board.requires:
        path = _driver(sources.library, name)
        if path:
            files[f"lib/{name}.mpy"] = bytecode.compiled(path.read_bytes(), f"lib/{name}.py")
        else:
            missing.append(name)
    return files, missing


def _driver(library: Path | None, name: str) -> Path | None:
    """A module of micropython-lib; Usage where the given folder does not have it."""
    if library is None:
        return None
    found = sorted(library.rglob(f"{name}.py"))
    if not found:
        raise Usage(f"{library} has no {name}.py", "give a folder with micropython-lib")
    return found[0]


def build(board: Board, sources: Sources) -> Image:
    """Everything for one board."""
    files, missing = contents(board, sources)
    place = board.part(_VFS)
    parts = {table.OFFSET: table.build(board), place.offset: filesystem.build(files, place.size)}
    others = [sbom.other(name, "", "library") for name in board.requires if name not in missing]
    given = official.load(sources.micropython, board, sources.unpinned) if sources.micropython else None
    about = _micropython(given, board, sources.unpinned)
    if given is not None:
        parts.update(official.segments(given, board))
        others.append(sbom.other(about["build"], about["version"], "firmware", _digest(given)))
    image = Image({"partitions.bin": parts[table.OFFSET], "vfs.img": parts[place.offset]})
    for offset, name in _programs(parts, board):
        image.files[name] = parts[offset]
    if given is not None:
        image.files["whole.bin"] = merged(parts, board)
    image.files["sbom.json"] = sbom.build(f"press1-{board.name}", version(sources.firmware), _parts(files), others)
    _describe(image, board, sources, files, missing, about, given is not None)
    return image


def _micropython(given: bytes | None, board: Board, unpinned: bool) -> dict[str, Any]:
    """What the manifest says of MicroPython: what the lock names, or of an unpinned file only what it says of itself."""
    if given is not None and unpinned:
        return {"build": "MicroPython", "version": official.version(given), "pinned": False}
    known = official.pinned(board)
    return {"build": known.build, "version": known.version, "pinned": bool(known.sha256)}


def _programs(parts: dict[int, bytes], board: Board) -> list[tuple[int, str]]:
    """Boot loader and application among the parts."""
    names = {official.BASE[board.chip]: "bootloader.bin"}
    names[board.app.offset] = "micropython.bin"
    return [(offset, names[offset]) for offset in sorted(parts) if offset in names]


def merged(parts: dict[int, bytes], board: Board) -> bytes:
    """One file from the chip's first byte on, by esptool; what lies between is FF, the key partition included."""
    from esptool import cmds

    base, rows = official.BASE[board.chip], [(offset, parts[offset]) for offset in sorted(parts)]
    with contextlib.redirect_stdout(io.StringIO()):
        data = cmds.merge_bin(rows, chip=board.chip, target_offset=base)
    if data is None:
        raise Press1Error("esptool made no image")
    return bytes(data)


def _parts(files: dict[str, bytes]) -> dict[str, bytes]:
    """All files, those inside the pack by themselves."""
    return {**{name: data for name, data in files.items() if name != _PACK}, **bundle.read(files[_PACK]).files}


def _describe(
    image: Image, board: Board, sources: Sources, files: dict[str, bytes], missing: list[str], about: dict[str, Any], whole: bool
) -> None:
    vfs = board.part(_VFS)
    offsets = {"partitions.bin": table.OFFSET, "vfs.img": vfs.offset, "bootloader.bin": official.BASE[board.chip]}
    offsets["micropython.bin"] = board.app.offset
    rows = [
        {"file": name, "offset": offsets[name], "bytes": len(data), "sha256": _digest(data)}
        for name, data in image.files.items()
        if name in offsets
    ]
    image.manifest = {
        "format": "press1/image",
        "board": board.name,
        "chip": board.chip,
        "version": version(sources.firmware),
        "flash_bytes": board.flash_bytes,
        "used_bytes": filesystem.used(image.files["vfs.img"]),
        "complete": whole and not missing,
        "missing": missing if whole else ["micropython", *missing],
        "micropython": about,
        "publisher": _digest(sources.publisher)[:32] if sources.publisher else None,
        "kept": {name: {"offset": board.part(name).offset, "bytes": board.part(name).size} for name in _KEPT},
        "segments": sorted(rows, key=lambda row: int(str(row["offset"]))),
        "files": {name: _digest(data) for name, data in sorted(files.items())},
        "modules": {name: _digest(data) for name, data in sorted(bundle.read(files[_PACK]).files.items())},
        "other": {name: _digest(data) for name, data in sorted(image.files.items()) if name not in offsets},
    }
    image.files["manifest.json"] = (json.dumps(image.manifest, indent=2, sort_keys=True) + "\n").encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
