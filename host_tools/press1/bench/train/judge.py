"""The bench's corpus through the firmware's detector with other weights than its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rich.console import Console

from press1.bench import dtmf
from press1.bench.dtmf_corpus import Clip
from press1.bench.dtmf_peers import Heard, ours
from press1.bench.dtmf_voices import RATE
from press1.sim import interpreter

_SCRIPT = Path(__file__).parents[2] / "lab_dtmf.mpy.py"
_GAP = np.zeros(RATE // 2, np.int16)


def judge(weights: str, quick: bool) -> None:
    """Print what is heard and what is wrongly heard, beside the firmware's present weights."""
    clips = dtmf.build(quick)
    with firmware_with(weights) as root:
        new = decided(clips, root)
    dtmf.show(Console(), {"these weights": dtmf.measure(clips, new), "the firmware's": dtmf.measure(clips, ours(clips))})


@contextmanager
def firmware_with(weights: str) -> Iterator[Path]:
    """A folder that holds the detector with the text `weights` for its weights.py."""
    with tempfile.TemporaryDirectory(prefix="press1-") as folder:
        shutil.copytree(interpreter.firmware() / "detect", Path(folder, "detect"), ignore=shutil.ignore_patterns("__pycache__"))
        Path(folder, "detect", "weights.py").write_text(weights)
        yield Path(folder)


def decided(clips: list[Clip], firmware: Path) -> list[Heard]:
    """All clips half a second apart through one process, as `dtmf_peers.ours`."""
    starts = np.cumsum([0] + [len(c.samples) + len(_GAP) for c in clips])
    samples = np.concatenate([part for c in clips for part in (c.samples, _GAP)]).astype("<i2")
    command = [interpreter.micropython(), str(_SCRIPT), str(RATE), "1"]
    environment = {**os.environ, "MICROPYPATH": str(firmware)}
    done = subprocess.run(command, input=samples.tobytes(), env=environment, capture_output=True, check=True)
    heard: list[Heard] = [[] for _ in clips]
    for line in done.stdout.decode().splitlines():
        digit, sample = line.split()
        i = int(np.searchsorted(starts, int(sample), side="right")) - 1
        heard[i].append((digit, int(sample) - int(starts[i])))
    return heard
