"""The journal: what the box did, hash-chained, a file a month on the card (docs/format.md, section 9).

`append` only hashes and queues, so it may be called in a call; `flush` writes. A frame is written at a known offset of its file, over
zeros or whatever a cut or a failed write left there. Months never go back: with a lowered clock the newest file goes on.

Whose head counts at a start: the card's tail or the one in key flash, whichever has the higher n. On a card that ends before the
head (entries were lost with the power, or it is another card) the journal goes on from the head, and the hole in n shows.

A month of thousands of entries takes long to read: a start reads it at once, later cards are read a few frames at each `flush`, and
what is appended meanwhile waits as it does without a card.
"""

import os

from micropython import const

from core import cbor
from core.calendar import date
from core.errors import NotReady
from store import journal_file as jf
from store.journal_tail import FOLDER, Search, months, path_of

_REST_S = const(10)  # after a write that the card refused
QUEUE_MAX = const(256)
_FRAMES = const(8)  # read in a step
_FRAMES_AT_START = const(32)
_JUMP = const(1000)  # numbers left out at a start without the card: it may hold entries that the flash does not know of yet
_TORN_MAX = const(4130)  # bytes of a frame: what is left of a torn one is overwritten with zeros; more is damage, and stays


def _month(t):
    year, month, _ = date(t)
    return "%04d%02d" % (year, month)


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
        self._search = None  # steps towards it
        self._searched = 0  # Card.mounts when they began
        self._frames = _FRAMES_AT_START
        self._last = (0, b"", 0)  # n, chain and end of what was last written: the same card, when it comes back, is known by it
        self._month = ""  # file being written
        self._offset = 0
        self._place = (0, "", 0)  # what the last reader was given last: n, month, offset
        self._unsaid = 0  # dropped entries that no entry tells of yet
        self.written = 0
        self.dropped = 0
        self._attach()
        while self._search:
            card.rest()
            self._attach()
        self._frames = _FRAMES
        if self._queue:
            self.flush(False)  # what was found torn: not in one write with the next entry, which a cut would take both of

    def head(self):
        """(n, chain) of the newest entry, queued ones included."""
        return self._n, self._chain

    # --- appending ---

    @property
    def waiting(self):
        """Entries not yet on a card."""
        return len(self._queue)

    @property
    def searching(self):
        """A card is there whose end is not known yet: each `flush` is a step towards it."""
        return self._search is not None

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
        if self._behind and not self._known_mount:
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
        if head and not self._search and (done or self._n != self._floor.n):
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
        self._put(path_of(month), data)
        self._offset += len(data)
        self.written = self._queue[count - 1][0]
        self._last = (self.written, self._queue[count - 1][2][-jf.CHAIN :], self._offset)
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
        """Knows the tail of the card that is there; False when there is none that answers, or when it takes further steps."""
        if not self._card.follow():
            self._known_mount = 0
            self._search = None
            return False
        if self._known_mount != self._card.mounts:
            self._look()
        return self._known_mount == self._card.mounts

    def _look(self):
        mounts = self._card.mounts
        if not self._search or self._searched != mounts:
            self._search, self._searched = self._find_tail(), mounts
        try:
            next(self._search)
        except StopIteration:
            self._known_mount = mounts
            self._refused_at = self._search = None
        except OSError:
            self._search = None

    def _find_tail(self):
        """Steps."""
        floor = self._floor
        found = Search((self._last, (floor.n, floor.chain, floor.offset)), (floor.n, floor.chain), self._frames)
        yield from found.run()
        if found.end and found.end.n >= self._n and not self._queue:
            yield from found.compare()
        self._take(found)

    def _take(self, found):
        """All at once, so that nothing is half known."""
        tail = found.tail
        self._month = found.month
        self._place = (0, "", 0)
        self._offset = tail.offset if tail else 0
        self.written = found.end.n if found.end else 0
        if not self._queue:
            self._choose_head(found.end, found.ours)
        self._behind = False
        stray = tail.size - tail.offset if tail else 0
        if stray > _TORN_MAX:
            self._offset += stray  # damage, kept as it is; the journal goes on behind it
        elif stray:
            self._wipe(stray)

    def _choose_head(self, end, ours):
        """The card's, when it has our last known head and perhaps more; else ours, and a hole in n that shows."""
        if end and end.n >= self._n and ours:
            self._n, self._chain = end.n, end.chain
        elif end and end.n == self._n:
            self._n += 1  # another box's card that happens to end at our number: without a hole it would look altered
        if self._n > self.written:
            self._note("entries %d to %d are not on this card" % (self.written + 1, self._n))

    def _wipe(self, stray):
        """The last frame was torn: zeros over what is left of it, and a word about it."""
        self._card.touch()
        with open(path_of(self._month), "r+b") as file:
            file.seek(self._offset)
            file.write(bytes(stray))
        self._note("torn entry")

    def _note(self, detail):
        self.append("fault", fault="journal", detail=detail)

    # --- reading ---

    def _stored(self, since):
        """(n, entry, chain) on the card from n = `since` on; goes on where the last reader stopped when it can."""
        found = months() if self._attach() else []
        if self._search:
            raise NotReady("the journal on the card is being read: ask again in a minute")
        n, month, offset = self._place
        if n > since or month not in found:
            month, offset = self._month_of(found, since), 0
        for name in found:
            if name < month:
                continue
            for at, n, entry, chain in jf.frames(path_of(name), offset if name == month else 0):
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
            if jf.first_n(path_of(name)) <= since:
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
