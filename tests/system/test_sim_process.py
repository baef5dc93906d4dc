"""The simulator as a process, with a firmware of thirty lines in the place of the real one."""

import json
import os
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from press1.errors import NoBox, Press1Error, Usage
from press1.sim import demonstration, folder
from press1.sim.run import run
from press1.transport import open_port

START = 1795251600
HERE = Path(__file__).parent
CALLER = HERE / "audio" / "caller.wav"

# Offsets in a 32-byte directory entry of the times, which the unix port takes from this computer's clock.
FAT_TIMES = {13, 14, 15, 16, 17, 18, 19, 22, 23, 24, 25}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals")


@pytest.fixture(autouse=True)
def fake_firmware(monkeypatch):
    monkeypatch.setenv("PRESS1_MICROPYPATH", str(HERE / "fake_box"))


@pytest.fixture
def box(tmp_path):
    made = tmp_path / "box"
    made.mkdir()
    demonstration.blank(made, START - 10, Fraction(8000))
    return made


def script(tmp_path, text: str, start: str = "2026-11-21T09:00:00Z") -> Path:
    path = tmp_path / "call.toml"
    rows = [f"[[at]]\n{row.strip()}" for row in text.strip().split("\n\n")]
    path.write_text(f'start = "{start}"\nseed = 7\n' + "\n".join(rows), encoding="utf-8")
    return path


def play(tmp_path, box, text: str, out: str = "out", **more) -> list[dict]:
    """Run a script of paragraphs, one a verb; its events."""
    run(script(tmp_path, text, **more), box, tmp_path / out, tell=lambda _: None)
    return events(tmp_path / out)


def events(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]


def told(found: list[dict], event: str = "state") -> list[tuple[float, str]]:
    return [(one["t"], one.get("state") or one.get("what")) for one in found if one["event"] == event]


def samples(path: Path) -> np.ndarray:
    data, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    return data.astype(int)


def test_a_call_is_heard_and_told(tmp_path, box):
    found = play(tmp_path, box, f"""
        t = 0.5\ndo = "off_hook"

        t = 1.0\ndo = "far"\nwav = "{CALLER}"

        t = 2.0\ndo = "button"\nname = "mark"\nhold_ms = 100

        t = 3.0\ndo = "on_hook"

        t = 4.0\ndo = "end"
    """)  # fmt: skip
    assert [state for _, state in told(found)][1:] == [
        "hook 0 buttons 0 card 1 lost 0", "hook 1 buttons 0 card 1 lost 0", "hook 1 buttons 8 card 1 lost 0",
        "hook 1 buttons 0 card 1 lost 0", "hook 0 buttons 0 card 1 lost 0",
    ]  # fmt: skip
    assert [t for t, _ in told(found)][2:] == [0.52, 2.02, 2.1, 3.02]
    assert found[0]["at"] == "2026-11-21T09:00:00Z" and found[-1]["what"] == "end"
    line, ear = samples(tmp_path / "out" / "line.wav"), samples(tmp_path / "out" / "ear.wav")
    assert len(line) == len(ear) == 4 * 8000
    assert (line[160:].reshape(-1, 160) == np.arange(160)).all() and not line[:160].any()
    caller = samples(CALLER)[: 3 * 8000]
    want = np.clip(caller[160:] + caller[:-160], -32768, 32767)  # the echo of the block before
    assert (ear[8160:] == want).all()


def test_the_same_box_and_seed_give_the_same_bytes(tmp_path, box):
    kept = {path.name: path.read_bytes() for path in box.iterdir()}
    text = f'''
        t = 0\ndo = "far"\nwav = "{CALLER}"

        t = 1\ndo = "power_cut"\nwrite = 9\ntorn = 77

        t = 3\ndo = "power_on"

        t = 4\ndo = "advance"\nhours = 5

        t = 5\ndo = "end"'''
    results = []
    for n in (1, 2):
        for name, data in kept.items():
            (box / name).write_bytes(data)
        play(tmp_path, box, text, out=f"out{n}")
        results.append({path.name: path.read_bytes() for path in (tmp_path / f"out{n}").iterdir()})
        results[-1].update({path.name: path.read_bytes() for path in box.iterdir()})
    cards = [np.frombuffer(result.pop("sd.img"), np.uint8) for result in results]
    assert results[0] == results[1]
    assert not set(np.nonzero(cards[0] != cards[1])[0] % 32) - FAT_TIMES


def test_power_is_cut_at_a_write_and_comes_back(tmp_path, box):
    found = play(tmp_path, box, """
        t = 1\ndo = "off_hook"

        t = 1\ndo = "power_cut"\nwrite = 3

        t = 3\ndo = "power_on"

        t = 4\ndo = "end"
    """)  # fmt: skip
    happened = [(what, cause) for what, cause in ((one.get("what"), one.get("cause")) for one in found) if what]
    assert happened == [
        ("power_on", None),
        ("boot", None),
        ("power_cut", "write"),
        ("power_on", None),
        ("boot", None),
        ("end", None),
    ]
    booted = [state for _, state in told(found) if state.startswith("booted")]
    assert len(set(booted)) == 2
    cut = next(one["t"] for one in found if one.get("what") == "power_cut")
    line = samples(tmp_path / "out" / "line.wav")
    assert 1 <= cut < 2 and not line[round(cut * 8000) : 3 * 8000].any() and line[3 * 8000 + 200 :].any()
    assert [one["energised"] for one in found if one["event"] == "relay"] == [True, False, True]


