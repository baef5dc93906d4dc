"""The course of calls on synthetic lines: hook, direction, answer; never an answer into ringing or a busy line."""

import gc

import micropython

import line_signals as signals
from detect.calls import ANSWERED, DIRECTION, HUNG_UP, IN, LIFTED, OUT, TONE, CallTracker
from detect.keys import Keys
from detect.tones import DIAL, NONE, RINGING
from strict import eq

_RATE = (8000, 1)
_R = 8000
_DANISH = ((425, -12),)
_AMERICAN = ((440, -15), (480, -15))


class Line:
    """Feeds a tracker, with keys heard by the real detector, and notes when things happened (seconds since lifting)."""

    def __init__(self, hint=None, rate=_RATE, profile=None):
        self.tracker = CallTracker(rate, profile)
        self.keys = Keys(rate)
        self.hint = hint
        self.at = 0.0
        self.directions = []
        self.answered_at = None
        self.tones = []
        empty = signals.silence(_R, 20)
        while not self.tracker.lifted:
            self._note(self.tracker.feed(True, empty, empty, 0, False, hint))

    def _note(self, events):
        if events & DIRECTION:
            self.directions.append(self.tracker.direction)
        if events & ANSWERED:
            self.answered_at = self.at
        if events & TONE:
            self.tones.append(self.tracker.tone)

    def hear(self, far, near=None):
        """Far and near audio, the shorter one followed by silence."""
        if near is None:
            near = array_like(far)
        length = max(len(far), len(near))
        for i in range(0, length - 159, 160):
            a, b = _block(far, i), _block(near, i)
            side = self.keys.side if self.keys.feed(a, b) else 0
            self.at += 0.02
            self._note(self.tracker.feed(True, a, b, side, self.keys.sounding, self.hint))
        return self


def array_like(signal):
    return signals.array("h", bytes(2 * len(signal)))


def _block(signal, i):
    block = signals.array("h", bytes(320))
    for n, v in enumerate(signal[i : i + 160]):
        block[n] = v
    return block


def _quiet(seconds):
    return signals.silence(_R, 1000 * seconds)


def _hello(ms=900, dbm0=-18, seed=11):
    return signals.voice(_R, ms, dbm0, seed=seed)


def _dialled(digits="32145678"):
    """Far and near of local dialling."""
    far = signals.joined(*[signals.joined(signals.key(_R, d, 90, -14), signals.silence(_R, 110)) for d in digits])
    return far, signals.scaled(far, -10)


def _ringing(seconds, tones=_DANISH, on_ms=1000, off_ms=4000):
    return signals.cadence(_R, seconds, tones, on_ms, off_ms)


# the hook


def test_the_hook_is_debounced():
    tracker = CallTracker(_RATE)
    empty = signals.silence(_R, 20)
    told = [tracker.feed(c == "1", empty, empty) for c in "01011001111101101001000"]
    eq([i for i, e in enumerate(told) if e & LIFTED], [9])
    eq([i for i, e in enumerate(told) if e & HUNG_UP], [22])
    eq(tracker.lifted, False)


def test_settling_is_told_before_it_is_decided():
    tracker = CallTracker(_RATE)
    empty = signals.silence(_R, 20)
    for raw, settling in ((True, True), (True, True), (True, False), (False, True), (True, False)):
        tracker.feed(raw, empty, empty)
        eq(tracker.settling, settling)


def test_a_microphone_live_on_hook_is_not_listened_to():
    tracker = CallTracker(_RATE)
    for block in signals.blocks(_hello(2000, -5)):
        eq(tracker.feed(False, block, block, 0, False, None), 0)
    eq((tracker.near.speech(), tracker.far.envelope), (-999, 0))


# incoming


def test_an_incoming_call_is_answered_by_lifting():
    line = Line(IN)
    eq((line.directions, line.answered_at), ([IN], 0.0))
    line.hear(_quiet(1)).hear(_ringing(3)).hear(*_dialled("1"))
    eq((line.directions, line.tracker.answered), ([IN], True))


