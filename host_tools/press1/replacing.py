"""What a file that is written over may be: an earlier one of its kind, never somebody's key or letter."""

from pathlib import Path

from press1.errors import Usage

KINDS = {
    "wav": (b"RIFF", b"RF64"),
    "flac": (b"fLaC",),
    "opus": (b"OggS",),
    "zip": (b"PK",),
    "pdf": (b"%PDF-",),
    "html": (b"<!doctype", b"<!DOCTYPE"),
}


def check(path: Path, kind: str) -> None:
    """Usage where `path` is there and does not begin as a file of this kind; an empty one may go."""
    try:
        with open(path, "rb") as file:
            start = file.read(16)
    except OSError:  # not there; what else is wrong shows when it is written
        return
    if start and not start.startswith(KINDS[kind]):
        raise Usage(f"{path} exists, and is no {kind} file", "name another --out, or delete it first")
