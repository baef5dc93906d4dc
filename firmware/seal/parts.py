"""Opens a part: an envelope set, a live slot, a file with its head, and a writer behind it."""

from micropython import const

from core import config
from core.errors import CardFull, NoCard, Press1Error
from seal import header
from seal.records import RECORD, RecordSealer, content_keys
from seal.wipe import wipe
from seal.writer import PartWriter

_RESERVE_BYTES = const(262144)  # left on the card for journal, trailers and directories
_MIN_RECORDS = const(40)  # under ten seconds of room is not worth a file


class Part:
    """One part of a call.

    Fields: id, call, number, path, slot, created, rows (purposes with their ends), expires, purposes (mask), first_sample; while
    open `writer`; when closed `reason` and `totals` (None: storage failed, to be signed as found).
    """

    def __init__(self, made, call, number, first_sample, created):
        self.id = made.id
        self.call = call["call"]
        self.number = number
        self.slot = made.slot
        self.created = created
        self.rows = call["purposes"]
        self.expires = header.expires(self.rows)
        self.purposes = config.mask([row["purpose"] for row in call["purposes"]])
        self.first_sample = first_sample
        self.path = None
        self.reason = None
        self.writer = None
        self.totals = None


class Parts:
    def __init__(self, stock, slots, shelf, card, box_key, rate, encode):
        """`encode`: line.alaw.interleave; `rate`: (numerator, denominator); `box_key`: Ed25519 public key, 32 bytes."""
        self._stock = stock
        self._slots = slots
        self._shelf = shelf
        self._card = card
        self._box_key = box_key
        self._rate = rate
        self._encode = encode

    def room(self):
        """Records that fit on the card; raises NoCard, CardFull."""
        records = (self._card.free_bytes() - _RESERVE_BYTES) // RECORD
        if records < _MIN_RECORDS:
            raise CardFull("no room for a recording")
        return records

    def open(self, call, number, first_sample, now):
        """A Part with its writer. `call`: map of call, direction, profile, purposes, consent (docs/format.md, section 3).

        The file is there before the slot goes live: what a power cut leaves is a file without a key, which the sweep removes.
        Raises NoCard, CardFull, NotReady; the set is then destroyed, not used again.
        """
        room = self.room()
        made = self._stock.take()
        try:
            return self._open(made, call, number, first_sample, now, room)
        except OSError as error:
            self.kill([made], "unused")
            raise NoCard("card failed while a recording was opened") from error
        except Press1Error:
            self.kill([made], "unused")
            raise
        finally:
            made.wipe()

    def _open(self, made, call, number, first_sample, now, room):
        part = Part(made, call, number, first_sample, now)
        fields = header.fields(made, call, number, first_sample, self._box_key, self._rate)
        head = header.build(fields, now, part.expires)
        part.path = self._shelf.path(made.id, part.expires)
        file = self._shelf.create(part.path)
        file.write(head)
        file.flush()
        self._slots.go_live(made.slot, part.expires, part.purposes)
        keys = content_keys(head, made.file_secret, made.slot_secret)
        part.writer = PartWriter(file, part.path, head, RecordSealer(*keys), self._encode, room - len(head) // RECORD)
        wipe(*keys)
        return part

    def drop(self, part, names):
        """Takes purposes from a part's slot, which then ends with the last of the others. False: none would be left, nothing is done."""
        part.rows = [row for row in part.rows if row["purpose"] not in names]
        number = self._slots.find(part.id)
        if not part.rows or number < 0:
            return number < 0
        kept = self._slots.read(number).purposes & ~config.mask(names)
        self._slots.change(number, header.expires(part.rows), kept)
        return True

    def kill(self, owners, reason):
        """Destroy the keys of parts, or of sets that came to nothing; preamble, file and receipt follow.

        All are begun before the first is zeroed: boot finishes what was begun, so a power cut spares none of them.
        """
        numbers = [self._slots.find(owner.id) for owner in owners]  # a hold may have moved a slot
        live = [number for number in numbers if number >= 0]
        for number in live:
            self._slots.begin_erase(number, reason)
        for number in live:
            self._slots.zero(number)
