"""Call progress tones of Denmark, the European set and North America; and what is none: voices, keys, noise, music."""

import gc

import micropython

import line_signals as signals
from detect.progress import Progress
from detect.tones import BUSY, CONGESTION, DIAL, NONE, ONE, PAIR_350_440, PAIR_440_480, PAIR_480_620, RINGING, ROWS
from strict import eq

_RATE = (8000, 1)
_HERTZ = {ONE: (425,), PAIR_350_440: (350, 440), PAIR_440_480: (440, 480), PAIR_480_620: (480, 620)}


def _told(progress, samples):
    """(milliseconds, tone) of every change."""
    out = []
    at = 0
    for block in signals.blocks(samples):
        at += 20
        if progress.feed(block):
            out.append((at, progress.tone))
    return out


def _tones(progress, samples):
    return [tone for _, tone in _told(progress, samples)]


def _after_a_while(*parts):
    """So long after lifting that a tone is no first dial tone."""
    return signals.joined(signals.silence(8000, 1700), *parts)


def _row(row, seconds, dbm0=-15.0, stretch=1.0, hertz=None, rate=8000):
    tones = [(f, dbm0) for f in (hertz or _HERTZ[row[1]])]
    return signals.cadence(rate, seconds, tones, *[ms * stretch for ms in row[2] or (1000, 0)])


def _name(row):
    return "%d %d %s" % row


def test_every_row_is_recognised_at_every_rate_and_level():
    for rate in ((8000, 1), (15625, 2)):
        progress = Progress(rate)
        for dbm0 in (-6, -38):
            for row in ROWS:
                progress.reset()
                hertz = rate[0] / rate[1]
                start = signals.silence(hertz, 1700)
                got = _tones(progress, signals.joined(start, _row(row, 3.4, dbm0, rate=hertz)))
                eq((_name(row), dbm0, got), (_name(row), dbm0, [row[0]]))


def test_a_tenth_off_in_rhythm_and_some_hertz_in_pitch():
    """E.180 allows a tenth; Denmark's 250 ms and Europe's 200 ms meet there, both say that nobody will answer."""
    progress = Progress(_RATE)
    for row in ROWS:
        for stretch, shift in ((0.91, 6), (1.09, -6)):
            progress.reset()
            hertz = [f + shift for f in _HERTZ[row[1]]]
            got = _tones(progress, _after_a_while(_row(row, 3.4, -18, stretch, hertz)))
            want = (BUSY, CONGESTION) if row[0] in (BUSY, CONGESTION) else (row[0],)
            assert len(got) == 1 and got[0] in want, (_name(row), stretch, got)


def test_ringing_in_france_and_ireland():
    for hertz, rhythm in (((440,), (1500, 3500)), ((400, 450), (400, 200, 400, 2000))):
        eq(_tones(Progress(_RATE), _after_a_while(_row((RINGING, ONE, rhythm), 6, hertz=hertz))), [RINGING])


def test_how_soon():
    for row, ms in ((ROWS[3], 1000), (ROWS[2], 1700), (ROWS[1], 1900), (ROWS[9], 400)):
        told = _told(Progress(_RATE), _after_a_while(_row(row, 4)))
        assert 1700 < told[0][0] <= 1700 + ms, (_name(row), told)


def test_the_first_tone_after_lifting_is_dial_tone_soon():
    """Dialling ends it, at the length of a ringing burst too."""
    told = _told(
        Progress(_RATE), signals.joined(signals.silence(8000, 300), signals.sines(8000, 1000, (425, -10)), signals.key(8000, "4"))
    )
    eq([tone for _, tone in told], [DIAL])
    assert told[0][0] <= 1100, told
    silent = signals.joined(signals.sines(8000, 1000, (425, -10)), signals.key(8000, "4"), signals.silence(8000, 3000))
    eq(_tones(Progress(_RATE), silent), [DIAL, NONE])


def test_ringing_lasts_through_its_pauses_and_ends_after_one_too_many():
    progress = Progress(_RATE)
    told = _told(progress, _after_a_while(_row(ROWS[1], 15.5), signals.silence(8000, 6000)))
    eq([tone for _, tone in told], [RINGING, NONE])
    last_burst_ms = 1700 + 15500  # cut off after half a second
    assert last_burst_ms + 3900 <= told[1][0] <= last_burst_ms + 5200, told
    eq(progress.rings, 0)


def test_rings_and_pause_are_counted():
    progress = Progress(_RATE)
    _tones(progress, _after_a_while(_row(ROWS[1], 13)))
    eq((progress.rings, progress.tone), (3, RINGING))
    assert 3900 <= progress.pause_ms <= 5000, progress.pause_ms
    assert 1500 <= progress.quiet_ms <= 2100, progress.quiet_ms


