"""Provisioning by the command line, on a blank simulated box, and what each key then opens."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(120),
]
ROLES = ("owner", "deputy", "technician", "auditor")


class Bench:
    """A box, a folder of keys, and the command."""

    def __init__(self, folder: Path) -> None:
        self.box, self.keys, self.folder = folder / "box", folder / "keys", folder
        self.keys.mkdir()
        for name in ROLES:
            role = "owner" if name == "deputy" else name
            self.run("keys", "new", "--role", role, "--out", self.keys / f"{name}.pem", "--no-passphrase")
        self.run("sim", "new", "--box", self.box)

    def run(self, *words: object, exits: int = 0) -> str:
        """Run `press1`; its output, its errors after it."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PRESS1_")}
        command = [sys.executable, "-m", "press1", *map(str, words)]
        done = subprocess.run(command, env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
        assert done.returncode == exits, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def ask(self, key: str, *words: object, exits: int = 0) -> str:
        """Run a verb against the box with one of the keys."""
        return self.run("--port", f"sim:{self.box}", "--identity", self.keys / f"{key}.pem", *words, exits=exits)

    def call(self) -> None:
        """A recorded call; a box that was provisioned just now takes no script of an earlier day."""
        calls = Path(__file__).parent / "calls"
        text = (calls / "accept.toml").read_text(encoding="utf-8").replace("../audio", str(calls.parent / "audio"))
        start = f"{datetime.now(UTC) + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        script = self.folder / "call.toml"
        script.write_text(re.sub(r"(?m)^start = .*$", f'start = "{start}"', text), encoding="utf-8")
        self.run("sim", "run", script, "--box", self.box, "--out", self.folder / "call")

    def provision(self, *words: object, exits: int = 0) -> str:
        public = [word for name in ("owner", "deputy") for word in ("--owner", self.keys / f"{name}.pub")]
        others = ("--technician", self.keys / "technician.pub", "--auditor", self.keys / "auditor.pub")
        return self.run("--port", f"sim:{self.box}", "provision", *public, *others, *words, exits=exits)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    made = Bench(tmp_path_factory.mktemp("bench"))
    assert "no owner" in made.ask("owner", "ls", exits=3)
    assert "training-consent" in made.provision("--company", "Prøve ApS", "--address", "eksempel.dk/telefon")
    return made


def _id(bench: Bench) -> str:
    found: str = json.loads(bench.ask("owner", "info", "--json"))["box"]
    return found


def test_every_key_opens_its_own(bench):
    assert json.loads(bench.ask("owner", "ls", "--json")) == []
    assert json.loads(bench.ask("deputy", "--json", "ls")) == []
    assert json.loads(bench.ask("auditor", "journal", "--json"))[0]["event"] == "boot"
    assert json.loads(bench.ask("technician", "card", "show", "--json"))["present"]
    about = json.loads(bench.ask("technician", "info", "--json"))
    assert about["profile"] == "training-consent" and about["trusted"] is True
    loaded = [entry["hash"] for entry in json.loads(bench.ask("auditor", "journal", "--json")) if entry["event"] == "policy"]
    assert about["policy"] == loaded[-1] and about["lapsed"] is False
    assert about["forecast"] is None and "nothing was recorded" in bench.ask("technician", "info")


def test_nobody_opens_more(bench):
    bench.ask("auditor", "ls", exits=4)
    bench.ask("technician", "pull", "--out", bench.folder / "pulled", exits=4)
    bench.ask("technician", "journal", exits=4)
    bench.ask("auditor", "time", "--set", "now", exits=4)
    bench.ask("technician", "time", "--set", "2031-01-01", exits=4)
    bench.ask("technician", "--role", "owner", "ls", exits=7)


def test_pull_of_what_is_not_there(bench):
    assert "no recording" in bench.ask("owner", "pull", "--out", bench.folder / "pulled")
    bench.ask("owner", "pull", "0123456789abcdef", "--out", bench.folder / "pulled", exits=6)
    bench.ask("owner", "pull", "nonsense", "--out", bench.folder / "pulled", exits=2)


def test_the_card_is_formatted_with_the_button_held(bench):
    assert "ready" in bench.ask("owner", "card", "format", "--yes")
    bench.ask("technician", "card", "format", "--yes", exits=4)


def test_the_box_is_asked_for_by_its_id(bench):
    bench.run("--box", _id(bench)[:8], "--port", f"sim:{bench.box}", "--identity", bench.keys / "owner.pem", "ls")
    bench.run("--box", "00ff", "--port", f"sim:{bench.box}", "--identity", bench.keys / "owner.pem", "ls", exits=7)


def test_wrong_keys_change_nothing(bench):
    before = _id(bench)
    for words in (
        ("--owner", bench.keys / "auditor.pub", "--yes"),
        ("--profile", "no-such-profile", "--yes"),
        ("--technician", bench.folder / "nothing.pub", "--yes"),
    ):
        bench.provision(*words, exits=2)
    assert _id(bench) == before


def test_provisioned_anew_it_is_another_box(bench):
    before = _id(bench)
    bench.provision(exits=2)  # it has an owner, and nobody is there to be asked
    assert _id(bench) == before
    bench.call()
    assert len(json.loads(bench.ask("deputy", "ls", "--json"))) == 1
    assert "destroying what the box recorded: 1 left" in bench.provision("--yes")
    assert _id(bench) != before
    assert json.loads(bench.ask("deputy", "ls", "--json")) == []
