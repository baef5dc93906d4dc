"""`python -m press1.demo --out DIR [--caller WAV]`: the demonstration, from handset to expiry."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console

from press1.demo import call, scenes
from press1.demo.steps import Steps
from press1.errors import Press1Error


def main() -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(prog="press1.demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder for everything that is made")
    parser.add_argument("--caller", type=Path, help="a WAV of your own for what the caller says")
    args = parser.parse_args()
    console = Console(highlight=False)
    try:
        if args.caller:
            call.seconds(args.caller)  # before anything is changed
        _run(console, scenes.Paths(args.out.resolve()), args.caller)
    except Press1Error as error:
        complain = Console(stderr=True, highlight=False, soft_wrap=True)
        complain.print(f"demo: {error}" + (f"\n  hint: {error.hint}" if error.hint else ""), markup=False)
        return error.exit_code
    return 0


def _run(console: Console, paths: scenes.Paths, caller: Path | None) -> None:
    begun = time.monotonic()
    scenes.clean(paths.out)
    steps = Steps(console, paths.out)
    scripts = scenes.speak(steps, paths, caller)
    item = scenes.record(steps, paths, scripts)
    scenes.pull(steps, paths)
    before = scenes.search_before(steps, paths, item)
    scenes.wait(steps, paths, scripts)
    scenes.search_after(steps, paths, item, before)
    scenes.show(console, paths)
    scenes.close(console, paths, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
