"""What the rule tests share: the source files, parsed."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
HOST = ROOT / "host_tools" / "press1"


def files(folder: Path) -> list[Path]:
    """Python files below a folder, in a stable order."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def device_scripts() -> list[Path]:
    """MicroPython scripts that live beside the host's code."""
    return [path for path in files(HOST) if path.name.endswith(".mpy.py")]


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> list[tuple[str, int]]:
    """Dotted names that a file imports anywhere in it, with line numbers; relative ones begin with a dot.

    `from a import b` gives `a.b`, so that a rule about `hal.contract` sees which module was meant.
    """
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            found += [(f"{base}.{alias.name}", node.lineno) for alias in node.names]
    return found


def name(path: Path) -> str:
    """A path as people write it."""
    return path.relative_to(ROOT).as_posix()
