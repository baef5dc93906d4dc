"""The end of the journal that a card holds, found in steps: thousands of frames where nothing of it is known."""

import os

from store import journal_file as jf
from store.card import ROOT

FOLDER = ROOT + "/JRN"
_SUFFIX = ".P1J"


def path_of(month):
    """The file of a month, "YYYYMM"."""
    return FOLDER + "/" + month + _SUFFIX


def months():
    """Months of which there is a file, earliest first."""
    try:
        names = [entry[0] for entry in os.ilistdir(FOLDER)]
    except OSError:
        return []
    return sorted(name[:6] for name in names if len(name) == 10 and name.endswith(_SUFFIX))


class Search:
    """`month` (of the newest file), `tail` (its end), `end` (of the newest file that holds an entry), `ours` (the box's head is among
    the frames); month empty and the others None without a file. All methods are steps, and raise OSError from the card."""

    def __init__(self, places, head, frames):
        """`places`: (n, chain, offset) where frames of this box end, if it is this card; a month is not read again from before one.

        `head`: (n, chain) that key flash knows; `frames`: to be read in a step.
        """
        self.month = ""
        self.tail = self.end = None
        self.ours = False
        self._places = places
        self._head = head
        self._frames = frames
        self._found = []

    def run(self):
        """Finds all but `ours`."""
        found = self._found = months()
        if not found:
            return
        self.month = found[-1]
        self.tail = self.end = yield from self._tail()
        while not self.end.n and len(found) > 1:
            found.pop()  # a month that was begun and holds nothing: the one before it has the end
            self.end = yield from self._tail()

    def compare(self):
        """Is it the box's own journal? Then its head stands in the file with the end, or in the one before it."""
        self.ours = self._head[0] == 0 or self.end.seen
        if not self.ours and len(self._found) > 1:
            path = path_of(self._found[-2])
            before = self._known(path) or self._whole(path, None)
            self.ours = (yield from before.walk(self._frames)).seen

    def _tail(self):
        path = path_of(self._found[-1])
        if tail := self._known(path):
            return (yield from tail.walk(self._frames))
        n, previous = (yield from self._before()) if len(self._found) > 1 else (0, jf.NO_CHAIN)
        tail = yield from self._whole(path, previous).walk(self._frames)
        if tail.n or jf.first_n(path) == n + 1:
            return tail
        return (yield from self._whole(path, None).walk(self._frames))  # what this month follows is not on this card

    def _known(self, path):
        """The file's tail from one of the places on; None when none is in it."""
        for n, chain, offset in self._places:
            if offset and jf.chain_before(path, offset) == chain:
                return jf.Tail(path, chain, (n, chain), offset, n)
        return None

    def _whole(self, path, previous):
        return jf.Tail(path, previous, self._head)

    def _before(self):
        """(n, chain) at the end of the month before."""
        path = path_of(self._found[-2])
        tail = self._known(path)
        if not tail:
            return (yield from jf.last(path, self._frames))
        yield from tail.walk(self._frames)
        return tail.n, tail.chain
