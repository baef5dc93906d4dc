"""The DTMF detector: every digit, the limits of Q.23 and Q.24, odd blocks, hostile input, no allocation."""

import gc
import math
from array import array

import micropython

from detect import tables, weights
from detect.dtmf import Detector
from strict import eq

_RATES = ((8000, 1), (15625, 2), (7800, 1))


def _amplitude(dbm0):
    """Peak of a sine at `dbm0`; full scale is +3.14 dBm0."""
    return 32767 * 10 ** ((dbm0 - 3.14) / 20)


def _press(key, rate, ms=60, dbm0=-15.0, twist=0.0, low_off=0.0, high_off=0.0, before=213, after_ms=60):
    """Samples of silence, one press (twist = high minus low, dB; offsets relative), silence."""
    low = 2 * math.pi * tables.FREQUENCIES_HZ[key >> 2] * (1 + low_off) / rate
    high = 2 * math.pi * tables.FREQUENCIES_HZ[4 + (key & 3)] * (1 + high_off) / rate
    a = _amplitude(dbm0 - max(0, twist))
    b = _amplitude(dbm0 + min(0, twist))
    out = array("h", [0] * before)
    for i in range(int(rate * ms / 1000)):
        out.append(int(a * math.sin(low * i + 0.5) + b * math.sin(high * i)))
    out.extend(array("h", [0] * int(rate * after_ms / 1000)))
    return out


def _heard(detector, samples, block=160):
    """Digits decided, as (digit, onset, decision, level, twist)."""
    out = []
    for i in range(0, len(samples), block):
        if detector.feed(samples[i : i + block]):
            out.append((chr(detector.digit), detector.onset, detector.decision, detector.level, detector.twist))
    return out


def _digits(detector, samples, block=160):
    return "".join([h[0] for h in _heard(detector, samples, block)])


def test_tables_fit_their_sixteen_bits():
    """A number that does not would be cut without a word: they are kept raised by 2^15."""
    assert all(-32768 <= weight < 32768 for weight in weights.WEIGHTS)
    for rate in ((8000, 1), (15625, 2), (7800, 1)):
        kept = tables.Tables.of(*rate)
        assert max(kept.fold) - 32768 <= tables.TABLE_ONE and min(kept.fold) - 32768 >= -tables.TABLE_ONE
        eq([w - 32768 for w in kept.weights], list(weights.WEIGHTS))


def test_every_digit_at_every_rate_and_level():
    for num, den in _RATES:
        detector = Detector(num, den)
        for dbm0 in (-3.2, -20, -36):
            detector.reset()
            heard = ""
            for key in range(16):
                heard += _digits(detector, _press(key, num / den, 45, dbm0, before=150 + 17 * key))
            eq(heard, "123A456B789C*0#D")


def test_forty_milliseconds_at_every_start():
    detector = Detector(8000)
    for before in range(160, 200, 3):
        detector.reset()
        eq(_digits(detector, _press(5, 8000, 40, before=before)), "5")


def test_level_twist_and_time():
    detector = Detector(8000)
    digit, onset, decision, level, twist = _heard(detector, _press(0, 8000, 60, -10.0, -6.0, before=400))[0]
    eq(digit, "1")
    assert abs(level + 160) <= 2, level
    assert abs(twist + 60) <= 2, twist
    assert 400 < decision <= 400 + 280, decision
    assert abs(onset - 400) <= 80, onset


def test_release_is_reported():
    detector = Detector(8000)
    samples = _press(0, 8000, 100, before=400)
    detector.feed(samples[:900])
    eq(detector.active, ord("1"))
    detector.feed(samples[900:])
    eq(detector.active, 0)
    assert 1200 < detector.released <= 1200 + 320, detector.released


def test_tolerance_accepted():
    detector = Detector(15625, 2)
    for key in range(16):
        for low, high in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            detector.reset()
            f = tables.FREQUENCIES_HZ
            low *= 0.015 + 2 / f[key >> 2]
            high *= 0.015 + 2 / f[4 + (key & 3)]
            heard = _digits(detector, _press(key, 7812.5, 40, -15, 0, low, high))
            eq((key, low, high, heard), (key, low, high, chr(tables.KEYS[key])))


def test_outside_tolerance_rejected():
    detector = Detector(8000)
    for key in range(16):
        for low, high in ((0.035, 0), (-0.035, 0), (0, 0.035), (0, -0.035), (0.035, 0.035), (-0.035, -0.035)):
            detector.reset()
            eq((key, low, high, _digits(detector, _press(key, 8000, 100, -15, 0, low, high))), (key, low, high, ""))


