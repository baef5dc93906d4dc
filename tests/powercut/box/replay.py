"""Every state in which a power cut can leave the media of a scenario, without running the scenario again. MicroPython.

A cut at write k leaves writes 0 to k - 1 and a prefix of k. Prefixes that leave the same bytes are one point, so of 512 prefixes of
a directory sector only those that differ are tried; where everything differs (ciphertext) every `coarse` bytes. Flash writes are
also tried with each shorter run of the card writes that the box had not yet had synchronised.
"""

from board import CARD, KEYS, PAGE, STATE, SYNC, TRUTH, Media

from truth import Truth

_MANY = 80  # changed bytes of a write beyond which it is tried in coarse steps
_ZERO = bytes(512)


class Point:
    """media, truth, seconds, changed (something of the write in flight arrived), name."""

    def __init__(self, media, truth, seconds, changed, name):
        self.media = media
        self.truth = truth
        self.seconds = seconds
        self.changed = changed
        self.name = name


class Replay:
    """Walks a log from `first` on; `points()` yields them, `prefixes` counts the byte prefixes they stand for."""

    def __init__(self, base, rows, first, coarse=32):
        self._rows = rows
        self._first = first
        self._coarse = coarse
        self._keys = bytearray(base.keys)
        self._state = bytearray(base.state)
        self._sectors = dict(base.sectors)
        self._unsynced = []  # (block, what stood there at the last synchronisation, data)
        self._blocks = base.blocks
        self.truth = Truth()
        self.prefixes = 0

    def points(self):
        seconds = 0
        for number, row in enumerate(self._rows):
            seconds = row[3]
            if number >= self._first and row[0] not in (TRUTH, SYNC):
                yield from self._cuts(number, row)
            self._apply(row)
            self.truth.take(row)
        yield Point(self._media(), self.truth, seconds, True, "end")

    def _media(self):
        return Media(bytes(self._keys), dict(self._sectors), bytes(self._state), self._blocks)

    def _cuts(self, number, row):
        kind, where, data, seconds = row
        old, new = self._before_after(kind, where, data)
        self.prefixes += len(new) + 1
        name = "write %d kind %d at %s torn " % (number, kind, where)
        yield Point(self._media(), self.truth, seconds, False, name + "0")
        for torn in self._prefixes(kind, old, new):
            media = self._media()
            self._put(media, kind, where, new[:torn] + old[torn:])
            yield Point(media, self.truth, seconds, True, name + str(torn))
        if kind != CARD:
            yield from self._unflushed(kind, where, new, seconds, name)

    def _before_after(self, kind, where, data):
        if kind == CARD:
            return self._sectors.get(where, _ZERO), data if len(data) == 512 else _ZERO
        if kind == KEYS:
            old = bytes(self._keys[where : where + len(data)])
            return old, bytes(a & b for a, b in zip(old, data))
        if kind == PAGE:
            return bytes(self._keys[where * 4096 : where * 4096 + 4096]), b"\xff" * 4096
        return bytes(self._state[where : where + len(data)]), data

    def _prefixes(self, kind, old, new):
        """Lengths at which something more has arrived, the whole left out: that is the next write's beginning."""
        ends = [i + 1 for i in range(len(new)) if old[i] != new[i]][:-1]
        if len(ends) <= _MANY:
            return ends
        step = self._coarse
        return [1] + list(range(step, len(new), step)) + [len(new) - 1]

    def _put(self, media, kind, where, data):
        if kind == CARD:
            media.sectors[where] = data
        elif kind == STATE:
            media.state = media.state[:where] + data + media.state[where + len(data) :]
        else:
            at = where * 4096 if kind == PAGE else where
            media.keys = media.keys[:at] + data + media.keys[at + len(data) :]

    def _unflushed(self, kind, where, new, seconds, name):
        for kept in range(len(self._unsynced)):
            media = self._media()
            self._put(media, kind, where, new)
            for block, before, _data in reversed(self._unsynced[kept:]):
                media.sectors[block] = before
            yield Point(
                media, self.truth, seconds, True, name + "whole, %d unflushed card writes lost" % (len(self._unsynced) - kept)
            )

    def _apply(self, row):
        kind, where, data, _ = row
        if kind == TRUTH:
            return
        if kind == SYNC:
            self._unsynced = []
        elif kind == CARD:
            self._unsynced.append((where, self._sectors.get(where, _ZERO), data))
            self._sectors[where] = data
        elif kind == STATE:
            self._state[where : where + len(data)] = data
        else:
            at = where * 4096 if kind == PAGE else where
            _old, new = self._before_after(kind, where, data)
            self._keys[at : at + len(new)] = new
