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
    """Writes events as they happen; `clock()` gives (milliseconds of line time, UTC of the box)."""

    def __init__(self, path, clock):
        self.faults = 0
        self._file = open(path, "w") if path else None
        self._clock = clock

    def tell(self, event, fields):
        """One event; this is also the observer that the firmware is given."""
        if event == "fault":
            self.faults += 1
        if self._file is None:
            return
        ms, now = self._clock()
        head = '{"t": %d.%03d, "at": "%s", "event": "%s"' % (ms // 1000, ms % 1000, iso(now), event)
        rest = "".join(', "%s": %s' % (name, text(fields[name])) for name in sorted(fields))
        self._file.write(head + rest + "}\n")

    def close(self):
        """Release the file."""
        if self._file:
            self._file.close()
            self._file = None
