"""Halving, capture with loss, and the prompt's converter, over modelled I2S units."""

import math
import sys
from array import array

sys.path.insert(0, "tests/device/machine_model")

import machine
import world

from hal.capture import DESCRIPTOR, Capture
from hal.contract import BLOCK
from hal.halver import Halver
from hal.pcm5102a import Pcm5102a
from strict import eq, no_alloc

FULL = 32767


def blocks():
    return array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK))


# Halving


def frames_of(hz, level, start, other=0):
    out = array("h", bytes(4 * 2 * BLOCK))
    for i in range(2 * BLOCK):
        out[2 * i] = round(level * math.sin(2 * math.pi * hz * (start + i) / 15625))
        out[2 * i + 1] = other
    return out


def power_at(samples, hz):
    """Amplitude of one frequency in samples at 7,812.5 Hz, over whole blocks."""
    re = im = 0.0
    for i, x in enumerate(samples):
        angle = 2 * math.pi * hz * i / 7812.5
        re += x * math.cos(angle)
        im += x * math.sin(angle)
    return 2 * math.sqrt(re * re + im * im) / len(samples)


def halved(hz, level, seconds_blocks=12, channel=0):
    halver, out, kept = Halver(channel), array("h", bytes(2 * BLOCK)), array("h")
    for n in range(seconds_blocks):
        halver.block(frames_of(hz, level, n * 2 * BLOCK), 0, out)
        if n > 1:
            kept.extend(out)
    return kept


def test_speech_passes_and_what_would_fold_does_not():
    for hz in (300, 697, 1633, 3000, 3400):
        gain = 20 * math.log(power_at(halved(hz, 10000), hz) / 10000) / math.log(10)
        assert abs(gain) < 0.05, (hz, gain)
    for hz in (4413, 5000, 6000, 7500):
        alias = abs(15625 / 2 - hz)
        residue = 20 * math.log((power_at(halved(hz, 10000), alias) + 0.01) / 10000) / math.log(10)
        assert residue < -55, (hz, residue)


