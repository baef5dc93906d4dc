"""Wrong proofs, journalled without filling the card: anybody at the plug can show one a second.

The first is said at once. Those that follow are counted by role, and said a minute later; as long as they go on the wait doubles, up
to an hour. Before a session that opens everything is said, so whoever reads the journal reads it whole.
"""

import time

from micropython import const

_FIRST_MS = const(60_000)
_LAST_MS = const(3_600_000)


class Refusals:
    def __init__(self, say, ticks):
        """`say(role, times)`: the journal; `ticks` counts as time.ticks_ms does."""
        self._say = say
        self._ticks = ticks
        self._wait = 0  # ms from `_said` until the counts are said; 0: the next proof is said at once
        self._said = 0
        self._counts = {}  # by role, not said yet

    def add(self, role):
        """A wrong proof was shown."""
        self._counts[role] = self._counts.get(role, 0) + 1
        if not self._wait:
            self._rest(_FIRST_MS)

    def step(self):
        """Says what has waited long enough."""
        if self._wait and time.ticks_diff(self._ticks(), self._said) >= self._wait:
            self._rest(min(2 * self._wait, _LAST_MS) if self._counts else 0)

    def _rest(self, wait):
        self._wait, self._said = wait, self._ticks()
        self.flush()

    def flush(self):
        """Says all that was counted."""
        counts, self._counts = self._counts, {}
        for role, times in counts.items():
            self._say(role, times)
