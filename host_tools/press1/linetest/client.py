"""The request `line` of docs/protocol.md as typed calls on an open session."""

from dataclasses import dataclass
from typing import Any

from press1.conversation import typed
from press1.device import Device
from press1.errors import Damaged
from press1.linetest import measures
from press1.linetest.measures import Section
from press1.linetest.sections import SPARE, STEPS, Step

_PHASES = ("off", "waiting", "lifted", "over")
_STORE_S = 30.0  # flash may have to be erased


@dataclass(frozen=True)
class Status:
    """`phase`: off, waiting (for the handset), lifted, over; `left`: seconds; `section` being measured, 0: none."""

    phase: str
    left: int
    section: int


class LineTest:
    """A line test on the box behind `device`."""

    def __init__(self, device: Device) -> None:
        assert device.about
        self.rate = device.about.rate
        self.box = device.about.box
        self._device = device

    def _ask(self, step: str, **more: Any) -> Status:
        reply = self._device.ask("line", _STORE_S, step=step, **more)
        phase = typed(reply, "phase", str)
        if phase not in _PHASES:
            raise Damaged("the box answered with a bad phase")
        return Status(phase, typed(reply, "left", int), typed(reply, "section", int))

    def start(self) -> Status:
        """Begin; the handset must be down."""
        return self._ask("start")

    def status(self) -> Status:
        """How it stands."""
        return self._ask("status")

    def measure(self, step: Step) -> Status:
        """Measure a section from now on, anew if it was measured before."""
        if self.status().section == step.number:
            self._ask("section", n=SPARE)
        return self._ask("section", n=step.number)

    def result(self, step: Step) -> Section:
        """What was measured in a section."""
        found = measures.section(self._device.ask("line", step="result", n=step.number), self.rate)
        if found.number != step.number:
            raise Damaged("the box answered with another section")
        return found

    def results(self) -> list[Section]:
        """All sections, in order."""
        return [self.result(step) for step in STEPS]

    def now(self) -> int:
        """The box's time, UTC seconds."""
        t: int = self._device.time()["time"]
        return t

    def store(self, profile: dict[str, Any]) -> None:
        """Keep the profile in the box."""
        self._ask("store", profile=profile)

    def end(self) -> Status:
        """End the test; results stay."""
        return self._ask("end")
