"""`press1 journal verify`: tampering with journal files is found and named, without a box."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from press1 import journal_files
from press1.cli import app
from press1.errors import Damaged, Usage

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "journal"
CASES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def written(case, folder):
    paths = []
    for name, text in case["files"].items():
        path = folder / name
        path.write_bytes(bytes.fromhex(text + "0" * (len(text) % 2)).ljust(case.get("padded", 0), b"\0"))
        paths.append(path)
    return paths


def test_the_vectors_are_what_their_generator_writes():
    made = subprocess.run([sys.executable, FOLDER.parent / "journal.py", "--check"], check=False)
    assert made.returncode == 0


@pytest.mark.parametrize("name", CASES)
def test_each_case_is_named(name, tmp_path):
    case = CASES[name]
    result = journal_files.check(written(case, tmp_path)[::-1])
    assert [[one.kind, one.n] for one in result.findings if not one.told] == case["findings"]
    assert result.good == (not case["findings"])


@pytest.mark.parametrize("name", CASES)
def test_the_signed_head_shows_what_the_files_cannot(name, tmp_path):
    case = CASES[name]
    n, chain = case["head"]
    result = journal_files.check(written(case, tmp_path), (n, bytes.fromhex(chain)))
    fits = all(one.kind != "head" for one in result.findings)
    last = CASES["good"]["files"]["202612.P1J"]
    assert fits == (case["files"]["202612.P1J"].startswith(last))


def test_a_hole_that_the_box_tells_of_is_no_damage(tmp_path):
    result = journal_files.check(written(CASES["drop_told"], tmp_path))
    assert result.good and [one.text for one in result.findings] == ["entries 6 to 7 are missing"]


def test_every_altered_byte_is_found(tmp_path):
    (first, second) = written(CASES["good"], tmp_path)
    data = first.read_bytes()
    for at in range(len(data)):
        first.write_bytes(data[:at] + bytes((data[at] ^ 0x41,)) + data[at + 1 :])
        assert not journal_files.check([first, second]).good, at


def test_the_command(tmp_path):
    runner = CliRunner()
    good = runner.invoke(app, ["journal", "verify", *map(str, written(CASES["good"], tmp_path))])
    assert good.exit_code == 0 and "9 entries, 1 to 9" in good.output
    head = ["--head", "{}:{}".format(*CASES["good"]["head"])]
    assert runner.invoke(app, ["journal", "verify", *head, *map(str, written(CASES["good"], tmp_path))]).exit_code == 0
    cut = runner.invoke(app, ["journal", "verify", *head, *map(str, written(CASES["cut_at_an_entry"], tmp_path))])
    assert isinstance(cut.exception, Damaged) and "HEAD" in cut.output
    dropped = runner.invoke(app, ["journal", "verify", "--json", *map(str, written(CASES["drop"], tmp_path))])
    assert isinstance(dropped.exception, Damaged) and json.loads(dropped.output)["findings"][0]["kind"] == "missing"


def test_other_files_are_refused(tmp_path):
    with pytest.raises(Usage):
        journal_files.check([tmp_path / "x.p1r"])
