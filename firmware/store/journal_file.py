"""The journal's frames in one month file (docs/format.md, section 9): reading, and finding where whole frames end.

A file grows by 64 KiB of zeros at a time, so that a single byte of its size changes: a directory entry torn at any byte then says
the old size or the new one, never something between, which would hide entries.
"""

import hashlib

from micropython import const

from core import cbor
from core.errors import Malformed

CHAIN = const(32)
ENTRY_MAX = const(4096)
NO_CHAIN = bytes(CHAIN)
GROWTH = const(65536)
_SIZES = {24: 1, 25: 2, 26: 4, 27: 8}  # bytes that follow the head of a CBOR integer
_PIECE = const(1024)  # bytes of zeros written at once


def frame(entry, chain):
    """One frame: length || entry || chain."""
    return len(entry).to_bytes(2, "big") + entry + chain


def link(previous, entry):
    """The chain value of `entry` after `previous`."""
    return hashlib.sha256(previous + entry).digest()


def read_frame(file):
    """(entry bytes, chain) at the file's position, or None at its end or where no whole frame is."""
    head = file.read(2)
    if len(head) < 2:
        return None
    length = head[0] << 8 | head[1]
    if not 0 < length <= ENTRY_MAX:
        return None
    entry = file.read(length)
    chain = file.read(CHAIN)
    return (entry, chain) if len(entry) == length and len(chain) == CHAIN else None


def parse(entry):
    """The entry's map; None when it is no journal entry."""
    try:
        fields = cbor.decode(entry)
    except Malformed:
        return None
    whole = isinstance(fields, dict) and isinstance(fields.get("n"), int) and "event" in fields
    return fields if whole else None


def entry_n(entry):
    """The entry's n without the cost of decoding it: its key sorts first. None when it does not stand there."""
    if entry[1:3] != b"an" or len(entry) < 4 or entry[0] >> 5 != 5:
        return None
    size = _SIZES.get(entry[3], 0)
    return int.from_bytes(entry[4 : 4 + size], "big") if size else entry[3] if entry[3] < 24 else None


class Tail:
    """One month's frames to the end of the good ones. `previous`: chain before the first; None: taken on trust.

    After `walk`: `n` and `chain` of the last good frame (n 0: none), `offset` just after it, `size` up to the last byte that is not
    zero. After a hole in n
    (entries that never reached this card) the next frame is taken on trust too: its predecessor is not here. `seen`: the head
    `want` (n, chain) is among the frames, or is where the walk began.
    """

    def __init__(self, path, previous, want, offset=0, n=0):
        self.n, self.chain, self.offset = n, previous, offset
        self.size = offset
        self.path = path
        self._want = want
        self.seen = (n, previous) == want

    def walk(self, frames):
        """Steps of `frames` each; a file is not open in between, because the card may be mounted anew. Returns this Tail."""
        while self._some(frames):
            yield
        self.size = yield from used(self.path, self.offset)
        return self

    def _some(self, frames):
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            for _ in range(frames):
                if not self._step(read_frame(file)):
                    return False
        return True

    def _step(self, found):
        if found is None:
            return False
        entry, chain = found
        n = self._follows(entry, chain)
        if n is None:
            return False
        self.n, self.chain = n, chain
        self.seen = self.seen or (self.n, chain) == self._want
        self.offset += 2 + len(entry) + CHAIN
        return True

    def _follows(self, entry, chain):
        """n of an entry that is good; None for another."""
        linked = self.chain is not None and link(self.chain, entry) == chain
        n = entry_n(entry) if linked else None
        if n is not None:
            return n
        fields = parse(entry)
        trusted = self.chain is None or (fields and self.n and fields["n"] != self.n + 1)
        return fields["n"] if fields and (linked or trusted) else None


def frames(path, offset=0):
    """Iterates over (offset, n, entry bytes, chain) from `offset`; stops at the first that is not whole."""
    with open(path, "rb") as file:
        file.seek(offset)
        while True:
            found = read_frame(file)
            fields = parse(found[0]) if found else None
            if fields is None:
                return
            yield offset, fields["n"], found[0], found[1]
            offset += 2 + len(found[0]) + CHAIN


def first_n(path):
    """n of the first entry; 0 when there is none."""
    for _, n, _, _ in frames(path):
        return n
    return 0


def last(path, count):
    """Steps of `count` frames. Returns (n, chain value) of the last whole one; (0, zeros) when there is none."""
    at, out = 0, (0, NO_CHAIN)
    left = 0
    while left == 0:
        left = count
        for start, n, entry, chain in frames(path, at):
            at, out = start + 2 + len(entry) + CHAIN, (n, chain)
            left -= 1
            if left == 0:
                break
        yield
    return out


def used(path, start):
    """Steps of 4 KiB. Returns the offset behind the last byte that is not zero, from `start` on and before 4 KiB of zeros; `start`
    when there is none."""
    end = at = start
    while True:
        with open(path, "rb") as file:
            file.seek(at)
            data = file.read(ENTRY_MAX)
        found = len(data.rstrip(b"\0"))
        if found == 0:
            return end
        end = at + found
        at += len(data)
        yield


def make_room(file, end):
    """Lengthens a file with zeros to a multiple of 64 KiB that holds `end` bytes; on a full card to what there is."""
    size = file.seek(0, 2)
    if size >= end:
        return
    zeros = bytes(_PIECE)  # once in 64 KiB of journal: not worth keeping
    try:
        while size < (end + GROWTH - 1) // GROWTH * GROWTH:
            size += file.write(zeros[: _PIECE - size % _PIECE])
    except OSError:
        pass  # the write that follows says whether it was enough
    file.flush()


def chain_before(path, end):
    """The chain value that ends at offset `end`, or None in a shorter file."""
    with open(path, "rb") as file:
        if end < CHAIN or file.seek(0, 2) < end:
            return None
        file.seek(end - CHAIN)
        return file.read(CHAIN)
