"""The gate and the parts of one call. Sans I/O: files and slots are behind `parts`, what follows an erasure behind `destroy`.

Before `open` no block is looked at, so nothing from before the consent can enter a record buffer. `block` allocates nothing; what
it finds (a part at its length, a card that failed) is carried out by `step`, between blocks.
"""

from micropython import const

from core.errors import Press1Error
from hal.contract import BLOCK

_PART_S = const(900)  # docs/format.md, section 7

# Reasons of the final record
HANGUP, PAUSE, MARK, LENGTH, STOPPED, STORAGE = "hangup", "pause", "mark", "length", "stopped", "storage"


class Recorder:
    """Fields: position (call sample at which the next block begins, while the gate is open), is_open (gate), part (being written,
    or None), error (why the last part could not be opened, or None)."""

    def __init__(self, parts, rate, now, destroy, started=None, stopped=None):
        """`parts`: seal.parts.Parts; `rate`: (numerator, denominator); `now()`: UTC seconds.

        `destroy(part, reason)`: preamble, file and receipt of a part whose key is gone already.
        `started(part)`, `stopped(part)`: a part was opened, closed (`part.reason`, `part.totals`).
        """
        self._parts = parts
        self._now = now
        self._destroy = destroy
        self._started = started
        self._stopped = stopped
        self._length_samples = _PART_S * rate[0] // rate[1]
        self._call = None
        self._done = []
        self._number = 0  # of the last part opened
        self._consented = self._consented_first = (
            None  # decision sample of the evidence in force, and what was stored first under it
        )
        self._paused = False
        self.position = 0
        self.is_open = False
        self.part = None
        self.error = None

    # the call

    def open(self, call, first_sample):
        """Open the gate: the block after this one, which begins at call sample `first_sample`, is the first to be stored.

        `call`: map of call, direction, profile, purposes, consent; evidence gets its `first_sample` here. Raises what
        `Parts.open` raises, and ValueError for a first sample that is not after the decision; the gate then stays shut.
        """
        evidence = call["consent"]
        if evidence and first_sample <= evidence["decision_sample"]:
            raise ValueError("gate before the consent moment")
        self._consented = None
        self._call = self._with_first_sample(call, first_sample)
        self._done = []
        self._number = 0
        self._paused = False
        self.position = first_sample
        self._begin()
        self.is_open = True

    def block(self, far, near, lost):
        """One block a channel, `lost` samples having been lost before it. Allocates nothing."""
        if not self.is_open:
            return
        self.position += lost + BLOCK
        part = self.part
        if part is None:
            return
        writer = part.writer
        if lost:
            writer.gap(lost)
        writer.audio(far, near)

    def step(self):
        """Between blocks: ends a part that is full, failed or long enough. True while something is stored.

        A part that ended for storage has no successor until `card_back`.
        """
        part = self.part
        if not self.is_open or part is None:
            return False
        writer = part.writer
        if writer.fault or writer.full:
            self._end(STORAGE)
            return False
        if writer.audio_samples + writer.gap_samples >= self._length_samples:
            self._turn(LENGTH)
        return self.part is not None

    def mark(self):
        """A new part begins."""
        if self.part is not None:
            self._turn(MARK)

    def turn(self, call, gone):
        """The purposes have changed to those of `call`; `gone`: names that left. A new part begins; earlier ones lose what has gone.

        A part that was stored for nothing else is destroyed.
        """
        if self.part is not None:
            for name in gone:
                self.part.writer.event({"event": "purpose-ended", "purpose": name, "sample": self.position})
        self._end(MARK)
        if gone:
            self._done = [part for part in self._done if self._parts.drop(part, gone) or self._gone(part)]
        self._call = self._with_first_sample(call, self.position)
        self._begin_if_possible()

    def _gone(self, part):
        """Nothing it was stored for is left."""
        self._parts.kill([part], "withdrawn")
        self._destroy(part, "withdrawn")
        return False

    def _with_first_sample(self, call, sample):
        """The evidence says from which sample on audio was stored under it; later parts under the same consent repeat that."""
        evidence = call["consent"]
        if not evidence:
            return call
        if self._consented != evidence["decision_sample"]:
            self._consented, self._consented_first = evidence["decision_sample"], sample
        return dict(call, consent=dict(evidence, first_sample=self._consented_first))

    def erase_marked(self, reason):
        """Destroys the part before the last mark; returns it, or None where there is none."""
        if not self._done or self._done[-1].reason != MARK:
            return None
        part = self._done.pop()
        self._parts.kill([part], reason)
        self._destroy(part, reason)
        return part

    def pause(self):
        """Nothing is stored until `resume`."""
        self._paused = True
        self._end(PAUSE)

    def resume(self):
        self._paused = False
        self._begin_if_possible()

    def card_back(self):
        """A card was inserted: go on in a new part. A part still open stands on the card that was pulled."""
        if self.part is not None:
            self.part.writer.fault = True
            self._end(STORAGE)
        self._begin_if_possible()

    def close(self, reason):
        """Shut the gate and keep what was recorded."""
        self.is_open = False
        self._end(reason)
        self._call = None

    def erase(self, reason):
        """Shut the gate and destroy every part of this call: all keys, then secrets in RAM, then the files. Returns the parts.

        `reason`: `withdrawn`, `stopped` or `erased`, as in the receipt.
        """
        self.is_open = False
        parts = self._done + ([self.part] if self.part else [])
        try:
            self._parts.kill(parts, reason)
        finally:  # even when the flash fails, nothing more can be sealed
            if self.part:
                self.part.writer.abort()
        for part in parts:
            self._destroy(part, reason)
        self.part = self._call = None
        self._done = []
        return parts

    # parts

    def _begin(self):
        self.error = None
        self.part = self._parts.open(self._call, self._number + 1, self.position, self._now())
        self._number += 1
        if self._started:
            self._started(self.part)

    def _begin_if_possible(self):
        """A part that cannot be opened leaves the gate open and nothing stored."""
        if self.is_open and self.part is None and not self._paused:
            try:
                self._begin()
            except Press1Error as error:
                self.error = error

    def _turn(self, reason):
        self._end(reason)
        self._begin_if_possible()

    def _end(self, reason):
        part = self.part
        if part is None:
            return
        self.part = None
        part.reason = reason
        part.totals = part.writer.close(reason, self.position)
        part.writer = None
        self._done.append(part)
        if self._stopped:
            self._stopped(part)
