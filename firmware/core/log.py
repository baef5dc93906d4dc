"""The last lines of what the box did, in RAM, for the technician. Never audio, keys, secrets, names or pressed digits."""

from micropython import const

_LINES = const(64)
_LINE_CHARS = const(120)


class Log:
    def __init__(self):
        self._lines = [""] * _LINES
        self._count = 0

    def add(self, text):
        self._lines[self._count % _LINES] = text[:_LINE_CHARS]
        self._count += 1

    def lines(self):
        """Oldest first."""
        first = max(0, self._count - _LINES)
        return [self._lines[i % _LINES] for i in range(first, self._count)]
