"""What is true at a point of a scenario: secrets drawn, grants, records stored, records flushed, decisions to destroy. MicroPython."""

import board


class Truth:
    """Grows row by row. `pending`: decisions of which no write has reached the medium yet."""

    def __init__(self):
        self.grants = set()
        self.heads = {}  # id: (call, head)
        self.paths = {}
        self.records = {}
        self.flushed = {}
        self.secrets = {}
        self.expiries = {}  # id: times that its slot may have
        self.doomed = set()
        self.pending = []
        self.entries = {}  # n: (entry, chain)
        self.written = 0
        self.drawn = set()

    def take(self, row):
        if row[0] == board.TRUTH:
            getattr(self, "_" + row[1])(*row[2])
        elif row[0] != board.SYNC:
            self.bind()

    def bind(self):
        """A write has landed: what was decided before it counts from now on."""
        for ids in self.pending:
            self.doomed.update(ids)
        self.pending = []

    def at_stake(self, changed):
        """Ids that must be gone after a cut of the next write, of which something (`changed`) or nothing arrived."""
        out = set(self.doomed)
        if changed:
            for ids in self.pending:
                out.update(ids)
        return out

    def undecided(self, changed):
        """Ids that may be gone or not."""
        return set() if changed else {id16 for ids in self.pending for id16 in ids}

    def _drbg(self, out):
        self.drawn.add(out)

    def _set(self, id16, file_secret, slot_secret):
        self.secrets[id16] = (file_secret, slot_secret)

    def _head(self, id16, call, head, end):
        self.heads[id16] = (call, head)
        self.records[id16] = []
        self.flushed[id16] = 0

    def _open(self, id16, path):
        self.paths[id16] = path

    def _record(self, id16, index, data):
        assert index == len(self.records[id16])
        self.records[id16].append(data)

    def _flushed(self, id16, count):
        self.flushed[id16] = count

    def _grant(self, call):
        self.grants.add(call)

    def _live(self, id16, expiry):
        self.expiries.setdefault(id16, []).append(expiry)

    def _terms(self, id16, expiry):
        if expiry is not None:
            self.expiries.setdefault(id16, []).append(expiry)

    def _doom(self, ids):
        self.pending.append(ids)

    def _entry(self, n, entry, chain):
        self.entries[n] = (entry, chain)

    def _written(self, n):
        self.written = n
