"""The link on a UART of its own: production builds, where no REPL holds it.

MicroPython's UART.write waits when the driver's buffer is full, so no more is written than the buffer holds, and only when
it is known to be empty.
"""

from micropython import const

BUFFER = const(4096)  # bytes each way: 20 ms at 2,000,000 baud


class UartLink:
    """`uart`: machine.UART with txbuf and rxbuf of BUFFER bytes and timeout 0."""

    def __init__(self, uart):
        self._uart = uart

    def read(self, buf):
        """As Hal.link_read."""
        waiting = self._uart.any()
        if not waiting:
            return 0
        return self._uart.readinto(buf, min(waiting, len(buf))) or 0

    def write(self, buf, n):
        """As Hal.link_write; takes all, or a buffer's worth, or nothing."""
        if not n or not self._uart.txdone():
            return 0
        if n == len(buf) and n <= BUFFER:
            return self._uart.write(buf) or 0
        return self._uart.write(buf, min(n, BUFFER)) or 0
