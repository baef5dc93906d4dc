"""WAV, FLAC and Opus; layouts; purposes; the verification sheet."""

import hashlib
import importlib
import json
import struct
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from press1 import __main__ as program
from press1 import audio, export, keys, sheet
from press1.errors import Damaged, Gone, Usage
from press1.style import Style
from press1.use import NotForThis

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))
writer = importlib.import_module("writer")
NOW = writer.CREATED + 60


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PRESS1_PORT", "PRESS1_IDENTITY", "PRESS1_PASSPHRASE", "PRESS1_BOX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRESS1_HOME", str(tmp_path / "home"))


def source(recording: Any, name: str = "x.p1r") -> export.Source:
    """A recording in memory."""
    import io

    from press1 import keyfile

    data, key = recording.build(), keyfile.decode(recording.key_file())
    return export.Source(name, len(data), lambda: io.BytesIO(data), lambda: key)


def recording(records: list[tuple[int, bytes]], **header: Any) -> Any:
    made = writer.Recording(f"{header}", [*records, writer.end()])
    made.header.update(header)
    if "purposes" in header:
        made.expires = max(row["end"] for row in header["purposes"])
        if all(row["basis"] != "consent" for row in header["purposes"]):
            made.header["consent"] = None
    return made


def purpose(name: str, end: int = writer.END, basis: str = "balancing") -> dict[str, Any]:
    return {"purpose": name, "basis": basis, "end": end}


def event(name: str, **fields: Any) -> tuple[int, bytes]:
    return 3, writer.dumps({"event": name, "sample": writer.FIRST + 1, **fields})


def opened(recordings: list[Any], out: Path, style: Style, **options: Any) -> export.Exported:
    return export.export([source(one) for one in recordings], writer.OWNER, out, style=style, now=NOW, **options)


def heard(path: Path) -> np.ndarray:
    found: np.ndarray = soundfile.read(path, dtype="int16", always_2d=True)[0]
    return found


def tone(hertz: float, seconds: float, rate: float) -> bytes:
    """Far: a sine; near: silence."""
    times = np.arange(int(seconds * rate)) / rate
    pairs = np.stack([12_000 * np.sin(2 * np.pi * hertz * times), 0 * times], 1)
    return audio.encode(pairs.astype(np.int16))


def in_records(alaw: bytes) -> list[tuple[int, bytes]]:
    return [(1, alaw[at : at + 4056]) for at in range(0, len(alaw), 4056)]


# Formats


def test_wav_tells_its_origin_in_bext(tmp_path: Path) -> None:
    made = recording([(1, writer.audio(500))], rate=[15625, 2])
    done = opened([made], tmp_path / "x.wav", Style())
    data = (tmp_path / "x.wav").read_bytes()
    assert data[12:16] == b"bext" and int.from_bytes(data[4:8], "little") == len(data) - 8
    size = int.from_bytes(data[16:20], "little")
    fields = struct.unpack("<256s32s32s10s8sIIH64s10s180s", data[20:622])
    description, originator, reference, date, time, low, high, version = fields[:8]
    call = made.header["call"].hex()
    assert call in description.decode() and b"15625/2" in description
    assert originator.rstrip(b"\0") == b"Press1 " + writer.BOX_ID.hex()[:24].encode() and reference.decode() == call
    assert (date, time, version) == (b"2026-11-21", b"09:00:00", 1)
    assert low + (high << 32) == 9 * 3600 * 7813
    history = data[622 : 20 + size].decode()
    assert history.endswith("\r\n") and "F=7813,W=16,M=stereo" in history and "exact rate 15625/2 Hz" in history
    assert data[20 + size + size % 2 :][:4] == b"fmt "
    with wave.open(str(tmp_path / "x.wav")) as file:
        assert (file.getframerate(), file.getnframes(), done.rate) == (7813, 500, 7813)


