"""What a folder below `boards/` says about its board, as far as an image needs it."""

import ast
import csv
import json
from dataclasses import dataclass
from pathlib import Path

from press1.errors import Usage

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "boards"
TABLE = "bench.csv"
_EXAMPLE = "TEMPLATE"


@dataclass(frozen=True)
class Part:
    """A partition; `kind` is app or data, `subtype` a name or a number, offset and size in bytes."""

    name: str
    kind: str
    subtype: str
    offset: int
    size: int


@dataclass(frozen=True)
class Board:
    """One board: its name, chip, partitions of the bench image, and what it takes from micropython-lib."""

    name: str
    folder: Path
    chip: str
    parts: tuple[Part, ...]
    requires: tuple[str, ...]

    def part(self, name: str) -> Part:
        """The partition of this name; Usage where there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise Usage(f"{self.folder / TABLE} has no partition {name!r}")

    @property
    def app(self) -> Part:
        """The partition of the application, of which a bench image has one."""
        return next(part for part in self.parts if part.kind == "app")

    @property
    def flash_bytes(self) -> int:
        """Flash that the partitions need."""
        return max(part.offset + part.size for part in self.parts)


def names() -> list[str]:
    """All boards, without the example for new ones."""
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{TABLE}") if path.parent.name != _EXAMPLE)


def load(name: str) -> Board:
    """The board of this name; Usage, naming those there are, where it is none."""
    folder = FOLDER / name
    if not name or "/" in name or not (folder / TABLE).is_file():
        raise Usage(f"no board {name!r}", f"boards: {', '.join(names()) or f'none in {FOLDER}'}")
    chip = json.loads((folder / "board.json").read_text(encoding="utf-8"))["mcu"]
    return Board(name, folder, chip, tuple(_parts(folder / TABLE)), tuple(_requires(folder / "manifest.py")))


def _parts(path: Path) -> list[Part]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
    rows = csv.reader(lines, skipinitialspace=True)
    try:
        return [Part(row[0].strip(), row[1].strip(), row[2].strip(), int(row[3], 0), int(row[4], 0)) for row in rows]
    except (IndexError, ValueError) as error:
        raise Usage(f"{path} is no partition table: {error}") from error


def _requires(path: Path) -> list[str]:
    """Names that the manifest takes from micropython-lib."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    found = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "require"]
    return sorted(str(node.args[0].value) for node in found if isinstance(node.args[0], ast.Constant))
