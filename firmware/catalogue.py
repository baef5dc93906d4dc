"""The recordings that the box holds, as the link lists and opens them: live slots first, then what stands in their files' heads."""

from micropython import const

from core import cbor, config
from core.errors import Busy, Gone, NoCard
from seal import trailer
from store import preamble

_HOLD = config.PURPOSES["dispute"]
_LOOKED = const(256)  # slots for one page: thousands may be of another card, and the host waits for ten seconds


class Catalogue:
    def __init__(self, box):
        """`box`: main.Box, of which slots, card, shelf and clock are used."""
        self._box = box

    def live(self, id16):
        """Number of the live slot of this id; raises Gone."""
        slots = self._box.slots
        number = slots.find(id16)
        if number < 0 or slots.read(number).state != "live":
            raise Gone("no such recording, or it has expired")
        return number

    def page(self, after, limit):
        """A job that lists at most `limit` behind id `after`, or from the first; raises Gone."""
        start = self._box.slots.find(after) if after else -1
        if after and start < 0:
            raise Gone("the recording after which to list is gone")
        return Page(self, start, limit)

    def item(self, number):
        """(id, listed map) of a slot; no map while it is being written, not yet signed, on another card, or gone meanwhile."""
        slot = self._box.slots.read(number)
        return slot.id, self._item(slot) if slot.state == "live" else None

    def numbers(self, start):
        """Numbers of live slots behind `start`."""
        return self._box.slots.live(start)

    def _item(self, slot):
        path = self._path(slot) if slot.signed else None
        if path is None:
            return None
        with open(path, "rb") as file:
            head, header = self._head(file)
            size = file.seek(0, 2)
            kind, samples = trailer.ending(file, size)
        numerator, denominator = header["rate"]
        found = {name: header[name] for name in ("id", "call", "part", "direction")}
        found.update({"created": head.created, "expires": slot.expiry, "purposes": self._purposes(slot, header), "bytes": size})
        found.update({"hold": bool(slot.purposes & _HOLD), "used": bool(slot.purposes & config.USED)})
        found.update({"basis": sorted({row["basis"] for row in header["purposes"]})})
        found.update({"seconds": samples * denominator // numerator, "state": "cut" if kind == trailer.FOUND else "complete"})
        return found

    def _purposes(self, slot, header):
        """S30: those that the slot still carries and that have not ended."""
        ends = {row["purpose"]: row["end"] for row in header["purposes"]}
        now = self._box.clock.safe_now()
        return [name for name in config.names(slot.purposes) if ends.get(name, slot.expiry) > now]

    def _path(self, slot):
        box = self._box
        return box.shelf.locate(slot.id, slot.filed_time) if box.card.present else None

    @staticmethod
    def _head(file):
        head = preamble.parse(file.read(preamble.SIZE))
        return head, cbor.decode(file.read(head.header_length))

    def header(self, slot):
        """The header map of a recording; raises NoCard when its card is away."""
        path = self._path(slot)
        if path is None:
            raise NoCard("the card that has this recording is away")
        with open(path, "rb") as file:
            return self._head(file)[1]

    def open(self, id16):
        """(open file at 0, size in bytes) of a signed recording; raises Gone, Busy, NoCard."""
        slot = self._box.slots.read(self.live(id16))
        if not self._box.card.present:
            raise NoCard("the card is away")
        if not slot.signed:
            raise Busy("the recording is not signed yet: ask again in a few seconds")
        path = self._path(slot)
        if path is None:
            raise Gone("the file is not on this card")
        file = open(path, "rb")  # the link's stream closes it
        size = file.seek(0, 2)
        file.seek(0)
        return file, size


class Page:
    """One slot a step, because each takes the card some ten blocks. Afterwards `items`, `more` (there are further ones to look at) and
    `after` (id of the last that was looked at)."""

    def __init__(self, catalogue, start, limit):
        self.items = []
        self.more = False
        self.after = b""
        self._catalogue = catalogue
        self._numbers = catalogue.numbers(start)
        self._limit = limit
        self._left = _LOOKED

    def step(self):
        """True when the page is full, or enough has been looked at."""
        try:
            number = next(self._numbers)
        except StopIteration:
            return True
        if len(self.items) == self._limit or not self._left:
            self.more = True
            return True
        self._left -= 1
        self.after, item = self._catalogue.item(number)
        if item:
            self.items.append(item)
        return False
