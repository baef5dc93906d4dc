"""Boxes this host knows: their keys, and whom their recordings are sealed to. One JSON file, no secrets."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from press1.errors import Usage

HOME_VARIABLE = "PRESS1_HOME"
_SIM = "sim:"


@dataclass(frozen=True)
class Known:
    """One box: its Ed25519 key, and the owners' X25519 keys as far as this host knows them."""

    box_key: bytes
    owners: tuple[bytes, ...]


def home(port: str) -> Path:
    """Folder of what this host keeps about boxes; a simulated box has its own, so that trials leave nothing behind."""
    if port.startswith(_SIM):
        return Path(port.removeprefix(_SIM)) / "host"
    return Path(os.environ.get(HOME_VARIABLE) or platformdirs.user_data_dir("press1", appauthor=False))


class Boxes:
    """The file `boxes.json` in a home folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "boxes.json"

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Usage(f"cannot read {self._path}", "repair it, or move it away: the boxes it names must be met anew") from error
        return found if isinstance(found, dict) else {}

    def get(self, box: bytes) -> Known | None:
        """What is known about the box, or None."""
        row = self._all().get(box.hex())
        try:
            return Known(bytes.fromhex(row["box_key"]), tuple(map(bytes.fromhex, row["owners"]))) if row else None
        except (KeyError, TypeError, ValueError) as error:
            raise Usage(f"{self._path} is damaged at box {box.hex()}", "remove that entry: the box must be met anew") from error

    def remember(self, box: bytes, known: Known) -> None:
        """Add or replace a box."""
        rows = self._all()
        rows[box.hex()] = {"box_key": known.box_key.hex(), "owners": [key.hex() for key in known.owners]}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix="boxes.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(rows, file, indent=2, sort_keys=True)
            os.replace(name, self._path)
        except OSError as error:
            raise Usage(
                f"cannot write {self._path}: {error.strerror}", f"set {HOME_VARIABLE} to a folder you may write in"
            ) from error
