"""What the firmware's own detector sees in a sound, hop by hop, kept in a folder because it takes minutes."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from press1.bench.dtmf_voices import Samples
from press1.bench.train.network import Inputs, scaled
from press1.sim import interpreter

_SCRIPT = Path(__file__).with_name("features.mpy.py")
_COLUMNS = 18
_MATERIAL = ("packages.py", "archives.py", "rnc.py", "synthetic.py", "presses.py", "features.mpy.py")
Arrays = dict[str, NDArray[np.int32]]


@dataclass
class Hops:
    """The hops of one sound in which both groups hold a steady tone, in order."""

    sample: NDArray[np.int64]
    key: NDArray[np.int32]
    features: NDArray[np.int32]
    firmware_score: NDArray[np.int32]  # Q8, with the weights that the firmware holds

    def __post_init__(self) -> None:
        self.inputs: Inputs = scaled(self.features)
        self.run = runs(self.sample, self.key)


def hops(records: NDArray[np.int32]) -> Hops:
    """Of the records of `heard`."""
    return Hops(records[:, 0].astype(np.int64), records[:, 1], records[:, 2:17], records[:, 17])


def heard(samples: Samples, firmware: Path | None = None) -> NDArray[np.int32]:
    """Records of features.mpy.py over samples at 8 kHz; `firmware` is another import root, for tests."""
    environment = {**os.environ, "MICROPYPATH": str(firmware or interpreter.firmware())}
    padded = np.pad(samples, (0, -len(samples) % 160)).astype("<i2").tobytes()
    done = subprocess.run(
        [interpreter.micropython(), str(_SCRIPT)], input=padded, env=environment, capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, "<i4").reshape(-1, _COLUMNS)


def runs(sample: NDArray[np.int64], key: NDArray[np.int32], hop: int = 40) -> NDArray[np.int64]:
    """For each hop how many in a row, up to it, were candidates of the same key."""
    index = np.arange(len(sample))
    broken = np.ones(len(sample), bool)
    broken[1:] = (np.diff(sample) != hop) | (np.diff(key) != 0)
    return index - np.maximum.accumulate(np.where(broken, index, 0)) + 1


class Store:
    """Arrays by name in a folder that belongs to this detector and this material: other code, another folder."""

    def __init__(self, work: Path) -> None:
        sources = sorted((interpreter.firmware() / "detect").glob("*.py"))
        sources = [s for s in sources if s.name != "weights.py"] + [_SCRIPT.with_name(name) for name in _MATERIAL]
        digest = hashlib.sha256(b"".join(s.read_bytes() for s in sources)).hexdigest()
        self.folder = work / f"features-{digest[:12]}"
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """The kept arrays, or those of `make`, which are then kept."""
        file = self.folder / f"{name}.npz"
        if not file.exists():
            unfinished = file.with_suffix(".part.npz")
            np.savez(unfinished, **make())  # type: ignore[arg-type]  # its stub takes no mapping of arrays
            unfinished.replace(file)
        with np.load(file) as kept:
            return {key: kept[key] for key in kept.files}
