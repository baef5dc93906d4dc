"""Cuts power everywhere: `micropython cuts.py [--every N] [--stop N] [SCENARIO...]`.

Prints one line `@cuts {json}` a scenario; exit status 1 on a violation.
"""

import gc
import json
import sys
import time

sys.path.insert(0, __file__.rpartition("/")[0] or ".")

import hooks

hooks.install()

from board import LOG

import checks
import scenarios
from replay import Replay


def cut(kind, every, stop):
    """Plays a scenario and examines every `every`-th point; the result map."""
    started = time.ticks_ms()
    scenario = kind()
    del hooks.PROBLEMS[:]
    replay = Replay(*scenario.run())
    problems = list(hooks.PROBLEMS)
    tried = taken = missing = 0
    for number, point in enumerate(replay.points()):
        tried = number + 1
        if number % every:
            continue
        taken += 1
        try:
            missing = max(missing, checks.examine(point, scenario.holes))
        except checks.Violation as error:
            problems.append("%s: %s" % (point.name, error))
        except Exception as error:
            sys.print_exception(error, sys.stderr)
            problems.append("%s: %s %s" % (point.name, type(error).__name__, error))
        LOG.on = False
        if len(problems) >= stop:
            break
    ms = time.ticks_diff(time.ticks_ms(), started)
    gc.collect()
    return {
        "scenario": kind.__name__.lower(), "states": tried, "points": taken, "prefixes": replay.prefixes,
        "missing": missing, "ms": ms, "problems": problems[:stop],
    }  # fmt: skip


def _option(args, name, default):
    if name in args:
        at = args.index(name)
        value = int(args[at + 1])
        del args[at : at + 2]
        return value
    return default


def main(args):
    every, stop = _option(args, "--every", 1), _option(args, "--stop", 20)
    bad = 0
    for kind in scenarios.ALL:
        if args and kind.__name__.lower() not in args:
            continue
        result = cut(kind, every, stop)
        bad += len(result["problems"])
        print("@cuts " + json.dumps(result))
    return 1 if bad else 0


sys.exit(main(sys.argv[1:]))
