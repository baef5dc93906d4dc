"""`python -m press1.bench [PART...] [--quick]`: measure, print, and write build/bench.json."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

# Part name -> module with run(quick: bool) -> dict.
PARTS = {"dtmf": "press1.bench.dtmf", "pull": "press1.bench.pull", "open": "press1.bench.open", "store": "press1.bench.store"}

OUTPUT = Path("build/bench.json")


def main() -> None:
    """Run the named parts, or all."""
    parser = argparse.ArgumentParser(prog="press1.bench", description=__doc__)
    parser.add_argument("part", nargs="*", default=list(PARTS), help=f"of {', '.join(PARTS)}, or all")
    parser.add_argument("--quick", action="store_true", help="a fraction of the corpus")
    chosen = parser.parse_args()
    parts = list(PARTS) if "all" in chosen.part else chosen.part
    for part in parts:
        if part not in PARTS:
            parser.error(f"no part {part}")
    for part in parts:
        store(part, importlib.import_module(PARTS[part]).run(chosen.quick))


def store(part: str, result: dict[str, object]) -> None:
    """Add one part's figures to build/bench.json, keeping the others'."""
    known = json.loads(OUTPUT.read_text()) if OUTPUT.exists() else {}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps({**known, part: result}, indent=2) + "\n")


if __name__ == "__main__":
    main()
