"""`sim:DIR`: a simulated box, started when the port is opened and stopped when it is closed."""

import contextlib
from pathlib import Path

from press1.sim import folder
from press1.sim.process import Simulator
from press1.transport.base import SIM
from press1.transport.serial import SerialTransport


class SimTransport:
    """The box of a folder on a real pseudo-terminal, opened by pyserial; its clock goes on where it stopped, at real pace."""

    def __init__(self, box: Path) -> None:
        self.port = f"{SIM}{box}"
        self.box = box
        folder.state(box)
        with contextlib.ExitStack() as opened:
            opened.enter_context(folder.locked(box))
            self._simulator = opened.enter_context(Simulator(box, "serve", str(box)))
            opened.callback(self._simulator.stop)
            self._simulator.wait_ready()
            self._serial = SerialTransport(self._simulator.device)
            opened.callback(self._serial.close)
            self._opened = opened.pop_all()

    def read(self, timeout: float) -> bytes:
        """As Transport.read."""
        return self._serial.read(timeout)

    def write(self, data: bytes) -> None:
        """As Transport.write."""
        self._serial.write(data)

    def hold_button(self, name: str, seconds: float = 60.0) -> None:
        """Hold a button of the box from now."""
        folder.press(self.box, name, seconds)

    def close(self) -> None:
        """Stop the box, keep its state, and leave it to others."""
        self._opened.close()
