"""Self test, label, doctor and flash by the command line, against a simulated box."""

import ast
import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from press1.sim import demonstration, folder

ROOT = Path(__file__).resolve().parents[2]
START = 1_795_251_600
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(120),
]


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A demonstration box."""
    made = tmp_path_factory.mktemp("box") / "box"
    demonstration.create(made, "training-consent", START, Fraction(8000))
    return made


def press1(box: Path, *words: object, exits: int = 0) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PRESS1_")}
    command = [sys.executable, "-m", "press1", "--port", f"sim:{box}", *map(str, words)]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
    assert done.returncode == exits, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_good_box_is_green(box, tmp_path):
    said = json.loads(press1(box, "--role", "technician", "selftest", "--json", "--out", tmp_path / "sheet.html").stdout)
    assert said["good"] is True and said["faults"] == []
    assert list(said["parts"]) == ["vectors", "stages", "memory", "card", "flash", "clock", "entropy", "relay", "board"]
    stages = {row["name"]: row["value"] for row in said["parts"]["stages"]}
    assert stages["all stages"] == sum(value for name, value in stages.items() if name != "all stages")
    assert all(value > 0 for value in stages.values())
    page = (tmp_path / "sheet.html").read_text()
    assert "everything that was tested is good" in page and said["about"]["box"] in page
    last = press1(box, "--role", "technician", "selftest", "--part", "relay", "--out", tmp_path / "sheet.html").stderr
    assert last.endswith(f"everything that was tested is good; the sheet is {tmp_path / 'sheet.html'}\n")


def test_a_box_without_card_is_red(box, tmp_path):
    kept = json.loads((box / "box.json").read_text())
    (box / "box.json").write_text(json.dumps({**kept, "card": False}))
    try:
        done = press1(box, "--role", "owner", "selftest", "--part", "card", "--out", tmp_path / "sheet.html", exits=1)
        assert "not good: card: card" in done.stderr
        assert "class='s bad'" in (tmp_path / "sheet.html").read_text()
    finally:
        now = folder.state(box)
        (box / "box.json").write_text(json.dumps({**now, "card": True}))


def test_the_self_test_leaves_nothing(box):
    before = json.loads(press1(box, "--role", "owner", "info", "--json").stdout)["card"]["free"]
    press1(box, "--role", "technician", "selftest", "--part", "card")
    assert json.loads(press1(box, "--role", "owner", "info", "--json").stdout)["card"]["free"] == before


def test_the_vectors_are_the_published_ones():
    """Those embedded in the firmware equal the files in tests/vectors/rfc, field by field."""
    tree = ast.parse((ROOT / "firmware" / "selftest_vectors.py").read_text())
    rows = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
    assert {row[0] for row in rows} >= {
        "sha512",
        "hmac",
        "hkdf",
        "aes_ctr",
        "chacha20poly1305",
        "x25519",
        "ed25519",
        "verify",
        "hpke",
    }
    for _, name, arguments, answer in rows:
        vector = json.loads((ROOT / "tests" / "vectors" / "rfc" / f"{name}.json").read_text())
        known = {value for value in vector.values() if isinstance(value, str)}
        assert set(arguments) <= known, name
        assert answer in known or answer in ("", vector.get("enc", "") + vector.get("ciphertext", "")), name


def test_a_label(box, tmp_path):
    said = press1(box, "label", "--out", tmp_path / "label.pdf", "--note", "Reception").stdout
    ident = json.loads(press1(box, "--role", "owner", "info", "--json").stdout)["box"]
    assert ident in said
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")


def test_a_box_whose_people_are_elsewhere_asks_who(box, tmp_path):
    shutil.copytree(box, tmp_path / "box")
    shutil.rmtree(tmp_path / "box" / "host")
    assert "who asks?" in press1(tmp_path / "box", "selftest", exits=2).stderr


def test_a_blank_box_has_no_label(tmp_path):
    blank = tmp_path / "blank"
    blank.mkdir()
    demonstration.blank(blank, START, Fraction(8000))
    press1(blank, "label", "--out", tmp_path / "label.pdf", exits=2)


def test_the_doctor_tells_no_secret(box, tmp_path):
    said = press1(box, "--role", "auditor", "doctor", "--out", tmp_path / "report.txt").stdout
    report = (tmp_path / "report.txt").read_text()
    ident = json.loads(press1(box, "--role", "owner", "info", "--json").stdout)["box"]
    for text in (said, report):
        assert ident in text and "event boot" in text
        assert "present yes" in text and "live 0" in text and "rate: 8000/1" in text and "{" not in text
        for key in (box / "host").glob("*.pem"):
            assert not [line for line in key.read_text().splitlines()[1:-1] if line in text]
        assert str(box) not in text and os.path.expanduser("~") + "/" not in text
    assert "not for the technician's key" in press1(box, "--role", "technician", "doctor").stdout


def test_the_doctor_reports_without_a_box(tmp_path):
    said = json.loads(press1(tmp_path / "none", "doctor", "--json").stdout)
    assert "no simulated box" in said["box"]["answers"] and said["computer"]["press1"]
