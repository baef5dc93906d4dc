"""The vault against the real firmware: what one side erases the other erases too, whatever was lost in between."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import soundfile

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(240),
]


class Office:
    """A simulated box that begins today, and this computer's vault. A vault goes by this computer's clock."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.box = folder, folder / "box"
        self.start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=8)
        self.played = 0

    def run(self, *words: object, exits: int = 0) -> str:
        """A command, as a user would type it; its output, its errors after it."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PRESS1_")}
        environment = {**clean, "PRESS1_VAULT_PASSPHRASE": "prøve", "PRESS1_VAULT": str(self.folder / "vault")}
        command = [sys.executable, "-m", "press1", "--port", f"sim:{self.box}", *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        assert done.returncode == exits, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def json(self, *words: object) -> Any:
        return json.loads(self.run(*words, "--json"))

    def play(self, *steps: str) -> None:
        """Steps of a call script, each a TOML table's lines; the scripts follow one another by an hour."""
        self.played += 1
        begin = self.start + timedelta(hours=self.played)
        head = f'profile = "training-consent"\nstart = "{begin:%Y-%m-%dT%H:%M:%SZ}"\ndirection = "in"\nseed = {self.played}\n'
        script = self.folder / f"{self.played}.toml"
        script.write_text(head + "".join(f"[[at]]\n{step}\n" for step in steps))
        self.run("sim", "run", script, "--box", self.box, "--out", self.folder / "out")

    def call(self) -> None:
        """One consented call of a few seconds."""
        far = f'do = "far"\nwav = "{HERE / "audio" / "caller.wav"}"'
        key = 't = 19.0\ndo = "key"\ndigit = "1"'
        self.play('t = 0.0\ndo = "off_hook"', key, f"t = 20.0\n{far}", 't = 25.0\ndo = "on_hook"')

    def on_box(self) -> list[str]:
        return [row["id"] for row in self.json("ls")]

    def in_vault(self) -> list[str]:
        return [row["id"] for row in self.json("vault", "ls")]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The tests go on where the one before left box and vault."""
    made = Office(tmp_path_factory.mktemp("office"))
    made.call()
    made.run("vault", "init", "--keys", "file", "--keys-at", made.folder / "keys")
    return made


def test_pulled_into_the_vault_heard_and_erased_here_is_erased_there(office: Office, tmp_path: Path) -> None:
    (first,) = office.on_box()
    assert office.json("vault", "sync")["new"] == [first]
    assert office.in_vault() == [first] and list((office.folder / "vault" / "incoming").iterdir()) == []
    page = tmp_path / "sheet.html"
    shown = office.json("vault", "export", first[:8], "--out", tmp_path / "x.flac", "--purpose", "training", "--sheet", page)
    assert soundfile.info(tmp_path / "x.flac").frames == shown["frames"] > 30_000
    assert "known on this computer" in page.read_text() and first in page.read_text()
    office.run("vault", "export", first[:8], "--out", tmp_path / "y.wav", "--purpose", "threat", exits=4)

    office.run("vault", "erase", first[:8], exits=2)  # nobody is there to be asked
    office.run("vault", "erase", first[:8], "--yes")
    assert office.on_box() == [first] and office.in_vault() == []
    office.run("vault", "export", first[:8], "--out", tmp_path / "y.wav", exits=6)
    pulled = office.run("pull", "--out", tmp_path / "pulled")  # any connection will do
    assert "the box has heard of it" in pulled and "no recording" in pulled
    done = office.json("vault", "sync")
    assert (done["told"], done["erased"], done["elsewhere"], done["fault"]) == ([], [], [], "")
    assert office.on_box() == []
    (receipt,) = office.json("vault", "receipts")
    assert receipt["id"] == first and receipt["reason"] == "erased" and receipt["told"]


def test_files_that_were_pulled_before_are_imported_and_a_backup_revives_nothing(office: Office, tmp_path: Path) -> None:
    office.call()
    (second,) = office.on_box()
    office.run("pull", "--out", tmp_path / "pulled")
    office.run("vault", "import", "--identity", office.box / "host" / "owner.pem", tmp_path / "pulled")
    assert office.in_vault() == [second] and list((tmp_path / "pulled").iterdir()) == []
    assert "good" in office.run("vault", "verify", "--identity", office.box / "host" / "owner.pem")
    assert office.json("vault", "backup", tmp_path / "backup")["copied"] == 1
    office.run("vault", "erase", second, "--yes")
    restored = office.json("vault", "restore", tmp_path / "backup")
    assert restored["destroyed"] == [[second, "erased"]] and restored["back"] == []
    status = office.json("vault", "status")
    assert (status["recordings"], status["destroyed"]) == (0, 2)
    office.run("vault", "install-timer", "--into", tmp_path / "units")


def test_a_hold_in_the_vault_keeps_the_boxs_copy_too_until_it_is_released(office: Office) -> None:
    """S23: placed while the box was away, sent when it is met."""
    office.json("vault", "sync")
    office.call()
    (ident,) = office.json("vault", "sync")["new"]
    office.run("vault", "hold", ident, "--reason", "tvist", "--review", "2099-01-01")
    assert office.json("vault", "sync")["kept"] == [ident]
    assert [row["hold"] for row in office.json("ls") if row["id"] == ident] == [True]
    office.run("vault", "release", ident)
    assert office.json("vault", "sync")["released"] == [ident]
    assert [row["hold"] for row in office.json("ls") if row["id"] == ident] == [False]
    office.run("vault", "erase", ident, "--yes")
    assert office.json("vault", "sync")["told"] == [ident] and ident not in office.on_box()


def test_what_the_box_erased_is_erased_here_unless_it_is_held(office: Office, tmp_path: Path) -> None:
    """The box was started anew since, so it remembers no receipt: its journal has them. A copy elsewhere is told of, once."""
    office.json("vault", "sync")
    office.call()
    office.call()
    held, free = office.json("vault", "sync")["new"]
    office.call()
    (outside,) = [ident for ident in office.on_box() if ident not in (held, free)]
    office.run("pull", outside, "--out", tmp_path / "pulled")
    office.play('t = 0.0\ndo = "advance"\nhours = 2200', 't = 1.0\ndo = "end"')
    office.run("vault", "hold", held, "--reason", "tvist", "--review", "2099-01-01")  # too late for the box
    done = office.json("vault", "sync")
    assert (done["erased"], done["held"], done["new"], done["elsewhere"]) == ([free], [held], [], [outside])
    assert office.in_vault() == [held] and office.on_box() == []
    again = office.json("vault", "sync")
    assert (again["erased"], again["held"], again["elsewhere"]) == ([], [held], [])
    office.run("vault", "release", held)
    assert [row["id"] for row in office.json("vault", "sweep")["destroyed"]] == [held]
    assert [row["reason"] for row in office.json("vault", "receipts")].count("expired") == 2
