"""DTMF keys in one channel of telephone audio: what was pressed, when, how loud.

`docs/dtmf.md` explains the method and gives its figures. Nothing is allocated after construction.
"""

from array import array

from micropython import const

from detect import background, coherence, score, spectrum, tables
from detect.weights import LIMITS, MEAN_OF_FIVE, MEAN_OF_THREE, MEAN_OF_TWO, UNITS

_SPAN = const(5)  # hops one coherent measurement spans, and the longest average of scores
_NOTHING = const(-30000)  # score of a hop without a candidate
_LEAST_POWER = const(1000)  # of |z >> 16|^2 / 8 over five hops: -45 dBm0
_SPACING_HOPS = const(8)  # a tone and a pause last 40 ms each at least, ES 201 235-3
_RELEASE_HOPS = const(5)
_UNSEEN_HOPS = const(60)
_DROP = const(5)  # 7 dB


class Detector:
    """One channel. Feed int16 samples at rate_num/rate_den Hz (7,800 to 8,000) in blocks of at most 160."""

    def __init__(self, rate_num, rate_den=1):
        constants = tables.Tables.of(rate_num, rate_den)
        self.hop = constants.hop
        self._table = constants.fold
        self._constants = constants.constants
        self._leak = constants.leak
        self._dial_gain = constants.dial_gain
        self._level_offset = constants.level_offset
        self._weights = constants.weights
        self._allocate()
        self.reset()

    def _allocate(self):
        self._state = array("i", bytes(4 * 8))
        self._work = array("i", bytes(4 * spectrum.WORK))
        self._ring = array("i", bytes(4 * spectrum.RING))
        self._found = array("i", bytes(4 * 24))
        self._linear = array("i", bytes(4 * 17))
        self.feature = array("i", bytes(4 * score.FEATURES))
        self._scores = array("i", bytes(4 * _SPAN))
        self._steady = array("i", bytes(4 * background.STEADY))
        self._held = array("i", bytes(4 * 4))

    def reset(self):
        """Forgets all signal and starts counting samples at zero."""
        for buffer in (self._state, self._work, self._ring, self._steady):
            for i in range(len(buffer)):
                buffer[i] = 0
        self._state[spectrum.HOP] = self.hop
        for i in range(_SPAN):
            self._scores[i] = _NOTHING
        self.samples = 0  # heard since reset; 2^30 of them are 37 hours
        self.digit = self.active = 0  # ASCII codes
        self.onset = self.decision = self.released = 0  # sample indices
        self.level = self.level_low = self.level_high = self.twist = 0  # tenths of a dBm0 and of a dB
        self.score = _NOTHING
        self.key = -1
        self._newest = self._run = self._quiet = self._unseen = 0
        self._since = _SPACING_HOPS

    def feed(self, block):
        """Takes an array('h') of any length up to 160; returns how many keys were decided in it (0 or 1)."""
        state = self._state
        hop = self.hop
        at = decided = 0
        end = len(block)
        while at < end:
            taken = spectrum.take(state, self._work, block, at, end)
            at += taken
            self.samples += taken
            if state[0] == hop:
                decided += self._step(state)
        return decided

    def _step(self, state):
        ring = self._ring
        spectrum.fold(state, self._work, ring)
        spectrum.bins(self._work, self._table, 0, ring, state[3])
        background.follow(state, ring, self._steady, self._dial_gain)
        self._since += 1
        if self.active:
            self._watch_release()
        if coherence.tones(state, ring, self._constants, self._found, _LEAST_POWER):
            return self._weigh()
        self._run = 0
        return 0

    def _weigh(self):
        """Scores the newest 30 ms, in which both groups hold a steady tone, and decides; a key that is held needs none."""
        found = self._found
        key = found[0] * 4 + found[8] - 4
        if tables.KEYS[key] == self.active:
            self._run = self._quiet = self._unseen = 0
            return 0
        lin = self._linear
        score.surroundings(self._state, self._ring, found, lin)
        score.quantities(self._state, self._ring, found, self._constants, self._leak, lin)
        score.logs(lin, 16)
        score.features(found, lin, self.feature, self._level_offset)
        if not self._inside_limits():
            self._run = 0
            return 0
        self._remember(key, score.network(self.feature, self._weights, UNITS, lin))
        return self._decide()

    def _inside_limits(self):
        feature = self.feature
        least = LIMITS[0]
        return (
            feature[score.LEVEL_LOW] > least
            and feature[score.LEVEL_HIGH] > least
            and LIMITS[1] < feature[score.TWIST] < LIMITS[2]
        )

    def _remember(self, key, score_q8):
        self._run = self._run + 1 if key == self.key and self._run else 1
        self.key = key
        self._newest = newest = (self._newest + 1) % _SPAN
        self._scores[newest] = self.score = score_q8

    def _decide(self):
        if self._since < _SPACING_HOPS or not self._convincing():
            return 0
        self._accept(tables.KEYS[self.key])
        return 1

    def _convincing(self):
        """A high enough mean score of the last 2, 3 or 5 hops, all of the same key: early where the line is clean."""
        run = self._run
        if run < 2:
            return False
        scores = self._scores
        at = self._newest
        total = scores[at] + scores[at - 1]
        if total > 2 * MEAN_OF_TWO:
            return True
        if run < 3:
            return False
        total += scores[at - 2]
        if total > 3 * MEAN_OF_THREE:
            return True
        return run >= 5 and total + scores[at - 3] + scores[at - 4] > 5 * MEAN_OF_FIVE

    def _accept(self, digit):
        feature = self.feature
        self.digit = self.active = digit
        self.decision = self.samples
        self.onset = max(0, self.samples - (self._run + _SPAN - 1) * self.hop)
        self.level_low = _decibels(feature[score.LEVEL_LOW]) + 31
        self.level_high = _decibels(feature[score.LEVEL_HIGH]) + 31
        self.level = min(self.level_low, self.level_high)
        self.twist = self.level_high - self.level_low
        self._since = self._quiet = self._unseen = 0
        self._hold()

    def _hold(self):
        """Remembers both tones' bins and a fifth of their power, against which the release is judged."""
        found = self._found
        held = self._held
        for g in (0, 8):
            held[g >> 2] = found[g]
            shift = 2 * (16 - found[g + 3])
            power = found[g + 1] // (5 * _DROP)
            held[(g >> 2) + 1] = power >> shift if shift >= 0 else power << -shift

    def _watch_release(self):
        """By level; or where speech keeps the level up, after 250 ms in which the key was not even a candidate."""
        self._unseen += 1
        if self._unseen == _UNSEEN_HOPS:
            self._release()
        elif coherence.still_on(self._state, self._ring, self._held):
            self._quiet = 0
        else:
            self._quiet += 1
            if self._quiet == _RELEASE_HOPS:
                self._release()

    def _release(self):
        self.active = 0
        self.released = self.samples


def _decibels(q8):
    """Tenths of a dB from 256 log2(power ratio)."""
    return q8 * 301 // 2560
