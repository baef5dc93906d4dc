"""A box on a serial device, through pyserial."""

import serial
from serial.tools import list_ports

from press1.errors import NoBox

BAUD = 921_600
_WRITE_S = 10.0  # a box that takes nothing for this long is stuck
_GONE = (serial.SerialException, OSError, TypeError)  # TypeError: pyserial, on a port closed meanwhile


def candidates() -> list[str]:
    """Serial ports of this computer."""
    return sorted(port.device for port in list_ports.comports())


class SerialTransport:
    """Opened at once; NoBox lists the ports there are."""

    def __init__(self, port: str) -> None:
        self.port = port
        try:
            self._line = serial.Serial(port, BAUD, timeout=0, write_timeout=_WRITE_S, exclusive=True)
        except (*_GONE, ValueError) as error:
            ports = candidates()
            hint = f"ports here: {', '.join(ports)}" if ports else "no serial port here; is the box plugged in?"
            raise NoBox(f"cannot open port {port}", hint=hint) from error

    def read(self, timeout: float) -> bytes:
        """As Transport.read."""
        try:
            waiting = self._line.in_waiting
            if not waiting:
                self._line.timeout = timeout
                first = bytes(self._line.read(1))
                return first + bytes(self._line.read(self._line.in_waiting)) if first else b""
            return bytes(self._line.read(waiting))
        except _GONE as error:
            raise self._unplugged() from error

    def write(self, data: bytes) -> None:
        """As Transport.write."""
        try:
            self._line.write(data)
        except _GONE as error:
            raise self._unplugged() from error

    def _unplugged(self) -> NoBox:
        return NoBox(f"{self.port} is gone", hint="plug the box in again and repeat; what was pulled is kept")

    def close(self) -> None:
        """As Transport.close."""
        self._line.close()
