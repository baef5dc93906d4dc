"""`press1 verify`, `inspect` and `export` over the vectors and over calls of several parts."""

import hashlib
import importlib
import json
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import __main__ as program
from press1 import audio, export, keys, wav
from press1.errors import Damaged

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))
writer = importlib.import_module("writer")  # beside the vectors


@pytest.fixture
def owner(tmp_path: Path) -> Path:
    path = tmp_path / "owner.pem"
    keys.write_private(path, writer.OWNER, None)
    return path


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PRESS1_PORT", "PRESS1_IDENTITY", "PRESS1_PASSPHRASE", "PRESS1_BOX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRESS1_HOME", str(tmp_path / "home"))


def save(folder: Path, recording: Any) -> Path:
    """Recording and key file; the recording's path."""
    path = folder / f"{recording.id.hex()}.p1r"
    path.write_bytes(recording.build())
    path.with_suffix(".key").write_bytes(recording.key_file())
    return path


def part(number: int, first: int, records: list[tuple[int, bytes]]) -> Any:
    made = writer.Recording(f"part {number}", records)
    made.header.update(part=number, first_sample=first)
    return made


def call(folder: Path) -> list[Path]:
    """Three parts: 1,600 samples, a hole of 400, 800 with 160 lost in the middle, then 240 at once."""
    first = writer.FIRST
    gap = writer.dumps({"samples": 160, "reason": "lost"})
    second = [(1, writer.audio(500, 2)), (2, gap), (1, writer.audio(300, 3)), writer.end("mark")]
    parts = [
        part(1, first, [(1, writer.audio(1600)), writer.end("pause")]),
        part(2, first + 2000, second),
        part(3, first + 2960, [(1, writer.audio(240, 4)), writer.end()]),
    ]
    return [save(folder, made) for made in parts]


def sound(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def run(*arguments: object) -> int:
    return program.run([str(argument) for argument in arguments])


def failed(capsys: pytest.CaptureFixture[str], code: int, *arguments: object) -> str:
    """Run a command that must fail with `code` and one line (and a hint); that line."""
    assert run(*arguments) == code
    error = capsys.readouterr().err
    lines = error.splitlines()
    assert lines[0].startswith("press1: ") and len(lines) <= 2 and "Traceback" not in error
    return lines[0]


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix not in (".p1r", ".key", ".pem", ".pub") and path.name != "home"]


def test_parts_are_joined_and_what_was_not_stored_is_silence(tmp_path: Path, owner: Path) -> None:
    files = call(tmp_path)
    out = tmp_path / "call.wav"
    assert run("export", *reversed(files), "--identity", owner, "--out", out) == 0
    pieces = [writer.audio(1600), None, writer.audio(500, 2), None, writer.audio(300, 3), writer.audio(240, 4)]
    silences = iter((400, 160))
    wanted = [audio.decode(piece).reshape(-1, 2) if piece else np.zeros((next(silences), 2), np.int16) for piece in pieces]
    assert np.array_equal(sound(out), np.concatenate(wanted))


def test_the_summary_tells_the_consent(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = call(tmp_path)
    assert run("export", *files, "--identity", owner, "--out", tmp_path / "call.wav") == 0
    told = capsys.readouterr().out
    assert "caller pressed 1" in told and "training-consent.da" in told and "2027-02-19" in told
    assert run("--json", "export", *files, "--identity", owner, "--out", tmp_path / "call.wav") == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["frames"], row["silence"], [one["part"] for one in row["parts"]]) == (3200, 560, [1, 2, 3])
    assert row["parts"][0]["plain_hash"] == hashlib.sha256(writer.audio(1600)).hexdigest()
    assert row["consent"]["decision_sample"] == 99_990


def test_a_missing_part_in_the_middle_is_silence(tmp_path: Path, owner: Path) -> None:
    first, _, third = call(tmp_path)
    out = tmp_path / "call.wav"
    assert run("export", first, third, "--identity", owner, "--out", out) == 0
    heard = sound(out)
    assert len(heard) == 3200 and not heard[1600:2960].any() and heard[2960:].any()