def test_flac_carries_the_exact_rate(tmp_path: Path) -> None:
    opened([recording([(1, writer.audio(500))], rate=[15625, 2])], tmp_path / "x.flac", Style("flac"))
    with soundfile.SoundFile(tmp_path / "x.flac") as file:
        assert file.format == "FLAC" and file.samplerate == 7813 and "15625/2" in file.comment


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_opus_keeps_pitch_and_length(tmp_path: Path, rate: int) -> None:
    made = recording(in_records(tone(1000, 4, 7812.5)), rate=[15625, 2])
    done = opened([made], tmp_path / "x.opus", Style("opus", opus_rate=rate))
    with soundfile.SoundFile(tmp_path / "x.opus") as file:
        assert file.subtype == "OPUS"
        sound = file.read(dtype="float64")
    # libsndfile gives Opus at the rate of its input
    assert done.rate == rate and abs(len(sound) / rate - 4) < 0.02
    middle = sound[rate : 3 * rate, 0]
    assert np.argmax(np.abs(np.fft.rfft(middle * np.hanning(len(middle))))) / 2 == pytest.approx(1000, abs=0.6)
    assert np.std(sound[rate:, 1]) < np.std(middle) / 30


def test_mono_is_both_halved(tmp_path: Path) -> None:
    alaw = writer.audio(700)
    opened([recording([(1, alaw)])], tmp_path / "x.wav", Style(layout="mono"))
    pairs = audio.decode(alaw).reshape(-1, 2).astype(int)
    assert np.array_equal(heard(tmp_path / "x.wav")[:, 0], pairs.sum(1) >> 1)


def test_split_names_the_sides(tmp_path: Path) -> None:
    alaw = writer.audio(700)
    done = opened([recording([(1, alaw)])], tmp_path / "x.flac", Style("flac", "split"))
    assert [path.name for path in done.paths] == ["x.far.flac", "x.near.flac"]
    pairs = audio.decode(alaw).reshape(-1, 2)
    assert all(np.array_equal(heard(path)[:, 0], pairs[:, side]) for side, path in enumerate(done.paths))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.far.flac", "x.near.flac"]