def test_twist():
    detector = Detector(8000)
    for twist in (-8, -4, 4):
        for key in (0, 3, 12, 15):
            detector.reset()
            eq((twist, _digits(detector, _press(key, 8000, 40, -15, twist))), (twist, chr(tables.KEYS[key])))
    for twist in (-13, 10):
        detector.reset()
        eq((twist, _digits(detector, _press(5, 8000, 100, -15, twist))), (twist, ""))


def test_twenty_milliseconds_rejected():
    detector = Detector(8000)
    for before in range(160, 200, 3):
        detector.reset()
        eq((before, _digits(detector, _press(before & 15, 8000, 20, -6, before=before))), (before, ""))


def test_pauses_separate_and_interruptions_do_not():
    detector = Detector(8000)
    twice = _press(4, 8000, 50, after_ms=0)
    twice.extend(_press(4, 8000, 50, before=320))
    eq(_digits(detector, twice), "44")
    detector.reset()
    split = _press(4, 8000, 60, after_ms=0)
    split.extend(_press(4, 8000, 60, before=80))
    eq(_digits(detector, split), "4")


def _add(samples, frequencies, dbm0, rate=8000):
    """Sines of `dbm0` each on top of `samples`."""
    a = _amplitude(dbm0)
    for i in range(len(samples)):
        samples[i] = int(samples[i] + a * sum([math.sin(2 * math.pi * f * i / rate) for f in frequencies]))
    return samples


def test_dial_tone_ten_decibels_louder():
    for frequencies in ((425,), (350, 440), (400, 450)):
        detector = Detector(8000)
        line = _press(6, 8000, 60, -22, before=2400, after_ms=80)
        line.extend(_press(11, 8000, 60, -22, before=400, after_ms=80))
        eq((frequencies, _digits(detector, _add(line, frequencies, -9 - 3 * (len(frequencies) - 1)))), (frequencies, "6C"))


def test_hum_and_offset():
    detector = Detector(8000)
    line = _add(_press(14, 8000, 45, -20, before=800), (50, 150), -10)
    eq(_digits(detector, array("h", [v + 5000 for v in line])), "#")


def test_noise():
    detector = Detector(8000)
    seed = 1
    heard = ""
    for key in range(16):
        line = _press(key, 8000, 45, -15)
        for i in range(len(line)):
            total = 0
            for _ in range(4):  # nearly normal
                seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
                total += (seed >> 14) - 32768
            line[i] += total * 900 // 37837  # sigma 900 is 10 dB under each tone
        heard += _digits(detector, line)
    eq(heard, "123A456B789C*0#D")


def test_vowels_are_no_keys():
    """Steady and gliding harmonics from 90 to 330 Hz, all eight DTMF frequencies crossed many times."""
    detector = Detector(8000)
    phase = 0.0
    for glide in (0, 40):
        for start in range(90, 330, 12):
            line = array("h", [0] * 200)
            for i in range(1200):
                phase += 2 * math.pi * (start + glide * i / 1200) / 8000
                line.append(int(2500 * sum([math.sin(h * phase) / (1 + abs(h - 5)) for h in range(1, 12)])))
            eq((start, glide, _digits(detector, line)), (start, glide, ""))


def test_block_size_does_not_matter():
    samples = _press(7, 8000, 50)
    want = _heard(Detector(8000), samples, 1)
    eq(len(want), 1)
    for block in (7, 39, 40, 41, 160):
        eq(_heard(Detector(8000), samples, block), want)


def test_hostile_input_has_no_key():
    detector = Detector(8000)
    for pattern in ((0,), (-1,), (32767,), (-32768,), (32767, -32768), (-32768,) * 7 + (32767,) * 7, (-32768, 0, 0, 32767)):
        samples = array("h", (list(pattern) * 1600)[:1600])
        eq((pattern, _digits(detector, samples, 157)), (pattern, ""))
    eq(detector.feed(array("h")), 0)


def test_full_scale_key_is_heard():
    eq(_digits(Detector(8000), _press(5, 8000, 50, 3.14 - 6.1)), "5")
    clipped = array("h", [max(-32768, min(32767, 4 * v)) for v in _press(5, 8000, 50, -6)])
    eq(_digits(Detector(8000), clipped), "5")


def test_rates_outside_are_refused():
    for rate in (7799, 8001, 15625):
        try:
            Detector(rate)
        except ValueError:
            continue
        raise AssertionError(rate)


def test_feeding_allocates_nothing():
    detector = Detector(15625, 2)
    samples = _press(9, 7812.5, 60, before=500, after_ms=100)
    blocks = [samples[i : i + 160] for i in range(0, len(samples), 160)]
    found = 0
    gc.collect()
    micropython.heap_lock()
    try:
        for block in blocks:
            found += detector.feed(block)
    finally:
        micropython.heap_unlock()
    eq(found, 1)
    eq(detector.active, 0)
