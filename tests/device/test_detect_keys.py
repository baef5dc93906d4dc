"""Whose key: local keypad, far party, leakage, speech over either, and phones that sound their keypad in the earpiece alone."""

import gc

import micropython

import line_signals as signals
from detect.keys import FAR, LOCAL, Keys
from strict import eq

_RATE = (8000, 1)
_DIGITS = "123456789*0#"


def _heard(keys, far, near):
    """(digit, side) of every key decided."""
    out = []
    fed = list(zip(signals.blocks(far), signals.blocks(near)))
    for a, b in fed:
        if keys.feed(a, b):
            out.append((chr(keys.digit), keys.side))
    return out


def _press(digit, ms=100, dbm0=-12.0, twist=0.0, before=300, after=300):
    return signals.joined(signals.silence(8000, before), signals.key(8000, digit, ms, dbm0, twist), signals.silence(8000, after))


def _quiet(like):
    return signals.silence(8000, len(like) / 8)


def test_a_far_key_is_the_callers():
    keys = Keys(_RATE)
    for digit in _DIGITS:
        far = _press(digit)
        keys.reset()
        eq(_heard(keys, far, _quiet(far)), [(digit, FAR)])


def test_a_key_in_both_channels_is_the_employees():
    keys = Keys(_RATE)
    for down in (0, -6, -12, -18):
        far = _press("1")
        keys.reset()
        eq(_heard(keys, far, signals.scaled(far, down)), [("1", LOCAL)])


def test_a_key_in_the_near_channel_alone_is_the_employees():
    near = _press("1", after=400)
    eq(_heard(Keys(_RATE), _quiet(near), near), [("1", LOCAL)])


def test_leakage_of_the_earpiece_does_not_take_the_callers_key_away():
    for rate in ((8000, 1), (15625, 2)):
        keys = Keys(rate)
        for down in (-25, -30, -40):
            for dbm0 in (-6, -20):
                far = signals.joined(
                    signals.silence(rate[0] / rate[1], 200),
                    signals.key(rate[0] / rate[1], "1", 90, dbm0),
                    signals.silence(rate[0] / rate[1], 300),
                )
                keys.reset()
                eq((down, dbm0, _heard(keys, far, signals.scaled(far, down))), (down, dbm0, [("1", FAR)]))


def test_the_employee_may_speak_loudly_over_the_callers_key():
    """Speech at any moment under the key, leakage too; the comparison must not find the key in it."""
    keys = Keys(_RATE)
    rand = signals.Random(5)
    for i in range(30):
        digit = rand.pick(_DIGITS)
        far = _press(digit, ms=int(rand.between(60, 160)), dbm0=rand.between(-24, -8), before=int(rand.between(150, 400)))
        speech = signals.voice(8000, len(far) / 8, rand.between(-18, -8), seed=100 + i)
        near = signals.mixed(speech, signals.scaled(far, -rand.between(25, 40)))
        keys.reset()
        eq((i, _heard(keys, far, near)), (i, [(digit, FAR)]))


def test_speech_over_the_employees_own_key_does_not_make_it_the_callers():
    """Speech in the near channel as loud as its tones and 9 dB louder: no detector hears the key there, the comparison does."""
    keys = Keys(_RATE)
    rand = signals.Random(9)
    for i in range(30):
        digit = rand.pick(_DIGITS)
        down = rand.between(-14, -2)
        tone = rand.between(-20, -8)
        far = _press(digit, ms=int(rand.between(70, 200)), dbm0=tone)
        speech = signals.voice(8000, len(far) / 8, tone + down + 3 + rand.between(-10, 6), seed=200 + i)
        keys.reset()
        got = _heard(keys, signals.mixed(far, signals.scaled(speech, -15)), signals.mixed(speech, signals.scaled(far, down)))
        assert (digit, FAR) not in got, (i, digit, got)


def test_the_limit_is_the_phones():
    """A receiver that leaks at -15 dB needs its own limit; without it the key is not taken for the caller's."""
    far = _press("1")
    near = signals.scaled(far, -15)
    eq(_heard(Keys(_RATE), far, near), [("1", LOCAL)])
    eq(_heard(Keys(_RATE, {"limit_db": 11}), far, near), [("1", FAR)])
    eq(_heard(Keys(_RATE, {"limit_db": 11}), far, signals.scaled(far, -5)), [("1", LOCAL)])


_EAR_ONLY = {"local_in_band": False, "local_level": -90, "local_twist": 20}


def test_a_keypad_in_the_earpiece_alone_is_told_by_level_and_twist():
    keys = Keys(_RATE, _EAR_ONLY)
    for digit in "15":
        for level, twist, side in ((-7, 2, LOCAL), (-13, 2, FAR), (-9, -2, FAR), (-20, 0, FAR)):
            far = _press(digit, dbm0=level, twist=twist)
            keys.reset()
            # level is that of the weaker tone
            eq((level, twist, _heard(keys, far, _quiet(far))), (level, twist, [(digit, side)]))
            keys.reset()
            eq(_heard(keys, far, signals.scaled(far, -35)), [(digit, side)])


def test_without_a_profile_such_a_key_cannot_be_told():
    """What docs/consent.md says of it."""
    far = _press("1", dbm0=-7, twist=2)
    eq(_heard(Keys(_RATE), far, _quiet(far)), [("1", FAR)])


def test_a_silent_keypad_needs_nothing():
    far = _press("1")
    eq(_heard(Keys(_RATE, {"local_in_band": False, "local_level": None}), far, _quiet(far)), [("1", FAR)])


def test_keys_of_both_sides_in_turn():
    far = signals.joined(_press("4"), _press("1"))
    near = signals.joined(signals.scaled(_press("4"), -10), _quiet(_press("1")))
    eq(_heard(Keys(_RATE), far, near), [("4", LOCAL), ("1", FAR)])


def test_sounding_while_held():
    keys = Keys(_RATE)
    far = _press("1", ms=400, before=100, after=200)
    held = []
    for block in signals.blocks(far):
        keys.feed(block, block)
        held.append(keys.sounding)
    eq(held[0], False)
    assert sum(held) >= 18, held
    eq(held[-1], False)


def test_feeding_allocates_nothing():
    keys = Keys(_RATE, _EAR_ONLY)
    far = signals.joined(_press("1"), _press("2", dbm0=-30))
    near = signals.joined(signals.scaled(_press("1"), -10), _quiet(_press("2")))
    fed = list(zip(signals.blocks(far), signals.blocks(near)))
    found = 0
    gc.collect()
    micropython.heap_lock()
    try:
        for pair in fed:
            found += keys.feed(pair[0], pair[1])
    finally:
        micropython.heap_unlock()
    eq(found, 2)
