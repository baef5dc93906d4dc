"""Dial, ringing, busy and congestion tone in one channel: what sounds, for how long, in which rhythm.

A tone begins when three windows running are pure and of one kind, and ends when its own power falls 7 dB, so that
speech over it (the employee's side tone) does not cut it in two. Its rhythm is then looked up in `detect.tones`.
"""

from array import array

from micropython import const

from detect import narrow
from detect.levels import log2_q8
from detect.tones import BUSY, CONGESTION, DIAL, NONE, ONE, PAIR_350_440, PAIR_440_480, PAIR_480_620, RINGING, ROWS

_PURE_Q8 = const(-150)  # tone against everything, -1.8 dB
_OTHERS = const(8)  # what does not belong to the sound is 9 dB below it
_PAIR = const(6)  # members of a pair are within 8 dB
_FALL_Q8 = const(600)  # 7 dB
_RUN = const(3)  # pure windows before a tone begins
_LEAST_DBM0 = const(-43)
_EDGE_MS = const(35)  # so much longer does a burst look through an 80 ms window, and a pause shorter

_SOON_MS = const(1500)  # a tone this soon after lifting is dial tone until its rhythm says otherwise
_FIRST_DIAL_MS = const(650)  # longer than any busy tone's burst
_LONG_PAUSE_MS = const(700)  # no busy rhythm pauses so long; ringing does
_LOST_MS = const(1200)  # busy and congestion are over when neither changes for so long
_END_MS = const(150)
_LIMIT = const(1000000)
_MOST_HOPS = const(50000)  # 17 minutes; microseconds stay below 2^30


def _longest_ring(kind):
    """Longest burst in ms that may still turn out to be ringing."""
    return max([0] + [row[2][0] for row in ROWS if row[0] == RINGING and row[1] == kind])


