"""A box on a serial device, through pyserial."""

import errno

import serial
from serial.tools import list_ports

from press1.errors import NoBox

BAUD = 921_600
_WRITE_S = 10.0  # a box that takes nothing for this long is stuck
_WHY = {  # where the list of ports would not help
    errno.EACCES: ("no permission", "join the group that owns it (dialout or uucp on Linux), and log in again"),
    errno.EAGAIN: ("another program has it open", "close that program, a terminal or another press1"),
    errno.EBUSY: ("another program has it open", "close that program, a terminal or another press1"),
}
_GONE = (serial.SerialException, OSError, TypeError)  # TypeError: pyserial, on a port closed meanwhile


def candidates() -> list[str]:
    """Serial ports of this computer."""
    return sorted(port.device for port in list_ports.comports())


def _unopened(port: str, error: Exception) -> NoBox:
    why, hint = _WHY.get(getattr(error, "errno", None) or 0, ("", ""))
    if why:
        return NoBox(f"cannot open port {port}: {why}", hint)
    ports = candidates()
    return NoBox(
        f"cannot open port {port}", f"ports here: {', '.join(ports)}" if ports else "no serial port here; is the box plugged in?"
    )


class SerialTransport:
    """Opened at once; NoBox lists the ports there are."""

    def __init__(self, port: str) -> None:
        self.port = port
        try:
            self._line = serial.Serial(port, BAUD, timeout=0, write_timeout=_WRITE_S, exclusive=True)
        except (*_GONE, ValueError) as error:
            raise _unopened(port, error) from error

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
