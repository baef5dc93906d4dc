"""`make soak`: ninety days of forty calls on a simulated box, memory and rules looked at every day. Not part of `make bench`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GROWTH_BYTES = 65536  # between the first and the last week; what one leaked block a call would pass in three days


def days(count: int, calls: int, seed: int) -> tuple[list[dict[str, Any]], str]:
    """(a row a day, the rule that was broken or nothing)."""
    interpreter = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    command = [interpreter, "-X", "heapsize=256M", str(HERE / "soak.mpy.py"), str(count), str(calls), str(seed)]
    environ = {**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:{ROOT / 'tests/powercut/box'}:.frozen"}
    rows: list[dict[str, Any]] = []
    broken = ""
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as box:
        for line in box.stdout or ():
            if line.startswith("@day "):
                rows.append(json.loads(line[5:]))
                print(_line(rows[-1]), flush=True)
            if line.startswith("@broken "):
                broken = json.loads(line[8:])
        trace = box.stderr.read() if box.stderr else ""
    if len(rows) < count and not broken:
        broken = "the box did not get so far: " + (trace.strip().splitlines() or ["no trace"])[-1]
    return rows, broken


def _line(row: dict[str, Any]) -> str:
    return (
        f"day {row['day']:>3}: {row['live']:>4} live, {row['calls']} calls, {row['cuts']} cuts, {row['withdrawn']} withdrawn, "
        f"{row['used'] / 1024:.0f} KiB in use, {row['ms'] / 1000:.0f} s"
    )


def growth(rows: list[dict[str, Any]]) -> float:
    """Bytes between the mean of the first and of the last quarter of the days, those before the first expiry left out."""
    steady = [row["used"] for row in rows[4:]] or [row["used"] for row in rows]
    part = max(1, len(steady) // 4)
    return sum(steady[-part:]) / part - sum(steady[:part]) / part


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Memory in use and recordings stored, by day."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(8, 4))
    axis.plot([row["day"] for row in rows], [row["used"] / 1024 for row in rows], label="memory in use, KiB (card left out)")
    axis.set_ylim(bottom=0)
    axis.set_xlabel("day")
    axis.set_ylabel("KiB")
    other = axis.twinx()
    other.plot([row["day"] for row in rows], [row["live"] for row in rows], color="grey", label="recordings stored")
    other.set_ylim(bottom=0)
    figure.legend(loc="lower right")
    figure.savefig(path, dpi=120)


def main() -> int:
    """Run, print, and write build/soak.json and build/soak.png."""
    parser = argparse.ArgumentParser(prog="press1.bench.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--calls", type=int, default=40, help="a day")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    started = time.monotonic()
    rows, broken = days(chosen.days, chosen.calls, chosen.seed)
    more = growth(rows) if rows else 0.0
    if not broken and more > GROWTH_BYTES:
        broken = f"memory in use grew by {more:.0f} bytes"
    out = ROOT / "build"
    out.mkdir(exist_ok=True)
    (out / "soak.json").write_text(json.dumps({"days": rows, "growth_bytes": round(more), "broken": broken}, indent=1))
    if rows:
        plot(rows, out / "soak.png")
    print(
        f"soak: {len(rows)} days, {rows[-1]['calls'] if rows else 0} calls, growth {more / 1024:.0f} KiB, "
        f"{broken or 'no rule broken'}, {time.monotonic() - started:.0f} s; plot in build/soak.png"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
