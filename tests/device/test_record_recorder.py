"""The gate: what is stored, in which part, and what an erasure leaves."""

from core import cbor
from core.errors import CardFull, NoCard
from record.recorder import Recorder
from sealed import HEAD, RamFile, block, pairs, records, writer
from strict import eq, no_alloc, raises

RATE = (8000, 1)
CALL = {"call": b"c" * 16, "direction": "in", "profile": "p", "purposes": [], "consent": None, "notice": None}
EVIDENCE = {"offer_sample": 90, "decision_sample": 100}


class FakePart:
    def __init__(self, number, first_sample, file, limit):
        self.number = number
        self.first_sample = first_sample
        self.file = file
        self.slot = number
        self.writer = writer(file, limit)
        self.totals = self.reason = None


class FakeParts:
    """Parts in RAM; `refuse` is raised instead of opening one; `log` takes what happens in order."""

    def __init__(self, size=2000000, limit=100000, log=None, **fault):
        self.opened = []
        self.refuse = None
        self.log = [] if log is None else log
        self._size, self._limit, self._fault = size, limit, fault

    def open(self, call, number, first_sample, now):
        if self.refuse:
            raise self.refuse
        self.call = call
        part = FakePart(number, first_sample, RamFile(self._size, **self._fault), self._limit)
        self.opened.append(part)
        return part

    def kill(self, parts, reason):
        for part in parts:
            self.log.append(("kill", part.number, reason, part.file.closed))


def _recorder(parts, **callbacks):
    log = parts.log
    return Recorder(
        parts,
        RATE,
        lambda: 1000,
        lambda part, reason: log.append(("destroy", part.number, reason, part.file.closed)),
        **callbacks,
    )


def _stored(part):
    """(A-law of the part, reason of its end record)."""
    sound, end = b"", None
    for kind, flags, payload in records(part.file.bytes()[len(HEAD) :]):
        if kind == 1:
            sound += payload
        elif flags:
            end = cbor.decode(payload)
    return sound, end


def _feed(recorder, first, count):
    for i in range(first, first + count):
        recorder.block(block(i), block(i + 500), 0)
        recorder.step()


def _sound(first, count):
    return b"".join(pairs(block(i), block(i + 500)) for i in range(first, first + count))


def test_nothing_from_before_the_gate_is_stored():
    parts = FakeParts()
    recorder = _recorder(parts)
    _feed(recorder, 0, 20)
    recorder.open(CALL, 3200)
    _feed(recorder, 20, 30)
    recorder.close("hangup")
    _feed(recorder, 50, 10)
    (part,) = parts.opened
    eq(part.first_sample, 3200)
    eq(_stored(part), (_sound(20, 30), {"event": "end", "reason": "hangup", "sample": 8000}))
    eq(recorder.position, 8000)


def test_a_second_call_begins_anew():
    parts = FakeParts()
    recorder = _recorder(parts)
    for first in (0, 100):
        recorder.open(CALL, 160)
        _feed(recorder, first, 5)
        recorder.close("hangup")
    eq([part.number for part in parts.opened], [1, 1])
    eq(_stored(parts.opened[1])[0], _sound(100, 5))


def test_evidence_gets_its_first_sample_and_must_come_before_it():
    parts = FakeParts()
    recorder = _recorder(parts)
    for first in (99, 100):
        with raises(ValueError):
            recorder.open(dict(CALL, consent=EVIDENCE), first)
        assert not recorder.is_open and not parts.opened
    recorder.open(dict(CALL, consent=EVIDENCE), 160)
    eq(parts.call["consent"], dict(EVIDENCE, first_sample=160))
    eq(EVIDENCE, {"offer_sample": 90, "decision_sample": 100})


def test_a_gate_that_cannot_open_stays_shut():
    parts = FakeParts()
    recorder = _recorder(parts)
    parts.refuse = NoCard("no card")
    with raises(NoCard):
        recorder.open(CALL, 160)
    assert not recorder.is_open
    _feed(recorder, 0, 3)
    eq(recorder.part, None)


def test_blocks_allocate_nothing():
    parts = FakeParts()
    recorder = _recorder(parts)
    recorder.open(CALL, 160)
    far, near = block(1), block(2)
    lock = no_alloc()
    with lock:
        for i in range(60):
            recorder.block(far, near, 320 if i == 30 else 0)
            recorder.step()
    recorder.close("hangup")
    eq(_stored(parts.opened[0])[0], pairs(far, near) * 60)


def test_mark_begins_a_new_part_without_losing_a_sample():
    parts = FakeParts()
    recorder = _recorder(parts)
    recorder.open(CALL, 0)
    _feed(recorder, 0, 10)
    recorder.mark()
    _feed(recorder, 10, 10)
    recorder.close("hangup")
    first, second = parts.opened
    eq(_stored(first), (_sound(0, 10), {"event": "end", "reason": "mark", "sample": 1600}))
    eq((second.number, second.first_sample, _stored(second)[0]), (2, 1600, _sound(10, 10)))


