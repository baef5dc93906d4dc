"""`events.jsonl` of a simulator run (docs/events.md): one object a line, the same bytes for the same run. Never on a board."""

import json
import time


def iso(t):
    """UTC seconds -> '2026-11-21T09:00:00Z'."""
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % time.gmtime(t)[:6]


def text(value):
    """JSON of a value with keys sorted and bytes as hex, so that a run repeats to the byte."""
    if isinstance(value, dict):
        return "{" + ", ".join(json.dumps(key) + ": " + text(value[key]) for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(item) for item in value) + "]"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return '"' + bytes(value).hex() + '"'
    return json.dumps(value)


class Events:
    """Writes events as they happen; `clock()` gives (milliseconds of line time, UTC of the box).

    What happens before `open(path)` is kept for it; a served box opens none and keeps nothing.
    """

    def __init__(self, clock=None):
        self.faults = 0
        self._file = None
        self._waiting = []
        self._clock = clock

    def open(self, path):
        """Write to `path` from now on, beginning with what has waited."""
        self._file = open(path, "w")
        for line in self._waiting:
            self._file.write(line)
        self._waiting = []

    def tell(self, event, fields):
        """One event; this is also the observer that the firmware is given."""
        if event == "fault":
            self.faults += 1
        if self._clock is None:
            return
        ms, now = self._clock()
        head = '{"t": %d.%03d, "at": "%s", "event": "%s"' % (ms // 1000, ms % 1000, iso(now), event)
        line = head + "".join(', "%s": %s' % (name, text(fields[name])) for name in sorted(fields)) + "}\n"
        if self._file:
            self._file.write(line)
        else:
            self._waiting.append(line)

    def close(self):
        """Release the file."""
        if self._file:
            self._file.close()
        self._clock = None
