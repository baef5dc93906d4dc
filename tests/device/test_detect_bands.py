"""Band levels: a tone stands in its band at its level, speech or silence beside it does not hide it, nothing is allocated."""

from array import array

import line_signals as signals
from detect.bands import COUNT, FIRST, Bands
from strict import eq, no_alloc


def _fed(samples):
    bands = Bands()
    for block in signals.blocks(samples):
        if len(block) == 160:
            bands.feed(block)
    return bands.levels()


def _near(got, want, within):
    assert abs(got - want) <= within, (got, want)


def test_a_tone_stands_in_its_band_at_its_level():
    for hertz in (200, 700, 1000, 2000, 3400):
        for dbm0 in (3, -16, -40, -60):
            levels = _fed(signals.sines(8000, 400, (hertz, dbm0)))
            _near(levels[hertz // 50 - FIRST] - 100, dbm0, 1)


def test_what_is_far_from_the_tone_is_low():
    levels = _fed(signals.sines(8000, 400, (1000, -10)))
    for b in range(COUNT):
        if abs((b + FIRST) * 50 - 1000) > 150:
            assert levels[b] - 100 < -50, (b, levels[b] - 100)


def test_half_the_time_is_three_decibels_less():
    samples = signals.sines(8000, 400, (1000, -10))
    samples.extend(signals.silence(8000, 400))
    _near(_fed(samples)[20 - FIRST] - 100, -13, 1)


def test_loud_and_faint_blocks_add_up():
    samples = signals.sines(8000, 200, (1000, -60))
    samples.extend(signals.sines(8000, 200, (2000, 3)))
    levels = _fed(samples)
    _near(levels[20 - FIRST] - 100, -63, 2)
    _near(levels[40 - FIRST] - 100, 0, 1)


def test_silence_and_extremes():
    eq(_fed(array("h", bytes(3200))), bytes(COUNT))
    eq(Bands().levels(), bytes(COUNT))
    for value in (32767, -32768, 1, -1):
        _fed(array("h", [value] * 1600))
    _fed(array("h", [32767, -32768] * 800))


def test_a_block_allocates_nothing():
    bands = Bands()
    block = signals.sines(8000, 20, (1000, -10))
    bands.feed(block)
    lock = no_alloc()
    with lock:
        bands.feed(block)
