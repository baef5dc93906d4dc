"""The journal: chain, months, cuts, cards that come and go."""

import hashlib
import os

from core import cbor
from core.errors import NotReady
from media import DAY, START, PowerCut, Rig
from store import journal_file as jf
from store.journal import QUEUE_MAX
from strict import eq, raises


def fill(rig, count, text="x"):
    for i in range(count):
        rig.journal.append("key", call=b"c" * 16, digit=text, side="far", counted=bool(i % 2))


def verify(frames, chain=bytes(32), n=0):
    """What a stranger does (docs/format.md, section 9): (n, chain) of the last, holes as (first missing, last missing)."""
    at = 0
    holes = []
    while at < len(frames):
        length = frames[at] << 8 | frames[at + 1]
        entry = frames[at + 2 : at + 2 + length]
        value = frames[at + 2 + length : at + 34 + length]
        fields = cbor.decode(entry)
        if fields["n"] != n + 1:
            holes.append((n + 1, fields["n"] - 1))
        else:
            eq(value, hashlib.sha256(chain + entry).digest())
        chain, n = value, fields["n"]
        at += 34 + length
    eq(at, len(frames))
    return n, chain, holes


def verified():
    """(n, holes) of what is on the card."""
    n, _, holes = verify(on_card())
    return n, holes


def on_card():
    """All frames, months in order, without the zeros that files are lengthened with."""
    out = b""
    for name in sorted(os.listdir("/sd/JRN")):
        with open("/sd/JRN/" + name, "rb") as file:
            data = file.read()
        eq(len(data) % 65536, 0)
        end = 0
        while end < len(data) and data[end] | data[end + 1]:
            end += 34 + (data[end] << 8 | data[end + 1])
        assert not any(data[end:])
        out += data[:end]
    return out


def test_chain_and_head():
    rig = Rig().boot()
    fill(rig, 20)
    assert rig.journal.flush()
    eq(verify(on_card()), rig.journal.head() + ([],))
    eq(rig.journal.written, 20)
    eq(rig.floor.read()[1:], rig.journal.head())
    eq([e["n"] for e in rig.journal.entries()], list(range(1, 21)))
    eq([e["n"] for e in rig.journal.entries(18)], [18, 19, 20])


def test_goes_on_after_a_restart():
    rig = Rig().boot()
    fill(rig, 5)
    rig.journal.flush()
    head = rig.journal.head()
    rig.reboot()
    eq(rig.journal.head(), head)
    fill(rig, 5)
    rig.journal.flush()
    eq(verified(), (10, []))


def test_months_and_a_lowered_clock():
    rig = Rig().boot()
    for days in (0, 20, 40, 15, 70):
        rig.hal.rtc = START + days * DAY
        rig.clock.begin(rig.hal.rtc)
        fill(rig, 3)
        rig.journal.flush()
        rig.reboot()
    eq(sorted(os.listdir("/sd/JRN")), ["202701.P1J", "202702.P1J", "202703.P1J"])
    eq(verified(), (15, []))
    eq([e["n"] for e in rig.journal.entries(8)], list(range(8, 16)))


def test_month_changes_within_the_queue():
    rig = Rig().boot()
    fill(rig, 3)
    rig.pass_time(0)
    rig.clock.begin(START + 20 * DAY)
    fill(rig, 3)
    rig.journal.flush()
    eq(len(os.listdir("/sd/JRN")), 2)
    eq(verified(), (6, []))


def test_frames_in_pages():
    rig = Rig().boot()
    fill(rig, 30)
    rig.journal.flush()
    fill(rig, 5)  # queued ones are given too
    out = b""
    since = 1
    pages = 0
    more = True
    while more:
        part, more = rig.journal.frames(since, 8, 4096)
        out += part
        since = verify(part, n=since - 1, chain=None)[0] + 1 if since == 0 else since + 8
        pages += 1
    eq(pages, 5)
    eq(verify(out), rig.journal.head() + ([],))
    part, more = rig.journal.frames(1, 100, 300)
    assert 0 < len(part) <= 300 and more
    eq(rig.journal.frames(99, 8, 4096), (b"", False))


