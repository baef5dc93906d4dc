"""Records as docs/format.md section 5 says, without allocation, and storage faults."""

from core import cbor
from sealed import HEAD, RamFile, block, pairs, records, sha, writer
from strict import eq, no_alloc

AUDIO, GAP, EVENT = 1, 2, 3


def _body(file):
    return file.bytes()[len(HEAD) :]


def _end(reason, sample):
    return (EVENT, 1, cbor.encode({"event": "end", "reason": reason, "sample": sample}))


def test_audio_fills_records_and_ends_with_the_final_one():
    file = RamFile(65536)
    part = writer(file)
    sound = b""
    for i in range(30):
        part.audio(block(i), block(i + 100))
        sound += pairs(block(i), block(i + 100))
    totals = part.close("hangup", 4800)
    want = [(AUDIO, 0, sound[:4056]), (AUDIO, 0, sound[4056:8112]), (AUDIO, 0, sound[8112:]), _end("hangup", 4800)]
    eq(records(_body(file)), want)
    eq((totals.records, totals.audio_samples, totals.gap_samples), (4, 4800, 0))
    eq(totals.plain_hash, sha(sound))
    eq(totals.records_hash, sha(_body(file)))
    eq(totals.head_hash, sha(HEAD))
    assert file.closed


def test_no_audio_at_all():
    file = RamFile(16384)
    totals = writer(file).close("stopped", 7)
    eq(records(_body(file)), [_end("stopped", 7)])
    eq(totals.plain_hash, sha(b""))


def test_gaps_stand_where_samples_would():
    file = RamFile(65536)
    part = writer(file)
    part.audio(block(1), block(2))
    for samples in (1, 23, 24, 255, 256, 65535, 65536, 1000000):
        part.gap(samples)
    part.audio(block(3), block(4))
    totals = part.close("hangup", 0)
    gaps = [(GAP, 0, cbor.encode({"samples": n, "reason": "lost"})) for n in (1, 23, 24, 255, 256, 65535, 65536, 1000000)]
    want = [(AUDIO, 0, pairs(block(1), block(2)))] + gaps + [(AUDIO, 0, pairs(block(3), block(4))), _end("hangup", 0)]
    eq(records(_body(file)), want)
    eq(totals.gap_samples, 1 + 23 + 24 + 255 + 256 + 65535 + 65536 + 1000000)
    eq(totals.plain_hash, sha(pairs(block(1), block(2)) + pairs(block(3), block(4))))


def test_events_close_the_audio_record_before():
    file = RamFile(65536)
    part = writer(file)
    part.audio(block(1), block(2))
    part.event({"event": "note", "sample": 160})
    part.close("hangup", 160)
    eq([kind for kind, _, _ in records(_body(file))], [AUDIO, EVENT, EVENT])


def test_blocks_allocate_nothing():
    file = RamFile(200000)
    part = writer(file)
    far, near = block(1), block(2)
    lock = no_alloc()
    with lock:
        for _ in range(100):
            part.audio(far, near)
        part.gap(480)
        for _ in range(100):
            part.audio(far, near)
    eq(part.fault, False)
    totals = part.close("hangup", 0)
    eq(totals.records, len(records(_body(file))))
    eq(totals.plain_hash, sha(pairs(far, near) * 200))


def test_flushed_at_least_once_a_second():
    file = RamFile(400000)
    part = writer(file)
    for i in range(250):
        part.audio(block(0), block(0))
        waiting = (i + 1) * 160 - (file.flushed - len(HEAD)) // 4096 * 2028
        assert file.flushed == 0 or waiting <= 8000 + 160, waiting
    assert file.flushed


def test_a_failed_write_is_repeated_with_the_same_bytes_at_the_same_place():
    for fail_at in range(1, 5):
        good, bad = RamFile(65536), RamFile(65536, fail_at=fail_at)
        for file in (good, bad):
            part = writer(file)
            for i in range(30):
                part.audio(block(i), block(i + 1))
            totals = part.close("hangup", 4800)
            assert totals is not None and not part.fault
        eq(bad.bytes(), good.bytes())


def test_a_write_that_fails_twice_ends_the_part():
    file = RamFile(65536, fail_at=2, fails=2)
    part = writer(file)
    for i in range(60):
        part.audio(block(i), block(i))
    assert part.fault
    writes = file.writes
    eq(part.close("storage", 0), None)
    eq(file.writes, writes)
    assert file.closed
    eq(len(records(_body(file)[:4096])), 1)


def test_a_part_that_has_no_room_says_so_in_time():
    file = RamFile(100000)
    part = writer(file, limit=5)
    blocks = 0
    while not part.full:
        part.audio(block(blocks), block(blocks))
        blocks += 1
    part.gap(10)  # what one block may still bring
    part.audio(block(0), block(0))
    totals = part.close("storage", 0)
    assert totals.records <= 5 + 3, totals.records


def test_keys_and_sound_are_gone_after_close_and_abort():
    for end in ("close", "abort"):
        file = RamFile(65536)
        part = writer(file)
        part.audio(block(1), block(2))
        buffers = (part._buf, part._pairs)
        if end == "close":
            part.close("hangup", 0)
        else:
            part.abort()
        for buf in buffers:
            assert not any(buf)
        part.audio(block(3), block(4)) if end == "abort" else None
        assert file.closed