def test_busy_ends():
    eq(_tones(Progress(_RATE), _after_a_while(_row(ROWS[3], 3), signals.silence(8000, 2000))), [BUSY, NONE])


def test_ringing_turns_into_busy():
    eq(_tones(Progress(_RATE), _after_a_while(_row(ROWS[1], 6.5), _row(ROWS[2], 4))), [RINGING, BUSY])


def test_side_tone_of_a_speaking_employee_does_not_hide_ringing():
    rand = signals.Random(4)
    for i in range(4):
        ringing = _row(ROWS[1], 11, -12)
        speech = signals.voice(8000, 11000, -12 - rand.between(8, 15), seed=40 + i)
        progress = Progress(_RATE)
        got = _tones(progress, _after_a_while(signals.mixed(ringing, speech)))
        eq((i, got, progress.rings >= 2), (i, [RINGING], True))


def test_noise_and_hum_beside_a_tone():
    hum = ((50, -15), (150, -30))
    for row in ROWS[:4]:
        signal = signals.mixed(_row(row, 6, -15), signals.noise(8000, 6000, -32), signals.sines(8000, 6000, *hum))
        eq((_name(row), _tones(Progress(_RATE), _after_a_while(signal))), (_name(row), [row[0]]))


def test_voices_are_no_tones():
    progress = Progress(_RATE)
    rand = signals.Random(2)
    for i in range(25):
        progress.reset()
        pitch = rand.pick((None, 105, 142, 212, 425))
        eq((i, _tones(progress, signals.voice(8000, 4000, rand.between(-25, -5), seed=500 + i, pitch=pitch))), (i, []))


def test_recorded_voices_are_no_tones():
    for name in ("caller", "employee"):
        with open("tests/system/audio/" + name + ".wav", "rb") as file:
            file.seek(44)
            progress = Progress(_RATE)
            block = signals.silence(8000, 20)
            while (file.readinto(block) or 0) == 320:
                progress.feed(block)
                eq((name, progress.tone), (name, NONE))


def test_keys_and_single_notes_are_no_tones():
    progress = Progress(_RATE)
    dialled = [signals.joined(signals.key(8000, digit, 250), signals.silence(8000, 250)) for digit in "1234567890*#"]
    eq(_tones(progress, _after_a_while(*dialled)), [])
    for hertz in (300, 380, 520, 600, 697, 1209, 1575, 2425):
        progress.reset()
        eq((hertz, _tones(progress, signals.cadence(8000, 6, ((hertz, -10),), 500, 500))), (hertz, []))
    for pair in ((350, 480), (440, 620), (350, 620)):
        progress.reset()
        eq((pair, _tones(progress, _after_a_while(signals.cadence(8000, 5, [(f, -10) for f in pair], 500, 500)))), (pair, []))


def test_other_rhythms_are_no_tones():
    progress = Progress(_RATE)
    for rhythm in ((100, 100), (330, 330), (700, 500), (250, 3000), (120, 880)):
        progress.reset()
        eq((rhythm, _tones(progress, _after_a_while(_row((0, ONE, rhythm), 8)))), (rhythm, []))


def test_random_interruptions_never_make_a_busy_line():
    """Bursts of random length, no two equal, are no rhythm."""
    rand = signals.Random(8)
    progress = Progress(_RATE)
    for _ in range(5):
        progress.reset()
        parts = []
        for burst in (90, 170, 340, 130, 700, 310, 160, 400):
            parts.append(signals.sines(8000, burst, (425, -15)))
            parts.append(signals.silence(8000, rand.between(100, 600)))
        eq(_tones(progress, _after_a_while(*parts)), [])


def test_hostile_input():
    progress = Progress((7800, 1))
    for pattern in ((0,), (-1,), (32767,), (-32768,), (32767, -32768), (32767,) * 9 + (-32768,) * 9, (-32768, 0)):
        samples = signals.array("h", (list(pattern) * 4800)[:4800])
        eq((pattern, _tones(progress, samples)), (pattern, []))


def test_feeding_allocates_nothing():
    progress = Progress(_RATE)
    blocks = signals.blocks(signals.joined(_row(ROWS[3], 2), _row(ROWS[1], 3), signals.key(8000, "5")))
    changes = 0
    gc.collect()
    micropython.heap_lock()
    try:
        for block in blocks:
            changes += progress.feed(block)
            progress.quiet_ms
    finally:
        micropython.heap_unlock()
    assert changes >= 2, changes
