"""The calls of tests/system/calls on the whole product: what is recorded, what is not, and what the box says of it."""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from press1.sim import demonstration, job, render, script
from press1.sim.run import run

HERE = Path(__file__).parent
CALLS = HERE / "calls"
RATE = Fraction(8000)
START = 1795251600  # of every script
HOLE = 1 << 20
FIELDS = {"id", "call", "part", "created", "expires", "seconds", "purposes", "basis", "direction", "hold", "state", "bytes"}

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(120),
]


def press1(box: Path, *args: object, code: int = 0) -> str:
    """Run the command against the box as a user would; its standard output."""
    command = [sys.executable, "-m", "press1", "--port", f"sim:{box}", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def copy_sparse(source: Path, target: Path) -> None:
    """Copy an image, leaving holes where it has zeros."""
    with source.open("rb") as read, target.open("wb") as write:
        while chunk := read.read(HOLE):
            if chunk.strip(b"\0"):
                write.write(chunk)
            else:
                write.seek(len(chunk), os.SEEK_CUR)
        write.truncate(read.tell())


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A demonstration box on which nothing has happened."""
    box = tmp_path_factory.mktemp("fresh") / "box"
    demonstration.create(box, "training-consent", START, RATE)
    return box


def copy_box(source: Path, target: Path) -> Path:
    """Another box of the same bytes."""
    target.mkdir()
    shutil.copytree(source / "host", target / "host")
    for path in source.iterdir():
        if path.is_file():
            copy_sparse(path, target / path.name)
    return target


@pytest.fixture
def box(fresh, tmp_path):
    """A copy of it."""
    return copy_box(fresh, tmp_path / "box")


class Played:
    """A call that was played: its events, outputs and far track."""

    def __init__(self, name: str, box: Path, out: Path) -> None:
        run(CALLS / f"{name}.toml", box, out, tell=lambda _: None)
        self.box, self.out, self.script = box, out, script.load(CALLS / f"{name}.toml")
        self.events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]

    def of(self, event: str) -> list[dict]:
        return [one for one in self.events if one["event"] == event]

    def states(self) -> list[str]:
        return [one["state"] for one in self.of("state")]

    def journal(self, event: str) -> list[dict]:
        return [one["entry"] for one in self.of("journal") if one["entry"]["event"] == event]

    def listing(self) -> list[dict]:
        return json.loads(press1(self.box, "ls", "--json"))

    def live_slots(self) -> int:
        return json.loads(press1(self.box, "info", "--json"))["slots"]["live"]

    def track(self, channel: str) -> np.ndarray:
        path = self.out / f"{channel}.s16"
        render.mix(job.sources(self.script, RATE)[channel], path)
        return np.fromfile(path, "<i2")


@pytest.fixture
def play(box, tmp_path):
    return lambda name: Played(name, box, tmp_path / "out")


def alaw(samples: np.ndarray) -> np.ndarray:
    """What A-law leaves of int16 samples: ITU-T G.711 with the quantisation of the ITU's G.191 (sample >> 4, arithmetic)."""
    value = samples.astype(int) >> 4
    magnitude = np.where(value < 0, ~value, value)
    step = 1 << np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(int) - 4, 1)  # in 12-bit units, two where small
    step = np.where(magnitude < 32, 1, step)
    middle = 16 * (magnitude // step * step) + 8 * step
    return np.where(value < 0, -middle, middle)


def line(out: Path, name: str) -> np.ndarray:
    return soundfile.read(out / f"{name}.wav", dtype="int16")[0].astype(int)


def exported(box: Path, folder: Path, *options: str) -> tuple[np.ndarray, dict]:
    """Pull all, verify, export the one call; its two channels and its header."""
    press1(box, "pull", "--out", folder)
    (recording,) = folder.glob("*.p1r")
    press1(box, "verify", recording)
    press1(box, "export", recording, "--identity", box / "host" / "owner.pem", "--out", folder / "call.wav", *options)
    return soundfile.read(folder / "call.wav", dtype="int16")[0], json.loads(press1(box, "inspect", recording, "--json"))


def header_of(shown: object) -> dict:
    found = shown[0] if isinstance(shown, list) else shown
    return found.get("header", found)


def test_accept_is_recorded_from_the_consent_moment_and_nothing_before(play, tmp_path):
    played = play("accept")
    assert played.states()[-5:] == ["announcing", "offering", "waiting", "granted", "idle"]
    (key,) = played.of("key")
    assert key["digit"] == "1" and key["counted"] and key["side"] == "far" and key["meaning"] == "accept"
    opened, closed = played.of("gate")
    assert opened["open"] and not closed["open"]
    assert key["sample"] < opened["sample"] <= key["sample"] + 320
    (item,) = played.listing()
    assert item["state"] == "complete" and item["direction"] == "in" and item["purposes"] == ["training"]
    channels, shown = exported(played.box, tmp_path / "pulled")
    first = header_of(shown)["first_sample"]
    assert first == opened["sample"]
    assert len(channels) == closed["sample"] - first
    for column, name in ((0, "far"), (1, "near")):
        track = np.zeros(first + len(channels), np.int16)
        heard = played.track(name)[: len(track)]
        track[: len(heard)] = heard
        assert (channels[:, column] == alaw(track[first:])).all(), name


def test_an_accept_key_in_the_tail_stops_the_prompt(play):
    played = play("accept_early")
    assert played.states()[-4:] == ["announcing", "offering", "granted", "idle"]
    assert played.of("prompt")[-1]["what"] == "stopped"
    opened = next(one for one in played.of("gate") if one["open"])
    assert not line(played.out, "line")[opened["sample"] + 320 :].any()  # the near channel of this script is silent
    assert len(played.listing()) == 1


NOTHING = {
    "decline": ("refused", "key"),
    "silence": ("refused", "timeout"),
    "early_key": ("refused", "timeout"),
    "local_key": ("refused", "timeout"),
    "hangup": ("announcing", "hangup"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_no_yes_no_recording(play, name):
    state, reason = NOTHING[name]
    played = play(name)
    assert played.states()[-2:] == [state, "idle"]
    assert not played.of("gate") and not played.journal("start")
    assert [entry["reason"] for entry in played.journal("refusal")] == [reason]
    assert played.listing() == [] and played.live_slots() == 0


def test_a_declined_prompt_stops_at_once(play):
    played = play("decline")
    (key,) = played.of("key")
    line_out, near = line(played.out, "line"), played.track("near")
    after = line_out[key["sample"] + 320 :]
    assert not (after[:8000] - np.pad(near.astype(int), (0, 8000))[key["sample"] + 320 :][:8000]).any()


def test_a_digit_that_means_nothing_is_not_written(play):
    assert all(one["digit"] == "" for one in play("decline").of("key") if one["meaning"] == "ignored")


@pytest.mark.parametrize(("name", "state", "by"), [("withdraw", "withdrawn", "key"), ("stop_erase", "stopped", "button")])
def test_withdrawal_erases_all_of_the_call(play, name, state, by):
    played = play(name)
    assert played.states()[-3:] == ["granted", state, "idle"]
    opened, closed = played.of("gate")
    assert opened["open"] and not closed["open"]
    assert [entry["by"] for entry in played.journal("withdrawal")] == [by]
    (erased,) = played.journal("erase")
    assert erased["id"] == played.journal("start")[0]["id"] and erased["slot"] and erased["file"]
    assert played.listing() == [] and played.live_slots() == 0


def test_the_second_language_is_the_one_repeat(play):
    played = play("repeat")
    started = [one["prompt"] for one in played.of("prompt") if one["what"] == "started"]
    assert started == ["training-consent.da", "training-consent.en"]
    assert played.states()[-3:] == ["waiting", "granted", "idle"]
    assert len(played.listing()) == 1


def test_a_power_cut_leaves_a_cut_recording_to_within_two_seconds(play, tmp_path):
    played = play("power_cut")
    cut = next(one["t"] for one in played.of("sim") if one["what"] == "power_cut")
    assert 30 <= cut <= 36
    (item,) = played.listing()
    assert item["state"] == "cut"
    channels, shown = exported(played.box, tmp_path / "pulled")
    first = header_of(shown)["first_sample"]
    assert cut - 2 <= (first + len(channels)) / 8000 <= cut + 0.02
    far = np.pad(played.track("far"), (0, 80000))[first : first + len(channels)]
    assert (channels[:, 0] == alaw(far)).all()


def test_a_card_that_returns_gets_a_new_part(play):
    played = play("card_pulled")
    assert [item["part"] for item in sorted(played.listing(), key=lambda item: item["part"])] == [1, 2]


@pytest.mark.parametrize("name", ["withdraw", "host"])
def test_the_same_box_and_seed_give_the_same_call(fresh, box, tmp_path, name):
    again = copy_box(fresh, tmp_path / "again")
    for folder, out in ((box, "one"), (again, "two")):
        run(CALLS / f"{name}.toml", folder, tmp_path / out, tell=lambda _: None)
    for output in ("events.jsonl", "line.wav", "ear.wav"):
        assert (tmp_path / "one" / output).read_bytes() == (tmp_path / "two" / output).read_bytes(), output
    for kept in ("keys.bin", "state.img", "box.json"):  # the card's directory times are this computer's
        assert (box / kept).read_bytes() == (again / kept).read_bytes(), kept


def test_the_box_answers_while_line_time_stands_still(play):
    played = play("host")
    during, after = [one for one in played.of("sim") if one["what"] == "host"]
    assert (during["t"], during["code"]) == (25.0, 0) and json.loads(during["output"])["trusted"]
    assert (after["t"], after["code"]) == (31.0, 0)
    assert [item["seconds"] for item in json.loads(after["output"])] == [10]


def alaw_codes(samples: np.ndarray) -> np.ndarray:
    """The A-law bytes of int16 samples."""
    every = io.BytesIO(bytes(range(256)))
    values = soundfile.read(every, dtype="int16", format="RAW", subtype="ALAW", samplerate=8000, channels=1)[0]
    code = {int(value): n for n, value in enumerate(values)}
    return np.array([code[int(value)] for value in alaw(samples)], np.uint8)


def written(box: Path) -> bytes:
    """All that the box's media hold, holes left out."""
    found = []
    for name in ("sd.img", "keys.bin", "state.img"):
        with (box / name).open("rb") as file:
            while chunk := file.read(HOLE):
                if chunk.strip(b"\0"):
                    found.append(chunk)
    return b"".join(found)


@pytest.mark.parametrize("name", ["accept", "withdraw", "decline", "power_cut"])
def test_no_audio_of_the_call_is_on_card_or_flash(play, name):
    played = play(name)
    media = written(played.box)
    assert b"training-consent" in media  # the search sees what is there
    far, near = (np.pad(played.track(side), (0, 400000))[:320000] for side in ("far", "near"))
    for start in range(0, 300000, 2000):
        heard = [track[start : start + 24] for track in (far, near)]
        if not any(np.abs(part).max() > 300 for part in heard):
            continue
        codes = [alaw_codes(part) for part in heard]
        runs = [np.stack(codes, 1).tobytes()]
        for part, code in zip(heard, codes, strict=True):
            if np.abs(part).max() > 300:
                runs += [code.tobytes(), part.astype("<i2").tobytes()]
        for run_of_bytes in runs:
            assert run_of_bytes not in media, start


def test_ninety_one_days_later_nothing_opens(play, tmp_path):
    played = play("accept")
    began = time.monotonic()
    run(CALLS / "expire.toml", played.box, tmp_path / "later", tell=lambda _: None)
    assert (time.monotonic() - began) / 2184 < 0.020
    later = [json.loads(one) for one in (tmp_path / "later" / "events.jsonl").read_text().splitlines()]
    before, after = (json.loads(one["output"]) for one in later if one.get("what") == "host")
    assert len(before) == 1 and after == []
    (erased,) = [one["entry"] for one in later if one["event"] == "journal" and one["entry"]["event"] == "erase"]
    assert erased["id"] == before[0]["id"] and erased["reason"] == "expired"
    assert erased["t"] - datetime.fromisoformat(before[0]["expires"]).timestamp() <= 60


def test_ten_minutes_in_thirty_seconds(box, tmp_path):
    began = time.monotonic()
    played = Played("ten_minutes", box, tmp_path / "out")
    assert time.monotonic() - began < 30
    assert played.journal("stop")[0]["samples"] == (600 - 19) * 8000 - 480


def test_a_board_with_a_fractional_rate(tmp_path):
    box, rate = tmp_path / "box", Fraction(15625, 2)
    run(CALLS / "accept.toml", box, tmp_path / "out", rate, tell=lambda _: None)
    channels, shown = exported(box, tmp_path / "pulled")
    assert header_of(shown)["rate"] == [15625, 2]
    first = header_of(shown)["first_sample"]
    render.mix(job.sources(script.load(CALLS / "accept.toml"), rate)["far"], tmp_path / "far.s16")
    far = np.pad(np.fromfile(tmp_path / "far.s16", "<i2"), (0, 80000))[first : first + len(channels)]
    assert (channels[:, 0] == alaw(far)).all()


def test_a_card_that_is_not_fat_is_no_fault_and_no_recording(box, tmp_path):
    with (box / "sd.img").open("r+b") as card:
        card.write(b"\xa5" * 65536)
    played = Played("accept", box, tmp_path / "out")
    assert played.states() == ["lifted", "unrecorded", "idle"]
    assert [entry["reason"] for entry in played.journal("unrecorded")] == ["card"]
    assert played.live_slots() == 0
    before = (box / "sd.img").read_bytes()
    for verb in (["ls", "--json"], ["pull", "--out", str(tmp_path / "pulled")]):
        done = subprocess.run(
            [sys.executable, "-m", "press1", "--port", f"sim:{box}", *verb], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 4 and "no FAT file system" in done.stderr and "card format" in done.stderr, done.stderr
    assert "card format" in press1(box, "card", "show")
    assert (box / "sd.img").read_bytes() == before


def test_sim_run_makes_its_box_and_the_contract_commands_work(tmp_path):
    command = [sys.executable, "-m", "press1", "sim", "run", str(CALLS / "accept.toml"), "--box", "B", "--out", "O"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "O").iterdir()} == {"line.wav", "ear.wav", "events.jsonl"}
    (item,) = json.loads(press1(tmp_path / "B", "ls", "--json"))
    assert set(item) == FIELDS
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_unprovisioned_box_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "box").mkdir()
    demonstration.blank(tmp_path / "box", START - 100, RATE)
    command = [sys.executable, "-m", "press1", "sim", "run", str(CALLS / "accept.toml"), "--box", "box", "--out", "O"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "not provisioned" in done.stderr, done.stderr
    assert not list((tmp_path / "O").glob("*"))
