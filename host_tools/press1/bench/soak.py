"""`make soak`: ninety days of forty calls on a simulated box, memory and rules looked at every day. Not part of `make bench`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
HEAP = "8M"  # twice a board's PSRAM: words are twice as long here
GROWTH_BYTES = 32768  # between the first and the last quarter; one leaked block of 32 bytes a call passes it in the 45 days
ONE_IN = 10  # about ten cuts a day
Row = dict[str, Any]


def days(
    count: int, calls: int, seed: int, keep: int, one_in: int = ONE_IN, firmware: Path = ROOT / "firmware"
) -> tuple[list[Row], str]:
    """(a row a day, the rule that was broken or nothing). `one_in`: of how many things the box does the power fails in one."""
    interpreter = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    environ = {**os.environ, "MICROPYPATH": f"{firmware}:{ROOT / 'tests/powercut/box'}:.frozen"}
    with tempfile.TemporaryDirectory() as folder:
        numbers = [str(number) for number in (count, calls, seed, keep, stays_on(count), one_in)]
        command = [interpreter, "-X", f"heapsize={HEAP}", str(HERE / "soak.mpy.py"), *numbers, f"{folder}/card.img"]
        return _read(command, environ, count)


def stays_on(count: int) -> int:
    """The last day with power cuts: then the box stays on, because a start takes back whatever leaked."""
    return count // 2


def _read(command: list[str], environ: dict[str, str], count: int) -> tuple[list[Row], str]:
    rows: list[Row] = []
    broken, trace = "", "no trace"
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as box:
        for line in box.stdout or ():
            if line.startswith("@day "):
                rows.append(json.loads(line[5:]))
                print(_line(rows[-1]), flush=True)
            elif line.startswith("@broken "):
                broken = json.loads(line[8:])
            else:
                trace = line.strip()
    if not broken and (box.returncode or len(rows) < count):
        broken = "the box did not get to the end: " + trace
    return rows, broken


def _line(row: Row) -> str:
    return (
        f"day {row['day']:>3}: {row['live']:>4} stored, {row['calls']} calls, {row['cuts']} cuts, {row['withdrawn']} withdrawn, "
        f"{row['holds']} holds, {row['free'] / 1024:.0f} KiB free, {(row['ms'] + row['check_ms']) / 1000:.1f} s"
    )


def growth(rows: list[Row], keep: int) -> float:
    """Bytes in use: mean of the last quarter less that of the first, of the days without a start on which as much comes as goes;
    0 where there are none."""
    used = [row["used"] for row in rows if row["day"] > max(stays_on(len(rows)), keep + 1)] or [0]
    part = max(1, len(used) // 4)
    return sum(used[-part:]) / part - sum(used[:part]) / part


def plot(rows: list[Row], more: float, broken: str, path: Path) -> None:
    """Memory free and recordings stored, by day."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    by_day, free = [row["day"] for row in rows], [row["free"] / 1024 for row in rows]
    last = rows[-1]
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(9, 5.6), sharex=True, layout="constrained")
    upper.plot(by_day, free, color="tab:blue", linewidth=2, label="memory free after the day")
    upper.set(ylabel=f"KiB free, of a heap of {HEAP}", ylim=(min(free) - 128, max(free) + 64))
    lower.plot(by_day, [row["live"] for row in rows], color="tab:orange", linewidth=2, label="recordings stored")
    lower.set(xlabel="day", ylabel="recordings", xlim=(1, max(2, len(rows))), ylim=(0, max(row["live"] for row in rows) * 1.3))
    for axis in (upper, lower):
        if last["cuts"]:
            axis.axvspan(1, stays_on(len(rows)) + 0.5, color="tab:red", alpha=0.07, label="days with power cuts")
        axis.grid(alpha=0.3)
        axis.legend(loc="lower right")
    figure.suptitle(
        f"{last['calls']} calls in {len(rows)} days, {last['cuts']} power cuts: {'a rule was broken' if broken else 'no rule broken'}\n"
        f"growth of memory in use over the days without a restart: {more / 1024:+.1f} KiB",
        fontsize=11,
    )
    figure.savefig(path, dpi=120)


def main(words: list[str] | None = None) -> int:
    """Run, print, and write build/soak.json and build/soak.png."""
    parser = argparse.ArgumentParser(prog="press1.bench.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--calls", type=int, default=40, help="a day")
    parser.add_argument("--keep", type=int, default=3, help="days a recording stays")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--one-in", type=int, default=ONE_IN, help="of how many things the box does the power fails in one")
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    chosen = parser.parse_args(words)
    started = time.monotonic()
    rows, broken = days(chosen.days, chosen.calls, chosen.seed, chosen.keep, chosen.one_in)
    more = growth(rows, chosen.keep) if rows else 0.0
    if not broken and more > GROWTH_BYTES:
        broken = f"memory in use grew by {more:.0f} bytes"
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "soak.json").write_text(json.dumps({"days": rows, "growth_bytes": round(more), "broken": broken}, indent=1))
    if rows:
        plot(rows, more, broken, chosen.out / "soak.png")
    print(
        f"soak: {len(rows)} days, {rows[-1]['calls'] if rows else 0} calls, growth {more / 1024:.1f} KiB, "
        f"{broken or 'no rule broken'}, {time.monotonic() - started:.0f} s; plot in {chosen.out / 'soak.png'}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