def test_fractional_rates_are_rounded(tmp_path: Path, owner: Path) -> None:
    made = writer.Recording("fraction")
    made.header["rate"] = [15625, 2]
    out = tmp_path / "x.wav"
    assert run("export", save(tmp_path, made), "--identity", owner, "--out", out) == 0
    with wave.open(str(out)) as file:
        assert file.getframerate() == 7813


def test_calls_are_not_mixed(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = call(tmp_path)
    other = writer.Recording("other call")
    other.header.update(call=bytes(16), part=4, first_sample=writer.FIRST + 9000)
    line = failed(capsys, 2, "export", *files, save(tmp_path, other), "--identity", owner, "--out", tmp_path / "x.wav")
    assert "different calls" in line
    assert not leftovers(tmp_path)


def test_a_part_is_not_taken_twice(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = call(tmp_path)
    assert "twice" in failed(capsys, 2, "export", files[0], files[0], "--identity", owner, "--out", tmp_path / "x.wav")


def test_overlapping_parts_are_damaged(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _, _ = call(tmp_path)
    over = save(tmp_path, part(2, writer.FIRST + 1599, [(1, writer.audio(80)), writer.end()]))
    assert "overlaps" in failed(capsys, 5, "export", first, over, "--identity", owner, "--out", tmp_path / "x.wav")
    assert not leftovers(tmp_path)


def test_damage_leaves_nothing_and_keeps_an_older_wav(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last part is found wrong only when it is opened: after most of the WAV was written."""
    files = call(tmp_path)
    bad = part(3, writer.FIRST + 2960, [(1, writer.audio(240, 4)), writer.end()])
    bad.totals = {104: bytes(32)}
    save(tmp_path, bad)
    out = tmp_path / "call.wav"
    out.write_bytes(b"RIFF, older")
    failed(capsys, 5, "export", *files, "--identity", owner, "--out", out)
    assert out.read_bytes() == b"RIFF, older"
    assert leftovers(tmp_path) == ["call.wav"]


def test_what_is_no_sound_is_not_written_over(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, letter = call(tmp_path), tmp_path / "letter.wav"
    letter.write_bytes(b"Dear Sir")
    assert "exists" in failed(capsys, 2, "export", *files, "--identity", owner, "--out", letter)
    assert letter.read_bytes() == b"Dear Sir"
    assert ".mp3" in failed(capsys, 2, "export", *files, "--identity", owner, "--out", tmp_path / "call.mp3")


@pytest.mark.parametrize("bit", [0x01, 0x40])
@pytest.mark.parametrize("offset", [-200, -199])
def test_the_wav_is_read_back_before_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offset: int, bit: int
) -> None:
    files = call(tmp_path)
    close = wav.WavWriter.close

    def spoiled(self: Any) -> None:
        close(self)
        name = next(tmp_path.glob(".call.wav.*"))
        data = bytearray(name.read_bytes())
        data[offset] ^= bit
        name.write_bytes(data)

    monkeypatch.setattr(wav.WavWriter, "close", spoiled)
    with pytest.raises(Damaged, match="does not hold the sound"):
        export.export([export.from_path(path) for path in files], writer.OWNER, tmp_path / "call.wav")
    assert not leftovers(tmp_path)


def test_without_its_key_file_a_recording_is_gone(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = call(tmp_path)[0]
    path.with_suffix(".key").unlink()
    assert "no key file" in failed(capsys, 6, "export", path, "--identity", owner, "--out", tmp_path / "x.wav")
    assert not leftovers(tmp_path)


def test_another_recordings_key_file_is_refused(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, _ = call(tmp_path)
    first.with_suffix(".key").write_bytes(second.with_suffix(".key").read_bytes())
    failed(capsys, 5, "export", first, "--identity", owner, "--out", tmp_path / "x.wav")


def test_another_owner_opens_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = call(tmp_path)
    stranger = tmp_path / "stranger.pem"
    keys.write_private(stranger, X25519PrivateKey.generate(), None)
    assert "sealed to other keys" in failed(capsys, 7, "export", *files, "--identity", stranger, "--out", tmp_path / "x.wav")
    assert not leftovers(tmp_path)


def test_usage(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = call(tmp_path)[0]
    out = ("--out", tmp_path / "x.wav")
    failed(capsys, 2, "export", path, *out)
    failed(capsys, 2, "export", tmp_path / "none.p1r", "--identity", owner, *out)
    failed(capsys, 2, "export", path, "--identity", tmp_path / "none.pem", *out)
    failed(capsys, 2, "export", path, "--identity", owner, "--out", path)
    failed(capsys, 2, "export", path, "--identity", owner, "--out", tmp_path / "no" / "x.wav")
    failed(capsys, 5, "export", owner, "--identity", owner, *out)
    assert not leftovers(tmp_path)


def test_an_unsigned_recording_opens_only_on_demand(tmp_path: Path, owner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = writer.Recording("unsigned", [(1, writer.audio(2028)), (1, writer.audio(100, 2))])
    made.trailer, made.final = False, None
    path = save(tmp_path, made)
    failed(capsys, 5, "export", path, "--identity", owner, "--out", tmp_path / "x.wav")
    failed(capsys, 5, "verify", path)
    assert run("verify", "--salvage", path) == 0
    assert "unsigned" in capsys.readouterr().out
    assert run("export", "--salvage", path, "--identity", owner, "--out", tmp_path / "x.wav") == 0
    assert "UNSIGNED" in capsys.readouterr().out
    assert len(sound(tmp_path / "x.wav")) == 2128


def test_a_key_with_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    files = call(tmp_path)
    locked = tmp_path / "locked.pem"
    keys.write_private(locked, writer.OWNER, "hemmelig ø")
    arguments = ("export", *files, "--identity", locked, "--out", tmp_path / "x.wav")
    failed(capsys, 7, *arguments)
    monkeypatch.setenv("PRESS1_PASSPHRASE", "wrong")
    assert "wrong passphrase" in failed(capsys, 7, *arguments)
    assert not leftovers(tmp_path)
    monkeypatch.setenv("PRESS1_PASSPHRASE", "hemmelig ø")
    assert run(*arguments) == 0


def test_verify_names_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = call(tmp_path)
    assert run("verify", *files) == 0
    assert capsys.readouterr().out.count(": complete, ") == 3
    data = files[1].read_bytes()
    files[1].write_bytes(data[:6000] + b"\x00\x00" + data[6002:])
    assert run("verify", *files, "--json") == 5
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    assert [row["state"] for row in rows] == ["complete", "error", "complete"]
    assert (rows[0]["id"], rows[0]["signed"], rows[0]["known"]) == (files[0].stem, True, False)
    assert captured.err.startswith("press1: 1 of 3 recordings did not pass")


def test_verify_can_be_told_which_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = call(tmp_path)[0]
    assert run("--box", writer.BOX_ID.hex()[:6], "verify", path) == 0
    assert "not by ffff" in failed(capsys, 7, "--box", "ffff", "verify", path)


def test_inspect_needs_no_key_and_tells_by_the_names_of_the_format(capsys: pytest.CaptureFixture[str]) -> None:
    path = VECTORS / "p1r" / "complete_part_2.p1r"
    assert run("inspect", path, "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert row["preamble"]["expires"] == writer.END and row["preamble"]["head_length"] == 4096
    recording = writer.Recording("complete_part_2")
    assert row["header"]["id"] == recording.id.hex() and row["header"]["rate"] == [15625, 2]
    assert set(row["header"]) == set(recording.header)
    assert set(row["header"]["consent"]) == set(recording.header["consent"])
    assert run("inspect", path) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "caller pressed 1" in shown and "checked by line test on 2026-11-20" in shown
    assert run("inspect", VECTORS / "p1r" / "complete_no_line_test.p1r") == 0
    assert "not checked by a line test" in " ".join(capsys.readouterr().out.split())
    failed(capsys, 5, "inspect", VECTORS / "p1r" / "preamble_crc.p1r")
    failed(capsys, 2, "inspect", "none.p1r")