def test_without_card_entries_wait():
    rig = Rig(card=False).boot()
    fill(rig, 10)
    assert not rig.journal.flush()
    rig.insert_card()
    assert rig.journal.flush()
    eq(verify(on_card()), rig.journal.head() + ([],))


def test_queue_is_bounded_and_says_so():
    rig = Rig(blocks=2048, card=False).boot()
    fill(rig, QUEUE_MAX + 7)
    eq(rig.journal.append("boot")["n"], None)
    eq(rig.journal.dropped, 8)
    rig.insert_card()
    assert rig.journal.flush()
    rig.journal.append("boot")
    rig.journal.flush()
    eq(verified(), (QUEUE_MAX + 2, []))
    eq([e["detail"] for e in rig.journal.entries() if e["event"] == "fault"], ["8 entries dropped"])


def test_lost_without_card_shows_as_a_hole():
    rig = Rig().boot()
    fill(rig, 4)
    rig.journal.flush()
    rig.pull_card()
    fill(rig, 3)
    rig.journal.flush()  # only the head, to key flash
    rig.reboot()
    rig.insert_card()
    rig.journal.flush()
    fill(rig, 2)
    rig.journal.flush()
    n, chain, holes = verify(on_card())
    eq((n, holes), (10, [(5, 7)]))
    eq(list(rig.journal.entries(8))[0]["detail"], "entries 5 to 7 are not on this card")
    rig.reboot()
    eq(rig.journal.head(), (n, chain))


def _flush(rig):
    """Blocks read by the dearest of the calls that it takes."""
    most, done = 0, False
    while not done:
        before = rig.hal.sd.reads
        done = rig.journal.flush(False) and not rig.journal.searching
        most = max(most, rig.hal.sd.reads - before)
    rig.journal.flush()
    return most


def test_another_boxs_card():
    other = Rig().boot()
    fill(other, 40, "o")
    other.journal.flush()
    theirs = other.hal.sd.sectors
    rig = Rig().boot()
    fill(rig, 5)
    rig.journal.flush()
    head = rig.journal.head()
    mine = rig.hal.sd.sectors
    rig.pull_card()
    rig.hal.sd.sectors = theirs
    rig.insert_card()
    _flush(rig)
    eq(rig.journal.head(), head)
    fill(rig, 2)
    rig.journal.flush()
    eq(rig.journal.head()[0], 7)
    rig.reboot()
    eq(rig.journal.head()[0], 7)
    rig.pull_card()
    rig.hal.sd.sectors = mine
    rig.insert_card()
    fill(rig, 1)
    _flush(rig)
    eq(verify(on_card())[2], [(6, 7)])


def test_tampering_is_seen():
    rig = Rig().boot()
    fill(rig, 6)
    rig.journal.flush()
    good = on_card()
    for at in range(2, len(good), 7):
        bad = bytearray(good)
        bad[at] ^= 1
        try:
            n, chain, holes = verify(bytes(bad))
        except Exception:
            continue
        assert holes or (n, chain) != rig.journal.head(), at


def torn_file(rig, keep):
    """The last `-keep` bytes of the newest month's last frame never reached the card."""
    path = "/sd/JRN/" + sorted(os.listdir("/sd/JRN"))[-1]
    with open(path, "rb") as file:
        data = file.read()
    os.remove(path)
    with open(path, "wb") as file:
        used = len(data.rstrip(b"\0")) + keep
        file.write(data[:used] + bytes(len(data) - used))
    return data


def test_torn_frame_is_written_over():
    for cut in (1, 5, 31, 32, 33, 60):
        rig = Rig().boot()
        fill(rig, 3)
        rig.journal.flush()
        head = rig.journal.head()
        fill(rig, 1, "y" * 40)
        rig.journal.flush(head=False)
        torn_file(rig, -cut)
        rig.reboot()
        fill(rig, 2)
        rig.journal.flush()
        n, _, holes = verify(on_card())
        eq(holes, [])
        assert n in (6, 7)
        eq([e["event"] for e in rig.journal.entries()][:3], ["key"] * 3)
        assert rig.journal.head()[0] == n > head[0]


