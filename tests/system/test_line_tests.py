"""Line tests of modelled phones, then calls on the same box: what the test stored is used at once."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from press1 import cbor
from press1.errors import Press1Error, Usage
from press1.linetest import rehearsal
from press1.linetest.rehearsal import rehearse
from press1.sim import phones
from test_calls import CALLS, Played, alaw, box, exported, fresh, header_of  # noqa: F401  # fixtures

SILENT = "this phone does not pass on the caller's keys: use the spoken-yes profile"


@pytest.fixture
def tested(box, tmp_path):  # noqa: F811
    """Test a phone of a model; the JSON report."""

    def test(model: str) -> dict:
        rehearse(model, box, tmp_path / "test", lambda _: None)
        assert (tmp_path / "test" / "line-test.png").read_bytes().startswith(b"\x89PNG")
        return json.loads((tmp_path / "test" / "line-test.json").read_text())

    return test


def events(folder: Path, event: str) -> list[dict]:
    return [one for line in (folder / "events.jsonl").read_text().splitlines() if (one := json.loads(line))["event"] == event]


def with_phone(name: str, model: str, folder: Path, more: str = "") -> str:
    """A shipped call on another phone, with further rows; its name for Played."""
    text = (CALLS / f"{name}.toml").read_text().replace("../audio", str(CALLS.parent / "audio"))
    head, mark, rest = text.partition("\n[[at]]")
    path = folder / f"{name}-{model}.toml"
    path.write_text(f'{head}\n[phone]\nmodel = "{model}"\n{mark}{rest}{more}')
    return str(path.with_suffix(""))


def call(name: str, box: Path, tmp_path: Path) -> Played:  # noqa: F811
    return Played(name, box, tmp_path / "call")


def test_an_ordinary_phone(tested, tmp_path):
    report = tested("in-band")
    assert report["consent_by_key"] and report["verdict"] == "consent by key works on this phone"
    profile = report["profile"]
    assert profile["far_keys"] and profile["local_in_band"] and not profile["swapped"] and profile["sidetone_db"] is None
    assert abs(profile["local_level"] + 100) < 10 and abs(profile["local_twist"]) < 5
    assert abs(report["sections"]["far-voice"]["far"]["speech"] + 20) < 0.5
    test = tmp_path / "test"
    assert events(test, "state") == [] and events(test, "gate") == [] and events(test, "prompt") == []
    steps = [one["entry"]["what"] for one in events(test, "journal") if one["entry"]["event"] == "line_test"]
    assert steps == ["started", "stored", "ended"]
    lamps = [(round(one["t"]), one["lamp"]) for one in events(test, "lamp") if one["t"] > 0]
    assert lamps == [(57, "ready")]  # and the warning from the start on
    assert events(test, "lamp")[-2]["lamp"] == "warning"


def test_a_phone_with_silent_keys(tested, box, tmp_path):  # noqa: F811
    report = tested("rtp-events")
    assert report["verdict"] == SILENT and not report["consent_by_key"] and not report["profile"]["far_keys"]
    assert abs(report["profile"]["sidetone_db"] + 160) < 10
    for words in (("policy", "load", "training-consent"), ("--role", "technician", "doctor")):
        assert "consent by key cannot work on this phone" in told(box, *words)
    assert "cannot work" not in told(box, "policy", "load", "spoken-yes")
    assert "cannot work" not in told(box, "--role", "auditor", "doctor")
    told(box, "policy", "load", "training-consent")
    played = call("silent_keys", box, tmp_path)
    assert played.of("key") == [] and played.of("gate") == []


def test_a_box_on_a_phone_with_silent_keys_changes_hands(tested, box, tmp_path):  # noqa: F811
    """Its phone stays: the new owner is warned too, and not where the policy asks for no key."""
    tested("rtp-events")
    for role in ("owner", "technician", "auditor"):
        told(box, "keys", "new", "--role", role, "--out", str(tmp_path / f"{role}.pem"), "--no-passphrase")
    people = [word for role in ("owner", "technician", "auditor") for word in (f"--{role}", str(tmp_path / f"{role}.pub"))]
    told_now = told(box, "provision", *people, "--yes")
    assert "warning: consent by key cannot work on this phone" in told_now and "profile training-consent" in told_now
    assert "cannot work" not in told(box, "provision", *people, "--profile", "spoken-yes", "--yes")


@pytest.mark.slow
def test_a_loud_keypad_is_still_the_employees(tested, box, tmp_path):  # noqa: F811
    report = tested("loud-keypad")
    assert report["consent_by_key"] and report["profile"]["local_in_band"] and report["profile"]["local_level"] > -60
    assert any("loud" in one["text"] for one in report["findings"])
    played = call(with_phone("employee_one", "loud-keypad", tmp_path), box, tmp_path)
    assert len(played.of("key")) == 4 and {one["side"] for one in played.of("key")} == {"local"} and played.of("gate") == []


@pytest.mark.slow
def test_a_keypad_in_the_earpiece_alone_is_known_by_its_level(tested, box, tmp_path):  # noqa: F811
    """After the test the employee's keys are the employee's, without a restart, and the caller's fainter ones count."""
    report = tested("ear-only-keypad")
    profile = report["profile"]
    assert report["consent_by_key"] and not profile["local_in_band"] and abs(profile["local_level"] + 100) < 10
    caller = '\n[[at]]\nt = 60.0\ndo = "off_hook"\n\n[[at]]\nt = 79.0\ndo = "key"\ndigit = "1"\nlevel_dbm0 = -16\n'
    caller += '\n[[at]]\nt = 84.0\ndo = "on_hook"\n'
    name = with_phone("employee_one", "ear-only-keypad", tmp_path)
    Path(f"{name}.toml").write_text(Path(f"{name}.toml").read_text().replace("t = 60.0", "t = 55.0") + caller)
    played = call(name, box, tmp_path)
    *own, last = played.of("key")
    assert len(own) == 4 and {(one["side"], one["counted"]) for one in own} == {("local", False)}
    assert (last["side"], last["counted"]) == ("far", True) and len(played.listing()) == 1


