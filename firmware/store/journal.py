"""The journal: what the box did, hash-chained, a file a month on the card (docs/format.md, section 9).

`append` only hashes and queues, so it may be called in a call; `flush` writes. A frame is written at a known offset of its file, over
zeros or whatever a cut or a failed write left there. Months never go back: with a lowered clock the newest file goes on.

Whose head counts at a start: the card's tail or the one in key flash, whichever has the higher n. On a card that ends before the
head (entries were lost with the power, or it is another card) the journal goes on from the head, and the hole in n shows.
"""

import os
import time

from micropython import const

from core import cbor
from store import journal_file as jf
from store.card import ROOT

FOLDER = ROOT + "/JRN"
SUFFIX = ".P1J"
_REST_S = const(10)  # after a write that the card refused
QUEUE_MAX = const(256)
_JUMP = const(1000)  # numbers left out at a start without the card: it may hold entries that the flash does not know of yet
_TORN_MAX = const(4130)  # bytes of a frame: what is left of a torn one is overwritten with zeros; more is damage, and stays


def _month(t):
    year, month = time.gmtime(t)[:2]
    return "%04d%02d" % (year, month)


def _path(month):
    return FOLDER + "/" + month + SUFFIX


def months():
    """Months of which there is a file, earliest first."""
    try:
        names = [entry[0] for entry in os.ilistdir(FOLDER)]
    except OSError:
        return []
    return sorted(name[:6] for name in names if len(name) == 10 and name.endswith(SUFFIX))


