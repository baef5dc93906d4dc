"""`make powercut`: cuts a box's power at every write of scripted lives, boots again, and counts what was tried.

    python tests/powercut/run.py [--every N] [--stop N] [--jobs N] [--firmware DIR] [SCENARIO...]

Exit status 1 when a rule was broken. What is cut and what must hold: tests/powercut/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MARK = "@cuts "
# Longest first, so that two workers end together.
SCENARIOS = [
    "stop", "busy", "record", "rollover", "away", "withdraw", "wide", "long", "settings",
    "reuse", "recovery", "failing", "seeds", "floor", "sweep", "compaction", "erase", "hold",
]  # fmt: skip


def interpreter() -> str:
    """Path of the unix port; $MICROPYTHON names another than the installed one."""
    return os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")


def cut(scenario: str, every: int, stop: int, firmware: Path) -> dict:
    """One scenario in a process of its own; its result, with a problem of its own when the process died."""
    command = [
        interpreter(),
        "-X",
        "heapsize=128M",
        str(HERE / "box" / "cuts.py"),
        "--every",
        str(every),
        "--stop",
        str(stop),
        scenario,
    ]
    environ = {**os.environ, "MICROPYPATH": f"{firmware}:{HERE / 'box'}:.frozen"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, errors="replace", check=False)
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            return {**json.loads(line[len(MARK) :]), "trace": done.stderr[-2000:]}
    trace = (done.stdout + done.stderr)[-2000:]
    died = f"the scenario did not end: {trace.strip().splitlines()[-1] if trace.strip() else done.returncode}"
    return {
        "scenario": scenario,
        "points": 0,
        "prefixes": 0,
        "states": 0,
        "missing": 0,
        "ms": 0,
        "problems": [died],
        "trace": trace,
    }


def run(
    scenarios: list[str], every: int = 1, stop: int = 20, jobs: int = 2, firmware: Path = ROOT / "firmware", tell=lambda _: None
) -> list[dict]:
    """Results in the order of the scenarios; `tell(result)` as each ends."""

    def one(scenario: str) -> dict:
        result = cut(scenario, every, stop, firmware)
        tell(result)
        return result

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, scenarios))


def line(result: dict) -> str:
    """One row of the report."""
    return (
        f"{result['scenario']:<11}{result['points']:>7} points{result['prefixes']:>9} prefixes{result['ms'] / 1000:>7.0f} s  "
        + ("ok" if not result["problems"] else f"{len(result['problems'])} BROKEN: {result['problems'][0]}")
    )


def main() -> int:
    """Run, print, and write build/powercut.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="*", default=SCENARIOS)
    parser.add_argument("--every", type=int, default=1, help="every N-th point only")
    parser.add_argument("--stop", type=int, default=20, help="broken rules after which a scenario is given up")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--firmware", type=Path, default=ROOT / "firmware")
    chosen = parser.parse_args()
    started = time.monotonic()
    results = run(
        chosen.scenario, chosen.every, chosen.stop, chosen.jobs, chosen.firmware, lambda result: print(line(result), flush=True)
    )
    points, broken = sum(r["points"] for r in results), sum(len(r["problems"]) for r in results)
    prefixes = sum(r["prefixes"] for r in results)
    print(
        f"powercut: {points} points, each booted twice ({prefixes} ways to tear a write stand behind them), "
        f"{broken} violations, {time.monotonic() - started:.0f} s"
    )
    out = ROOT / "build" / "powercut.json"
    out.parent.mkdir(exist_ok=True)
    report = {"points": points, "prefixes": prefixes, "every": chosen.every, "violations": broken, "scenarios": results}
    out.write_text(json.dumps(report, indent=1))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
