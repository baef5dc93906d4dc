"""An update on a whole simulated box: what the older firmware recorded is still pulled and still expires."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from press1.sim import interpreter

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(280),
]
CALLS = Path(__file__).parent / "calls"
WAIT = """
[[at]]
t = 0.0
do = "advance"
hours = 2200
"""
IN_CALL = """
[[at]]
t = 0.5
do = "off_hook"
[[at]]
t = 3.0
do = "host"
args = ["--role", "technician", "update", "send", "{update}"]
[[at]]
t = 3.2
do = "host"
args = ["--role", "technician", "selftest"]
[[at]]
t = 4.0
do = "on_hook"
"""


class Bench:
    """A folder with a box that recorded a call, a publisher, and updates."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.box = folder, folder / "box"
        self.sim(CALLS / "accept.toml", "call")
        self.run("update", "key", "--out", folder / "publisher.pem", "--no-passphrase")
        shutil.copy(folder / "publisher.pub", self.box)

    def run(self, *words: object, exits: int = 0) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PRESS1_")}
        command = [sys.executable, "-m", "press1", *map(str, words)]
        done = subprocess.run(command, env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=200)
        assert done.returncode == exits, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def ask(self, role: str, *words: object, exits: int = 0) -> str:
        return self.run("--port", f"sim:{self.box}", "--role", role, *words, exits=exits)

    def sim(self, script: Path, out: str) -> list[dict]:
        self.run("sim", "run", script, "--box", self.box, "--out", self.folder / out)
        return [json.loads(line) for line in (self.folder / out / "events.jsonl").read_text().splitlines()]

    def update(self, version: str, spoil: str = "") -> Path:
        """A signed update of today's firmware under another version; `spoil` is appended to its `main.py`."""
        source = self.folder / f"firmware-{version}"
        shutil.copytree(interpreter.firmware(), source, ignore=shutil.ignore_patterns("__pycache__"))
        main = source / "main.py"
        main.write_text(main.read_text().replace('VERSION = "0.1.0"', f'VERSION = "{version}"') + spoil)
        out = self.folder / f"{version}.p1u"
        self.run("update", "build", "--key", self.folder / "publisher.pem", "--source", source, "--simulator", "--out", out)
        return out

    def version(self) -> str:
        found: str = json.loads(self.ask("technician", "info", "--json"))["version"]
        return found

    def journal(self, event: str) -> list[dict]:
        return [entry for entry in json.loads(self.ask("auditor", "journal", "--json")) if entry["event"] == event]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def second(bench):
    """The update to 0.2.0."""
    return bench.update("0.2.0")


def test_not_during_a_call(bench, second):
    script = bench.folder / "in_call.toml"
    script.write_text(IN_CALL.format(update=second))
    hosts = [event for event in bench.sim(script, "in_call") if event.get("what") == "host"]
    assert [event["code"] for event in hosts] == [4, 4]
    assert all("call" in event["output"] for event in hosts)


def test_others_may_not(bench, second):
    assert "identity of a role" in bench.ask("auditor", "update", "send", second, exits=4)
    bench.ask("auditor", "selftest", exits=4)


def test_a_box_with_recordings_is_not_flashed(bench):
    from test_images import stand_in

    from press1.images import boards, build

    board = boards.load("LYRAT_V43")
    official, image, flash = bench.folder / "official.bin", bench.folder / "image", bench.folder / "flash.bin"
    official.write_bytes(stand_in(board))
    build.build(board, build.Sources(micropython=official, unpinned=True)).write(image)
    words = ("flash", image, "--to-file", flash)
    assert "holds 1 unexpired recording" in bench.ask("technician", *words, exits=4)
    assert "once more" in bench.ask("technician", *words, "--overwrite", exits=4)
    assert not flash.exists()
    bench.ask("technician", *words, "--overwrite", "--overwrite")
    assert flash.stat().st_size == 1 << 22


def test_the_older_recording_is_pulled_by_the_newer_firmware(bench, second):
    before = json.loads(bench.ask("owner", "ls", "--json"))
    assert len(before) == 1
    assert "version 0.2.0: update in slot a" in bench.ask("technician", "update", "send", second)
    assert bench.version() == "0.2.0"
    assert json.loads(bench.ask("owner", "ls", "--json")) == before
    bench.ask("owner", "pull", "--out", bench.folder / "pulled")
    assert "complete" in bench.run("verify", *sorted((bench.folder / "pulled").glob("*.p1r")))
    assert [entry["what"] for entry in bench.journal("update")] == ["taken", "kept"]


def test_one_that_does_not_start_is_given_up(bench):
    """Its import fails: the box starts it three times and then runs what ran before, without anybody's help."""
    bad = bench.update("0.3.0", "\nraise OSError(5)\n")
    bench.ask("technician", "update", "send", bad, "--wait", 5, exits=3)
    for _ in range(3):
        try:
            version = bench.version()
            break
        except AssertionError:
            continue
    assert version == "0.2.0"
    assert [entry["what"] for entry in bench.journal("update")][-1] == "back"


def test_an_owner_goes_back_and_a_technician_does_not(bench):
    older = bench.update("0.1.5")
    refused = bench.ask("technician", "update", "send", older, exits=4)
    assert "older version" in refused and "nothing older than it runs" in refused
    assert "0.1.5" in bench.ask("owner", "update", "send", older)
    assert "version 0.2.0" in bench.ask("technician", "update", "back")


def test_the_older_recording_expires_under_the_newer_firmware(bench):
    script = bench.folder / "wait.toml"
    script.write_text(WAIT)
    bench.sim(script, "wait")
    assert [entry["reason"] for entry in bench.journal("erase")][-1] == "expired"
    assert json.loads(bench.ask("owner", "ls", "--json")) == []
    assert bench.version() == "0.2.0"