class Journal:
    """`written`: n of the newest entry on the card; `dropped`: entries given up so far because the queue was full."""

    def __init__(self, card, floor, clock, listener=None):
        """`listener(entry map)` is told of every entry appended."""
        self._card = card
        self._floor = floor
        self._clock = clock
        self._listener = listener
        self._refused_at = None  # when the card last did not take what waits
        self._queue = []  # (n, month, frame)
        self._n, self._chain = floor.n, floor.chain
        self._behind = floor.offset > 0  # the flash may be behind the card that it was written for
        self._known_mount = 0  # Card.mounts when the tail was found; 0: not known
        self._month = ""  # file being written
        self._offset = 0
        self._place = (0, "", 0)  # what the last reader was given last: n, month, offset
        self._unsaid = 0  # dropped entries that no entry tells of yet
        self.written = 0
        self.dropped = 0
        self._attach()

    def head(self):
        """(n, chain) of the newest entry, queued ones included."""
        return self._n, self._chain

    # --- appending ---

    @property
    def waiting(self):
        """Entries not yet on a card."""
        return len(self._queue)

    def append(self, event, **fields):
        """Chains and queues an entry; its map (`n` None when the queue was full and it was dropped)."""
        if self._unsaid and len(self._queue) < QUEUE_MAX - 1:
            lost, self._unsaid = self._unsaid, 0
            self.append("fault", fault="journal", detail="%d entries dropped" % lost)
        fields["event"] = event
        fields["t"] = self._clock.now()
        fields["n"] = self._enqueue(fields)
        if self._listener:
            self._listener(fields)
        return fields

    def note(self, event, **fields):
        """Appends, and writes at once where there is a card, so that a power cut takes one entry at most."""
        entry = self.append(event, **fields)
        self.flush(False)
        return entry

    def _enqueue(self, fields):
        if len(self._queue) >= QUEUE_MAX:
            self.dropped += 1
            self._unsaid += 1
            return None
        if self._behind and not self._card.present:
            self._n += _JUMP
            self._behind = False
        fields["n"] = self._n + 1
        entry = cbor.encode(fields)
        self._chain = jf.link(self._chain, entry)
        self._n += 1
        self._queue.append((self._n, _month(fields["t"]), jf.frame(entry, self._chain)))
        return self._n

    # --- writing ---

    def flush(self, head=True):
        """Writes what is queued and then, unless `head` is False, the head to key flash. True when nothing waits any more."""
        done = self._attach() and not self._resting() and self._write_queue()
        if head and (done or self._n != self._floor.n):
            self._floor.set_head(self._n, self._chain, self._offset if done else 0)
        return done

    def _resting(self):
        """The card has just refused: a full FAT is searched from end to end at each try, so not at every step of the loop."""
        return self._refused_at is not None and 0 <= self._clock.now() - self._refused_at < _REST_S

    def _write_queue(self):
        try:
            while self._queue:
                self._write_month(max(self._queue[0][1], self._month))
            self._refused_at = None
        except OSError:
            self._refused_at = self._clock.now()
            return False  # the card is full or failing: the queue waits, and the next try writes the same bytes again
        return True

    def _write_month(self, month):
        """Writes the leading entries that belong in one file."""
        if month != self._month:
            self._month, self._offset = month, 0
        count = 0
        while count < len(self._queue) and max(self._queue[count][1], month) == month:
            count += 1
        data = b"".join(row[2] for row in self._queue[:count])
        self._put(_path(month), data)
        self._offset += len(data)
        self.written = self._queue[count - 1][0]
        self._queue = self._queue[count:]

    def _put(self, path, data):
        self._card.touch()
        try:
            file = open(path, "r+b")
        except OSError:
            self._make_folder()
            file = open(path, "wb")
        with file:
            jf.make_room(file, self._offset + len(data))
            file.seek(self._offset)
            file.write(data)

    @staticmethod
    def _make_folder():
        try:
            os.mkdir(FOLDER)
        except OSError:
            os.stat(FOLDER)  # it was there; anything else raises

    # --- the card's tail ---

    def _attach(self):
        """Knows the tail of the card that is there; False when there is none that answers."""
        if not self._card.refresh():
            self._known_mount = 0
            return False
        if self._known_mount != self._card.mounts:
            try:
                self._find_tail()
            except OSError:
                return False
            self._known_mount = self._card.mounts
            self._refused_at = None
        return True

    def _find_tail(self):
        found = months()
        self._month = found[-1] if found else ""
        self._place = (0, "", 0)
        tail = self._tail(found) if found else None
        self._offset = tail.offset if tail else 0
        end = tail
        while end and not end.n and len(found) > 1:
            found.pop()  # a month that was begun and holds nothing: the one before it has the end
            end = self._tail(found)
        self.written = end.n if end else 0
        if not self._queue:
            self._choose_head(end, found)
        self._behind = False
        stray = tail.size - tail.offset if tail else 0
        if stray > _TORN_MAX:
            self._offset += stray  # damage, kept as it is; the journal goes on behind it
        elif stray:
            self._wipe(stray)

    def _choose_head(self, tail, found):
        """The card's, when it has our last known head and perhaps more; else ours, and a hole in n that shows."""
        if tail and tail.n >= self._n and self._ours(tail, found):
            self._n, self._chain = tail.n, tail.chain
        elif tail and tail.n == self._n:
            self._n += 1  # another box's card that happens to end at our number: without a hole it would look altered
        if self._n > self.written:
            self._note("entries %d to %d are not on this card" % (self.written + 1, self._n))

    def _ours(self, tail, found):
        if self._floor.n == 0 or tail.seen:
            return True
        return len(found) > 1 and (self._from_head(_path(found[-2])) or self._whole(_path(found[-2]), None)).seen

    def _tail(self, found):
        """Tail of the newest month; from the offset in key flash when that names this very file's head."""
        path = _path(found[-1])
        if tail := self._from_head(path):
            return tail
        n, previous = self._end(_path(found[-2])) if len(found) > 1 else (0, jf.NO_CHAIN)
        tail = self._whole(path, previous)
        if tail.n or jf.first_n(path) == n + 1:
            return tail
        return self._whole(path, None)  # what this month follows is not on this card

    def _from_head(self, path):
        """The file's tail behind the head in key flash; None when that is not in it. A month of thousands is not read again."""
        floor = self._floor
        if floor.offset and jf.chain_before(path, floor.offset) == floor.chain:
            return jf.Tail(path, floor.chain, (floor.n, floor.chain), self._card.rest, floor.offset, floor.n)
        return None

    def _whole(self, path, previous):
        return jf.Tail(path, previous, (self._floor.n, self._floor.chain), self._card.rest)

    def _end(self, path):
        tail = self._from_head(path)
        return (tail.n, tail.chain) if tail else jf.last(path, self._card.rest)

    def _wipe(self, stray):
        """The last frame was torn: zeros over what is left of it, and a word about it."""
        self._card.touch()
        with open(_path(self._month), "r+b") as file:
            file.seek(self._offset)
            file.write(bytes(stray))
        self._note("torn entry")

    def _note(self, detail):
        self.append("fault", fault="journal", detail=detail)

    # --- reading ---

    def _stored(self, since):
        """(n, entry, chain) on the card from n = `since` on; goes on where the last reader stopped when it can."""
        found = months() if self._attach() else []
        n, month, offset = self._place
        if n > since or month not in found:
            month, offset = self._month_of(found, since), 0
        for name in found:
            if name < month:
                continue
            for at, n, entry, chain in jf.frames(_path(name), offset if name == month else 0):
                if name == self._month and at >= self._offset:
                    return  # left by a write that failed: it is in the queue still
                if n >= since:
                    self._place = (n, name, at)
                    yield n, entry, chain

    @staticmethod
    def _month_of(found, since):
        """The last month that begins at or before n = `since`."""
        best = found[0] if found else ""
        for name in found:
            if jf.first_n(_path(name)) <= since:
                best = name
        return best

    def _from(self, since):
        for n, entry, chain in self._stored(since):
            yield n, jf.frame(entry, chain)
        for n, _, frame in self._queue:
            if n >= since:
                yield n, frame

    def frames(self, since, limit, size):
        """(whole frames from n = `since` on, at most `limit` and `size` bytes, more: bool). Raises OSError from the card."""
        out = []
        used = 0
        for _, frame in self._from(since):
            if len(out) == limit or used + len(frame) > size:
                return b"".join(out), True
            out.append(frame)
            used += len(frame)
        return b"".join(out), False

    def entries(self, since=1):
        """Iterates over the maps of entries with n >= `since`."""
        for _, frame in self._from(since):
            yield cbor.decode(frame[2 : -jf.CHAIN])
