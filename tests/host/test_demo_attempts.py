"""The demonstration's search: it must find what is there, or finding nothing means nothing."""

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from press1 import audio
from press1.demo import attempts

ID, FILE_SECRET, SLOT_SECRET = b"\x01" * 16, b"\x02" * 32, bytes(range(32))


@dataclass(frozen=True)
class FakeHead:
    """What the search uses of a head."""

    raw: bytes
    id: bytes = ID

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.raw).digest()


def sealed() -> attempts.Target:
    """A target whose first record carries a right tag, as docs/format.md says."""
    head = FakeHead(b"P1REC".ljust(4096, b"h"))
    prk = hmac.digest(head.hash, FILE_SECRET + SLOT_SECRET, "sha256")
    body = os.urandom(4064)
    record = body + hmac.digest(hmac.digest(prk, b"press1/v1/content/mac\x01", "sha256"), body, "sha256")
    return attempts.Target(head, (record,), FILE_SECRET, SLOT_SECRET)  # type: ignore[arg-type]


def voice() -> tuple[bytes, ...]:
    samples = (np.random.default_rng(1).normal(0, 3000, 16_000)).astype(np.int16)
    return (audio.encode(samples), samples.tobytes())


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Blank media."""
    (tmp_path / "keys.bin").write_bytes(b"\xff" * 65_536)
    (tmp_path / "state.img").write_bytes(bytes(65_536))
    (tmp_path / "sd.img").write_bytes(bytes(4 << 20))
    return tmp_path


def put(path: Path, at: int, data: bytes) -> None:
    image = bytearray(path.read_bytes())
    image[at : at + len(data)] = data
    path.write_bytes(image)


def test_blank_media_hold_nothing(box):
    found = attempts.search(box, sealed(), voice())
    assert found == attempts.Findings((), 1, 0, False, False, 0, ())


def test_a_secret_in_a_slot_opens(box):
    put(box / "keys.bin", 4096 + 17, ID + SLOT_SECRET)
    found = attempts.search(box, sealed(), voice())
    assert (found.opened, found.secret_on, found.slot_zeroed) == (1, ("key flash",), False)


def test_a_zeroed_slot_opens_nothing(box):
    put(box / "keys.bin", 4096, ID + bytes(32))
    found = attempts.search(box, sealed(), voice())
    assert (found.opened, found.secret_on, found.slot_zeroed) == (0, (), True)


@pytest.mark.parametrize(("medium", "name"), [("state.img", "state flash"), ("sd.img", "card")])
def test_a_secret_elsewhere_is_seen(box, medium, name):
    put(box / medium, 12_345, SLOT_SECRET)
    assert attempts.search(box, sealed(), voice()).secret_on == (name,)


def test_the_sealed_file_is_seen_on_the_card(box):
    target = sealed()
    put(box / "sd.img", 2 << 20, target.head.raw + target.records[0])
    found = attempts.search(box, target, voice())
    assert found.preamble_on_card
    assert found.records_on_card == 1


@pytest.mark.parametrize("form", [0, 1], ids=["A-law", "PCM"])
@pytest.mark.parametrize("medium", ["keys.bin", "sd.img"])
def test_half_a_second_of_unsealed_speech_is_seen(box, medium, form):
    put(box / medium, 1001, voice()[form][3000:12_000])
    assert attempts.search(box, sealed(), voice()).speech_on == (attempts.MEDIA[medium],)


def test_silence_is_not_taken_for_speech(box):
    put(box / "sd.img", 0, b"\xd5" * 8192)
    silent = (b"\xd5" * 16_384,)
    assert attempts.search(box, sealed(), silent).speech_on == ()
