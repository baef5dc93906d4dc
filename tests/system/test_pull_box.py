"""The owner's pull by the command line, from a simulated box with two calls: choosing, resuming, the card in a reader, the line."""

import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from press1 import container
from press1.bench import pull as bench
from press1.cli.pull import moment
from press1.errors import Usage
from press1.sim.interpreter import micropython
from press1.sim.run import run as play

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(180),
]
CALL = """start = "{start}"\nseed = {seed}
[[at]]\nt = 0.0\ndo = "off_hook"
[[at]]\nt = 19.0\ndo = "key"\ndigit = "1"
[[at]]\nt = {end}\ndo = "on_hook"
"""
# The unix port mounts the card's image and gives back what a reader would show.
UNPACK = """
import os, sys
class Image:
    def __init__(self, path): self.file = open(path, 'rb')
    def readblocks(self, n, buf, offset=0): self.file.seek(n * 512 + offset); self.file.readinto(buf)
    def writeblocks(self, n, buf, offset=0): raise OSError(30)
    def ioctl(self, op, arg): return {4: os.stat(sys.argv[1])[6] // 512, 5: 512}.get(op, 0)
os.mount(os.VfsFat(Image(sys.argv[1])), '/card')
def copy(source, sink):
    os.mkdir(sink)
    for name, kind, *_ in os.ilistdir(source):
        if kind == 0x4000: copy(source + '/' + name, sink + '/' + name)
        else:
            with open(source + '/' + name, 'rb') as a, open(sink + '/' + name, 'wb') as b: b.write(a.read())
copy('/card', sys.argv[2])
"""


def press1(box: Path, *words: object, exits: int = 0) -> str:
    """Run a verb against the box; its output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PRESS1_")}
    command = [sys.executable, "-m", "press1", "--port", f"sim:{box}", *map(str, words)]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
    assert done.returncode == exits, (words, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout if exits == 0 else done.stderr


def pulled(box: Path, out: Path, *words: object) -> list[dict]:
    found: list[dict] = json.loads(press1(box, "pull", "--out", out, *words, "--json"))
    return found


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pull")
    for seed, start in ((1, "2026-11-01T09:00:00Z"), (2, "2026-11-20T09:00:00Z")):
        script = folder / f"{seed}.toml"
        script.write_text(CALL.format(start=start, seed=seed, end=24.0 + seed))
        play(script, folder / "box", folder / "call", Fraction(8000))
    return folder / "box"


def test_everything_and_then_nothing_new(box, tmp_path):
    first = pulled(box, tmp_path)
    assert [item["new"] for item in first] == [True, True] and {item["state"] for item in first} == {"complete"}
    for item in first:
        assert container.verify_file(Path(item["file"])).signed
    assert [item["new"] for item in pulled(box, tmp_path)] == [False, False]


def test_since_and_purpose(box, tmp_path):
    assert len(pulled(box, tmp_path, "--since", "2026-11-10")) == 1
    assert len(pulled(box, tmp_path, "--since", "2026-11-20T09:00:00Z")) == 1
    assert pulled(box, tmp_path, "--since", "2026-11-21") == []
    assert len(pulled(box, tmp_path, "--purpose", "training")) == 2
    assert pulled(box, tmp_path, "--purpose", "documentation") == []
    press1(box, "pull", "--out", tmp_path, "--purpose", "fun", exits=2)
    press1(box, "pull", "--out", tmp_path, "--since", "yesterday", exits=2)


def test_a_pull_that_was_cut_goes_on(box, tmp_path):
    whole = Path(pulled(box, tmp_path / "a")[0]["file"])
    part = tmp_path / "b" / f"{whole.stem}.p1r.part"
    part.parent.mkdir()
    part.write_bytes(whole.read_bytes()[:50_001])
    [item] = pulled(box, tmp_path / "b", whole.stem)
    assert Path(item["file"]).read_bytes() == whole.read_bytes() and not part.exists()


def test_from_the_card_in_a_reader(box, tmp_path):
    card = tmp_path / "card"
    script = tmp_path / "unpack.py"
    script.write_text(UNPACK)
    subprocess.run([micropython(), "-X", "heapsize=32M", str(script), str(box / "sd.img"), str(card)], check=True, timeout=60)
    line = {item["id"]: Path(item["file"]).read_bytes() for item in pulled(box, tmp_path / "line")}
    read = pulled(box, tmp_path / "reader", "--card", card)
    assert {item["id"]: Path(item["file"]).read_bytes() for item in read} == line
    assert all(Path(item["key"]).exists() for item in read)
    press1(box, "pull", "--out", tmp_path, "--card", tmp_path / "line", exits=2)


def test_a_file_on_the_card_that_was_altered_stops_no_other(box, tmp_path):
    names = [Path(item["file"]) for item in pulled(box, tmp_path / "line")]
    shelf = tmp_path / "card" / "REC" / "202611" / "01"
    shelf.mkdir(parents=True)
    for name in names:
        (shelf / name.name.upper()).write_bytes(name.read_bytes())
    spoilt = bytearray(names[0].read_bytes())
    spoilt[20_000] ^= 1
    (shelf / names[0].name.upper()).write_bytes(spoilt)
    said = press1(box, "pull", "--out", tmp_path / "out", "--card", tmp_path / "card", exits=5)
    assert names[0].stem[:8] in said
    assert [path.name for path in sorted((tmp_path / "out").glob("*.p1r"))] == [names[1].name]


def test_what_is_moved_is_opened_here_first_and_then_gone_there(box, tmp_path):
    copy = tmp_path / "box"
    shutil.copytree(box, copy, ignore=shutil.ignore_patterns("control"))
    press1(copy, "pull", "--out", tmp_path / "a", "--move", exits=2)  # nobody is there to be asked
    assert len(json.loads(press1(copy, "ls", "--json"))) == 2
    one = pulled(copy, tmp_path / "a")[0]
    Path(one["key"]).write_bytes(b"no key")
    press1(copy, "pull", one["id"], "--out", tmp_path / "a", "--move", "--yes", exits=5)
    assert len(json.loads(press1(copy, "ls", "--json"))) == 2
    moved = pulled(copy, tmp_path / "b", "--move", "--yes")
    assert [item["erased"] for item in moved] == [True, True]
    assert json.loads(press1(copy, "ls", "--json")) == []
    erased = [entry for entry in json.loads(press1(copy, "journal", "--json")) if entry["event"] == "erase"]
    assert [(entry["pulled"], entry["reason"]) for entry in erased] == [(True, "moved"), (True, "moved")]


def test_moments():
    assert moment("1970-01-02") == 86_400
    assert moment("2h") - moment("1d") in (79_199, 79_200, 79_201)
    with pytest.raises(Usage):
        moment("7 d")


def test_the_bench_measures_a_paced_line(box, tmp_path):
    """A line cannot be outrun: the pace holds, and most of it is payload."""
    baud, seconds = 921_600, bench._pull(box, 921_600, tmp_path / "out")
    size = sum(path.stat().st_size for path in (tmp_path / "out").glob("*.p1r"))
    assert 0.3 < size / seconds / (baud / 10) < 1.0
