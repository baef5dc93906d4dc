"""`make soak` in short, and broken firmware that it must see."""

import os
import shutil

import pytest

from press1.bench import soak

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs the unix port"),
    pytest.mark.timeout(120),
]
DAYS, CALLS, SEED, KEEP = 4, 15, 1, 1

# name: (file, what stands there, what stands there instead, what the run must say)
BROKEN = {
    "the secret stays": (
        "store/slots.py",
        "self._program(slot, rec.SECRET, _ZERO_KEY + _KEEP + bytes((0xFF & ~bits,)))\n            self.flash",
        "self._clear(slot, bits)\n            return self.recount(slot // UNITS)\n            self.flash",
        "no secret outlives its slot",
    ),
    "nothing expires": ("expire/sweep.py", "number = self._slots.due(now)", "number = -1", "nothing outlives its end"),
    "no receipt": ("expire/sweep.py", 'self._journal.append("erase", **fields)', '{"n": 0}', "every erasure has its receipt"),
    "the file stays": ("store/shelf.py", "os.remove(path)", "pass", "files and live slots agree"),
    "a record stands twice": (
        "seal/writer.py",
        "if flags or self._unflushed",
        "if self.index == 5:\n            self._file.write(self._buf)\n        if flags or self._unflushed",
        "the trailer's hash holds",
    ),
    "the journal jumps": (
        "store/journal.py",
        'fields["n"] = self._n + 1',
        'self._n += self._n == 50\n        fields["n"] = self._n + 1',
        "no hole in the journal",
    ),
    "clusters stay lost": (
        "store/repair.py",
        "                self.found.append(cluster)\n            cluster += 1",
        "                pass\n            cluster += 1",
        "no cluster is lost",
    ),
}


def test_days_without_a_broken_rule():
    rows, broken = soak.days(3, 10, SEED, KEEP, 5)
    assert not broken
    assert [row["day"] for row in rows] == [1, 2, 3]
    assert rows[-1]["calls"] == 30
    assert rows[-1]["cuts"]
    assert soak.growth(rows, KEEP) < soak.GROWTH_BYTES


@pytest.fixture
def copy(tmp_path):
    """The firmware, to be broken: `copy(file, old, new)` gives its folder."""

    def change(file, old, new):
        folder = tmp_path / "firmware"
        shutil.copytree(soak.ROOT / "firmware", folder)
        text = (folder / file).read_text()
        assert text.count(old) == 1
        (folder / file).write_text(text.replace(old, new))
        return folder

    return change


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_broken_firmware_is_seen(name, copy):
    file, old, new, said = BROKEN[name]
    _, broken = soak.days(DAYS, CALLS, SEED, KEEP, 2, copy(file, old, new))
    assert said in broken


@pytest.mark.slow
def test_a_leak_is_seen(copy):
    """Some hundred bytes an entry of the journal."""
    leaky = copy(
        "store/journal.py", 'fields["t"] =', 'self._rows = [bytes(400), getattr(self, "_rows", 0)]\n        fields["t"] ='
    )
    rows, broken = soak.days(8, 10, SEED, KEEP, 5, leaky)
    assert not broken
    assert soak.growth(rows, KEEP) > soak.GROWTH_BYTES