def test_a_pause_stores_nothing():
    parts = FakeParts()
    recorder = _recorder(parts)
    recorder.open(CALL, 0)
    _feed(recorder, 0, 10)
    recorder.pause()
    _feed(recorder, 10, 10)
    recorder.resume()
    _feed(recorder, 20, 10)
    recorder.close("hangup")
    first, second = parts.opened
    eq(_stored(first), (_sound(0, 10), {"event": "end", "reason": "pause", "sample": 1600}))
    eq((second.first_sample, _stored(second)[0]), (3200, _sound(20, 10)))


def test_a_part_ends_after_fifteen_minutes():
    parts = FakeParts(size=400000)
    recorder = Recorder(parts, (80, 1), lambda: 0, None)  # 80 Hz: 72,000 samples are 450 blocks
    recorder.open(CALL, 0)
    _feed(recorder, 0, 460)
    recorder.close("hangup")
    first, second = parts.opened
    eq(_stored(first), (_sound(0, 450), {"event": "end", "reason": "length", "sample": 72000}))
    eq((second.first_sample, _stored(second)[0]), (72000, _sound(450, 10)))


def test_a_failing_card_ends_the_part_and_a_new_one_begins_a_new_part():
    parts = FakeParts(fail_at=2, fails=2)
    recorder = _recorder(parts)
    recorder.open(CALL, 0)
    _feed(recorder, 0, 60)
    eq((recorder.is_open, recorder.part), (True, None))
    eq((parts.opened[0].reason, parts.opened[0].totals), ("storage", None))
    parts.refuse = NoCard("no card")
    recorder.card_back()
    eq((recorder.part, recorder.error), (None, parts.refuse))
    parts.refuse, parts._fault = None, {}
    recorder.card_back()
    eq((recorder.part.number, recorder.part.first_sample, recorder.error), (2, 9600, None))
    _feed(recorder, 60, 3)
    recorder.close("hangup")
    eq(_stored(parts.opened[1])[0], _sound(60, 3))


def test_a_card_pulled_and_put_back_between_two_writes():
    """Nobody noticed the pull: the open file is dead all the same, and the recording goes on in a new part."""
    parts = FakeParts()
    recorder = _recorder(parts)
    recorder.open(CALL, 0)
    _feed(recorder, 0, 10)
    writes = parts.opened[0].file.writes
    recorder.card_back()
    eq((parts.opened[0].reason, parts.opened[0].totals, parts.opened[0].file.writes), ("storage", None, writes))
    eq((recorder.part.number, recorder.part.first_sample), (2, 1600))
    recorder.close("hangup")


def test_a_full_card_ends_the_part_with_its_final_record():
    parts = FakeParts(limit=4)
    recorder = _recorder(parts)
    recorder.open(CALL, 0)
    parts.refuse = CardFull("full")
    _feed(recorder, 0, 60)
    sound, end = _stored(parts.opened[0])
    eq(end["reason"], "storage")
    eq(sound, _sound(0, 60)[: len(sound)])
    assert parts.opened[0].totals


def test_callbacks_see_every_part():
    seen = []
    parts = FakeParts()
    recorder = _recorder(parts, started=lambda part: seen.append(part.number), stopped=lambda part: seen.append(part.reason))
    recorder.open(CALL, 0)
    recorder.mark()
    recorder.close("hangup")
    eq(seen, [1, "mark", 2, "hangup"])


def test_erase_destroys_all_keys_before_any_file():
    parts = FakeParts()
    recorder = _recorder(parts)
    recorder.open(CALL, 0)
    _feed(recorder, 0, 30)
    recorder.mark()
    _feed(recorder, 30, 30)
    buffers = recorder.part.writer._buf, recorder.part.writer._pairs
    eq([part.number for part in recorder.erase("withdrawn")], [1, 2])
    want = [
        ("kill", 1, "withdrawn", True),
        ("kill", 2, "withdrawn", False),
        ("destroy", 1, "withdrawn", True),
        ("destroy", 2, "withdrawn", True),
    ]
    eq(parts.log, want)
    assert not any(buffers[0]) and not any(buffers[1])
    assert not recorder.is_open and recorder.part is None
    _feed(recorder, 60, 5)
    eq(recorder.erase("withdrawn"), [])


def test_nothing_is_erased_after_the_call_was_closed():
    parts = FakeParts()
    recorder = _recorder(parts)
    recorder.open(CALL, 0)
    recorder.close("hangup")
    recorder.open(CALL, 0)
    eq([part is parts.opened[1] for part in recorder.erase("stopped")], [True])
