"""What every way to a box offers."""

from pathlib import Path
from typing import Protocol

from press1.errors import Usage

SIM = "sim:"


class Transport(Protocol):
    """A byte stream. `port` is what the user called it."""

    port: str

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting at most `timeout` seconds for the first byte; b"" when nothing came. NoBox when unplugged."""

    def write(self, data: bytes) -> None:
        """Send all of `data`. NoBox when unplugged or stuck."""

    def close(self) -> None:
        """Release the port; twice does no harm."""


def open_port(spec: str) -> Transport:
    """Open a serial device, or `sim:DIR`. NoBox, naming the ports there are, when it cannot be opened."""
    from press1.transport.serial import SerialTransport
    from press1.transport.sim import SimTransport

    if spec == SIM:
        raise Usage("sim: needs the folder of a simulated box", hint="--port sim:DIR")
    if spec.startswith(SIM):
        return SimTransport(Path(spec.removeprefix(SIM)))
    return SerialTransport(spec)