def test_cards_come_and_go_and_fill_and_stall(tmp_path, box):
    found = play(tmp_path, box, """
        t = 1\ndo = "card_stall"\nms = 1500

        t = 4\ndo = "card_full"

        t = 8\ndo = "card_out"

        t = 9\ndo = "card_in"

        t = 10\ndo = "end"
    """)  # fmt: skip
    states = [state for _, state in told(found)]
    assert "hook 0 buttons 0 card 1 lost 4000" in states and "card 28" in states
    assert states[-2:] == ["hook 0 buttons 0 card 0 lost 0", "hook 0 buttons 0 card 2 lost 0"]


def test_hours_are_skipped_tick_by_tick(tmp_path, box):
    found = play(tmp_path, box, 't = 1\ndo = "advance"\nhours = 2.5\n\nt = 2\ndo = "clock_lost"\n\nt = 3\ndo = "end"')
    assert [state for _, state in told(found)][-3:] == ["tick"] * 3
    assert [one["at"] for one in found if one.get("state") == "tick"] == [
        f"2026-11-21T{t}Z" for t in ("10:00:00", "11:00:00", "11:30:01")
    ]
    assert found[-1]["t"] == 3 and found[-1]["at"].startswith("2000-01-01T00:00:01")
    assert folder.state(box)["lost"]


def test_a_fault_ends_the_run_with_an_error_and_is_told(tmp_path, box):
    with pytest.raises(Press1Error, match="faulted") as caught:
        play(tmp_path, box, 't = 1\ndo = "button"\nname = "threat"\n\nt = 2\ndo = "end"')
    assert caught.value.exit_code == 1
    assert [one["fault"] for one in events(tmp_path / "out") if one["event"] == "fault"] == ["ValueError"]


def test_a_host_command_runs_while_time_stands_still(tmp_path, box):
    found = play(tmp_path, box, 't = 1\ndo = "host"\nargs = ["no-such-command"]\n\nt = 2\ndo = "end"')
    host = next(one for one in found if one.get("what") == "host")
    assert host["code"] == 2 and host["args"] == ["no-such-command"] and host["t"] == 1 and host["output"]


def test_start_may_not_be_before_the_clock(tmp_path, box):
    play(tmp_path, box, 't = 1\ndo = "end"')
    with pytest.raises(Usage) as caught:
        play(tmp_path, box, 't = 1\ndo = "end"', start="2026-11-21T08:00:00Z", out="other")
    assert "08:00:00Z" in str(caught.value) and "09:00:01Z" in str(caught.value)
    assert not (tmp_path / "other").exists()


def test_a_bad_script_changes_nothing(tmp_path):
    with pytest.raises(Usage):
        play(tmp_path, tmp_path / "new", 't = 1\ndo = "of_hook"')
    assert not (tmp_path / "new").exists() and not (tmp_path / "out").exists()


def test_a_folder_that_is_no_box(tmp_path):
    (tmp_path / "box").mkdir()
    with pytest.raises(NoBox) as caught:
        play(tmp_path, tmp_path / "box", 't = 1\ndo = "end"')
    assert caught.value.exit_code == 3


def test_a_served_box_echoes_runs_on_time_and_admits_one(tmp_path, box):
    port = open_port(f"sim:{box}")
    try:
        begun = time.monotonic()
        sent = bytes(range(256)) * 16
        port.write(sent)
        heard = b""
        while len(heard) < len(sent) and (piece := port.read(2)):
            heard += piece
        assert heard == sent
        with pytest.raises(NoBox, match="in use"):
            open_port(f"sim:{box}")
        folder.press(box, "consent", 1)
        with pytest.raises(Usage, match="no button"):
            folder.press(box, "nose", 1)
        time.sleep(1.2)
        passed = time.monotonic() - begun
    finally:
        port.close()
        port.close()
    assert abs(folder.state(box)["time"] - (START - 10) - passed) <= 1.1
    assert not (box / "control").exists()
    with pytest.raises(NoBox, match="nobody serves"):
        folder.press(box, "consent", 1)


def test_a_firmware_that_does_not_start_is_no_box(box):
    (box / "sd.img").write_bytes(b"")  # no FAT: this firmware gives up
    with pytest.raises(NoBox, match="does not start"):
        open_port(f"sim:{box}")


@pytest.mark.parametrize("port", ["sim:/nowhere/at/all", "/dev/no-such-port", "COM99"])
def test_unknown_ports(port):
    with pytest.raises(NoBox) as caught:
        open_port(port)
    assert caught.value.exit_code == 3 and caught.value.hint
