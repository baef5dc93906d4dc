"""What must hold after a power cut, looked at from outside: raw flash, raw card, and files through a mount of its own. MicroPython."""

import hashlib
import os

import vfs
from board import LOG, TRUTH
from machine import Machine, unmount

from core.errors import Malformed
from hal.sim_media import SdCard
from seal.records import RECORD
from store import preamble
from store.journal_file import parse, read_frame
from store.slot_record import Slot

UNIT = 64
_OUTAGE_S = 5


class Violation(Exception):
    """A rule does not hold; the text names it."""


def need(holds, rule, *about):
    if not holds:
        raise Violation(rule + "".join(" " + str(part) for part in about))


# --- looking at media ---


def slots_in(keys):
    """Every slot that was ever programmed, parsed by the firmware's own record."""
    out = []
    for at in range(4 * 4096, len(keys), UNIT):
        unit = keys[at : at + UNIT]
        if at % 4096 and unit[63] != 0xFF:
            out.append(Slot(at // UNIT, unit))
    return out


def _walk(folder):
    if folder.count("/") > 5:
        return  # a torn entry may lead in a circle until the boot
    for entry in os.ilistdir(folder):
        path = folder + "/" + entry[0]
        if entry[1] == 0x4000:
            yield from _walk(path)
        else:
            yield path


def files(strict=True):
    """{path: bytes} of everything below REC and JRN on the mounted card; what cannot be read is left out unless `strict`."""
    out = {}
    for folder in ("/sd/REC", "/sd/JRN"):
        try:
            for path in _walk(folder):
                out[path] = _content(path, strict)
        except OSError as error:
            need(not strict or error.errno == 2, "the card can be read", error)
    return out


def _content(path, strict):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        if strict:
            raise
        return b""


def recordings(found):
    """{id: (path, bytes)}; None for what has no preamble."""
    out = {}
    for path, data in found.items():
        if path.endswith(".P1R"):
            try:
                out[preamble.parse(data[:64]).id] = (path, data)
            except Malformed:
                out[path] = (path, data)
    return out


class _Reader:
    def __init__(self, data):
        self._data = data
        self._at = 0

    def read(self, count):
        out = self._data[self._at : self._at + count]
        self._at += len(out)
        return out


def frames(found):
    """[(map, entry bytes, chain)] of the whole journal, months in order; the chain must hold over it, `n` may not jump."""
    out = []
    last = bytes(32)
    n = 0
    for path in sorted(path for path in found if path.endswith(".P1J")):
        reader = _Reader(found[path])
        used = 0
        while True:
            frame = read_frame(reader)
            fields = parse(frame[0]) if frame else None
            if fields is None:
                break
            if fields["n"] == n + 1 and hashlib.sha256(last + frame[0]).digest() != frame[1]:
                break
            out.append((fields, frame[0], frame[1]))
            used += 34 + len(frame[0])
            n, last = fields["n"], frame[1]
        out.append((None, path, max(0, len(found[path].rstrip(b"\0")) - used)))
    return out


# --- before the boot ---


def mount(media):
    unmount()
    card = SdCard(None, media.blocks)
    card.sectors = media.sectors
    try:
        vfs.mount(vfs.VfsFat(card), "/sd")
    except OSError:
        raise Violation("the card mounts") from None


def before_boot(point):
    """The order of deletion and of receipts, seen in what the cut left."""
    mount(point.media)
    found = recordings(files(False))
    truth = point.truth
    for slot in slots_in(point.media.keys):
        if slot.state == "live" and slot.good and truth.flushed.get(slot.id):
            there = slot.id in found or any(preamble.name(slot.id) in path for path in found if isinstance(path, str))
            need(there or slot.reason, "no file goes before its key", slot.id)
        if not slot.bits & 0x10 and slot.bits & 0x80 and slot.was_live and slot.id in found:
            raise Violation("no slot says unlinked while the file is there")
    for fields, _, _ in frames(files(False)):
        if fields and fields["event"] == "erase" and fields["file"] is not None:
            need(fields["id"] not in found, "no receipt for a file that is still there")
    for id16 in found:
        if isinstance(id16, bytes):
            need(truth.heads[id16][0] in truth.grants, "no recording without a grant")
    unmount()


# --- after it ---


class After:
    """A boot on what the cut left, everything settled, and looked at."""

    def __init__(self, point, seconds, media):
        self.point = point
        LOG.rows = []
        LOG.on = True
        self.machine = Machine(media, seconds)
        self.machine.settle()
        self.machine.box.tick(self.machine.board.now())
        self.machine.settle()
        LOG.on = False
        self.drawn = [row[2][0] for row in LOG.rows if row[0] == TRUTH and row[1] == "drbg"]
        self.new = {row[2][0]: row[2][2] for row in LOG.rows if row[0] == TRUTH and row[1] == "set"}
        self.media = self.machine.board.media()
        self.files = files()

    def check(self, earlier, holes):
        box = self.machine.box
        need(box.card.present, "the card mounts")
        need(box.identity and box.rules.policy and not box.problem and not box.fault, "the box is ready", box.problem, box.fault)
        self._drbg(earlier)
        live = self._slots(box)
        self._secrets(live, box)
        self._recordings(live)
        self._journal(holes)

    def _drbg(self, earlier):
        for out in self.drawn:
            need(out not in earlier, "no DRBG output is repeated")

    def _slots(self, box):
        live = {}
        prepared = [made.slot for made in box.stock._sets]
        for slot in slots_in(self.media.keys):
            if slot.state == "live":
                need(slot.id not in live, "no two live slots of one id")
                need(slot.good, "live slots have a good check")
                live[slot.id] = slot
            elif slot.state == "prepared":
                need(slot.number in prepared, "no slot is leaked", slot.number)
            else:
                need(slot.finished, "no slot is left half-way", slot.number, slot.state, slot.bits)
        return live

    def _secrets(self, live, box):
        known = dict(self.new)
        for id16, secrets in self.point.truth.secrets.items():
            known[id16] = secrets[1]
        ready = {made.id for made in box.stock._sets}
        for id16, secret in known.items():
            if id16 in live or id16 in ready:
                need(self.media.keys.count(secret) == 1, "one copy of a secret", id16)
            else:
                need(
                    secret[:16] not in self.media.keys and secret[16:] not in self.media.keys, "no secret outlives its slot", id16
                )

    def _recordings(self, live):
        truth = self.point.truth
        gone = truth.at_stake(self.point.changed)
        open_ = truth.undecided(self.point.changed)
        now = self.machine.board.now()
        found = recordings(self.files)
        need(set(found) == set(live), "files and live slots agree", list(found), list(live))
        for id16, slot in live.items():
            need(id16 not in gone, "what was erased is gone", id16)
            need(slot.expiry > now and slot.expiry in truth.expiries[id16], "nothing outlives its end", id16)
            need(truth.heads[id16][0] in truth.grants, "no recording without a grant")
            self._content(id16, found[id16][1], slot)
        for id16, count in truth.flushed.items():
            kept = count and id16 not in gone and id16 not in open_ and min(truth.expiries[id16]) > now
            need(not kept or id16 in live, "what was flushed survives", id16)

    def _content(self, id16, data, slot):
        truth = self.point.truth
        head = truth.heads[id16][1]
        need(data[: len(head)] == head, "the head is whole")
        at = len(head)
        good = 0
        for record in truth.records[id16]:
            if data[at : at + RECORD] != record:
                break
            at += RECORD
            good += 1
        need(good >= truth.flushed[id16], "every flushed record opens", good, truth.flushed[id16])
        if data[at : at + 8] != b"P1END\r\n\x1a":
            at += RECORD  # a last record that was torn is left out by the reader
        end = data[at : at + 512]
        need(end[:8] == b"P1END\r\n\x1a", "the recording is signed", good, len(data))
        count = int.from_bytes(end[12:16], "big")
        need(count == (at - len(head)) // RECORD, "the trailer counts the records")
        need(hashlib.sha256(data[len(head) : at]).digest() == end[72:104], "the trailer's hash holds")
        need(len(data) - at - 512 < 512 + RECORD, "little stray behind the trailer")
        need(slot.signed, "the slot says signed")

    def _journal(self, holes):
        truth = self.point.truth
        rows = frames(self.files)
        entries = {}
        last = 0
        for fields, raw, chain in rows:
            if fields is None:
                need(chain == 0, "no stray bytes in the journal", raw, chain)
                continue
            need(holes or fields["n"] == last + 1, "no hole in the journal", last, fields["n"])
            last = fields["n"]
            entries[last] = (raw, chain)
        for n, entry in truth.entries.items():
            if n <= truth.written:
                need(entries.get(n) == entry, "written entries stay", n)
        self.entries = entries
        self.missing = sum(1 for n, entry in truth.entries.items() if entries.get(n) != entry)
        need(holes or self.missing <= 1, "the journal misses its last entry at most", self.missing)
        erased = {fields["id"] for fields, _, _ in rows if fields and fields["event"] in ("erase", "unlinked")}
        for id16 in truth.at_stake(self.point.changed):
            need(id16 in erased or not truth.heads.get(id16), "every erasure has its receipt", id16)

    def same_as(self, first):
        """A second boot changes nothing more than that it happened."""
        need(self.machine.ids() == first.machine.ids(), "a second boot changes no slot")
        for path in first.files:
            if path.endswith(".P1R"):
                need(self.files.get(path) == first.files[path], "a second boot changes no file", path)
        before = max(first.entries) if first.entries else 0
        for fields, _, _ in frames(self.files):
            if fields and fields["n"] > before:
                need(fields["event"] == "boot", "a second boot finds nothing to do", fields)


def examine(point, holes=False):
    """Everything about one point; raises Violation. The number of journal entries that the cut took."""
    before_boot(point)
    first = After(point, point.seconds + _OUTAGE_S, point.media)
    first.check(point.truth.drawn, holes)
    second = After(point, point.seconds + 2 * _OUTAGE_S, first.media)
    second.check(point.truth.drawn.union(first.drawn), holes)
    second.same_as(first)
    return first.missing
