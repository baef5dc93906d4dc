"""Rights against the real firmware: what is decided here is done on the box and in the vault, journalled and reported."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from test_vault_box import Office, pytestmark  # noqa: F401  # POSIX only, bounded time

DISPUTE = ("--reason", "tvist", "--role", "skadechef")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.call()
    return made


def events(office: Office, name: str) -> list[dict]:
    return [entry for entry in office.json("journal") if entry["event"] == name]


def test_a_hold_an_objection_and_its_end_on_the_box(office: Office, tmp_path: Path) -> None:
    """S23, S24, S25."""
    (ident,) = office.on_box()
    office.run("hold", ident[:8], "--until", "2099-01-01", *DISPUTE)
    assert office.json("ls")[0]["hold"] and [entry["reason"] for entry in events(office, "hold")] == ["tvist"]
    assert [(row["id"], row["why"], row["due"][:10]) for row in office.json("review")] == [(ident, "hold", "2099-01-01")]
    assert "is held" in office.run("erase", ident, "--yes", "--reason", "x", "--role", "y", exits=2)
    office.run("release", ident, "--role", "skadechef")
    assert "not held" in office.run("release", ident, "--role", "skadechef", exits=2)
    assert office.json("review") == [] and not office.json("ls")[0]["hold"]
    office.run("object", "open", ident[:8], "--ground", "vil ikke optages", "--role", "kundeservice")
    assert [entry["ground"] for entry in events(office, "objection")] == ["vil ikke optages"]
    ((step,),) = office.json("object", "ls")
    case = step["case"]
    upheld = ("object", "decide", case, "--uphold", "--text", "medhold", "--role", "rådgiver", "--yes")
    assert "nobody has assessed" in office.run(*upheld, exits=2)
    office.run("object", "assess", case, "--text", "vejet", "--role", "rådgiver")
    office.run(*upheld)
    assert office.on_box() == [] and [entry["id"] for entry in events(office, "erase")] == [ident]
    assert office.json("object", "ls") == [] and len(office.json("object", "ls", "--all")) == 3


def test_erasure_on_request_and_purge_reach_box_and_vault(office: Office, tmp_path: Path) -> None:
    """S31, S37: one by one; only what nobody used."""
    office.call()
    office.call()
    office.run("vault", "init", "--keys", "file", "--keys-at", tmp_path / "keys")
    asked, used, unused = office.json("vault", "sync")["new"]
    other = ("vault", "--vault", tmp_path / "other")  # another computer's
    office.run(*other, "init", "--keys", "file", "--keys-at", tmp_path / "other keys")
    assert len(office.json(*other, "sync")["new"]) == 3
    office.run("erase", asked, "--refuse", "--reason", "behovet består", "--role", "rådgiver")
    assert asked in office.on_box() and asked in office.in_vault()
    office.run("erase", asked, "--yes", "--reason", "medhold", "--role", "rådgiver")
    assert asked not in office.on_box() and asked not in office.in_vault()
    office.run("used", used, "--role", "underviser")
    office.run("purge", "--yes", "--role", "underviser", exits=2)  # says not what
    office.run("purge", "--unused", "--older", "1 day", "--yes", "--role", "underviser")
    assert len(office.on_box()) == 2  # neither is a day old
    office.run("purge", "--unused", "--older", "0 hours", "--yes", "--role", "underviser")
    assert office.on_box() == [used] == office.in_vault()
    assert [entry["reason"] for entry in events(office, "erase")] == ["erased", "unused"]
    done = office.json("vault", "sync")
    assert (done["erased"], done["elsewhere"], done["new"]) == ([], [], [])
    assert unused not in office.in_vault()
    assert set(office.json(*other, "sync")["erased"]) == {asked, unused}
    assert [row["id"] for row in office.json(*other, "ls")] == [used]


def test_access_and_report(office: Office, tmp_path: Path) -> None:
    """S26, S48: the same call in a bundle for the caller, and as a number for the authority."""
    (ident,) = office.on_box()
    call = office.json("ls")[0]["call"]
    done = office.json("access", call[:8], "--out", tmp_path / "a.zip", "--role", "kundeservice")
    assert done["parts"] == 1 and office.on_box() == [ident]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert sorted(archive.namelist()) == ["ark.html", "ark.pdf", "optagelse.wav", "underskrift.json"]
        page = archive.read("ark.html").decode()
    for known in (
        "Må Eksempel ApS optage samtalen",
        "Du trykkede på tasten 1 på din telefon",
        "Oplæring og kvalitet",
        "underskrevet",
    ):
        assert known in page
    office.run("report", "--out", tmp_path / "r", "--role", "auditor", exits=2)  # an auditor is named before the verb
    office.run("report", "--out", tmp_path / "r", "--language", "en")
    report = (tmp_path / "r.html").read_text(encoding="utf-8")
    for figure in (
        "<td>Consent by a key</td><td>1</td>",
        "the box has signed the last one",
        "Nothing. All that was to be erased",
    ):
        assert figure in report
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")


SCRIPT = """
profile = "leaflet-48h"
start = "{start}"
direction = "in"
seed = 3
[[at]]
t = 0.0
do = "off_hook"
[[at]]
t = 19.0
do = "key"
digit = "1"
[[at]]
t = 25.0
do = "on_hook"
"""


def test_a_lapsed_purpose_is_refused_wherever_its_file_is(tmp_path: Path) -> None:
    """S30: three days ago the box gave out a recording that might be used for two."""
    office = Office(tmp_path)
    begin = datetime.now(UTC) - timedelta(days=3)
    (tmp_path / "call.toml").write_text(SCRIPT.format(start=f"{begin:%Y-%m-%dT%H:%M:%SZ}"))
    office.run("sim", "run", tmp_path / "call.toml", "--box", office.box, "--out", tmp_path / "out")
    office.run("pull", "--out", tmp_path)
    (path,) = tmp_path.glob("*.p1r")
    key = office.box / "host" / "owner.pem"
    out = tmp_path / "x.wav"
    assert "has ended" in office.run("export", path, "--identity", key, "--purpose", "training", "--out", out, exits=6)
    assert not out.exists()
    office.run("export", path, "--identity", key, "--purpose", "documentation", "--out", out, exits=4)
    office.run("vault", "init", "--keys", "file", "--keys-at", tmp_path / "keys")
    assert "has expired" in office.run("vault", "import", path, exits=6)
    assert json.loads(office.run("vault", "ls", "--json")) == []
