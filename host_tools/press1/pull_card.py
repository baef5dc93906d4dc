"""Recordings on a box's card in a reader: the bytes come from there, the box gives only the slot secrets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from press1.errors import Damaged, Usage
from press1.head import Head, read_head

_FOLDER = "rec"
_SUFFIX = ".p1r"
_PIECE = 1 << 20


def items(card: Path, box: bytes) -> list[dict[str, Any]]:
    """What `press1 ls` would list, as far as the files of this box say it, oldest first; `path` is where each lies.
    Usage where the folder is no such card."""
    found = [_item(path, head) for path, head in _heads(card) if head.box == box]
    return sorted(found, key=lambda item: (item["created"], item["part"]))


def _heads(card: Path) -> Iterator[tuple[Path, Head]]:
    """Files with a head that makes sense; what a torn write or an erasure left behind is none."""
    for path in sorted(_shelf(card).rglob("*")):
        if path.suffix.lower() != _SUFFIX or not path.is_file():
            continue
        try:
            with open(path, "rb") as file:
                yield path, read_head(file)
        except Damaged:
            continue
        except OSError as error:
            raise Usage(f"cannot read {path}: {error.strerror}") from error


def _shelf(card: Path) -> Path:
    try:
        for folder in card.iterdir():
            if folder.name.lower() == _FOLDER and folder.is_dir():
                return folder
    except OSError as error:
        raise Usage(f"cannot read {card}: {error.strerror}", "where is the card mounted?") from error
    raise Usage(f"{card} is no card of a box: no folder REC", "name the folder where the card is mounted")


def _item(path: Path, head: Head) -> dict[str, Any]:
    return {
        "id": head.id,
        "call": head.call,
        "part": head.part,
        "created": head.created,
        "expires": head.expires,
        "purposes": [row.purpose for row in head.purposes],
        "bytes": path.stat().st_size,
        "path": path,
    }


def read(item: dict[str, Any], offset: int) -> Iterator[bytes]:
    """Pieces of the file from `offset`."""
    with open(item["path"], "rb") as file:
        file.seek(offset)
        while piece := file.read(_PIECE):
            yield piece
