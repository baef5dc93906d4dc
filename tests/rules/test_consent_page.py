"""docs/consent.md shows the very table that decides."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DUMP = (
    "from consent import table as t\n"
    "for s in t.STATES:\n"
    "    for e in t.EVENTS:\n"
    "        try:\n"
    "            print('| `%s` | `%s` | `%s` | `%s` |' % ((s, e) + t.move(s, e)))\n"
    "        except t.UnexpectedEvent:\n"
    "            pass\n"
    "print(' '.join(t.STATES))\n"
)


def _dump() -> list[str]:
    micropython = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    env = {**os.environ, "MICROPYPATH": str(ROOT / "firmware")}
    return subprocess.run([micropython, "-c", DUMP], env=env, check=True, capture_output=True, text=True).stdout.splitlines()


def test_page_lists_exactly_the_transitions_of_the_table() -> None:
    *rows, states = _dump()
    page = (ROOT / "docs/consent.md").read_text().splitlines()
    start = page.index("| state | event | next | action |") + 2
    assert page[start : start + len(rows)] == rows
    assert page[start + len(rows)] == ""
    assert len(rows) > 50
    for state in states.split():
        assert any(line.startswith(f"| `{state}` |") for line in page[:start]), state
