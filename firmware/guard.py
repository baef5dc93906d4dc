"""Counts starts that did not last. After too many the box starts in safe mode: it wipes, it answers the link, it does not record.

A start has lasted when the box came to rest, and after a fault or a watchdog's reset when it ran a minute more without another. So
switching the box off and on counts for nothing. Safe mode that lasts an hour tries a whole start again.
"""

from micropython import const

_TRIES = const(5)
_STEADY_S = const(60)
_SAFE_S = const(3600)
_STATE = const("starts")


class Guard:
    """`safe`: this start is in safe mode; `cause` of this start: power, watchdog (where the board can tell), or restart after a fault."""

    def __init__(self, hal, state):
        self._hal = hal
        self._state = state
        kept = state.get(_STATE, {})
        self._tries = kept.get("tries", 0)
        self.cause = "restart" if kept.get("why") else getattr(hal, "start_cause", "power")
        if self.cause == "power":
            self._tries = 0  # somebody switched it on: a whole start, whatever came before
        self.safe = self._tries >= _TRIES
        self._asked = False
        self._keep(self._tries + 1)

    def _keep(self, tries, why=""):
        """Flash is not written while the handset is lifted; one that fails must not keep the box from starting."""
        self._tries = tries
        if self._hal.off_hook():
            return
        try:
            self._state.put(_STATE, {"tries": tries, "why": why})
        except OSError:
            pass  # not counted

    def rested(self):
        """Everything that a start has to do is done."""
        if self._tries and self.cause == "power" and not self.safe:
            self._keep(0)

    def watch(self, fault, busy):
        """Between calls, once a second: True, once, when the box is to start again. `fault`: name of what failed, or None."""
        up = self._hal.uptime()
        if fault is None and self._tries and not self.safe and up >= _STEADY_S:
            self._keep(0)
        again = fault is not None and not self.safe and not busy
        if self._asked or not (again or (self.safe and up >= _SAFE_S)):
            return False
        self._asked = True
        self._keep(0 if self.safe else self._tries, fault or "safe")
        return True