def test_a_spoiled_file_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A FLAC that lost a bit, seen on reading back."""
    read = soundfile.SoundFile.read

    def spoiled(self: Any, *args: Any, **options: Any) -> np.ndarray:
        samples: np.ndarray = read(self, *args, **options)
        samples[0] ^= 16
        return samples

    monkeypatch.setattr(soundfile.SoundFile, "read", spoiled)
    with pytest.raises(Damaged):
        opened([recording([(1, writer.audio(700))])], tmp_path / "x.flac", Style("flac"))
    assert list(tmp_path.iterdir()) == []


PIECES = st.lists(st.tuples(st.booleans(), st.integers(1, 900)), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), PIECES), min_size=1, max_size=3), st.sampled_from(["wav", "flac"]), st.booleans())
def test_whatever_was_stored_comes_out_exactly(tmp_path_factory: Any, parts: Any, form: str, split: bool) -> None:
    """Holes before parts, gaps and sound of any length within them."""
    at, wanted, made = 0, [], []
    for number, (hole, pieces) in enumerate(parts, 1):
        hole = hole if made else 0
        wanted.append(np.zeros((hole, 2), np.int16))
        at += hole
        records, first = [], at
        for seed, (stored, count) in enumerate(pieces):
            alaw = writer.audio(count, seed)
            records.append((1, alaw) if stored else (2, writer.dumps({"samples": count, "reason": "lost"})))
            wanted.append(audio.decode(alaw).reshape(-1, 2) if stored else np.zeros((count, 2), np.int16))
            at += count
        made.append(recording(records, part=number, first_sample=writer.FIRST + first))
    out = tmp_path_factory.mktemp("pieces") / f"x.{form}"
    done = opened(made, out, Style(form, "split" if split else "stereo"))
    found = np.hstack([heard(path) for path in done.paths])
    assert np.array_equal(found, np.concatenate(wanted)) and done.frames == at


# Purposes


def test_each_purpose_has_its_own_end(tmp_path: Path) -> None:
    made = recording([(1, writer.audio(700))], purposes=[purpose("documentation", NOW + 1), purpose("training", NOW)])
    opened([made], tmp_path / "x.wav", Style(), purpose="documentation")
    with pytest.raises(Gone):
        opened([made], tmp_path / "y.wav", Style(), purpose="training")
    with pytest.raises(NotForThis):
        opened([made], tmp_path / "y.wav", Style(), purpose="threat")
    with pytest.raises(Usage):
        opened([made], tmp_path / "y.wav", Style(), purpose="curiosity")
    assert not (tmp_path / "y.wav").exists()


def test_a_purpose_that_was_taken_back_opens_nothing(tmp_path: Path) -> None:
    rows = [purpose("documentation"), purpose("training")]
    made = recording([(1, writer.audio(700)), event("purpose-ended", purpose="training", ground="key")], purposes=rows)
    with pytest.raises(NotForThis):
        opened([made], tmp_path / "x.wav", Style(), purpose="training")
    assert list(tmp_path.iterdir()) == []
    opened([made], tmp_path / "x.wav", Style(), purpose="documentation")


@pytest.mark.parametrize("form", ["wav", "flac", "opus"])
def test_what_was_said_before_a_purpose_was_granted_is_withheld(tmp_path: Path, form: str) -> None:
    before, after = writer.audio(700), writer.audio(500, 2)
    records = [(1, before), event("purpose-granted", purpose="training"), (1, after)]
    made = recording(records, purposes=[purpose("documentation")])
    done = opened([made], tmp_path / "x.snd", Style(form), purpose="training")
    assert (done.parts[0].withheld, done.parts[0].frames, done.frames) == (700, 500, 1200)
    assert done.parts[0].plain_hash == hashlib.sha256(before + after).digest()
    if form != "opus":
        sound = heard(tmp_path / "x.snd")
        assert not sound[:700].any() and np.array_equal(sound[700:], audio.decode(after).reshape(-1, 2))
    opened([made], tmp_path / "y.snd", Style(), purpose="documentation")
    assert heard(tmp_path / "y.snd")[:700].any()


# The command


def save(folder: Path, made: Any) -> Path:
    path = folder / f"{made.id.hex()}.p1r"
    path.write_bytes(made.build())
    path.with_suffix(".key").write_bytes(made.key_file())
    return path


def run(*arguments: object) -> int:
    return program.run([str(argument) for argument in arguments])


def test_the_command_takes_format_layout_purpose_and_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    owner = tmp_path / "owner.pem"
    keys.write_private(owner, writer.OWNER, None)
    path = save(tmp_path, recording([(1, writer.audio(700))], profile="<i>prøve</i>"))
    page = tmp_path / "sheet.html"
    arguments = ("export", path, "--identity", owner, "--out", tmp_path / "x.flac", "--layout", "split", "--purpose", "training")
    assert run(*arguments, "--sheet", page, "--language", "da", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["format"], row["layout"], row["purpose"], len(row["files"])) == ("flac", "split", "training", 2)
    text = page.read_text(encoding="utf-8")
    assert '<html lang="da">' in text and "god, med boksens nøgle" in text and "<i>" not in text
    for wanted in (row["call"], writer.BOX_KEY.hex(), row["parts"][0]["plain_hash"]):
        assert wanted in text
    for name in row["files"]:
        assert hashlib.sha256(Path(name).read_bytes()).hexdigest() in text
    assert run("export", path, "--identity", owner, "--out", tmp_path / "x.mp3", "--format", "mp3") == 2
    assert run("export", path, "--identity", owner, "--out", tmp_path / "x.wav", "--purpose", "threat") == 4
    assert run("export", path, "--identity", owner, "--out", tmp_path / "x.wav", "--sheet", page, "--language", "xx") == 2
    assert not (tmp_path / "x.wav").exists()


def test_both_sheets_have_the_same_lines(tmp_path: Path) -> None:
    done = opened([recording([(1, writer.audio(700))])], tmp_path / "x.opus", Style("opus"))
    english, danish = (sheet.page(done, language, NOW, True) for language in sheet.LANGUAGES)
    assert english.count("<tr>") == danish.count("<tr>") > 15
    assert "checked by line test on 2026-11-20" in english and "kontrolleret ved linjetest den 2026-11-20" in danish
    untested = opened([recording([(1, writer.audio(700))], line=None)], tmp_path / "y.opus", Style("opus"))
    assert "not checked by a line test" in sheet.page(untested, "en", NOW, True)
    assert "before it was mixed or compressed" in english and "komprimeret" in danish
