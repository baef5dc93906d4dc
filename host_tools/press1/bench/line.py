"""A serial line with a baud rate, made of two pseudo-terminals: `python -m press1.bench.line BAUD DEVICE`.

Joins DEVICE with a new terminal, whose name it prints, and lets each way carry BAUD / 10 bytes a second (8N1), no more. What
waits for its turn waits in the kernel, as in the buffer of a USB bridge. Ends when standard input does.
"""

import os
import select
import sys
import time
import tty

_TICK_S = 0.001
_CATCH_UP_S = 0.1  # of a line that this process, not the line, made wait
_AT_ONCE = 4096


class Way:
    """One direction. `moved`: bytes."""

    def __init__(self, source: int, sink: int, rate: float) -> None:
        self._source, self._sink, self._rate = source, sink, rate
        self._due = 0.0
        self._rest = b""
        self.moved = 0

    def move(self, elapsed_s: float) -> None:
        """Let pass what `elapsed_s` has room for."""
        self._due = min(self._due + elapsed_s * self._rate, _CATCH_UP_S * self._rate)
        count = min(int(self._due), _AT_ONCE)
        if count and not self._rest:
            self._rest = _read(self._source, count)
        if self._rest and self._due >= 1:
            sent = _write(self._sink, self._rest)
            self._rest = self._rest[sent:]
            self._due -= sent
            self.moved += sent
        elif not self._rest:
            self._due = min(self._due, 1.0)  # an idle line saves nothing up


def _read(source: int, count: int) -> bytes:
    try:
        return os.read(source, count)
    except (BlockingIOError, OSError):  # nothing there, or nobody at the other end yet
        return b""


def _write(sink: int, data: bytes) -> int:
    try:
        return os.write(sink, data)
    except BlockingIOError:
        return 0


def join(baud: int, device: str) -> None:
    """Carry bytes until standard input ends."""
    far = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    near, name = os.openpty()
    for end in (far, name):
        tty.setraw(end)
    os.set_blocking(near, False)
    print(os.ttyname(name), flush=True)
    ways = Way(far, near, baud / 10), Way(near, far, baud / 10)
    last = time.monotonic()
    while not select.select([sys.stdin], [], [], _TICK_S)[0]:
        now = time.monotonic()
        for way in ways:
            way.move(now - last)
        last = now


if __name__ == "__main__":
    join(int(sys.argv[1]), sys.argv[2])
