"""Which time may be believed (docs/memory.md, section "Clock").

Trusted: the battery clock never lost power and agrees with what was last known, or somebody with the right to set it did. Without
trust nothing new is recorded, and deletion goes on up to the *safe time*: last known time plus the powered seconds since. Safe time
is never ahead of true time, so a clock that is wrong destroys nothing too early, and while the box is powered nothing stays for ever.
"""

from micropython import const

from core.errors import Refused

_FAR_S = const(30 * 86400)  # beyond this apart only the owner's word counts
_TECHNICIAN_S = const(600)  # all corrections by technicians since the owner last set the clock
_BACK_S = const(60)  # the battery clock may read this much before the last known time: it was set while the floor was written
_DRIFT_S = const(600)  # battery clock against powered seconds while running; more is a jump
_MAX_TIME = const(0xFFFFFFFF)
_STATE = const("clock")


class Clock:
    """`trusted`: a recording may be given an end by this clock."""

    def __init__(self, hal, floor, state):
        self._hal = hal
        self._floor = floor
        self._state = state
        self._base(floor.time)
        self.trusted = self._believable(hal.now())
        if self.trusted:
            self._base(max(hal.now(), floor.time))

    def _base(self, t):
        """Safe time is `t` now, and goes on with powered seconds."""
        self._known = t
        self._since = self._hal.uptime()

    def _believable(self, rtc):
        floor = self._floor.time
        return not self._hal.clock_lost_power() and floor > 0 and floor - _BACK_S <= rtc <= floor + _FAR_S

    def _elapsed(self):
        return self._known + self._hal.uptime() - self._since

    def _watch(self):
        """A battery clock that jumps, or loses power while running, is no longer believed."""
        if self.trusted and (self._hal.clock_lost_power() or abs(self._hal.now() - self._elapsed()) > _DRIFT_S):
            self.trusted = False

    def now(self):
        """The time to write into records: the battery clock when trusted, else safe time."""
        self._watch()
        return self._hal.now() if self.trusted else self._elapsed()

    def safe_now(self):
        """The time by which things are destroyed."""
        return self.now()

    def begin(self, t):
        """Provisioning: the clock is set for the first time, or for a new owner."""
        self._set(t)
        self._state.put(_STATE, {"used": 0})

    def set(self, t, role, confirm=False):
        """Sets the clock in an authenticated session; Refused beyond what the role may do.

        The owner may set any time, also a lower one; more than 30 days from what the box knows only with `confirm`.
        A technician may move it by 10 minutes in total since the owner last set it.
        """
        if not 0 < t < _MAX_TIME:
            raise Refused("no time")
        apart = abs(t - self.now())
        if role == "owner":
            if apart > _FAR_S and not confirm:
                raise Refused("more than 30 days from the time the box knows: confirm")
            self._set(t)
            self._state.put(_STATE, {"used": 0})
        elif role == "technician":
            self._spend(apart)
            self._set(t)
        else:
            raise Refused("this role may not set the clock")

    def _spend(self, apart):
        """Counts a technician's correction before it is made, so that no power cut gives it back."""
        used = self._state.get(_STATE, {"used": _TECHNICIAN_S}).get("used", _TECHNICIAN_S)
        if used + apart > _TECHNICIAN_S:
            raise Refused("technicians may correct 10 minutes in total; ask the owner")
        self._state.put(_STATE, {"used": used + apart})

    def _set(self, t):
        """Floor first: a cut between the two leaves the old time, or one that does not agree with the floor and is not believed."""
        self._floor.set_time(t)
        self._hal.set_clock(t)
        self._hal.clear_lost_power()
        self._base(t)
        self.trusted = True

    def tick(self):
        """Hourly, and after each call: keeps the last known time in flash, and follows a trusted clock's drift."""
        now = self.now()
        if now > 0 and now != self._floor.time:
            self._floor.set_time(now)
        if self.trusted:
            self._base(now)
