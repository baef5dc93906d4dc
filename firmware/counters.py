"""How many recordings there are of a purpose: today, for the cap (S36), and live, for the quota (S21)."""

from core import config

_DAY_S = 86400
_STATE = "today"


class Counters:
    """Days are UTC days. Live recordings are counted between calls; one that starts meanwhile is added."""

    def __init__(self):
        self._day = -1
        self._today = {}
        self._live = {}

    def load(self, state):
        """Today's count goes on after a restart."""
        kept = state.get(_STATE, {})
        self._day, self._today = kept.get("day", -1), kept.get("counts", {})

    def keep(self, state):
        state.put(_STATE, {"day": self._day, "counts": self._today})

    def count_live(self, slots):
        """Walks the live slots: between calls."""
        self._live = {}
        for number in slots.live():
            for name in config.names(slots.read(number).purposes):
                self._live[name] = self._live.get(name, 0) + 1

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