def test_full_scale_does_not_wrap():
    square = array("h", [FULL if (i // 2 // 5) % 2 else -32768 for i in range(4 * BLOCK)])
    out = array("h", bytes(2 * BLOCK))
    halver = Halver(0)
    halver.block(square, 0, out)
    halver.block(square, 0, out)
    for n in range(BLOCK):  # away from the edges the sign is the input's
        at = 2 * n - 29
        if at >= 5 and at % 5 == 2:
            assert (out[n] > 0) == (square[2 * at] > 0), n


def test_constant_levels_stay_and_channels_do_not_mix():
    out = array("h", bytes(2 * BLOCK))
    left, right = Halver(0), Halver(1)
    for _ in range(2):
        flat = array("h", [1000, -2000] * (2 * BLOCK))
        left.block(flat, 0, out)
        far = list(out)
        right.block(flat, 0, out)
    assert all(abs(x - 1000) <= 1 for x in far) and all(abs(x + 2000) <= 2 for x in out)


# Capture


def ramp(i):
    """Left counts frames, right counts down: what is missing shows."""
    return i % 30000, -(i % 30000)


def capture(rate=8000, halve=False, frame=ramp, segment=40):
    here = world.new()
    here.frame = frame

    def receiver():
        pins = {"sck": machine.Pin(27), "ws": machine.Pin(25), "sd": machine.Pin(35)}
        return machine.I2S(
            0, mode=machine.I2S.RX, bits=16, format=machine.I2S.STEREO, rate=rate, ibuf=8 * rate * 264 // 1000, **pins
        )

    unit = Capture(receiver, rate, halve, here.ticks_us, segment)
    unit.start()
    return here, unit


def drain(unit, firsts):
    """Read what is there; (blocks, samples reported lost)."""
    far, near = blocks()
    got = missing = 0
    while True:
        lost = unit.read(far, near)
        if lost < 0:
            return got, missing
        got += 1
        missing += lost
        firsts.append(far[0])


def run(here, unit, seconds, step_us=5000):
    firsts, got, missing = [], 0, 0
    for _ in range(seconds * 1_000_000 // step_us):
        here.pass_us(step_us)
        counted = drain(unit, firsts)
        got += counted[0]
        missing += counted[1]
    return firsts, got, missing


def test_every_frame_arrives_once_and_in_order():
    here, unit = capture()
    firsts, got, missing = run(here, unit, 5)
    eq((missing, unit.restarts, here.streams[0].dropped, here.streams[0].missed), (0, 0, 0, 0))
    assert 245 <= got <= 250, got
    eq(firsts, [n * BLOCK % 30000 for n in range(got)])


def test_both_channels_keep_their_sides():
    here, unit = capture()
    far, near = blocks()
    here.pass_us(100_000)
    eq(unit.read(far, near), 0)
    eq((far[0], far[159], near[1], near[159]), (0, 159, -1, -159))


def test_a_block_is_there_before_its_segment_is_full():
    here, unit = capture()
    far, near = blocks()
    here.pass_us(33_000)  # one descriptor: 256 frames
    eq((unit.read(far, near), unit.read(far, near)), (0, -1))


_WITH_PSRAM = (40, 1_000_000)  # blocks a segment, the stall that is survived
_WITHOUT = (15, 500_000)


def test_a_stall_loses_nothing_wherever_it_falls():
    for before_ms in (20, 300, 580, 780, 800, 820, 900, 1190, 1590):
        survives(before_ms, *_WITH_PSRAM)
    for before_ms in range(0, 700, 20):
        survives(before_ms, *_WITHOUT)


def survives(before_ms, segment, stall_us):
    here, unit = capture(segment=segment)
    firsts, got, _ = run(here, unit, 1)
    for _ in range(before_ms // 5):
        here.pass_us(5000)
        got += drain(unit, firsts)[0]
    here.pass_us(stall_us)
    got += drain(unit, firsts)[0]
    more = run(here, unit, 1)
    firsts += more[0]
    eq((more[2], unit.lost, here.streams[0].missed), (0, 0, 0))
    eq(firsts, [n * BLOCK % 30000 for n in range(len(firsts))])


def test_what_a_longer_stall_loses_is_counted():
    for stall_ms in (2000, 2500, 3000, 7000):
        here, unit = capture()
        run(here, unit, 2)
        here.pass_us(stall_ms * 1000)
        here.fed = None
        _firsts, _got, missing = run(here, unit, 3)
        truth = here.streams[0].missed
        assert truth > 0 and truth == missing == unit.lost, (stall_ms, truth, missing)


def test_the_smaller_ring_counts_too():
    here, unit = capture(segment=15)
    _firsts, _got, missing = run(here, unit, 6, step_us=150_000)
    eq((missing, here.streams[0].missed), (0, 0))
    here.pass_us(2_000_000)
    _firsts, _got, missing = run(here, unit, 3)
    truth = here.streams[0].missed
    assert truth > 0 and truth == missing == unit.lost, (truth, missing)


def test_no_loss_is_reported_while_the_loop_is_slow():
    here, unit = capture()
    _firsts, _got, missing = run(here, unit, 6, step_us=37_000)
    eq((missing, unit.lost), (0, 0))
    _firsts, _got, missing = run(here, unit, 6, step_us=150_000)
    eq((missing, here.streams[0].missed), (0, 0))


def test_a_frame_that_looks_like_the_mark_is_only_late():
    here, unit = capture(frame=lambda i: (-32768, 32767) if i % (3 * BLOCK) == 0 else (i % 30000, 5))
    firsts, got, missing = run(here, unit, 2)
    eq((missing, unit.restarts), (0, 0))
    eq(firsts, [-32768 if n % 3 == 0 else n * BLOCK % 30000 for n in range(got)])


def test_a_task_that_is_interrupted_anywhere_within_a_frame_shows_no_half_block_and_no_old_one():
    seed = [12345]

    def some():
        seed[0] = seed[0] * 1103515245 + 12345 & 0x7FFFFFFF
        return 1 + (seed[0] >> 8) % 200

    here, unit = capture(frame=lambda i: (i & 0x3FFF, ~i & 0x3FFF))
    here.slice = some
    far, near = blocks()
    at = 0
    for n in range(6000):
        here.pass_us(900)
        here.streams[0]._fill()
        while unit.read(far, near) >= 0:
            for i in range(BLOCK):
                assert far[i] == (at + i) & 0x3FFF and near[i] == ~(at + i) & 0x3FFF, (n, at, i, far[i])
            at += BLOCK
    assert at > 250 * BLOCK, at  # several times round both segments
    eq((unit.restarts, unit.lost), (0, 0))


def test_reads_that_got_lost_are_started_again():
    here, unit = capture()
    run(here, unit, 1)
    here.streams[0]._transfers.clear()
    far, near = blocks()
    here.pass_us(1_000_000)
    while unit.read(far, near) >= 0:
        pass
    here.pass_us(1_000_000)
    eq((unit.read(far, near), unit.restarts), (-1, 1))
    here.pass_us(100_000)
    missing = unit.read(far, near)
    assert 8000 <= missing <= 16_500, missing  # the second that was not heard, and what the first left waiting
    eq((unit.read(far, near), unit.lost), (0, missing))


def test_the_fractional_rate_halves_and_counts():
    here, unit = capture(15625, True, lambda i: (round(9000 * math.sin(2 * math.pi * 1000 * i / 15625)), 300))
    far, near = blocks()
    heard, lost, got = array("h"), 0, 0
    for _ in range(200):
        here.pass_us(5000)
        while True:
            lost = unit.read(far, near)
            if lost < 0:
                break
            got += 1
            if got > 2 and len(heard) < 2400:
                heard.extend(far)
    eq((unit.lost, unit.restarts), (0, 0))
    assert 46 <= got <= 48, got  # of 20.48 ms
    assert abs(power_at(heard, 1000) - 9000) < 20 and abs(near[80] - 300) <= 1
    here.pass_us(3_000_000)
    while unit.read(far, near) >= 0:
        pass
    for _ in range(300):
        here.pass_us(5000)
        while unit.read(far, near) >= 0:
            pass
    eq(unit.lost, here.streams[0].missed // 2)
    eq(here.streams[0].missed % DESCRIPTOR, 0)


def test_the_block_path_allocates_nothing():
    for rate, halve in ((8000, False), (15625, True)):
        here, unit = capture(rate, halve)
        far, near = blocks()
        here.pass_us(500_000)
        unit._i2s = Silent()
        unit._ticks = zero  # the world's own numbers are objects here
        lock = no_alloc()
        with lock:
            for _ in range(20):
                unit.read(far, near)


class Silent:
    """An I2S unit that takes a read and says nothing."""

    def readinto(self, _buf):
        return 0


def zero():
    return 0


def test_the_noise_pool_turns_with_the_converters_lowest_bits():
    here, unit = capture(frame=lambda i: (i * i >> 3, i // 7))
    before = bytes(unit.pool)
    run(here, unit, 1)
    middle = bytes(unit.pool)
    run(here, unit, 1)
    assert before != middle != bytes(unit.pool)


# The prompt's converter


def dac(times=2, rate=8000):
    here = world.new()
    mute = machine.Pin(19, machine.Pin.OUT, value=0)
    pins = {"sck": machine.Pin(5), "ws": machine.Pin(18), "sd": machine.Pin(23)}
    i2s = machine.I2S(
        1, mode=machine.I2S.TX, bits=32, format=machine.I2S.STEREO, rate=rate * times, ibuf=8 * rate * times * 50 // 1000, **pins
    )
    return here, i2s, Pcm5102a(i2s, mute, times, 1_000_000 * BLOCK // rate, here.ticks_us)


def heard(i2s):
    """(left, right) as 16 bits of what the line carried."""
    words = array("i", bytes(i2s.sent))
    return [words[i] >> 16 for i in range(0, len(words), 2)], [words[i] >> 16 for i in range(1, len(words), 2)]


def test_it_is_muted_until_something_is_to_be_heard_and_as_soon_as_nothing_is():
    here, i2s, unit = dac()
    block = array("h", [1000] * BLOCK)
    eq(here.levels[19], 0)
    unit.push()
    unit.add(0, None)
    unit.push()
    eq(here.levels[19], 0)
    unit.add(0, block)
    unit.push()
    eq(here.levels[19], 1)
    here.pass_us(20_000)
    unit.push()
    eq(here.levels[19], 0)


def test_line_and_ear_are_apart_added_up_and_saturated():
    here, i2s, unit = dac()
    for _ in range(4):
        unit.add(0, array("h", [20000] * BLOCK))
        unit.add(0, array("h", [20000] * BLOCK))
        unit.add(1, array("h", [-300] * BLOCK))
        unit.push()
        here.pass_us(20_000)
    left, right = heard(i2s)
    eq((left[700], right[700], i2s.dropped, unit.dropped), (FULL, -300, 0, 0))


def test_the_rate_is_raised_by_straight_lines():
    for times in (2, 4):
        here, i2s, unit = dac(times)
        unit.add(0, array("h", [100 * n for n in range(BLOCK)]))
        unit.push()
        here.pass_us(40_000)
        left, _right = heard(i2s)
        first = times * (BLOCK + 1) - 1  # after a block of silence: the first sample itself
        eq(left[first : first + 2 * times + 1], [100 * k // times for k in range(2 * times + 1)])


def test_a_long_prompt_goes_out_whole():
    here, i2s, unit = dac()
    for n in range(200):
        unit.add(0, array("h", [n + 1] * BLOCK))
        unit.push()
        here.pass_us(20_000)
    left, _right = heard(i2s)
    eq((i2s.dropped, unit.dropped), (0, 0))
    assert all(n + 1 in left for n in range(195))


def test_blocks_that_come_in_bursts_leave_no_gap():
    for times, rate, burst_us in ((2, 8000, 32_000), (4, 7812, 16_384)):
        here, i2s, unit = dac(times, rate)
        block_us = 1_000_000 * BLOCK // rate
        owed = 0
        for _ in range(120):
            here.pass_us(burst_us)
            owed += burst_us
            while owed >= block_us:
                owed -= block_us
                unit.add(0, array("h", [5000] * BLOCK))
                unit.push()
        left, _right = heard(i2s)
        first = left.index(5000)
        assert all(x == 5000 for x in left[first : first + 40_000]), left[first : first + 40_000].count(0)
        eq((unit.dropped, i2s.dropped), (0, 0))


def test_blocks_that_come_too_fast_are_dropped_by_us_and_not_by_the_port():
    here, i2s, unit = dac()
    for n in range(40):
        unit.add(0, array("h", [n] * BLOCK))
        unit.push()
    assert unit.dropped > 30
    eq(i2s.dropped, 0)
    for n in range(20):
        here.pass_us(20_000)
        unit.add(0, array("h", [n] * BLOCK))
        unit.push()
    eq(i2s.dropped, 0)


def test_it_is_muted_before_its_clocks_stop():
    here, i2s, unit = dac()
    unit.add(0, array("h", [1] * BLOCK))
    unit.push()
    unit.stop()
    marks = [entry for entry in here.log if entry[0] in ("pin", "i2s off")]
    eq(marks[-2:], [("pin", 19, 0), ("i2s off", 1)])


def test_sending_allocates_nothing():
    here, _i2s, unit = dac(4)
    block = array("h", [1000] * BLOCK)
    unit._i2s = Taker()
    unit._ticks = zero
    unit.add(0, block)
    unit.push()
    lock = no_alloc()
    with lock:
        for _ in range(4):
            unit.add(0, block)
            unit.add(1, block)
            unit.push()


class Taker:
    """An I2S unit that takes a write and says nothing."""

    def write(self, _buf):
        return 0
