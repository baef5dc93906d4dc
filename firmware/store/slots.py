"""The table of key slots: the authority on expiry. Every change is one program of at most 64 bytes; nothing here erases flash.

A slot is named by its number (64-byte units from the start of the partition). `change` and `tidy` move live slots, so a number
stays good until then; ids stay good always. Numbers of prepared slots and of slots being erased never change.
"""

import errno
from array import array
from binascii import crc32

from micropython import const

from core.errors import Gone, Malformed, NoSlot
from store import slot_record as rec
from store import slot_scan as scan
from store.compaction import tidy
from store.region import PAGE_BYTES, SLOT_PAGE, UNIT_BYTES, UNITS, page_count
from store.slot_header import Headers
from store.slot_record import Slot
from store.slot_recovery import recover

_DAY_S = const(86400)
_ZERO_KEY = bytes(rec.KEY_BYTES)
_KEEP = b"\xff" * (rec.STATE - rec.EXPIRY)  # programming FF changes nothing
_TRIES = const(3)


class SlotTable:
    def __init__(self, keyflash):
        self.flash = keyflash
        self.pages = range(SLOT_PAGE, page_count(keyflash))
        self.page = bytearray(PAGE_BYTES)
        self.loaded = -1
        self.headers = Headers(keyflash)
        self._unit = bytearray(UNIT_BYTES)
        self._survey = array("H", bytes(2 * scan.SURVEY))
        count = page_count(keyflash)
        self._unused = bytearray(count)  # by page, as `refresh` found it and programs since then changed it
        self._live = bytearray(count)
        self._prepared = bytearray(count)
        self._finished = bytearray(count)
        self._first = [0] * count  # earliest expiry of a live slot of the page; None: no live slot
        self._cursor = 0  # page in use; none yet
        self.refresh()

    def recover(self):
        """Boot: completes what a cut interrupted, zeroes prepared slots; how many slots it touched. May erase."""
        return recover(self)

    def tidy(self):
        """Between calls: one step of reclaiming; True when it erased a page and may be asked again."""
        return tidy(self)

    compact = tidy

    # --- reading ---

    def load(self, page):
        """Reads a page into the one page buffer."""
        self.flash.read(page * PAGE_BYTES, self.page)
        self.loaded = page

    def refresh(self):
        """Walks the whole flash and counts anew."""
        for page in self.pages:
            self.recount(page)
            self.headers.note(page, self.page)

    def recount(self, page):
        """Counts one page anew from flash."""
        self.load(page)
        out = self._survey
        scan.survey(self.page, out)
        self._unused[page] = out[scan.UNUSED]
        self._live[page] = out[scan.LIVE_COUNT]
        self._prepared[page] = out[scan.PREPARED_COUNT]
        self._finished[page] = out[scan.FINISHED_COUNT]
        self._first[page] = out[scan.MIN_HIGH] << 16 | out[scan.MIN_LOW] if out[scan.LIVE_COUNT] else None

    def counts(self, page):
        """(unused, live, prepared, finished) of a page."""
        return self._unused[page], self._live[page], self._prepared[page], self._finished[page]

    def read(self, slot):
        """The slot's fields as `Slot`."""
        self.flash.read(slot * UNIT_BYTES, self._unit)
        return Slot(slot, self._unit)

    def secret(self, slot):
        """The 32-byte secret of a live slot; Gone when it is not live or its check fails."""
        self.flash.read(slot * UNIT_BYTES, self._unit)
        good = crc32(self._unit[: rec.SECRET_CHECK]) == int.from_bytes(self._unit[rec.SECRET_CHECK : rec.EXPIRY], "big")
        if Slot(slot, self._unit).state != "live" or not good:
            raise Gone("no key")
        return bytes(self._unit[rec.SECRET : rec.SECRET_CHECK])

    def find(self, id16):
        """Number of the live or prepared slot of this id, or -1."""
        for page in self.pages:
            if self._live[page] or self._prepared[page]:
                self.load(page)
                unit = scan.find_id(self.page, id16, *scan.KEYED)
                if unit > 0:
                    return page * UNITS + unit
        return -1

    def due(self, now):
        """First live slot with expiry <= now, or -1."""
        for page in self.pages:
            first = self._first[page]
            if first is not None and first <= now:
                self.load(page)
                unit = scan.first_due(self.page, 1, now >> 16, now & 0xFFFF)
                if unit > 0:
                    return page * UNITS + unit
        return -1

    def next_expiry(self):
        """Earliest expiry of a live slot, or None."""
        times = [first for first in self._first[SLOT_PAGE:] if first is not None]
        return min(times) if times else None

    def _select(self, mask, value, after=-1):
        for page in range(max(SLOT_PAGE, after // UNITS), self.pages.stop):
            self.load(page)
            numbers = []
            unit = scan.next_with(self.page, 1, mask, value)
            while unit > 0:
                numbers.append(page * UNITS + unit)
                unit = scan.next_with(self.page, unit + 1, mask, value)
            for number in numbers:
                if number > after:
                    yield number

    def live(self, after=-1):
        """Iterates over the numbers of live slots, in flash order, beginning behind slot `after`."""
        return self._select(0x8F, 0x8C, after)

    def live_pages(self):
        """Numbers of the pages with live slots, each in turn in `page`: for scans that take a page at a time."""
        for page in self.pages:
            if self._live[page]:
                self.load(page)
                yield page

    def unfinished(self):
        """Iterates over slots whose erasure has begun and is not yet unlinked and receipted."""
        for number in self._select(rec.ERASING, 0):
            if not self.read(number).finished:
                yield number

    def free(self):
        """Slots that can be prepared without an erase."""
        return sum(self._unused[SLOT_PAGE:])

    def live_count(self):
        """Live slots."""
        return sum(self._live[SLOT_PAGE:])

    # --- changing ---

    def _program(self, slot, field, data):
        self.flash.program(slot * UNIT_BYTES + field, data)

    def _clear(self, slot, bits):
        self._program(slot, rec.STATE, bytes((0xFF & ~bits,)))

    def _blank_in(self, page):
        self.load(page)
        return scan.first_blank(self.page)

    def _allocate(self):
        """A blank unit: in the page in use, else in one already begun, else in the least worn."""
        if not self._unused[self._cursor]:
            self._cursor = self._next_page()
        unit = self._blank_in(self._cursor)
        if unit < 0:
            raise NoSlot("slot count is wrong")
        self.headers.need(self._cursor, self.page)
        return self._cursor * UNITS + unit

    def _next_page(self):
        best = -1
        for page in self.pages:
            if not self._unused[page]:
                continue
            if self._unused[page] < 63:
                return page
            if best < 0 or self.headers.wear[page] < self.headers.wear[best]:
                best = page
        if best < 0:
            raise NoSlot("no free key slot")
        return best

    def _put(self, unit_bytes):
        slot = self._allocate()
        page = slot // UNITS
        self._unused[page] -= 1
        self._program(slot, 0, unit_bytes)
        self._prepared[page] += 1
        return slot

    def prepare(self, id16, secret32):
        """Programs id and secret into a free slot; its number. Raises NoSlot."""
        return self._put(rec.build(id16, secret32))

    def go_live(self, slot, expiry, purposes):
        """Gives a prepared slot its expiry (seconds) and purposes mask, in one program. Raises Malformed for a time out of range."""
        if not 0 < expiry < 0xFFFFFFFF:
            raise Malformed("expiry")
        self.flash.read(slot * UNIT_BYTES, self._unit)
        if self._unit[rec.STATE] & 0x8F != 0x8E:
            raise Gone("slot is not prepared")
        terms = rec.terms(expiry, expiry // _DAY_S, purposes)
        self._unit[rec.EXPIRY : rec.FLAGS] = terms
        check = rec.live_check(self._unit).to_bytes(3, "big")
        self._program(slot, rec.EXPIRY, terms + b"\xff" + check + bytes((0xFF & ~rec.LIVE,)))
        self._became_live(slot, expiry)

    def _became_live(self, slot, expiry):
        page = slot // UNITS
        self._prepared[page] -= 1
        self._live[page] += 1
        first = self._first[page]
        self._first[page] = expiry if first is None else min(first, expiry)

    def begin_erase(self, slot, reason="erased"):
        """From here on the slot is not live, whatever happens; the reason is kept beside it."""
        flags = 0xF0 | rec.REASONS.index(reason)
        self._program(slot, rec.FLAGS, bytes((flags, 0xFF, 0xFF, 0xFF, 0xFF & ~rec.ERASING)))

    def zero(self, slot):
        """Programs zeros over the secret and reads them back; OSError EIO when the flash keeps its bits.

        A slot that never was live, or was superseded, is finished with it: no file depends on it.
        """
        before = self.read(slot)
        bits = rec.ERASING | rec.ZEROED
        if not before.was_live or before.bits & rec.MOVED == 0:
            bits |= rec.UNLINKED | rec.RECEIPTED
        for _ in range(_TRIES):
            self._program(slot, rec.SECRET, _ZERO_KEY + _KEEP + bytes((0xFF & ~bits,)))
            self.flash.read(slot * UNIT_BYTES, self._unit)
            if not any(self._unit[rec.SECRET : rec.EXPIRY]):
                self.recount(slot // UNITS)
                return
        raise OSError(errno.EIO)

    def begin_unlink(self, slot):
        """The file has been found; when it is missing from now on, it is because it was removed."""
        self._clear(slot, rec.UNLINKING)

    def mark_unlinked(self, slot):
        """The file is gone."""
        self._clear(slot, rec.UNLINKED)
        self.recount(slot // UNITS)

    def mark_receipted(self, slot):
        """The receipt is in the journal."""
        self._clear(slot, rec.RECEIPTED)
        self.recount(slot // UNITS)

    def mark_pulled(self, slot):
        """A copy of recording and secret has been handed out."""
        self._program(slot, rec.FLAGS, bytes((0xFF & ~rec.PULLED,)))

    def mark_signed(self, slot):
        """The recording is closed and carries its signature."""
        self._program(slot, rec.FLAGS, bytes((0xFF & ~rec.SIGNED,)))

    def change(self, slot, expiry=None, purposes=None):
        """Gives a live slot other terms; the new number. Raises Gone, NoSlot.

        The copy is programmed prepared; marking the old one moved is the moment of change; only then the copy goes live and
        the old secret is zeroed. So no cut leaves two live copies, and `recover` finishes what the mark has begun.
        """
        old = self.read(slot)
        secret = self.secret(slot)
        expiry = old.expiry if expiry is None else expiry
        if not 0 < expiry < 0xFFFFFFFF:
            raise Malformed("expiry")
        terms = rec.terms(expiry, old.filed, old.purposes if purposes is None else purposes)
        new = self._put(rec.build(old.id, secret, terms, old.flags))
        self._clear(slot, rec.MOVED)
        self.finish_change(slot, new, expiry)
        return new

    def finish_change(self, old, new, expiry):
        """Second half of a change."""
        self._clear(new, rec.LIVE)
        self._became_live(new, expiry)
        self.zero(old)

    def destroy_all(self, reason="erased"):
        """Re-provisioning: every secret goes, at once; what had been live still wants its file unlinked and its receipt."""
        for mask, value in ((0x8F, 0x8C), (0x8F, 0x8E)):
            for slot in self._select(mask, value):
                self.begin_erase(slot, reason)
                self.zero(slot)
