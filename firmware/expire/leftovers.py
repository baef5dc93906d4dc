"""Files on the card that no slot speaks for: never started, keyless, or another box's past their end."""

from micropython import const

from core import cbor
from core.errors import Malformed, NoCard
from store import preamble

_HEADER_MAX = const(8192)


class Leftovers:
    """A walk over the card's folders, one file a step. `busy`: the walk is under way."""

    def __init__(self, slots, card, shelf, journal, clock):
        self._slots = slots
        self._card = card
        self._shelf = shelf
        self._journal = journal
        self._clock = clock
        self._walk = None

    @property
    def busy(self):
        return self._walk is not None

    def start(self, until=None):
        """Begins a walk, latest day first (there a power cut leaves its traces); `until`: only days up to that time's."""
        self._walk = self._paths(self._shelf.day(until) if until is not None else None)

    def step(self, box):
        """Looks at one file; `box`: this box's id, empty when it has none. A card that fails or goes ends the walk."""
        if self._walk is None or not self._card.present:
            self._walk = None
            return
        try:
            path = next(self._walk)
            if path and self._stray(path, box):
                self._discard(path)
        except (StopIteration, OSError, NoCard):
            self._walk = None  # done; or the next insertion and the next hour look again

    def _paths(self, last):
        """Paths, and None where a folder is done and has been pruned."""
        for month, day in reversed(list(self._shelf.days())):
            if last is None or (month, day) <= last:
                for path in self._shelf.names(month, day):
                    yield path
                self._shelf.prune(month, day)
                yield None

    def _stray(self, path, box):
        """Never started, or without a key: ours in any case, another box's when its own end is past."""
        with open(path, "rb") as file:
            first = file.read(preamble.SIZE)
            if not any(first):
                return True
            try:
                start = preamble.parse(first)
                if self._slots.find(start.id) >= 0:
                    return False
                if start.expires <= self._clock.safe_now():
                    return True
                header = cbor.decode(file.read(min(start.header_length, _HEADER_MAX)))
            except Malformed:
                return False  # no recording of any box: not ours to remove
        return bool(box) and isinstance(header, dict) and header.get("box") == box

    def _discard(self, path):
        try:
            id16 = preamble.read(path).id
        except Malformed:
            id16 = None
        self._shelf.unlink(path)
        if id16:
            self._journal.append("unlinked", id=id16, file=self._clock.now())
