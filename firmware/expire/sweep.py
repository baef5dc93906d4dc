"""Destroys what has expired or was erased. Order: key slot zeroed, preamble overwritten, file unlinked, receipt, slot receipted.

The slot decides, with or without a card: keys of all that is due go in the same tick, files follow a few a step. Every step is
marked in the slot, so a boot goes on where a cut stopped; what may happen twice is a receipt, what may not is a key that stays.
"""

from micropython import const

from core.errors import Gone, NoCard
from expire.leftovers import Leftovers
from expire.siblings import left_over

_KEYS_A_TICK = const(1000)
_FILES_A_TICK = const(16)
_RECEIPTS_KEPT = const(256)


def reason_for(slot, now):
    """Why a live slot goes at `now`, or None: the whole rule of expiry."""
    return "expired" if slot.expiry <= now else None


class Sweep:
    """`box`: this box's id once it has one (files of other boxes wait for their own end)."""

    def __init__(self, slots, card, shelf, journal, clock):
        """`journal`: store.journal.Journal, or anything with append(event, **fields) -> entry map."""
        self._slots = slots
        self._card = card
        self._shelf = shelf
        self._journal = journal
        self._clock = clock
        self._todo = None  # slots whose file or receipt is outstanding; None: to be read from flash
        self._waiting = []  # slots whose file is not on the card that is there, or whose receipt found no room
        self._journalled = []  # (n, slot): receipts appended, not known to be on the card
        self._exchange = []  # receipts that the host has not acknowledged
        self._leftovers = Leftovers(slots, card, shelf, journal, clock)
        self._stepped = False
        self.box = b""

    @property
    def busy(self):
        """`step` has something to do. Stays False while nobody calls `step`: `tick` alone gets everything done in time."""
        return self._stepped and (bool(self._todo) or self._leftovers.busy or self._card.unsettled)

    def tick(self, now, files=_FILES_A_TICK):
        """Every second: the keys of all that is due at `now` (safe time), then at most `files` files.

        A thousand keys a second at most: a box that was off for long must not starve its watchdog; a full table is done in eight.
        """
        self._load()
        for _ in range(_KEYS_A_TICK):
            number = self._slots.due(now)
            if number < 0:
                break
            self._kill(number, reason_for(self._slots.read(number), now))
        for _ in range(files):
            if not self._file_step():
                break
        self._settle()

    def step(self, mend=True):
        """Between calls: one file, or one look at a file on the card; True while there is more. `mend`: no file is open anywhere,
        so a card that came dirty may be repaired and counted; until it is repaired, nothing is removed from it."""
        self._stepped = True
        self._load()
        if self._card.unproven:
            if mend and not self._card.mend():
                self.on_card()
            return True
        if not self._file_step():
            if self._leftovers.busy or not mend:
                self._leftovers.step(self.box)
            else:
                self._card.count()
        self._settle()
        return self.busy

    def hourly(self):
        """Between calls: counts the slots anew from flash, tries again what waits, looks through the folders of past days."""
        self._slots.refresh()
        self._retry()
        self._leftovers.start(self._clock.safe_now())

    def on_card(self):
        """A card came: files that waited for it go; then every folder is looked through for what was never finished."""
        self._load()
        self._retry()
        self._complete_calls()
        self._leftovers.start()

    def destroy(self, id16, reason):
        """Only the key, at once; file and receipt follow by `tick`. Raises Gone."""
        self._load()
        number = self._slots.find(id16)
        if number < 0:
            raise Gone("no such recording")
        self._kill(number, reason)

    def erase(self, id16, reason):
        """Key, file and receipt, as far as a card is there. Where the key was zeroed by others, the rest. Unknown ids are nothing."""
        self._load()
        number = self._slots.find(id16)
        if number >= 0:
            self._kill(number, reason)
        else:
            number = self._begun(id16)
        if number in self._todo:
            self._todo.remove(number)
            self._finish(number)
        self._settle()

    def receipts(self, limit):
        """Up to `limit` receipts since the start that the host has not acknowledged, oldest first. The journal has them all."""
        return self._exchange[:limit]

    def acknowledge(self, ids):
        """The host has the receipts of these ids on its disk: forget them here."""
        if ids:
            self._exchange = [row for row in self._exchange if row["id"] not in ids]

    # --- one slot ---

    def _load(self):
        """Boot: what a cut left unfinished."""
        if self._todo is None:
            self._todo = list(self._slots.unfinished())

    def _complete_calls(self):
        """A start after a cut within a withdrawal: the call's other parts go too."""
        try:
            for number, reason in left_over(self._slots, self._shelf, self._todo):
                self._kill(number, reason)
        except OSError:
            pass  # the card is away again: its return looks once more

    def _kill(self, number, reason):
        self._slots.begin_erase(number, reason)
        self._slots.zero(number)
        if not self._slots.read(number).finished:
            self._todo.append(number)

    def _begun(self, id16):
        """The slot of this id that was zeroed elsewhere, put on the list; -1: none that wants work."""
        for number in self._slots.unfinished():
            if self._slots.read(number).id == id16:
                if number not in self._todo and number not in self._waiting and not self._in_journal(number):
                    self._todo.append(number)
                return number
        return -1

    def _in_journal(self, number):
        return any(row[1] == number for row in self._journalled)

    def _file_step(self):
        if not self._todo:
            return False
        self._finish(self._todo.pop(0))
        return True

    def _retry(self):
        self._todo += self._waiting
        self._waiting = []

    def _finish(self, number):
        """File, then receipt; a file that only now came back gets an entry of its own."""
        slot = self._slots.read(number)
        late = slot.receipted or self._in_journal(number)
        fate = "gone" if slot.unlinked else self._unlink(slot)
        if fate == "gone" and late and not slot.unlinked:
            self._journal.append("unlinked", id=slot.id, file=self._clock.now())
        if not late:
            self._receipt(slot, self._clock.now() if fate == "gone" else None)
        if fate == "wait":
            self._waiting.append(number)
        elif not slot.unlinked:
            self._slots.mark_unlinked(number)
        self._settle()  # one receipt at a time: a power cut takes the last one at most

    def _unlink(self, slot):
        """gone; wait: for the card that has it; missing: there is no such file, and no card is worth waiting for.

        The folders of past days are swept on every card, so an expired file on an absent one needs no slot to be found.
        """
        if not self._card.present or self._card.unproven:
            return "wait"
        try:
            path = self._shelf.locate(slot.id, slot.filed_time)
            if path:
                self._slots.begin_unlink(slot.number)
                self._shelf.unlink(path)
            if path or slot.unlinking:
                return "gone"
        except (OSError, NoCard):
            return "wait"
        return "missing" if slot.reason == "unused" or slot.expiry <= self._clock.safe_now() else "wait"

    def _receipt(self, slot, when):
        fields = {
            "id": slot.id,
            "reason": slot.reason or "erased",
            "slot": self._clock.now(),
            "file": when,
            "pulled": slot.pulled,
        }
        entry = self._journal.append("erase", **fields)
        if entry["n"] is None:
            return  # the queue is full; the slot stays open, so the next start writes the receipt
        self._journalled.append((entry["n"], slot.number))
        self._exchange.append(dict(fields, box=self.box))
        self._exchange = self._exchange[-_RECEIPTS_KEPT:]

    def _settle(self):
        """Marks the slots whose receipts are on the card: until then a cut must find them open."""
        if not self._journalled:
            return
        if hasattr(self._journal, "flush"):
            self._journal.flush(False)
            written = self._journal.written
        else:
            written = self._journalled[-1][0]
        while self._journalled and self._journalled[0][0] <= written:
            self._slots.mark_receipted(self._journalled.pop(0)[1])
