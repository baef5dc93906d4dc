"""Pulling to disk: resumes, checks before it names, wraps the secret, and leaves nothing behind that is wrong."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest

from press1 import keyfile, keys, pull
from press1.errors import Damaged, Gone, Usage, WrongKey

_spec = importlib.util.spec_from_file_location("vector_writer", Path(__file__).parents[1] / "vectors" / "writer.py")
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)

RECORDING = writer.Recording("pull")
DATA = RECORDING.build()
ITEM = {"id": RECORDING.id, "bytes": len(DATA), "state": "complete"}
OWNERS = [keys.raw_public(writer.OWNER), keys.raw_public(writer.DEPUTY)]


class FakeDevice:
    """Gives `data` in small pieces; `breaks` says after how many bytes the line ends for good."""

    about = SimpleNamespace(box=writer.BOX_ID, box_key=writer.BOX_KEY)

    def __init__(self, data=DATA, breaks=None):
        self.data, self.breaks = data, breaks
        self.offsets, self.secrets = [], 0

    def pull(self, ident, offset=0, window=1):
        self.offsets.append(offset)
        for at in range(offset, len(self.data), 1000):
            if self.breaks is not None and at >= self.breaks:
                raise pull.Gone("unplugged")
            yield self.data[at : at + 1000], len(self.data)

    def secret(self, ident):
        self.secrets += 1
        return RECORDING.slot_secret


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _fetch(device, folder, item=ITEM):
    moved = []
    return pull.fetch(device, item, folder, OWNERS, moved.append), moved


def test_fresh(tmp_path):
    device = FakeDevice()
    done, moved = _fetch(device, tmp_path)
    assert done.new and done.recording.read_bytes() == DATA
    assert _names(tmp_path) == [f"{RECORDING.id.hex()}.key", f"{RECORDING.id.hex()}.p1r"]
    assert moved[-1] == len(DATA) and moved == sorted(moved)


def test_the_key_opens_for_every_owner_and_nobody_else(tmp_path):
    done, _ = _fetch(FakeDevice(), tmp_path)
    kept = keyfile.load(done.key)
    assert kept.open(writer.OWNER) == kept.open(writer.DEPUTY) == RECORDING.slot_secret
    assert RECORDING.slot_secret not in done.key.read_bytes()
    with pytest.raises(WrongKey):
        kept.open(writer.X25519PrivateKey.generate())


def test_resumes_where_it_broke_off(tmp_path):
    with pytest.raises(Gone):
        _fetch(FakeDevice(breaks=5000), tmp_path)
    assert _names(tmp_path) == [f"{RECORDING.id.hex()}.p1r.part"]
    device = FakeDevice()
    assert _fetch(device, tmp_path)[0].recording.read_bytes() == DATA
    assert device.offsets == [5000]


def test_remains_of_something_else_are_pulled_anew(tmp_path):
    part = tmp_path / f"{RECORDING.id.hex()}.p1r.part"
    for remains, offsets in ((b"x" * 3000, [3000, 0]), (b"x" * (len(DATA) + 1), [0]), (DATA, [len(DATA)])):
        part.write_bytes(remains)
        device = FakeDevice()
        assert _fetch(device, tmp_path)[0].recording.read_bytes() == DATA
        assert device.offsets == offsets
        for path in tmp_path.iterdir():
            path.unlink()


def test_altered_data_gets_no_name_and_no_secret(tmp_path):
    device = FakeDevice(DATA[:5000] + bytes([DATA[5000] ^ 1]) + DATA[5001:])
    with pytest.raises(Damaged):
        _fetch(device, tmp_path)
    assert _names(tmp_path) == [] and device.secrets == 0


def test_another_recording_of_the_box_is_refused(tmp_path):
    with pytest.raises(Damaged, match="asked for"):
        _fetch(FakeDevice(), tmp_path, {**ITEM, "id": b"x" * 16})
    assert _names(tmp_path) == []


def test_a_recording_of_another_box_is_refused(tmp_path):
    device = FakeDevice()
    device.about = SimpleNamespace(box=bytes(16), box_key=bytes(32))
    with pytest.raises(Damaged, match="of this box"):
        _fetch(device, tmp_path)


def test_what_is_there_is_left_alone(tmp_path):
    _fetch(FakeDevice(), tmp_path)
    device = FakeDevice(b"")
    assert not _fetch(device, tmp_path)[0].new
    assert device.offsets == [] and device.secrets == 0


def test_a_lost_key_file_is_fetched_alone(tmp_path):
    _fetch(FakeDevice(), tmp_path)[0].key.unlink()
    device = FakeDevice()
    assert _fetch(device, tmp_path)[0].new
    assert device.offsets == [] and device.secrets == 1


def test_choose():
    items = [{"id": bytes.fromhex(text * 4)} for text in ("aabb0011", "aabb0022", "ccdd0033")]
    assert pull.choose(items, []) == items
    assert pull.choose(items, ["CCDD", "aabb0011", "ccdd0033"]) == [items[2], items[0]]
    for text in ("aab", "xyz1", "a" * 33, "aabb", ""):
        with pytest.raises(Usage):
            pull.choose(items, [text])
    with pytest.raises(Gone):
        pull.choose(items, ["ffff"])
