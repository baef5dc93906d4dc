"""What a provisioning needs, for one box or read from a file for many; public keys only."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from press1.errors import Usage


@dataclass(frozen=True)
class Plan:
    """One box. Paths of public keys; `port` and `label` where the file names them; `note` goes onto the label."""

    owner: tuple[Path, ...] = ()
    technician: Path | None = None
    auditor: Path | None = None
    profile: str = "training-consent"
    company: str | None = None
    address: str | None = None
    port: str | None = None
    label: Path | None = None
    note: str = ""


_PATHS = ("technician", "auditor", "label")
_NAMES = set(Plan.__dataclass_fields__)
_ROW_ONLY = {"port", "label", "note"}


def load(path: Path) -> list[Plan]:
    """The boxes of a TOML file: what stands before the first `[[box]]` holds for all, a box may say otherwise.

    Paths are relative to the file. Usage for anything that is not known: a key that is misspelt must not be passed over.
    """
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Usage(f"cannot read {path}: {error}") from error
    rows = found.pop("box", [])
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Usage(f"{path} lists no boxes", "a [[box]] for each")
    if misplaced := sorted(_ROW_ONLY & set(found)):
        raise Usage(f"{path}: {misplaced[0]} belongs to a [[box]], not to all of them")
    common = _filled(Plan(), found, path)
    return [_filled(common, row, path) for row in rows]


def _filled(plan: Plan, row: dict[str, Any], path: Path) -> Plan:
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name not in _NAMES:
            raise Usage(f"{path}: unknown key {name!r}", f"known: {', '.join(sorted(_NAMES))}")
        texts = value if name == "owner" and isinstance(value, list) else [value]
        if not all(isinstance(text, str) and text for text in texts):
            raise Usage(f"{path}: {name} is no text")
        if name == "owner":
            values[name] = tuple(path.parent / text for text in texts)
        else:
            values[name] = path.parent / value if name in _PATHS else value
    return replace(plan, **values)