def test_without_a_hint_silence_or_a_voice_means_incoming():
    line = Line().hear(_quiet(3))
    eq(line.directions, [IN])
    assert 1.4 < line.answered_at < 1.7, line.answered_at
    line = Line().hear(signals.joined(_quiet(0.1), _hello()))
    eq(line.directions, [IN])
    assert line.answered_at < 1.0, line.answered_at


def test_the_employee_speaking_first_is_incoming_too():
    speech = signals.voice(_R, 2500, -15, seed=3)
    eq(Line().hear(signals.scaled(speech, -12), speech).directions, [IN])


# outgoing


def _outgoing(hint, tones, on_ms, off_ms, answer_s, dial=_DANISH):
    """Dial tone, dialling, ringing, and a voice `answer_s` after ringing began."""
    line = Line(hint)
    line.hear(signals.joined(_quiet(0.2), signals.sines(_R, 1600, *dial)))
    line.hear(*_dialled())
    line.hear(_quiet(1.5))
    eq((line.tracker.direction, line.tracker.answered), (OUT, False))
    start = line.at
    line.hear(_ringing(answer_s, tones, on_ms, off_ms))
    eq((line.answered_at, line.tracker.answered), (None, False))
    picked_up = line.at
    line.hear(signals.joined(_quiet(0.4), _hello(1500)))
    assert picked_up + 0.4 < line.answered_at < picked_up + 1.6, (start, picked_up, line.answered_at)
    return line


def test_an_outgoing_call_in_denmark():
    for hint in (None, OUT):
        for answer_s in (8.0, 11.5, 5.4):
            line = _outgoing(hint, _DANISH, 1000, 4000, answer_s)
            eq((line.directions, line.tones[:3]), ([OUT], [DIAL, NONE, RINGING]))


def test_an_outgoing_call_in_north_america():
    line = _outgoing(None, _AMERICAN, 2000, 4000, 9.0, ((350, -13), (440, -13)))
    eq(line.tones[:3], [DIAL, NONE, RINGING])


def test_ringing_long_is_never_an_answer():
    for tones, on_ms, off_ms in ((_DANISH, 1000, 4000), (_AMERICAN, 2000, 4000), (_DANISH, 1500, 3500), (_DANISH, 1000, 5000)):
        line = Line(OUT).hear(_quiet(2)).hear(_ringing(32, tones, on_ms, off_ms))
        eq((on_ms, off_ms, line.answered_at, line.tracker.tone), (on_ms, off_ms, None, RINGING))


def test_ringing_from_the_moment_of_lifting():
    """Dialled before lifting: the first burst may look like dial tone, the call is outgoing all the same."""
    for hint in (None, OUT):
        line = Line(hint).hear(_ringing(12))
        eq((line.directions, line.answered_at), ([OUT], None))
        line.hear(_hello(1200))
        assert line.answered_at is not None


def test_a_silent_person_is_answered_when_ringing_does_not_come_again():
    line = Line(OUT).hear(_quiet(2)).hear(_ringing(11)).hear(_quiet(7))
    assert 11 + 2 + 3.9 < line.answered_at < 11 + 2 + 6, line.answered_at


def test_the_employee_speaking_into_ringing_is_no_answer():
    for seed in (1, 2, 3):
        speech = signals.voice(_R, 14000, -14, seed=seed)
        far = signals.mixed(_ringing(14), signals.scaled(speech, -10))
        line = Line(OUT).hear(_quiet(2)).hear(far, speech)
        eq((seed, line.answered_at), (seed, None))


def test_a_busy_line_is_never_answered():
    for on_ms in (250, 500, 200):
        line = Line(OUT).hear(_quiet(2)).hear(*_dialled()).hear(_quiet(1)).hear(_ringing(8, _DANISH, on_ms, on_ms))
        line.hear(signals.joined(_quiet(3), _hello(2000)))
        eq((on_ms, line.answered_at), (on_ms, None))
        line.hear(signals.sines(_R, 3000, *_DANISH)).hear(*_dialled())  # a second try in the same call
        line.hear(signals.joined(_quiet(1), _hello(1500)))
        assert line.answered_at is not None


def test_no_ringing_at_all_and_then_a_voice():
    line = Line(OUT).hear(signals.sines(_R, 1200, *_DANISH)).hear(*_dialled()).hear(_quiet(2))
    eq(line.answered_at, None)
    line.hear(_hello(1500))
    assert line.answered_at is not None


