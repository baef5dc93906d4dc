"""How many recordings there are of a purpose: today, for the cap (S36), and live, for the quota (S21)."""

from array import array

from micropython import const

from core import cbor, config
from forecast import Rate
from store import slot_scan as scan

_DAY_S = const(86400)
_STATE = const("today")


class Counters:
    """Days are UTC days. Live recordings are counted between calls; one that starts meanwhile is added."""

    def __init__(self):
        self._day = -1
        self._today = {}
        self._live = {}
        self.rate = Rate()
        self._kept = None  # as it stands in the state; None: not loaded

    def load(self, state):
        """Today's count goes on after a restart."""
        kept = state.get(_STATE, {})
        self._day, self._today = kept.get("day", -1), kept.get("counts", {})
        self.rate = Rate(kept.get("rate", ()))
        self._kept = b""

    def keep(self, state):
        """Writes what has changed: flash wears. Nothing before `load`: that would forget."""
        if self._kept is None:
            return
        now = {"day": self._day, "counts": self._today, "rate": self.rate.rows}
        packed = cbor.encode(now)
        if packed != self._kept:
            state.put(_STATE, now)
            self._kept = packed

    def count_live(self, slots):
        """Between calls; a page at a time, so that a table of thousands takes no longer than reading it."""
        found = array("H", bytes(2 * scan.PURPOSE_BITS))
        for _ in slots.live_pages():
            scan.tally(slots.page, found)
        self._live = {name: count for name, bit in config.PURPOSES.items() for at, count in enumerate(found) if bit == 1 << at}

    def add(self, names, now):
        """A call's recording has begun for these purposes."""
        self._turn(now)
        for name in names:
            self._today[name] = self._today.get(name, 0) + 1
            self._live[name] = self._live.get(name, 0) + 1

    def of(self, name, now):
        """(today, live)."""
        self._turn(now)
        return self._today.get(name, 0), self._live.get(name, 0)

    def _turn(self, now):
        if now // _DAY_S != self._day:
            self._day, self._today = now // _DAY_S, {}
