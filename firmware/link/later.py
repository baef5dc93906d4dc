"""Replies that take longer than one step: public-key work, and the second that a wrong proof costs."""

import time


class Later:
    """A reply that is due when `job` is done; `finish()` makes it, and may raise what the host is to hear."""

    def __init__(self, job, finish):
        self.job = job
        self.finish = finish


class Wait:
    """A job that does nothing until `ms` have passed on `ticks`, which counts as time.ticks_ms does."""

    def __init__(self, ticks, ms):
        self._ticks = ticks
        self._end = time.ticks_add(ticks(), ms)

    def step(self):
        return time.ticks_diff(self._end, self._ticks()) <= 0
