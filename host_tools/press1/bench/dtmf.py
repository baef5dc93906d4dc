"""DTMF: ours against spandsp and multimon-ng over one seeded corpus."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from press1.bench import dtmf_corpus as corpus
from press1.bench import dtmf_damage as damage
from press1.bench import dtmf_peers as peers
from press1.bench.dtmf_cost import cost
from press1.bench.dtmf_tally import Tally
from press1.bench.dtmf_voices import RATE, Samples, music, voices

_SEED = 20260921
_RATIOS_B = (20.0, 15.0, 10.0, 5.0, 0.0)
_RATIOS_C = (30.0, 20.0, 15.0, 10.0, 5.0, 0.0)

Results = dict[str, dict[tuple[str, str], Tally]]


def run(quick: bool) -> dict[str, Any]:
    """Build the corpus, run every detector found, print the table; returns what goes into bench.json."""
    console = Console()
    clips = build(quick)
    detectors = peers.installed()
    for name in ("spandsp", "multimon-ng"):
        if name not in detectors:
            console.print(f"{name} is not installed: measured without it")
    if not any(c.family == "f" for c in clips):
        console.print("no voices installed (asterisk-core-sounds-*-wav): no talk-off, no keys over speech")
    results = {name: measure(clips, detect(clips)) for name, detect in detectors.items()}
    show(console, results)
    spent = cost(example(clips))
    console.print(
        f"press1: {spent['us_per_second']} us a second and {spent['instructions_per_sample']} viper instructions a sample for one channel, "
        f"a plain eight-bin Goertzel bank {spent['goertzel_us_per_second']} us and {spent['goertzel_instructions_per_sample']}"
        f": {spent['times_goertzel']} times in time"
    )
    return {"quick": quick, "detectors": {name: as_json(r) for name, r in results.items()}, "cost": spent}


def example(clips: list[corpus.Clip]) -> Samples:
    """Ten seconds of keys over speech, or of keys alone where no voices are installed, for the cost."""
    chosen = [c for c in clips if c.family == "b"] or clips
    joined = np.concatenate([c.samples for c in chosen])
    return joined[: min(len(joined), 10 * RATE) // 160 * 160]


def build(quick: bool, seed: int = _SEED) -> list[corpus.Clip]:
    """The clips, the same for a seed and a set of installed voices."""
    rng = np.random.default_rng(seed)
    n = 4 if quick else 40
    speakers = voices(quick)
    clips = list(corpus.tolerance(rng, n))
    if speakers:
        cut = corpus.cutter(rng, speakers)
        clips += corpus.over(rng, n, "b", cut, _RATIOS_B)
        clips += corpus.over(rng, n, "c", lambda length: damage.echoed(cut(length), rng), _RATIOS_C)
    clips += corpus.coded(rng, n)
    clips += corpus.impaired(rng, n)
    clips += corpus.talk_off(speakers)
    clips += [corpus.Clip("g", m.name, damage.to_int16(m.signal)) for m in music(quick)]
    clips += corpus.call_tones(rng)
    clips += corpus.dial_tone(rng, n)
    return clips


def measure(clips: list[corpus.Clip], heard: list[peers.Heard]) -> dict[tuple[str, str], Tally]:
    """A tally for each family and group."""
    out: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for clip, what in zip(clips, heard, strict=True):
        out[clip.family, clip.group].add(clip, what)
    return dict(out)


def show(console: Console, results: Results) -> None:
    """Detection (or wrongly taken), false and double digits, hits per hour, latency; a column a detector."""
    table = Table("family", "group", *results, title="DTMF")
    first = next(iter(results.values()))
    for key in first:
        table.add_row(*key, *[_cell(r[key]) for r in results.values()])
    console.print(table)
    for name, result in results.items():
        latency = [ms for (family, _), t in result.items() if family in "bcde" for ms in t.latency]
        if latency:
            console.print(f"{name}: latency median {np.median(latency):.0f} ms, 95th {np.percentile(latency, 95):.0f} ms")


def _cell(tally: Tally) -> str:
    if not tally.pressed:
        return f"{tally.false} hits, {tally.false * 3600 / tally.seconds:.1f}/h"
    extra = f", {tally.false} false" if tally.false else ""
    extra += f", {tally.twice} twice" if tally.twice else ""
    return f"{100 * tally.heard / tally.pressed:.2f} %{extra}"


def as_json(result: dict[tuple[str, str], Tally]) -> dict[str, Any]:
    """Counts by family and group."""
    out: dict[str, Any] = {}
    for (family, group), t in result.items():
        out.setdefault(family, {})[group] = {
            "pressed": t.pressed, "heard": t.heard, "false": t.false, "twice": t.twice, "seconds": round(t.seconds, 1),
            "latency_ms": [round(float(np.percentile(t.latency, q)), 1) for q in (50, 95)] if t.latency else None,
        }  # fmt: skip
    return out