def test_what_is_said_of_a_torn_frame_stands_alone():
    """Not in one write with the next entry: a cut in that write would take both."""
    rig = Rig().boot()
    fill(rig, 3)
    rig.journal.flush()
    torn_file(rig, -20)
    rig.mends = False  # nobody else writes it
    rig.reboot()
    eq(rig.journal.waiting, 0)
    written = rig.journal.written
    eq(([e["event"] for e in rig.journal.entries()][-1], written), ("fault", rig.journal.head()[0]))


def test_damage_in_the_middle_is_kept_as_evidence():
    rig = Rig(blocks=2048).boot()
    fill(rig, 100)
    rig.journal.flush(head=False)
    path = "/sd/JRN/202701.P1J"
    with open(path, "r+b") as file:
        file.seek(1000)
        file.write(b"\xee" * 40)
        file.seek(0)
        before = file.read().rstrip(b"\0")
    rig.reboot()
    fill(rig, 1)
    rig.journal.flush()
    with open(path, "rb") as file:
        after = file.read().rstrip(b"\0")
    eq(after[: len(before)], before)
    assert len(after) > len(before) + 60


def test_cost_follows_what_is_asked_for():
    """Block reads of a start and of paging do not grow with what is stored."""
    rig = Rig(blocks=4096).boot()
    for _ in range(20):
        fill(rig, 100)
        rig.journal.flush()
    stored = os.stat("/sd/JRN/202701.P1J")[6] // 512
    assert stored > 400
    rig.card.settle()  # a dirty card is looked through first, which costs more
    rig.reboot()
    assert rig.hal.sd.reads < 40, rig.hal.sd.reads
    eq(rig.journal.head()[0], 2000)
    rig.hal.sd.reads = 0
    out = b""
    for since in range(1, 2001, 50):
        part, more = rig.journal.frames(since, 50, 16384)
        out += part
        eq(more, since < 1951)
    eq(verify(out), rig.journal.head() + ([],))
    assert rig.hal.sd.reads < 3 * stored, (rig.hal.sd.reads, stored)


