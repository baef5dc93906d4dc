"""Policies that this computer keeps, read again."""

from pathlib import Path

from press1.errors import Press1Error
from press1.policy import Policy, read


def kept_policies(home: Path) -> dict[str, Policy]:
    """By the hash (hex) that a box journals. One that an older version wrote otherwise is left out."""
    found = {}
    for path in sorted((home / "policies").glob("*.toml")):
        try:
            found[path.stem] = read(path)
        except Press1Error:
            continue  # the report says that its text cannot be read
    return found
