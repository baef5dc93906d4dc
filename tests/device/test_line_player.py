"""Prompts and beeps, block by block."""

import hashlib
import os
from array import array

import vfs

from clips import surveyed
from core.errors import Malformed
from hal.contract import BLOCK
from hal.sim_media import LfsFlash
from line import alaw
from line.clip import PIECE, Clip
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
    player.load(surveyed(clip, 300))
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
    player.load(surveyed(_clip(400), 320))
    player.start()
    block = _block()
    player.feed(block)
    assert not player.offer_reached
    player.feed(block)
    assert player.offer_reached


def test_stop_is_silence_within_the_block():
    player = Player()
    player.load(surveyed(_clip(1000), 900))
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
        with raises(Malformed):
            surveyed(_clip(400), offer)


class _Flash(LfsFlash):
    """Internal flash that counts what is written, and can be made to fail."""

    def __init__(self):
        super().__init__("/tmp/press1-flash.img", 64 * 4096)
        self.fails = False
        self.reads = 0

    def readblocks(self, block, buf, offset=0):
        if self.fails:
            return -5
        self.reads += 1
        return super().readblocks(block, buf, offset)

    def writeblocks(self, block, buf, offset=None):
        assert not self.faults.locked
        return super().writeblocks(block, buf, offset)


class _InFlash:
    """`clip` stands in a littlefs on `flash`."""

    def __init__(self, data, offer):
        self.flash = _Flash()
        self.flash.faults.locked = False
        vfs.VfsLfs2.mkfs(self.flash)
        vfs.mount(vfs.VfsLfs2(self.flash, mtime=False), "/clipfs")
        with open("/clipfs/p.al", "wb") as file:
            file.write(data)
        self.flash.faults.locked = True  # from here on nothing may be written
        self.clip = Clip("/clipfs/p.al", offer, len(data), hashlib.sha256(data).digest())
        self.clip.survey()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.flash.fails = False
        vfs.umount("/clipfs")
        self.flash.close()
        os.remove("/tmp/press1-flash.img")


def _play(player, blocks):
    """What is heard in so many blocks, filled as the loop does."""
    heard = []
    for _ in range(blocks):
        block = _block()
        player.feed(block)
        player.refill()
        heard += list(block)
    return heard


def test_a_long_prompt_is_read_as_it_plays_and_every_sample_is_heard():
    for samples in (PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5 * PIECE + 77, 20000):
        clip = _clip(samples)
        with _InFlash(clip, samples) as here:
            player = Player()
            player.load(here.clip)
            player.start()
            blocks = -(-samples // BLOCK)
            eq(_play(player, blocks)[:samples], _decoded(clip))
            assert player.done and player.offer_reached


def test_blocks_allocate_nothing_and_write_nothing():
    with _InFlash(_clip(20000), 500) as here:
        player = Player()
        player.load(here.clip)
        player.start()
        before = here.flash.reads
        beeper = Beeper(beep((8000, 1), 1400, 200, -20))
        beeper.start()
        block = _block()
        lock = no_alloc()
        with lock:
            for _ in range(126):
                player.feed(block)
                player.refill()
                player.offer_reached
                beeper.feed(block)
        assert player.done and beeper.done
        assert here.flash.reads > before + 18, here.flash.reads - before


def test_flash_that_fails_or_has_changed_is_not_heard():
    data = _clip(20000)
    for broken in ("flash", "byte", "short"):
        with _InFlash(data, 500) as here:
            player = Player()
            player.load(here.clip)
            player.start()
            heard = _play(player, 10)
            if broken == "flash":
                here.flash.fails = True
            elif broken == "byte":
                here.clip.checks[3 * 8] ^= 1
            else:
                here.clip.samples = 21000
            with raises(OSError if broken == "flash" else Malformed):
                for _ in range(200):
                    block = _block()
                    player.feed(block)
                    heard += list(block)
                    player.refill()
            eq(heard, _decoded(data)[: len(heard)])  # nothing but what was surveyed
            with raises(Malformed):
                _play_on(player)
            player.stop()
            eq(_play(player, 1), [0] * BLOCK)


def _play_on(player):
    for _ in range(200):
        player.feed(_block())


def test_a_survey_refuses_whatever_differs():
    data = _clip(3000)
    clip = surveyed(data, 500)
    for change in (lambda d: d[:-1], lambda d: d + b"x", lambda d: b"x" + d[1:], lambda d: d[:2999] + b"\x00", lambda d: b""):
        with open("/tmp/press1-clip.al", "wb") as file:
            file.write(change(bytes(data)))
        with raises(Malformed):
            clip.survey()
    os.remove("/tmp/press1-clip.al")
    with raises(OSError):
        clip.survey()


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