def _long_month(entries=2000):
    """A rig with a month of `entries`, the head in key flash."""
    rig = Rig(blocks=4096).boot()
    for _ in range(entries // 100):
        fill(rig, 100)
        rig.journal.flush()
    return rig


def test_a_cut_early_in_a_month_does_not_read_the_one_before_again():
    """The head in key flash is in the past month's file; a start that read thousands of entries would outlast the watchdog."""
    rig = _long_month()
    rig.clock.begin(START + 20 * DAY)
    fill(rig, 2)
    rig.journal.flush(False)
    rig.card.settle()
    rig.reboot()
    assert rig.hal.sd.reads < 80, rig.hal.sd.reads  # 2,000 entries take 400
    fill(rig, 1)
    rig.journal.flush()
    eq(verified(), (2003, []))


def test_a_long_month_that_must_be_read_keeps_the_watchdog_fed():
    """A card whose months the key flash does not know."""
    rig = _long_month()
    rig.hal.keyflash.cells[2 * 4096 : 4 * 4096] = b"\xff" * 8192  # the floor log
    fed = rig.hal.fed
    rig.boot()
    assert rig.hal.fed - fed > 2000 // 40
    eq(rig.journal.head()[0], 2000)


def test_a_long_month_of_a_card_that_comes_is_read_a_few_frames_at_a_time():
    """Somebody may be on the line. What is appended meanwhile waits, and is not numbered anew."""
    other = _long_month()
    rig = Rig(blocks=4096, card=False).boot()
    fill(rig, 3)
    rig.hal.sd.sectors = other.hal.sd.sectors
    rig.mends = False
    rig.insert_card()
    before = rig.hal.sd.reads
    assert not rig.journal.flush()
    assert rig.hal.sd.reads - before < 30, rig.hal.sd.reads - before
    eq((rig.journal.searching, rig.floor.offset), (True, 0))
    with raises(NotReady):
        rig.journal.frames(1, 10, 4096)
    fill(rig, 2)
    assert _flush(rig) < 30
    eq((rig.journal.head()[0], rig.journal.written, rig.journal.waiting), (5, 5, 0))
    eq(verify(on_card())[:2], rig.journal.head())


def test_the_card_that_was_there_is_known_when_it_comes_back():
    """It was away for hours, so that key flash has a head that is not on it; its month is not read again."""
    rig = _long_month()
    rig.card.settle()
    rig.pull_card()
    fill(rig, 3)
    rig.journal.flush()
    eq((rig.floor.n, rig.floor.offset), (2003, 0))
    rig.insert_card()
    before = rig.hal.sd.reads
    assert rig.journal.flush()
    assert rig.hal.sd.reads - before < 40, rig.hal.sd.reads - before
    eq(verified(), (2003, []))


def test_a_card_that_goes_while_it_is_read():
    other = _long_month()
    rig = Rig(blocks=4096).boot()
    fill(rig, 2)
    rig.journal.flush()
    mine = rig.hal.sd.sectors
    rig.pull_card()
    rig.hal.sd.sectors = other.hal.sd.sectors
    rig.mends = False
    rig.insert_card()
    for _ in range(3):
        rig.journal.flush()
    assert rig.journal.searching
    rig.pull_card()
    fill(rig, 1)
    assert not rig.journal.flush()
    assert not rig.journal.searching
    rig.hal.sd.sectors = mine
    rig.insert_card()
    _flush(rig)
    eq(verified(), (3, []))


def test_n_is_read_without_decoding():
    for n in (0, 1, 23, 24, 255, 256, 65535, 65536, 1 << 31):
        for fields in ({"n": n, "t": 5, "event": "boot"}, {"n": n, "event": "x" * 40, "a" * 2: 1}):
            eq(jf.entry_n(cbor.encode(fields)), n)
    for other in (
        b"",
        b"\xa1",
        cbor.encode({"m": 5}),
        cbor.encode({"a": 1, "n": 5}),
        cbor.encode({"n": "5"}),
        cbor.encode([1, 2]),
    ):
        eq(jf.entry_n(other), None)


def test_full_card():
    rig = Rig(blocks=256).boot()
    with raises(OSError):
        with open("/sd/FILL", "wb") as file:
            while True:
                file.write(bytes(4096))
    fill(rig, 200, "long" * 20)
    assert not rig.journal.flush()
    reads = rig.hal.sd.reads
    assert not rig.journal.flush()
    eq(rig.hal.sd.reads, reads)  # a full FAT is not searched again at every step
    os.remove("/sd/FILL")
    rig.pass_time(10)
    assert rig.journal.flush()
    eq(verify(on_card()), rig.journal.head() + ([],))


def test_failing_card_raises_nothing():
    rig = Rig().boot()
    fill(rig, 2)
    rig.hal.sd.present = False
    assert not rig.journal.flush()
    rig.hal.sd.present = True
    rig.insert_card()
    assert rig.journal.flush()
    eq(verified(), (2, []))


def test_cut_at_every_write():
    rig = Rig(blocks=256).boot()
    fill(rig, 5)
    rig.journal.flush()
    base = rig.snapshot()
    points = 0
    write = 0
    ended = False
    while not ended:
        write += 1
        for torn in (0, 1, 30, 200, 512):
            rig.restore(base).boot()
            rig.cut(write, torn)
            flushed = 0
            try:
                for _ in range(3):
                    fill(rig, 4, "abc")
                    if rig.journal.flush():
                        flushed = rig.journal.head()[0]
                ended = True
                break
            except PowerCut:
                points += 1
            rig.reboot()
            fill(rig, 1)
            rig.journal.flush()
            n, chain, holes = verify(on_card())
            eq((n, chain), rig.journal.head())
            eq(holes, [])
            assert n > flushed
            head = rig.journal.head()
            rig.reboot()
            eq(rig.journal.head(), head)
    assert points > 50, points
