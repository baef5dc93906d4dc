"""Writes one part: blocks into audio records, gaps, events, and the totals for its trailer.

Nothing on the path of a block allocates, nor do write, seek and flush of a VfsFat file. A write that fails is repeated once with
the same bytes at the same place; when that fails too the part takes nothing more (`fault`), because an index is encrypted once.
"""

import hashlib

from micropython import const

from core import cbor
from hal.contract import BLOCK
from seal.records import AUDIO, EVENT, FINAL, GAP, PAYLOAD, RECORD
from seal.wipe import wipe

_PAIRS = const(320)  # A-law bytes of one block, two channels
_FLUSH_RECORDS = const(3)  # 0.76 s of audio: at least once a second
# Deterministic CBOR of {"reason": "lost", "samples": ...} up to the number.
_GAP = const(b"\xa2\x66reason\x64lost\x67samples")


class Totals:
    """What the trailer of a closed part says: path, head_length, records, audio_samples, gap_samples, and three hashes."""

    def __init__(self, path, head_length, records, samples, hashes):
        self.path = path
        self.head_length = head_length
        self.records = records
        self.audio_samples, self.gap_samples = samples
        self.head_hash, self.records_hash, self.plain_hash = hashes


class PartWriter:
    """Fields: index (records written), audio_samples, gap_samples (sealed or waiting), fault (storage failed), full (no room)."""

    def __init__(self, file, path, head, sealer, encode, limit_records):
        """`file`: open for writing behind `head`; `encode(far, near, start, count, dst, offset)`: two channels to A-law pairs.

        `limit_records`: records that fit, the final one included.
        """
        self.path = path
        self.index = 0
        self.audio_samples = 0
        self.gap_samples = 0
        self.fault = False
        self.full = False
        self._file = file
        self._head_length = len(head)
        self._head_hash = hashlib.sha256(head).digest()
        self._sealer = sealer
        self._buf = sealer.buf
        self._encode = encode
        self._limit = limit_records - 1
        self._pairs = bytearray(_PAIRS)
        self._number = bytearray(len(_GAP) + 5)
        self._fill = 0
        self._unflushed = 0
        self._records = hashlib.sha256()
        self._plain = hashlib.sha256()

    def audio(self, far, near):
        """One block a channel. Allocates nothing."""
        if self.fault:
            return
        self._encode(far, near, 0, BLOCK, self._pairs, 0)
        self._plain.update(self._pairs)
        room = PAYLOAD - self._fill
        count = room if room < _PAIRS else _PAIRS
        self._sealer.fill(self._pairs, 0, self._fill, count)
        self._fill += count
        if self._fill == PAYLOAD:
            self._finish_audio()
            self._sealer.fill(self._pairs, count, 0, _PAIRS - count)
            self._fill = _PAIRS - count
        self.audio_samples += BLOCK

    def gap(self, samples):
        """`samples` were lost before the next block. Allocates nothing below 2^30 samples."""
        if self.fault:
            return
        self._finish_audio()
        length = self._gap_payload(samples)
        self._sealer.fill(self._number, 0, 0, length)
        self._put(GAP, 0, length)
        self.gap_samples += samples

    def event(self, fields, flags=0):
        """One event record: `fields` is its CBOR map with `event` and `sample`."""
        if self.fault:
            return
        self._finish_audio()
        payload = cbor.encode(fields)
        self._sealer.fill(payload, 0, 0, len(payload))
        self._put(EVENT, flags, len(payload))

    def close(self, reason, sample):
        """The final record, and out. Returns Totals; None after a storage fault: boot or the next card signs it as found."""
        self.event({"event": "end", "reason": reason, "sample": sample}, FINAL)
        self._forget()
        try:
            self._file.close()
        except OSError:
            self.fault = True
        if self.fault:
            return None
        hashes = (self._head_hash, self._records.digest(), self._plain.digest())
        return Totals(self.path, self._head_length, self.index, (self.audio_samples, self.gap_samples), hashes)

    def abort(self):
        """Forget everything at once and close the file; what it holds is for the caller to destroy."""
        self._forget()
        self.fault = True
        try:
            self._file.close()
        except OSError:
            pass  # the card is away: the key is what counts

    def _forget(self):
        self._sealer.wipe()
        wipe(self._pairs, self._number)

    def _gap_payload(self, samples):
        """CBOR of the gap into `_number`; returns its length. RFC 8949 section 4.2.1: the shortest integer."""
        out = self._number
        at = len(_GAP)
        for i in range(at):
            out[i] = _GAP[i]
        size = 0 if samples < 24 else 1 if samples < 0x100 else 2 if samples < 0x10000 else 4
        out[at] = samples if size == 0 else 23 + size if size < 4 else 26
        for i in range(size):
            out[at + size - i] = samples & 0xFF
            samples >>= 8
        return at + 1 + size

    def _finish_audio(self):
        if self._fill:
            length = self._fill
            self._fill = 0
            self._put(AUDIO, 0, length)

    def _put(self, kind, flags, length):
        """Seals and stores the record; flushes when it is the last one or a second is nearly full."""
        if self.fault:
            return
        self._sealer.seal(kind, flags, length, self.index)
        if not (self._write() or self._rewrite()):
            self.fault = True
            return
        self._records.update(self._buf)
        self.index += 1
        self._unflushed += 1
        if flags or self._unflushed >= _FLUSH_RECORDS:
            self._flush()
        if self.index >= self._limit:
            self.full = True

    def _write(self):
        try:
            return self._file.write(self._buf) == RECORD
        except OSError:
            return False

    def _rewrite(self):
        """The same bytes at the same place: a failed write may have moved the position."""
        try:
            self._file.seek(self._head_length + self.index * RECORD)
        except OSError:
            return False
        return self._write()

    def _flush(self):
        try:
            self._file.flush()
            self._unflushed = 0
        except OSError:
            self.fault = True
