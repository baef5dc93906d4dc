"""The rules of `checks.py` kept up over months: everything is looked at once after it was written, and forgotten when it has gone.

Fed by the hooks in place of the log. Bounded by what the box holds, so that its own memory does not grow. MicroPython.
"""

import hashlib

import hooks
from checks import need
from seal.records import RECORD
from store import preamble
from store.journal_file import parse, read_frame
from store.journal_tail import months, path_of

_END = b"P1END\r\n\x1a"


class Row:
    """What must be true of one recording. `doomed`: the decision to destroy it was taken; `open`: a cut fell on that very write."""

    def __init__(self, secret):
        self.secret = secret
        self.head = None
        self.expiries = []
        self.flushed = 0
        self.live = self.doomed = self.open = self.verified = False
        self.doomed_at = 0


class Ledger:
    """`board()`: the one that is on, with the count of writes that reached its media, and whether a card is in."""

    def __init__(self, board):
        self._board = board
        self.rows = {}
        self._granted = None
        self._entries = {}  # n: (chain, event, whether a card was in), since the journal was last followed
        self._written = 0
        self._lost = []  # of each cut: entries that were not known to be on the card
        self._receipts = set()
        self.n, self._chain = 0, bytes(32)
        self._month, self._offset = "", 0
        self.holes = False  # the power went while the card was out: what waited for it is lost

    # what the hooks tell

    def take(self, what, *facts):
        handler = getattr(self, "_t_" + what, None)
        if handler:
            handler(*facts)

    def _t_set(self, id16, _file_secret, slot_secret):
        self.rows[id16] = Row(slot_secret)

    def _t_head(self, id16, call, head, end):
        self.rows[id16].head = hashlib.sha256(head).digest()
        self.rows[id16].expiries = [end]
        if call != self._granted:
            hooks.PROBLEMS.append("a recording without a grant")

    def _t_flushed(self, id16, count):
        self.rows[id16].flushed = count

    def _t_grant(self, call):
        self._granted = call

    def _t_live(self, id16, expiry):
        self.rows[id16].live = True
        self.rows[id16].expiries.append(expiry)

    def _t_terms(self, id16, expiry):
        if expiry is not None:
            self.rows[id16].expiries.append(expiry)

    def _t_doom(self, ids):
        for id16 in ids:
            row = self.rows[id16]
            row.doomed, row.doomed_at = True, self._board().faults.writes

    def _t_entry(self, n, entry, chain):
        self._entries[n] = chain, parse(entry)["event"], self._board().inserted

    def _t_written(self, n):
        self._written = n

    # power

    def cut(self, writes, card_in):
        """The power went in write number `writes`: whether that one counts is open."""
        for row in self.rows.values():
            if row.doomed and row.doomed_at == writes - 1:
                row.doomed, row.open = False, True
        self._lost.append([(n,) + self._entries.pop(n) for n in list(self._entries) if n > self._written])
        self.holes = self.holes or not card_in

    # looking

    def look(self, slots, found, keys, ready, now, every=False):
        """All rules at rest. `slots`: live ones by id; `found`: paths by id; `keys`: the key partition; `every`: old files too."""
        self._follow()
        need(set(found) == set(slots), "files and live slots agree", len(found), len(slots))
        for id16, slot in slots.items():
            need(id16 in self.rows, "what has gone stays gone", id16)
            self._kept(self.rows[id16], slot, now)
            if every or not self.rows[id16].verified:
                _verify(found[id16], self.rows[id16])
        for id16 in [id16 for id16 in self.rows if id16 not in slots and id16 not in ready]:
            self._gone(id16, self.rows.pop(id16), keys, now)
        self._receipts = set()

    @staticmethod
    def _kept(row, slot, now):
        need(not row.doomed, "what was erased is gone", slot.id)
        need(slot.good and slot.signed, "everything is signed", slot.id)
        need(slot.expiry > now and slot.expiry in row.expiries, "nothing outlives its end", slot.id)
        row.open, row.expiries = False, [slot.expiry]

    def _gone(self, id16, row, keys, now):
        ended = row.doomed or row.open or not row.flushed or min(row.expiries) <= now
        need(ended, "what was flushed survives", id16)
        for half in (row.secret[:16], row.secret[16:]):
            need(half not in keys, "no secret outlives its slot", id16)
        need(not row.live or id16 in self._receipts, "every erasure has its receipt", id16)

    # the journal

    def _follow(self):
        for month in months():
            if month > self._month:
                self._month, self._offset = month, 0
            if month == self._month:
                self._read_on(path_of(month))
        for n in self._entries:
            need(n > self._written, "written entries stay", n)
        for missing in self._lost:
            events = [row[2] for row in missing if row[3]]  # what waited for a card is in RAM alone
            need(self.holes or len(events) <= 1, "the journal misses its last entry at most", events)
        self._lost = []
        self.holes = False

    def _read_on(self, path):
        with open(path, "rb") as file:
            file.seek(self._offset)
            while self._frame(read_frame(file)):
                pass
            file.seek(self._offset)
            need(not any(file.read(256)), "no stray bytes in the journal", path)

    def _frame(self, frame):
        fields = parse(frame[0]) if frame else None
        if fields is None:
            return False
        n = fields["n"]
        if n == self.n + 1:
            need(hashlib.sha256(self._chain + frame[0]).digest() == frame[1], "the journal's chain holds", n)
        need(n == self.n + 1 or (self.holes and n > self.n), "no hole in the journal", self.n, n)
        self._known(n, frame[1])
        if self._receipts is not None and fields["event"] in ("erase", "unlinked"):
            self._receipts.add(fields["id"])
        self.n, self._chain = n, frame[1]
        self._offset += 34 + len(frame[0])
        return True

    def _known(self, n, chain):
        if n in self._entries:
            need(self._entries.pop(n)[0] == chain, "written entries stay", n)
        for missing in self._lost:
            missing[:] = [row for row in missing if row[:2] != (n, chain)]

    def follow_anew(self):
        """The whole journal once more, from its first entry."""
        self.n, self._chain = 0, bytes(32)
        self._month, self._offset = "", 0
        self.holes = True  # those there are were looked at when they came
        self._receipts = None  # thousands of ids, each between two pieces of garbage, would leave no room for anything long
        self._follow()
        self._receipts = set()


def _verify(path, row):
    """Head, records and trailer of a signed file, read once."""
    buf = bytearray(RECORD)
    with open(path, "rb") as file:
        length = preamble.parse(file.read(preamble.SIZE)).head_length
        file.seek(0)
        need(hashlib.sha256(file.read(length)).digest() == row.head, "the head is whole", path)
        total = hashlib.sha256()
        count = 0
        while file.readinto(buf) == RECORD and buf[:8] != _END:
            total.update(buf)
            count += 1
        need(buf[:8] == _END, "the recording is signed", path)
        need(count >= row.flushed, "every flushed record is there", path, count, row.flushed)
        need(int.from_bytes(buf[12:16], "big") == count, "the trailer counts the records", path)
        need(bytes(buf[72:104]) == total.digest(), "the trailer's hash holds", path)
    row.verified = True
