"""The level meter: known signals, P.56's activity, voice activity, hostile input, no allocation."""

import gc
import math
from array import array

import micropython

import line_signals as signals
from detect.levels import SILENCE, Level, log2_q8
from strict import eq

_RATE = (8000, 1)


def _fed(meter, samples):
    return [meter.feed(block) for block in signals.blocks(samples)]


def _near(got, want, within):
    assert abs(got - want) <= within, (got, want)


def test_logarithm():
    for value in (1, 2, 3, 100, 32767, 65536, 99999, (1 << 30) - 1):
        _near(log2_q8(value), 256 * math.log(value) / math.log(2), 2)


def test_a_steady_sine_has_its_level():
    for rate in ((8000, 1), (15625, 2)):
        meter = Level(rate)
        for dbm0 in (3, -10, -25, -40, -60):
            meter.reset()
            _fed(meter, signals.sines(rate[0] / rate[1], 2000, (1000, dbm0)))
            for got in (meter.now(), meter.mean(), meter.speech()):
                _near(got, 10 * dbm0, 4)
            _near(meter.activity(), 1000, 30)


def test_silence_has_no_level():
    meter = Level(_RATE)
    eq((meter.speech(), meter.mean(), meter.activity()), (SILENCE, SILENCE, 0))
    _fed(meter, signals.silence(8000, 500))
    eq((meter.speech(), meter.mean(), meter.now(), meter.activity(), meter.active), (SILENCE, SILENCE, SILENCE, 0, 0))


def test_pauses_do_not_lower_the_active_level():
    """One second of tone in four: the mean falls 6 dB, the active level only by the hangover's 200 ms."""
    meter = Level(_RATE)
    for _ in range(5):
        _fed(meter, signals.sines(8000, 1000, (800, -16)))
        _fed(meter, signals.silence(8000, 3000))
    _near(meter.mean(), -160 - 60, 4)
    _near(meter.speech(), -160 - 11, 5)
    _near(meter.activity(), 320, 25)


def test_a_dc_offset_is_no_level():
    meter = Level(_RATE)
    _fed(meter, array("h", [5000] * 8000))
    assert meter.now() < -700, meter.now()
    eq(meter.active, 0)
    _fed(meter, array("h", [v + 5000 for v in signals.sines(8000, 500, (1000, -20))]))
    _near(meter.now(), -200, 4)


def test_activity_follows_a_voice_and_holds_200_ms():
    meter = Level(_RATE)
    eq(sum(_fed(meter, signals.noise(8000, 1000, -62))), 0)
    told = _fed(meter, signals.voice(8000, 1000, -20, seed=3))
    assert told.index(1) <= 4 and sum(told) > 40, told
    told = _fed(meter, signals.silence(8000, 600))
    assert 8 <= sum(told) <= 16, told
    eq(meter.active, 0)


def test_steady_noise_becomes_the_floor():
    """At first it may be a voice; after some seconds it is not, and a voice above it still is."""
    meter = Level(_RATE)
    noise = signals.blocks(signals.noise(8000, 400, -42))
    for _ in range(25):
        for block in noise:
            meter.feed(block)
    eq(meter.active, 0)
    assert sum(_fed(meter, signals.voice(8000, 600, -18, seed=5))) > 20


def test_random_voices_are_measured_within_a_decibel_of_each_other_at_all_levels():
    """Scaling a signal by g moves its level by g, whatever the signal."""
    rand = signals.Random(77)
    for _ in range(4):
        voice = signals.voice(8000, 2500, -16, seed=int(rand.between(1, 1e6)))
        meter = Level(_RATE)
        _fed(meter, voice)
        here = meter.speech()
        down = rand.between(5, 25)
        meter.reset()
        _fed(meter, signals.scaled(voice, -down))
        _near(meter.speech(), here - 10 * down, 8)
        assert meter.speech() >= meter.mean() - 2, (meter.speech(), meter.mean())


def test_odd_and_hostile_blocks():
    meter = Level((7800, 1))
    for pattern in ((32767, -32768), (-32768,), (32767,), (-32768,) * 9 + (32767,) * 9):
        for size in (1, 7, 159, 160):
            meter.feed(array("h", (list(pattern) * 160)[:size]))
    eq(meter.feed(array("h")), meter.active)
    for _ in range(200):
        meter.feed(array("h", [32767, -32768] * 80))
    _near(meter.now(), 61, 6)  # a full-scale square wave


def test_feeding_and_reading_allocate_nothing_per_block():
    meter = Level(_RATE)
    blocks = signals.blocks(signals.voice(8000, 400, -16))
    active = 0
    gc.collect()
    micropython.heap_lock()
    try:
        for block in blocks:
            active += meter.feed(block)
            meter.now()
            meter.mean()
    finally:
        micropython.heap_unlock()
    assert active > 10, active
