"""The simulated serial port: a pseudo-terminal on standard input, and the operator's hand on a pipe. Never on a board.

The host gives a pseudo-terminal's master, non-blocking, as file 0 for both
directions, so that file 1 stays free for what the simulator says to the host.
"""

import json
import select
import sys


class NoLink:
    """A serial port with no cable: nothing arrives, and what is sent is gone."""

    active = False

    def read(self, buf):
        """Nothing arrives."""
        return 0

    def write(self, buf, n):
        """All is taken, and lost."""
        return n


class PtyLink:
    """Bytes over the pseudo-terminal. `active` tells whether anything moved since it was last cleared; `gone`: host left."""

    def __init__(self):
        self.active = False
        self.gone = False
        self._file = sys.stdin.buffer

    def read(self, buf):
        """As Hal.link_read."""
        try:
            n = self._file.readinto(buf) or 0
        except OSError:  # EIO: nobody has the other end open any more
            self.gone = True
            return 0
        if n:
            self.active = True
        return n

    def write(self, buf, n):
        """As Hal.link_write."""
        try:
            taken = self._file.write(memoryview(buf)[:n]) or 0
        except OSError:
            self.gone = True
            return n
        if taken:
            self.active = True
        return taken


class Control:
    """JSON lines from the host's supervisor or `press1 sim button`, on a named pipe; and the wait for either."""

    def __init__(self, path):
        self._file = open(path, "r+b")  # both ways, so that opening never waits for a writer
        self._pipe = select.poll()
        self._pipe.register(self._file, select.POLLIN)
        self._all = select.poll()
        self._all.register(self._file, select.POLLIN)
        self._all.register(sys.stdin, select.POLLIN)

    def wait(self, ms):
        """Until a byte comes on either, at most `ms`."""
        self._all.poll(ms)

    def next(self):
        """The next order as a map, or None; a line that is no JSON object is dropped."""
        if not self._pipe.poll(0):
            return None
        try:
            order = json.loads(self._file.readline())
        except ValueError:
            return {}
        return order if isinstance(order, dict) else {}


def say(what, **fields):
    """One line to the host's supervisor on file 1."""
    fields["say"] = what
    print("@sim " + json.dumps(fields))
