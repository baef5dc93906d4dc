"""Speech out of games' archives: what was packed comes out as it was, and what is broken is said to be."""

import contextlib
import itertools
import random
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from press1.bench.dtmf_voices import RATE
from press1.bench.train import archives, packages, rnc
from press1.errors import Damaged


class Packer:
    """Bits in 16-bit words, each set down where its first bit is needed, and bytes between them."""

    def __init__(self):
        self.out, self._word, self._have = bytearray(), 0, 0

    def put(self, value, count):
        for i in range(count):
            if self._have == 0:
                self._word, self._have = len(self.out), 16
                self.out += bytes(2)
            bit = 16 - self._have
            self.out[self._word + bit // 8] |= (value >> i & 1) << bit % 8
            self._have -= 1

    def number(self, value):
        symbol = value.bit_length()
        for i in (3, 2, 1, 0):  # the code of a symbol is the symbol, its highest bit first
            self.put(symbol >> i & 1, 1)
        self.put(value, max(0, symbol - 1))


def packed(data, chunks=1):
    """Literals of up to 40 bytes, and copies wherever there is something to copy."""
    packer = Packer()
    packer.put(0, 2)
    edges = [len(data) * i // chunks for i in range(chunks + 1)]
    for first, last in itertools.pairwise(edges):
        pack_chunk(packer, data, first, last)
    return struct.pack(">4sIIHHBB", rnc.MAGIC, len(data), len(packer.out), 0, 0, 0, chunks) + packer.out


def pack_chunk(packer, data, first, last):
    steps, at = [], first
    while True:
        start = at
        while at < last and at - start < 40 and not (found := match(data, at, last)):
            at += 1
        found = match(data, at, last)
        steps.append((data[start:at], found))
        if not found:
            if at == last:
                break
            continue
        at += found[1]
    for _ in range(3):
        packer.put(16, 5)
        for _ in range(16):
            packer.put(4, 4)
    joined = joined_steps(steps)
    packer.put(len(joined), 16)
    for literal, found in joined:
        packer.number(len(literal))
        packer.out += literal
        if found:
            packer.number(found[0] - 1)
            packer.number(found[1] - 2)


def joined_steps(steps):
    """Every step but the last ends in a copy."""
    joined, waiting = [], b""
    for literal, found in steps:
        waiting += literal
        if found:
            joined.append((waiting, found))
            waiting = b""
    return [*joined, (waiting, None)]


def match(data, at, last):
    """(distance, length) of the longest piece of three bytes or more that stood there before, overlapping or not."""
    best = None
    for distance in range(1, min(at, 200) + 1):
        length = 0
        while at + length < last and length < 300 and data[at + length] == data[at + length - distance]:
            length += 1
        if length >= 3 and (best is None or length > best[1]):
            best = (distance, length)
    return best


@given(st.lists(st.sampled_from([b"abc", b"\0", b"line", b"\x80\x81\x80", b"press 1"]), max_size=60), st.integers(1, 3))
def test_what_was_packed_comes_out(parts, chunks):
    data = b"".join(parts)
    assert rnc.unpack(packed(data, chunks)) == data


def test_a_copy_may_reach_into_itself():
    data = b"x" * 250 + b"ab" * 90
    assert len(packed(data)) < 60
    assert rnc.unpack(packed(data)) == data


def test_damage_is_an_error_or_other_sound_and_never_more_than_was_promised():
    whole, rng = packed(bytes(range(60)) * 4), random.Random(5)
    for _ in range(2000):
        broken = bytearray(whole)
        broken[rng.randrange(18, len(whole))] ^= 1 << rng.randrange(8)
        with contextlib.suppress(Damaged):
            assert len(rnc.unpack(bytes(broken))) == 240
    for length in range(18, len(whole) - 2):
        with pytest.raises(Damaged):
            rnc.unpack(whole[:length])
    with pytest.raises(Damaged, match="method 1"):
        rnc.unpack(b"RNC\x02" + whole[4:])


def sine(hz, seconds=0.5, rate=11025):
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def pitch(signal):
    return float(np.argmax(np.abs(np.fft.rfft(signal))) * RATE / len(signal))


def test_lines_of_an_index_beside_its_archive(tmp_path):
    """Packed and plain, far and near offsets; what is no speech is passed over."""
    plain, picture, squeezed = ((sine(hz) * 100 + 128).astype(np.uint8).tobytes() for hz in (440, 700, 1000))
    stored, rows = bytearray(), []
    for number, body, far in ((50_001, plain, False), (60_111, picture, False), (55_999, packed(squeezed), True)):
        if far:
            stored += bytes(-len(stored) % 16)
        offset = len(stored) // 16 | 1 << 23 if far else len(stored)
        piece = bytes(22) + body
        rows.append(struct.pack("<HI", number, offset)[:5] + len(piece).to_bytes(3, "little"))
        stored += piece
    (tmp_path / "sky.dsk").write_bytes(stored)
    (tmp_path / "sky.dnr").write_bytes(struct.pack("<I", len(rows)) + b"".join(rows))
    assert [round(pitch(x), -1) for x in archives.clips(tmp_path / "sky.dsk", 1)] == [440, 1000]
    assert len(list(archives.clips(tmp_path / "sky.dsk", 2))) == 1


def test_spoken_lines_of_a_table(tmp_path, monkeypatch):
    """By level and silence as any other file, once it has been taken out."""
    sounds = {"0001P1.SB": 440, "0001SSSS.SB": 700, "PICTURE.PCX": 800, "0002P1.SB": 1000}
    bodies = []
    for hz in sounds.values():
        soundfile.write(tmp_path / "one.flac", sine(hz) * 0.1, 11025)
        bodies.append((tmp_path / "one.flac").read_bytes())
    at = 15 + 21 * len(sounds)
    table = b"QTBLCEM10\0\0\0\x01" + struct.pack(">H", len(sounds))
    for name, body in zip(sounds, bodies, strict=True):
        table += struct.pack(">12sxII", name.encode(), at, len(body))
        at += len(body)
    folder = tmp_path / "games"
    folder.mkdir()
    (folder / "queen.1c").write_bytes(table + b"".join(bodies))
    monkeypatch.setattr(packages, "SHARE", tmp_path)
    monkeypatch.setattr(packages, "PACKAGES", (packages.Package("the-game", "queen", "games", r"queen\.1c"),))
    (piece,) = packages.pieces(1)
    assert len(piece.samples()) == 2 * (4000 + 800)
    assert [round(pitch(x), -1) for x in archives.clips(Path(folder, "queen.1c"), 1)] == [440, 1000]