@pytest.mark.slow
def test_swapped_taps_are_put_right(tested, box, tmp_path):  # noqa: F811
    report = tested("swapped")
    assert report["consent_by_key"] and report["profile"]["swapped"] and "other way round" in report["verdict"]
    played = call("phone_swapped", box, tmp_path)
    (key,) = played.of("key")
    assert key["side"] == "far" and key["counted"]
    channels, shown = exported(box, tmp_path / "pulled")
    assert header_of(shown)["channels"] == ["far", "near"]
    profile = hashlib.sha256(cbor.dumps(report["profile"])).hexdigest()[:32]
    assert header_of(shown)["line"] == {"hash": profile, "tested": report["profile"]["tested"]}
    first = header_of(shown)["first_sample"]
    for column, name in ((0, "far"), (1, "near")):
        heard = np.pad(played.track(name), (0, 400000))[first : first + len(channels)]
        assert (channels[:, column] == alaw(heard)).all(), name


def test_swapped_taps_without_a_test_record_nothing(box, tmp_path):  # noqa: F811
    played = call("phone_swapped", box, tmp_path)
    assert [one["side"] for one in played.of("key")] == ["local"] and played.of("gate") == []


def test_a_rehearsal_takes_the_technicians_own_key(box, tmp_path, monkeypatch):  # noqa: F811
    """A box that was provisioned by hand has no keys beside it."""
    own = shutil.move(box / "host" / "technician.pem", tmp_path / "technician.pem")
    with pytest.raises(Usage, match="no key"):
        rehearsal.rehearse(phones.DEFAULT, box, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(rehearsal, "STEPS", rehearsal.STEPS[:1])  # the quiet line: enough to see that the box lets it in
    with pytest.raises(Press1Error, match="--finish"):
        rehearsal.rehearse(phones.DEFAULT, box, tmp_path / "out", identity=own)


def test_a_step_out_of_turn_is_refused_in_words(box):  # noqa: F811
    for words, code, said in (
        (("--section", "quiet"), 4, "does not see a lifted handset"),
        (("--finish",), 2, "not all sections were measured"),
        (("--section", "loud"), 2, "no section 'loud'"),
        (("--start", "--finish"), 2, "one step at a time"),
        ((), 2, "nobody is there"),
    ):
        assert said in refused(box, *words, code=code)


def told(box: Path, *words: str) -> str:  # noqa: F811
    """What a command that succeeds says, warnings included, in one line."""
    command = [sys.executable, "-m", "press1", "--port", f"sim:{box}", *words]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def refused(box: Path, *words: str, code: int) -> str:  # noqa: F811
    """What the command says as it refuses."""
    command = [sys.executable, "-m", "press1", "--port", f"sim:{box}", "--role", "technician", "line-test", *words]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr
