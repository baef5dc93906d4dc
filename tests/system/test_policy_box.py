"""An owner's own policy on a box: by a call script, by `press1 policy load`, and from a session that is not the owner's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from press1 import boxes, profiles
from press1.policy import kept
from press1.sim.run import run

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(120),
]
SCRIPT = """
profile = "{profile}"
start = "2026-11-21T{hour}:00:00Z"
seed = 1
[[at]]
t = 0.0
do = "off_hook"
[[at]]
t = {press}
do = "key"
digit = "{digit}"
[[at]]
t = 30.0
do = "on_hook"
"""
OWN = """
[[prompt]]
language = "da"
text = '''Vi optager samtalen til oplæring. Kun teamlederne hører den. Du kan trække dit ja tilbage når som helst, så sletter vi. \
Du har ret til indsigt, se eksempel.dk/telefon. Tryk 7, hvis det er i orden.'''
tail = "Ellers ikke."
"""


def press1(box, *args, code=0):
    command = [sys.executable, "-m", "press1", "--port", f"sim:{box}", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def policy(tmp_path):
    """training-consent with another key and words of the owner's."""
    path = tmp_path / "office.toml"
    text = profiles.text("training-consent").replace('profile   = "training-consent"', 'profile = "office"')
    path.write_text(text + '\n[keys]\naccept = "7"\n' + OWN, encoding="utf-8")
    return path


def events(out: Path, name: str) -> list[dict]:
    lines = map(json.loads, (out / "events.jsonl").read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line["event"] == name]


def entries(box: Path, name: str) -> list[dict]:
    return [entry for entry in json.loads(press1(box, "journal", "--json")) if entry.get("event") == name]


def play(folder: Path, **values) -> Path:
    script, out = folder / "call.toml", folder / "out"
    script.write_text(SCRIPT.format(**values), encoding="utf-8")
    run(script, folder / "box", out, tell=lambda _: None)
    return out


def test_a_script_names_a_policy_file_and_the_box_does_what_it_says(tmp_path, policy):
    out = play(tmp_path, profile="office.toml", hour="09", press=17.0, digit="7")
    assert [one["what"] for one in events(out, "prompt")][:2] == ["started", "offer"]
    assert [one["open"] for one in events(out, "gate")] == [True, False]
    (entry,) = entries(tmp_path / "box", "policy")
    assert entry["profile"] == "office"
    digest = bytes.fromhex(entry["hash"])
    assert kept.policy(boxes.home(f"sim:{tmp_path / 'box'}"), digest) == policy.read_text(encoding="utf-8")
    (evidence,) = entries(tmp_path / "box", "prompt")[:1]
    words = kept.prompt(boxes.home(f"sim:{tmp_path / 'box'}"), bytes.fromhex(evidence["hash"]))
    assert words is not None and "Tryk 7" in words["text"] and words["id"] == evidence["prompt"] == "office.da"


def test_load_changes_the_box_and_a_stranger_does_not(tmp_path):
    """A policy from a session that is not the owner's is refused and journalled; the old one stays."""
    box = tmp_path / "box"
    play(tmp_path, profile="training-consent", hour="09", press=1.0, digit="9")
    for role in ("technician", "auditor"):
        assert "not for this role" in press1(box, "--role", role, "policy", "load", "training-special", code=4)
    before = entries(box, "policy")
    assert [entry["profile"] for entry in before] == ["training-consent"]
    assert len([entry for entry in entries(box, "session") if entry["role"] in ("technician", "auditor")]) >= 2
    press1(box, "policy", "load", "training-special")
    assert [entry["profile"] for entry in entries(box, "policy")] == ["training-consent", "training-special"]
    out = play(tmp_path, profile="training-special", hour="12", press=1.0, digit="9")
    assert next(one["prompt"] for one in events(out, "prompt")) == "training-special.da"
    assert [one["open"] for one in events(out, "gate")] == [True, False]
