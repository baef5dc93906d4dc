"""The link on standard input and output: USB-CDC of the newer chips, and the serial port of bench images, whose REPL holds UART 0.

The official firmware takes UART 0's bytes in an interrupt of its own into 260 bytes behind sys.stdin (ports/esp32/uart.c),
so a machine.UART would see none of them. Reads are polled a byte at a time, because stdin waits for all it is asked for.
Writes go to a FIFO of 128 bytes that is waited for when full: no more is written than has left it meanwhile.
"""

import select
import sys
import time

from micropython import const

_READ_MAX = const(256)  # bytes a call, so that a flood does not hold up the audio
_FIFO = const(96)


class StdioLink:
    """`bytes_ms`: what the port sends in a millisecond (11 at 115,200 baud)."""

    def __init__(self, bytes_ms=11, ticks_ms=time.ticks_ms, stdin=sys.stdin, stdout=sys.stdout):
        self._in = stdin.buffer
        self._out = stdout.buffer
        self._ticks = ticks_ms
        self._bytes_ms = bytes_ms
        self._free_at = 0
        self._full = False  # until `_free_at`: looked at with each read, because a tick that is days old counts as one to come
        self._one = bytearray(1)
        self._small = bytearray(_FIFO)
        self._poll = select.poll()
        self._poll.register(stdin, select.POLLIN)

    def read(self, buf):
        """As Hal.link_read."""
        self._sent(self._ticks())
        n = 0
        while n < len(buf) and n < _READ_MAX and self._waiting():
            self._in.readinto(self._one)
            buf[n] = self._one[0]
            n += 1
        return n

    def _waiting(self):
        for _ready in self._poll.ipoll(0):
            return True
        return False

    def write(self, buf, n):
        """As Hal.link_write."""
        now = self._ticks()
        if not n or not self._sent(now):
            return 0
        n = min(n, _FIFO)
        self._send(buf, n)
        self._free_at = time.ticks_add(now, n // self._bytes_ms + 1)
        self._full = True
        return n

    def _sent(self, now):
        """What was written last has left the FIFO."""
        if self._full and time.ticks_diff(now, self._free_at) >= 0:
            self._full = False
        return not self._full

    def _send(self, buf, n):
        for i in range(n):
            self._small[i] = buf[i]
        self._out.write(self._small, n)
