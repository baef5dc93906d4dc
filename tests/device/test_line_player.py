"""Prompts and beeps, block by block."""

from array import array

from hal.contract import BLOCK
from line import alaw
from line.player import Player
from line.tones import Beeper, beep
from strict import eq, no_alloc, raises


def _clip(samples):
    source = array("h", (i * 37 % 20000 - 10000 for i in range(samples)))
    out = bytearray(samples)
    alaw.encode(source, 0, samples, out, 0)
    return out


def _decoded(clip):
    out = array("h", bytes(2 * len(clip)))
    alaw.decode(clip, 0, len(clip), out, 0)
    return list(out)


def _block():
    return array("h", b"\x7f" * (2 * BLOCK))


def test_plays_the_whole_clip_then_silence():
    clip = _clip(400)
    player = Player()
    player.load(clip, 300)
    player.start()
    heard = []
    for played in (160, 320, 400, 400):
        block = _block()
        eq(player.feed(block), played)
        heard += list(block)
    eq(heard, _decoded(clip) + [0] * 240)
    assert player.done


def test_the_offer_counts_samples_really_played():
    player = Player()
    player.load(_clip(400), 320)
    player.start()
    block = _block()
    player.feed(block)
    assert not player.offer_reached
    player.feed(block)
    assert player.offer_reached


def test_stop_is_silence_within_the_block():
    player = Player()
    player.load(_clip(1000), 900)
    player.start()
    block = _block()
    player.feed(block)
    player.stop()
    eq(player.feed(block), BLOCK)
    eq(list(block), [0] * BLOCK)
    assert player.done and not player.offer_reached


def test_nothing_loaded_is_silence():
    block = _block()
    player = Player()
    eq(player.feed(block), 0)
    eq(list(block), [0] * BLOCK)
    assert not player.offer_reached


def test_an_offer_outside_the_clip_is_refused():
    for offer in (0, -1, 401):
        with raises(ValueError):
            Player().load(_clip(400), offer)


def test_blocks_allocate_nothing():
    player = Player()
    player.load(_clip(1000), 500)
    player.start()
    beeper = Beeper(beep((8000, 1), 1400, 200, -20))
    beeper.start()
    block = _block()
    lock = no_alloc()
    with lock:
        for _ in range(12):
            player.feed(block)
            player.offer_reached
            beeper.feed(block)
    assert player.done and beeper.done


def test_a_beep_has_its_level_and_no_click():
    clip = beep((8000, 1), 1000, 100, -10)
    eq(len(clip), 800)
    eq((clip[0], clip[-1]), (0, 0))
    peak = max(clip)
    assert abs(peak - 32767 * 10 ** (-13.14 / 20)) < 80, peak


def test_mixing_saturates():
    beeper = Beeper(array("h", (30000, -30000, 5, -5)))
    beeper.start()
    block = array("h", (10000, -10000, -6, 6) + (7,) * (BLOCK - 4))
    assert beeper.feed(block)
    eq(list(block[:5]), [32767, -32768, -1, 1, 7])
    assert not beeper.feed(block)
