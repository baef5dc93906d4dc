"""Part `store`: what a box with 100, 1,000 and 10,000 recordings on a 32 GB card does, in time and block reads, on the unix port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIRMWARE = HERE.parents[2] / "firmware"
COUNTS = (100, 1000, 10000)
# Endurance: docs/memory.md, 60 recorded calls a day and a start over ten years.
SLOTS_A_DAY, PAGE_SLOTS, PAGES, YEARS = 64, 63, 124, 10


def measure(count: int) -> dict[str, dict[str, float]]:
    """Rows by operation: ms, card_blocks, flash_reads."""
    interpreter = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    command = [interpreter, "-X", "heapsize=512M", str(HERE / "store.mpy.py"), str(count)]
    environ = {**os.environ, "MICROPYPATH": f"{FIRMWARE}:.frozen"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def run(quick: bool) -> dict[str, object]:
    """Measure, print, return."""
    table = {count: measure(count) for count in (COUNTS[:2] if quick else COUNTS)}
    print("store: ms / card blocks read / key flash reads")
    print(f"{'':<16}" + "".join(f"{count:>24,}" for count in table))
    for name in next(iter(table.values())):
        cells = (f"{row[name]['ms']:.1f} / {row[name]['card_blocks']} / {row[name]['flash_reads']}" for row in table.values())
        print(f"{name:<16}" + "".join(f"{cell:>24}" for cell in cells))
    erases = SLOTS_A_DAY * 365.25 * YEARS / PAGE_SLOTS / PAGES
    print(f"key slots: {PAGE_SLOTS * PAGES:,} in 512 KiB; {erases:.0f} erases of a page in {YEARS} years at 60 calls a day")
    rows = {str(count): rows for count, rows in table.items()}
    return {"recordings": rows, "slots_512k": PAGE_SLOTS * PAGES, "page_erases_10_years": round(erases)}
