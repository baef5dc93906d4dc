"""What the detector costs: microseconds on the unix port, and instructions of its viper kernels a sample."""

from __future__ import annotations

import json
import os
import subprocess
from array import array
from pathlib import Path
from typing import Any

from press1.bench.dtmf_voices import Samples
from press1.bench.viper import Listing, Machine
from press1.sim import interpreter

_SCRIPT = Path(__file__).with_name("dtmf_cost.mpy.py")
_HOP = 40
_LEAST_POWER = 1000  # as in firmware/detect/dtmf.py
_HOPS_COUNTED = 60


def cost(samples: Samples) -> dict[str, Any]:
    """Both costs over `samples` at 8 kHz, a whole number of blocks of 160; the ratio is to a plain Goertzel bank."""
    told = run_timed(samples)
    kernels = Kernels(told)
    ours = kernels.run(samples[: _HOPS_COUNTED * _HOP])
    counted = _HOPS_COUNTED * _HOP
    bank = kernels.bank(samples[:160]) / 160
    return {
        "us_per_second": round(told["ours_us"]), "goertzel_us_per_second": round(told["bank_us"]),
        "times_goertzel": round(told["ours_us"] / told["bank_us"], 2),
        "instructions_per_sample": round(ours / counted), "goertzel_instructions_per_sample": round(bank),
    }  # fmt: skip


def run_timed(samples: Samples) -> dict[str, Any]:
    """The MicroPython script's own report."""
    command = [interpreter.micropython(), "-X", "heapsize=8M", str(_SCRIPT)]
    environment = {**os.environ, "MICROPYPATH": str(interpreter.firmware())}
    done = subprocess.run(command, input=samples.astype("<i2").tobytes(), env=environment, capture_output=True, check=True)
    return dict(json.loads(done.stdout))


class Kernels:
    """The detector's kernels in the counting machine, called in the order of `Detector._step`."""

    def __init__(self, told: dict[str, Any]) -> None:
        root = interpreter.firmware() / "detect"
        self.code = {}
        for name in ("spectrum", "coherence", "score", "background"):
            self.code.update(Listing(root / f"{name}.py").functions)
        self.code.update(Listing(_SCRIPT).functions)
        self.told = told
        self.machine = Machine()
        place = self.machine.place
        self.tables = {name: place(array(kind, values).tobytes()) for name, (kind, values) in told["tables"].items()}
        sizes = {"state": 8, "work": 202, "ring": 560, "found": 24, "linear": 17, "feature": 17, "steady": 3, "bank": 16}
        self.at = {name: place(bytes(4 * size)) for name, size in sizes.items()}
        self.machine.memory[self.at["state"] + 4] = _HOP

    def run(self, samples: Samples) -> int:
        """Feed whole hops; returns the instructions executed."""
        before = self.machine.count
        block = self.machine.place(bytes(2 * _HOP))
        for i in range(0, len(samples) - _HOP + 1, _HOP):
            hop = samples[i : i + _HOP].astype("<i2").tobytes()
            self.machine.memory[block : block + len(hop)] = hop
            self._step(block)
        return self.machine.count - before

    def bank(self, samples: Samples) -> int:
        """Instructions of the plain bank over one block."""
        before = self.machine.count
        block = self.machine.place(samples.astype("<i2").tobytes())
        self._call("goertzel", block, len(samples), self.tables["coefficients"], self.at["bank"])
        return self.machine.count - before

    def words(self, name: str, count: int) -> list[int]:
        """An int32 array as it stands in memory."""
        at = self.at[name]
        return list(array("i", bytes(self.machine.memory[at : at + 4 * count])))

    def _step(self, block: int) -> None:
        a, t = self.at, self.tables
        self._call("take", a["state"], a["work"], block, 0, _HOP)
        self._call("fold", a["state"], a["work"], a["ring"])
        self._call("bins", a["work"], t["fold"], 0, a["ring"], self.words("state", 4)[3])
        self._call("follow", a["state"], a["ring"], a["steady"], self.told["dial_gain"])
        if not self._call("tones", a["state"], a["ring"], t["constants"], a["found"], _LEAST_POWER):
            return
        self._call("surroundings", a["state"], a["ring"], a["found"], a["linear"])
        self._call("quantities", a["state"], a["ring"], a["found"], t["constants"], t["leak"], a["linear"])
        self._call("logs", a["linear"], 16)
        self._call("features", a["found"], a["linear"], a["feature"], self.told["level_offset"])
        self._call("network", a["feature"], t["weights"], self.told["units"], a["linear"])

    def _call(self, name: str, *arguments: int) -> int:
        return self.machine.call(self.code[name], *arguments)