def test_dialling_slowly_and_holding_keys_is_no_voice():
    far, near = _dialled("12")
    held = signals.key(_R, "5", 2500, -12)
    line = Line(OUT)
    line.hear(far, near).hear(_quiet(2)).hear(held, signals.scaled(held, -10)).hear(_quiet(1)).hear(far, near).hear(_quiet(1))
    eq(line.answered_at, None)


def test_clicks_and_a_noisy_line_are_no_answer():
    click = signals.joined(signals.noise(_R, 40, -5), _quiet(0.9))
    line = Line(OUT).hear(signals.joined(*[signals.mixed(signals.noise(_R, 940, -50), click)] * 12))
    eq(line.answered_at, None)


def test_a_call_taken_for_incoming_is_revised_when_ringing_comes():
    """No hint, no dial tone, dialled slowly: the direction turns, and the answer is open again."""
    line = Line().hear(_quiet(2.5))
    eq((line.directions, line.tracker.answered), ([IN], True))
    line.hear(*_dialled("32"))
    eq((line.directions, line.tracker.answered), ([IN, OUT], False))
    line.hear(_quiet(1)).hear(_ringing(7))
    eq(line.tracker.answered, False)
    line.hear(_hello(1200))
    eq(line.tracker.answered, True)


def test_one_local_key_does_not_revise():
    line = Line().hear(_quiet(2.5)).hear(*_dialled("1")).hear(_quiet(1))
    eq((line.directions, line.tracker.answered), ([IN], True))


def test_random_calls_are_answered_after_the_last_ring_and_not_before():
    rand = signals.Random(21)
    for i in range(6):
        tones, on_ms, off_ms = rand.pick(((_DANISH, 1000, 4000), (_AMERICAN, 2000, 4000), (((440, -20),), 1500, 3500)))
        waited = rand.between(2, 14)
        noise = signals.noise(_R, 3000, rand.between(-65, -52), seed=i)
        noise = signals.joined(noise, noise, noise, noise, noise)
        line = Line(rand.pick((OUT, OUT, None)))
        line.hear(signals.sines(_R, rand.between(900, 2500), *_DANISH)).hear(*_dialled("32145678"[: 2 + i])).hear(noise[:9600])
        ringing = _ringing(waited, tones, on_ms, off_ms)
        line.hear(signals.mixed(ringing, noise[: len(ringing)]))
        eq((i, line.answered_at), (i, None))
        picked_up = line.at
        line.hear(signals.joined(_quiet(rand.between(0, 1)), _hello(2000, rand.between(-30, -12), seed=60 + i)))
        assert line.answered_at is not None and picked_up < line.answered_at < picked_up + 3, (i, picked_up, line.answered_at)


def test_a_second_call_starts_afresh():
    line = Line(OUT).hear(_quiet(2)).hear(_ringing(6, _DANISH, 250, 250))
    empty = signals.silence(_R, 20)
    told = [line.tracker.feed(False, empty, empty) for _ in range(4)]
    eq(sum([1 for e in told if e == HUNG_UP]), 1)
    eq((line.tracker.direction, line.tracker.answered, line.tracker.tone), (None, False, NONE))
    told = [line.tracker.feed(True, empty, empty, 0, False, IN) for _ in range(4)]
    assert LIFTED | DIRECTION | ANSWERED in told, told


def test_feeding_allocates_nothing():
    tracker = CallTracker(_RATE, {"sidetone_db": -120})
    far = signals.blocks(signals.joined(_ringing(1.5), _dialled("12")[0], _hello(800), _ringing(1.2, _DANISH, 250, 250)))
    empty = signals.silence(_R, 20)
    seen = 0
    gc.collect()
    micropython.heap_lock()
    try:
        for block in far:
            seen |= tracker.feed(True, block, empty, 0, False, None)
        for _ in range(5):
            seen |= tracker.feed(False, empty, empty, 0, False, None)
    finally:
        micropython.heap_unlock()
    eq(seen & (LIFTED | HUNG_UP | DIRECTION | TONE), LIFTED | HUNG_UP | DIRECTION | TONE)
