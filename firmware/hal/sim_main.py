"""Entry of the simulator: `sim_main.py run JOB.json | serve BOX | create BOX RATE DENOMINATOR TIME`. Never on a board.

Started by the host tools (docs/simulator.md) with MICROPYPATH=firmware. Exit
status of `run`: 0, 1 when the firmware faulted, 3 when the box is not provisioned.
"""

import json
import sys
import time

sys.path.pop(0)  # this folder, whose names are not meant to be top-level modules

from hal import sim_box
from hal.contract import BLOCK
from hal.sim import SimHal
from hal.sim_events import Events
from hal.sim_line import Line, Track, Wav
from hal.sim_link import Control, PtyLink, say
from hal.sim_run import Stage
from hal.sim_script import Script

_SAVE_MS = 1000
_TURN_MS = 20  # a block; also the longest wait
_UNPROVISIONED = 3  # exit status


def _build(hal, observer):
    """An update, if the box has chosen one, else the firmware of this folder; but for `hal`, which the simulator keeps."""
    import launch

    launch.enter(hal.code_root, hal.statefs())
    sys.modules["publisher"] = sim_box.Publisher(hal.folder)
    from main import Box

    return Box(hal, observer)


def run(job, build=_build):
    """Play a compiled script; the exit status."""
    line = Line((Track(job["far"]), Track(job["near"])))
    hal = SimHal(job["box"], line, seed=job["seed"], direction=job["direction"])
    hal.swapped = job.get("swapped", False)
    hal.resume(job["start"])
    events = Events(lambda: (hal.line_ms(), hal.now()))
    hal.tell = events.tell
    stage = Stage(hal, build, events)
    stage.power_on()
    if not _provisioned(stage.box):
        _stop(stage, events)
        return _UNPROVISIONED
    line.record(Wav(job["out"] + "/line.wav", hal.rate), Wav(job["out"] + "/ear.wav", hal.rate))
    events.open(job["out"] + "/events.jsonl")
    Script(stage, events, Control(job["control"])).run(job["timeline"], job["end"])
    _stop(stage, events)
    line.close()
    return 1 if events.faults else 0


def _provisioned(box):
    return box is None or getattr(box, "identity", True) is not None


def _stop(stage, events):
    """Switch off; what the switching does is no event."""
    events.close()
    if stage.box:
        stage.hal.power_off()
    stage.hal.save()


class Server:
    """A box that nobody calls, served to one host at real pace."""

    def __init__(self, folder, build=_build):
        self._hal = SimHal(folder)
        events = Events()
        self._stage = Stage(self._hal, build, events)
        self._control = Control(folder + "/control")
        self._events = events
        self._stopped = False
        self._elapsed_us = 0
        self._last_us = time.ticks_us()
        self._block_us = BLOCK * 1_000_000 * self._hal.rate[1] // self._hal.rate[0]

    def run(self):
        """Serve until told to stop, or until the host is gone; then keep the state."""
        self._hal.link = link = PtyLink()
        self._stage.power_on()
        say("ready" if self._stage.box else "dead")
        saved = time.ticks_ms()
        while not (self._stopped or link.gone):
            self._turn(link)
            self._orders()
            if time.ticks_diff(time.ticks_ms(), saved) > _SAVE_MS:
                saved = time.ticks_ms()
                self._hal.save()
        _stop(self._stage, self._events)
        return self._events.faults

    def _turn(self, link):
        self._pace()
        link.active = False
        if self._stage.box:
            self._stage.step()
        else:
            self._hal.line.unattended()
        if not link.active and self._stage.resting():
            self._control.wait(_TURN_MS)

    def _pace(self):
        """Let as much line time be due as real time has passed."""
        now = time.ticks_us()
        self._elapsed_us += time.ticks_diff(now, self._last_us)
        self._last_us = now
        self._hal.line.limit = self._elapsed_us // self._block_us * BLOCK

    def _orders(self):
        order = self._control.next()
        if order is None:
            return
        if order.get("do") == "stop":
            self._stopped = True
        if order.get("do") == "button":
            self._hal.press(order["name"], order["ms"])


def main(args):
    """Dispatch; the exit status."""
    if args[0] == "create":
        sim_box.create(args[1], (int(args[2]), int(args[3])), int(args[4]))
        return 0
    if args[0] == "serve":
        return 1 if Server(args[1]).run() else 0
    with open(args[1]) as file:
        job = json.load(file)
    return run(job)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
