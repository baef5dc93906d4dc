"""Names that people give their boxes, in `desk.json` beside the keys."""

import json
import os
import tempfile
from pathlib import Path

_LONGEST = 40


class Names:
    """Of boxes by id (hex). A file that cannot be read is as good as none."""

    def __init__(self, home: Path) -> None:
        self._path = home / "desk.json"

    def _all(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(box): str(name) for box, name in found["boxes"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def of(self, box: str) -> str:
        """The name, or "" where none was given."""
        return self._all().get(box, "")

    def give(self, box: str, name: str) -> None:
        """Name a box; an empty name takes the old one away."""
        rows = {**self._all(), box: " ".join(name.split())[:_LONGEST]}
        rows = {box: name for box, name in rows.items() if name}
        handle, path = tempfile.mkstemp(dir=self._path.parent, prefix="desk.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"boxes": rows}, file, indent=2, sort_keys=True, ensure_ascii=False)
        os.replace(path, self._path)