class Progress:
    """Fields: tone (NONE, DIAL, RINGING, BUSY, CONGESTION), sounding (kind of sound just now, or 0), rings (bursts of
    ringing heard to their end), quiet_ms since a tone last sounded, pause_ms: the longest pause this ringing makes."""

    def __init__(self, rate):
        hertz = rate[0] / rate[1]
        self._hop_us = int(narrow.BLOCK * 1e6 / hertz + 0.5)
        self._table = narrow.table(hertz)
        self._gains = narrow.gains(hertz)
        self._floor = narrow.floor_q8(hertz, 32767 * 10 ** ((_LEAST_DBM0 - 3.14) / 20))
        self._dial_after = array("i", [300] + [_dial_after(kind) for kind in (ONE, PAIR_350_440, PAIR_440_480, PAIR_480_620)])
        self._ring = array("i", bytes(4 * narrow.SPAN))
        self._work = array("i", bytes(4 * narrow.SPAN))
        self._state = array("i", bytes(4 * 4))
        self._energy = array("i", bytes(4 * 8))
        self._power = array("i", bytes(4 * narrow.COUNT))
        self._groups = array("i", bytes(4 * 4))
        self._total = array("i", bytes(4 * 2))
        self.reset()

    def reset(self):
        """The handset was lifted: forgets all signal; the next tone is the first."""
        _clear(self._ring)
        _clear(self._state)
        _clear(self._energy)
        self.tone = NONE
        self.sounding = self.rings = self.pause_ms = 0
        self._kind = self._run = self._loudest = self._hops = self._age = 0
        self._forget()
        self._first = True
        self._heard = False  # a tone sounded since the reset

    def _forget(self):
        """The rhythm so far means nothing for what follows."""
        self._on = self._off = self._on_before = self._last_kind = 0

    @property
    def quiet_ms(self):
        return 0 if self.sounding else self._elapsed()

    def feed(self, block):
        """Takes 160 samples; returns 1 when `tone` changed, else 0."""
        state = self._state
        narrow.take(block, self._ring, state, self._energy)
        narrow.bins(self._ring, state, self._table, self._work, self._power)
        narrow.groups(self._power, self._gains, self._groups)
        narrow.weighted(self._energy, state, self._total)
        before = self.tone
        self._age = min(_MOST_HOPS, self._age + 1)
        self._hops = min(_MOST_HOPS, self._hops + 1)
        kind = self._sound()
        self._run = self._run + 1 if kind and kind == self._kind else 1
        self._kind = kind
        if self.sounding:
            self._while_on(kind)
        else:
            self._while_off(kind)
        return 1 if self.tone != before else 0

    def _sound(self):
        """Kind of sound that makes up the newest window, or 0."""
        total = self._total
        if total[0] == 0:
            return 0
        energy = log2_q8(total[0]) + 1280 + 512 * total[1]
        if energy < self._floor:
            return 0
        kind = self._which()
        return kind if kind and self._level(kind) - energy > _PURE_Q8 else 0

    def _which(self):
        g = self._groups
        a = g[0]
        b = g[1]
        c = g[2]
        d = g[3]
        if b > _OTHERS * (a + c + d):
            return ONE
        if _paired(a, b) and a + b > _OTHERS * (c + d):
            return PAIR_350_440
        if _paired(b, c) and b + c > _OTHERS * (a + d):
            return PAIR_440_480
        if _paired(c, d) and c + d > _OTHERS * (a + b):
            return PAIR_480_620
        return 0

    def _level(self, kind):
        """256 log2 of the energy on d of a kind's own tones in the newest window."""
        g = self._groups
        if kind == ONE:
            own = g[1]
        elif kind == PAIR_350_440:
            own = g[0] + g[1]
        elif kind == PAIR_440_480:
            own = g[1] + g[2]
        else:
            own = g[2] + g[3]
        return log2_q8(own + 1) + 2048 + 512 * self._state[narrow.SHIFT]

    def _elapsed(self):
        """Milliseconds of the present burst or pause."""
        return self._hops * self._hop_us // 1000

    # bursts

    def _while_on(self, kind):
        level = self._level(self.sounding)
        self._loudest = max(level, self._loudest)
        if level < self._loudest - _FALL_Q8:
            self._end(0)
        elif kind and kind != self.sounding and self._run >= _RUN:
            self._end(_RUN)
            self._begin(kind)
        else:
            self._still_on()

    def _still_on(self):
        ms = self._elapsed()
        if self._engaged() and ms > _LOST_MS:
            self.tone = NONE
        if ms > self._dial_after[self.sounding] or (self._first and self.sounding == ONE and ms > _FIRST_DIAL_MS):
            self.tone = DIAL

    def _begin(self, kind):
        pause = max(0, self._elapsed() - _RUN * self._hop_us // 1000 + _EDGE_MS)
        if kind != self._last_kind:
            self._forget()
            if self.tone != NONE:
                self.tone = NONE
                self.rings = 0
        if self.tone == RINGING and pause > _LONG_PAUSE_MS:
            self.pause_ms = pause
        self._off = pause
        self._first = not self._heard and (self._age * self._hop_us // 1000) < _SOON_MS
        self._heard = True
        self.sounding = self._last_kind = kind
        self._hops = _RUN
        self._loudest = self._level(kind)

    def _end(self, late):
        """The burst is over, since `late` hops."""
        self._on_before, self._on = self._on, max(0, self._elapsed() - late * self._hop_us // 1000 - _EDGE_MS)
        self.sounding = 0
        self._hops = late
        if self.tone == DIAL:
            self._forget()
            return
        found = self._interrupted()
        if found == NONE and self._engaged():
            self.tone = NONE
        elif found != NONE and not self._engaged():
            self.tone = found

    def _engaged(self):
        return self.tone == BUSY or self.tone == CONGESTION

    def _interrupted(self):
        """Busy or congestion after two equal bursts, by the row whose period is nearest."""
        found = NONE
        nearest = _LIMIT
        for row in ROWS:
            rhythm = row[2]
            if row[1] != self._last_kind or len(rhythm) != 2 or rhythm[1] > _LONG_PAUSE_MS:
                continue
            if _like(self._on, rhythm[0]) and _like(self._off, rhythm[1]) and _like(self._on_before, rhythm[0]):
                away = abs(self._on + self._off - rhythm[0] - rhythm[1])
                if away < nearest:
                    nearest = away
                    found = row[0]
        return found

    # pauses

    def _while_off(self, kind):
        if kind and self._run >= _RUN:
            self._begin(kind)
            return
        ms = self._elapsed()
        if self.tone == NONE or self.tone == RINGING:
            self._watch_ringing(ms)
        elif ms > (_END_MS if self.tone == DIAL else _LOST_MS):
            self.tone = NONE

    def _watch_ringing(self, ms):
        if self._on and ms > _LONG_PAUSE_MS:
            pause = self._rang()
            self._on = 0  # judged
            if pause:
                self.tone = RINGING
                self.rings = min(_LIMIT, self.rings + 1)
                if self.rings == 1:
                    self.pause_ms = pause
        if self.tone == RINGING and ms > self.pause_ms + (self.pause_ms >> 3) + 100:
            self.tone = NONE
            self.rings = 0
            self._forget()

    def _rang(self):
        """Pause in ms that the longest ringing rhythm with this burst makes; 0: no ringing has such a burst."""
        pause = 0
        for row in ROWS:
            rhythm = row[2]
            if row[0] != RINGING or row[1] != self._last_kind or not _like(self._on, rhythm[-2]):
                continue
            if len(rhythm) == 2 or (_like(self._off, rhythm[1]) and _like(self._on_before, rhythm[0])):
                pause = max(pause, rhythm[-1])
        return pause


def _clear(buffer):
    for i in range(len(buffer)):
        buffer[i] = 0


def _dial_after(kind):
    """Milliseconds after which an unbroken tone of this kind is a dial tone."""
    for row in ROWS:
        if row[0] == DIAL and row[1] == kind:
            longest = _longest_ring(kind)
            return longest + longest // 4 + 300
    return _LIMIT


def _paired(x, y):
    return x < _PAIR * y and y < _PAIR * x


def _like(ms, nominal):
    """Within an eighth and the resolution of a block; E.180 allows a tenth."""
    return -30 - (nominal >> 3) < ms - nominal < 30 + (nominal >> 3)
