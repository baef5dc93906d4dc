"""Train the network that tells a key from a voice, and write it as a weights.py.

It listens to voices and music of Debian packages, to synthetic speech, chimes and bursts, and to key presses in
damage, all through the firmware's own detector on MicroPython; trains one network for each seed in NumPy; joins
them; chooses the three thresholds; and writes the integers. The same seeds, packages and NumPy on the same kind
of processor give the same file. docs/dtmf.md says what today's weights.py was trained on.

All of it takes twenty minutes of one core and 4 GB of memory; `--every 4 --speeds 3` takes two minutes and
shows whether all is in place. What the detector heard is kept below --work, so that a second run trains at once.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from press1.bench.train import export, fit, judge, packages, thresholds
from press1.bench.train.course import SPEEDS, Course, Keyed, Sound
from press1.bench.train.network import Network, joined
from press1.errors import Press1Error

_OUT = Path("build/train/weights.py")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    names = "\n  ".join(dict.fromkeys(package.name for package in packages.PACKAGES))
    made = argparse.ArgumentParser(
        prog="python -m press1.bench.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"The packages (apt-get install):\n  {names}\nand espeak-ng by pip install 'press1[sim]'.",
    )  # fmt: skip
    option = made.add_argument
    option(
        "--out",
        type=Path,
        default=_OUT,
        metavar="FILE",
        help=f"where to write ({_OUT}); name firmware/detect/weights.py to take it over",
    )
    option("--work", type=Path, default=_OUT.parent, metavar="FOLDER", help="where to keep what the detector heard (build/train)")
    option("--seeds", type=int, nargs="+", default=[51, 41], metavar="N", help="a network for each (51 41)")
    option("--units", type=int, default=24, metavar="N", help="hidden units of each (24)")
    option("--rounds", type=int, default=50, metavar="N", help="passes over the hardest material (50)")
    option(
        "--speeds",
        type=int,
        default=len(SPEEDS),
        metavar="N",
        choices=range(1, len(SPEEDS) + 1),
        help="how many playing speeds, 1 to 11 (11)",
    )
    option("--every", type=int, default=1, metavar="N", help="take each N-th file of a package only (1)")
    option(
        "--hold-out", action="store_true", help="leave a quarter of the speakers out of training, then count hits in them alone"
    )
    option("--means", type=float, nargs=3, metavar="X", help="log odds asked of 2, 3 and 5 hops, instead of choosing them")
    option(
        "--judge",
        type=Path,
        metavar="FILE",
        help="train nothing: run the bench's corpus with these weights and with the firmware's",
    )
    option("--quick", action="store_true", help="with --judge: a fraction of the corpus")
    return made


def main(words: list[str] | None = None) -> int:
    """0, or the exit code of what went wrong."""
    made = parser()
    chosen = made.parse_args(words)
    if chosen.judge and not chosen.judge.is_file():
        made.error(f"no such file: {chosen.judge}")
    if min(chosen.every, chosen.units, chosen.rounds) < 1:
        made.error("--every, --units and --rounds are 1 or more")
    try:
        if chosen.judge:
            judge.judge(chosen.judge.read_text(), chosen.quick)
        else:
            make(chosen)
    except Press1Error as error:
        print(f"error: {error}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
        return error.exit_code
    return 0


def make(chosen: argparse.Namespace) -> None:
    """Listen, train, join, choose, write, and say how well it went."""
    course = Course(chosen.work, chosen.speeds, chosen.every)
    _say(f"{len(course.pieces)} speakers and pieces of music; listening")
    sounds, keyed = list(course.sounds()), list(course.keyed())
    taught = [s for s in sounds if not (chosen.hold_out and s.held_out)]
    data = fit.lesson(
        [(s.hops, s.weight) for s in taught],
        [(k.hops, k.presses) for k in keyed if not (chosen.hold_out and k.held_out)],
    )  # fmt: skip
    _say(f"{len(data.inputs)} hops, {len(data.quiet)} windows without a key, {len(data.press_weight)} presses")
    networks = []
    for seed in chosen.seeds:
        network, losses = fit.train(data, chosen.units, seed, chosen.rounds)
        networks.append(network)
        _say(f"seed {seed}: loss {losses[0]:.4f} in the first round, {losses[-1]:.4f} in the last")
    both = Network(1)
    both.parameters = joined(networks)
    means = tuple(chosen.means) if chosen.means else thresholds.choose(both.score, taught)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(export.text(both.parameters, means))
    _say(f"{chosen.out} written; log odds asked of 2, 3 and 5 hops: " + ", ".join(f"{m:.2f}" for m in means))
    _report(both, means, [s for s in sounds if s.held_out or not chosen.hold_out], keyed)


def _report(network: Network, means: thresholds.Means, sounds: list[Sound], keyed: list[Keyed]) -> None:
    for kind, count in thresholds.hits(network.score, sounds, means).items():
        _say(f"false keys in {kind}: {count}")
    for some in keyed:
        who = "the held-out quarter of the speakers" if some.held_out else "the others"
        for name, percent in thresholds.heard(network.score, some, means).items():
            _say(f"keys heard {name} ({who}): {percent:.2f} %")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
