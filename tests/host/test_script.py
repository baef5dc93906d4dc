"""Call scripts: what is accepted, what is refused, and how it is said."""

import math
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from press1.errors import Press1Error, Usage
from press1.sim import job, render, script

CALLS = Path(__file__).parents[1] / "system" / "calls"
RATE = Fraction(8000)
HOOK = {"t": 0.0, "do": "off_hook"}


def parse(*rows: dict, **top: object) -> script.Script:
    return script.parse({**top, "at": list(rows)}, Path("x.toml"))


@pytest.mark.parametrize("path", sorted(CALLS.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_calls_load(path):
    loaded = script.load(path)
    assert loaded.start in (1795251600, 1795255200) and loaded.seed is not None and loaded.direction in ("in", "out")


WRONG = {
    "no verb at all": ({}, "no [[at]]"),
    "unknown setting": ({"at": [HOOK], "sped": 1}, "sped"),
    "unknown verb": ({"at": [{"t": 0.0, "do": "of_hook"}]}, "did you mean off_hook"),
    "verb that is no text": ({"at": [{"t": 0.0, "do": ["off_hook"]}]}, "unknown verb"),
    "no t": ({"at": [{"do": "off_hook"}]}, "t is missing"),
    "no do": ({"at": [{"t": 1.0}]}, "do is missing"),
    "t that is true": ({"at": [{"t": True, "do": "off_hook"}]}, "no number"),
    "negative t": ({"at": [{"t": -1.0, "do": "off_hook"}]}, "outside"),
    "t that is nan": ({"at": [{"t": math.nan, "do": "off_hook"}]}, "no number"),
    "unknown field": ({"at": [{**HOOK, "vav": 1}]}, "takes no fields"),
    "misspelt field": ({"at": [{"t": 0.0, "do": "key", "diggit": "1"}]}, "did you mean digit"),
    "missing field": ({"at": [{"t": 0.0, "do": "key"}]}, "key needs digit"),
    "order": ({"at": [{"t": 2.0, "do": "off_hook"}, {"t": 1.0, "do": "on_hook"}]}, "before t = 2"),
    "after end": ({"at": [{"t": 2.0, "do": "end"}, {"t": 3.0, "do": "on_hook"}]}, "follow end"),
    "no such key": ({"at": [{"t": 0.0, "do": "key", "digit": "12"}]}, "no key"),
    "too loud": ({"at": [{"t": 0.0, "do": "key", "digit": "1", "level_dbm0": 12}]}, "outside"),
    "no such wav": ({"at": [{"t": 0.0, "do": "far", "wav": "none.wav"}]}, "no file"),
    "advance in a call": ({"at": [HOOK, {"t": 1.0, "do": "advance", "hours": 1}]}, "handset lifted"),
    "advance backwards": ({"at": [{"t": 1.0, "do": "advance", "hours": -1}]}, "outside"),
    "torn alone": ({"at": [{"t": 1.0, "do": "power_cut", "torn": 5}]}, "torn needs write"),
    "host without words": ({"at": [{"t": 1.0, "do": "host", "args": "ls"}]}, "list of words"),
    "start without zone": ({"start": "2026-11-21T09:00:00", "at": [HOOK]}, "no time zone"),
    "start that is no time": ({"start": "today", "at": [HOOK]}, "no time"),
    "start in the past": ({"start": "1999-11-21T09:00:00Z", "at": [HOOK]}, "outside 2001"),
    "direction": ({"direction": "up", "at": [HOOK]}, "none of in, out"),
    "seed": ({"seed": "one", "at": [HOOK]}, "seed"),
    "phone that is no table": ({"phone": "swapped", "at": [HOOK]}, "phone is a table"),
    "phone with more": ({"phone": {"model": "swapped", "colour": "red"}, "at": [HOOK]}, "phone is a table"),
    "phone nobody knows": ({"phone": {"model": "swaped"}, "at": [HOOK]}, "none of in-band"),
}


@pytest.mark.parametrize(("data", "says"), WRONG.values(), ids=WRONG)
def test_wrong_scripts_are_usage_errors_of_one_line(data, says):
    with pytest.raises(Usage) as caught:
        script.parse(data, Path("x.toml"))
    assert says in f"{caught.value} {caught.value.hint}"
    assert "\n" not in str(caught.value) and str(caught.value).startswith("x.toml")


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"this is text", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + bytes(16), b"fLaC" + bytes(60)]
)
def test_a_wav_that_is_none(tmp_path, content):
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(Usage, match=r"x\.wav"):
        script.parse({"at": [{"t": 0.0, "do": "far", "wav": "x.wav"}]}, tmp_path / "x.toml")


def test_a_flac_by_the_name_of_wav(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros(100), 8000, format="FLAC")
    with pytest.raises(Usage, match="not WAV"):
        script.parse({"at": [{"t": 0.0, "do": "far", "wav": "x.wav"}]}, tmp_path / "x.toml")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"at = [", b"\x00", b"a = " + b"[" * 5000])
def test_files_that_are_no_script(tmp_path, content):
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(Usage):
        script.load(tmp_path / "x.toml")


def test_a_folder_and_nothing_are_no_script(tmp_path):
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(Usage):
            script.load(path)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.datetimes(),
    st.sampled_from(["off_hook", "1", "far", "consent", "2026-11-21T09:00:00Z", "..", "/", "x.wav"]),
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
FIELDS = sorted({name for verb in script.VERBS.values() for name in verb})
ROWS = st.one_of(
    ANYTHING,
    st.fixed_dictionaries(
        {"t": st.one_of(st.floats(0, 100), ANYTHING), "do": st.one_of(st.sampled_from(sorted(script.VERBS)), ANYTHING)},
        optional=dict.fromkeys(FIELDS, ANYTHING),
    ),
)


@given(
    st.fixed_dictionaries(
        {"at": st.one_of(st.lists(ROWS, max_size=4), ANYTHING)},
        optional=dict.fromkeys(("profile", "start", "direction", "seed", "other"), ANYTHING),
    )
)
def test_anything_is_a_script_or_a_usage_error(data):
    try:
        parsed = script.parse(data, Path("/nowhere/x.toml"))
    except Usage as error:
        told = str(error)
    else:
        told = ""
        assert job.end_s(parsed) >= 0 and job.timeline(parsed, RATE) is not None
    assert "\n" not in told


@given(st.text(max_size=200))
def test_any_text_is_a_script_or_a_usage_error(text):
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    with pytest.raises(Press1Error):
        script.parse(data, Path("x.toml"))


def test_end_is_a_second_after_the_last_thing_heard(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros(16000 * 5), 16000)
    rows = [{"t": 1, "do": "far", "wav": "x.wav"}, {"t": 2, "do": "key", "digit": 1, "ms": 500}]
    assert job.end_s(script.parse({"at": rows}, tmp_path / "x.toml")) == 7
    assert job.end_s(parse(HOOK, {"t": 3.5, "do": "end"})) == 3.5


def mixed(tmp_path, rate=RATE, **channels) -> dict[str, np.ndarray]:
    found = {}
    for name, sources in channels.items():
        render.mix(sources, tmp_path / name)
        found[name] = np.fromfile(tmp_path / name, "<i2").astype(float)
    return found


def level(samples: np.ndarray) -> float:
    return 20 * math.log10(np.sqrt(2 * np.mean(samples**2)) / 32767) + 3.14


def tones(samples: np.ndarray, rate: float) -> dict[int, float]:
    """dBm0 by frequency of the lines of a long key press."""
    window = np.hanning(len(samples))
    spectrum = 2 * np.abs(np.fft.rfft(samples * window)) / window.sum()
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    return {f: 20 * math.log10(spectrum[np.abs(hertz - f) < 3].max() / 32767) + 3.14 for f in (697, 770, 1209, 1336)}


@pytest.mark.parametrize("rate", [RATE, Fraction(15625, 2)])
def test_a_key_has_its_two_tones_at_their_levels(tmp_path, rate):
    parsed = parse({"t": 0.5, "do": "key", "digit": "1", "ms": 1000, "level_dbm0": [-9, -12]})
    heard = mixed(tmp_path, **job.sources(parsed, rate))
    start = round(rate / 2)
    assert not heard["far"][:start].any() and len(heard["far"]) == start + round(rate) and not len(heard["near"])
    found = tones(heard["far"][start:], float(rate))
    assert found[697] == pytest.approx(-9, abs=0.1) and found[1209] == pytest.approx(-12, abs=0.1)
    assert found[770] < -60 and found[1336] < -60


def test_a_local_key_leaks_into_the_microphone(tmp_path):
    heard = mixed(tmp_path, **job.sources(parse({"t": 0, "do": "key", "digit": "5", "side": "local"}), RATE))
    assert level(heard["far"]) - level(heard["near"]) == pytest.approx(12, abs=0.05)


def test_a_wav_at_the_box_rate_is_untouched(tmp_path):
    noise = np.random.default_rng(1).integers(-32768, 32768, 20000).astype(np.int16)
    soundfile.write(tmp_path / "x.wav", noise, 8000)
    parsed = script.parse({"at": [{"t": 0.25, "do": "far", "wav": "x.wav"}]}, tmp_path / "x.toml")
    assert (mixed(tmp_path, **job.sources(parsed, RATE))["far"][2000:] == noise).all()


@pytest.mark.parametrize(
    ("rate", "channels", "subtype"), [(44100, 2, "PCM_24"), (48000, 1, "FLOAT"), (11025, 3, "PCM_U8"), (16000, 1, "ULAW")]
)
def test_any_wav_keeps_its_level_and_length(tmp_path, rate, channels, subtype):
    sine = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(2 * rate) / rate)
    soundfile.write(tmp_path / "x.wav", np.repeat(sine[:, None], channels, 1), rate, subtype)
    parsed = script.parse({"at": [{"t": 0, "do": "near", "wav": "x.wav", "gain_db": -6}]}, tmp_path / "x.toml")
    heard = mixed(tmp_path, **job.sources(parsed, RATE))["near"]
    assert abs(len(heard) - 16000) <= 2
    assert level(heard[2000:14000]) == pytest.approx(20 * math.log10(0.25) + 3.14 - 6, abs=0.2)


def test_sounds_mix_and_saturate(tmp_path):
    ones = [render.Source(start, iter([np.full(100, 20000.0)])) for start in (0, 50, 400)]
    heard = mixed(tmp_path, x=ones)["x"]
    assert (heard[:50] == 20000).all() and (heard[50:100] == 32767).all() and (heard[100:150] == 20000).all()
    assert not heard[150:400].any() and len(heard) == 500


def test_tones_keep_their_cadence(tmp_path):
    heard = mixed(tmp_path, **job.sources(parse({"t": 0, "do": "tone", "name": "busy", "seconds": 1}), RATE))["far"]
    assert heard[:2000].any() and not heard[2001:4000].any() and heard[4000:6000].any() and not heard[6001:].any()


def test_hours_become_seconds_and_hosts_are_numbered():
    rows = [
        {"t": 0, "do": "host", "args": ["ls"]},
        {"t": 1, "do": "advance", "hours": 0.5},
        {"t": 2, "do": "host", "args": ["info"]},
    ]
    parsed = parse(*rows)
    assert job.timeline(parsed, RATE) == [
        [0, "host", {"args": ["ls"], "number": 0}], [8000, "advance", {"seconds": 1800}],
        [16000, "host", {"args": ["info"], "number": 1}],
    ]  # fmt: skip
    assert job.host_commands(parsed) == [["ls"], ["info"]]


def arrivals(model: str, **verb: object) -> tuple[float | None, float | None]:
    """Level in dB against the default phone's far channel at which a sound of this phone arrives (far, near)."""
    row = {"t": 0.0, "level_dbm0": -20, "ms": 500, "digit": "5", "do": "key", **verb}
    found: list[float | None] = []
    for channel in ("far", "near"):
        heard = job.sources(parse(row, phone={"model": model}), RATE)[channel]
        total = sum((np.concatenate(list(source.chunks)) for source in heard), np.zeros(1))
        power = float(np.mean(total**2))
        found.append(round(10 * math.log10(power / (2 * render.amplitude(-20) ** 2 / 2)), 1) if power else None)
    return found[0], found[1]


PHONES = {
    "in-band": ((0, None), (0, -12)),
    "rtp-events": ((None, None), (0, -12)),
    "loud-keypad": ((0, -36), (6, 0)),
    "ear-only-keypad": ((0, -36), (0, None)),
    "swapped": ((0, -36), (0, -12)),
}


@pytest.mark.parametrize("model", PHONES)
def test_a_phone_passes_keys_on_as_its_model_says(model):
    assert (arrivals(model), arrivals(model, side="local")) == PHONES[model]


def test_the_employees_voice_is_in_the_earpiece_of_a_phone_with_side_tone(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(800, 8000, np.int16), 8000)
    rows = {"at": [{"t": 0.0, "do": "near", "wav": "a.wav"}], "phone": {"model": "swapped"}}
    heard = job.sources(script.parse(rows, tmp_path / "x.toml"), RATE)
    far, near = (np.concatenate(list(heard[channel][0].chunks)) for channel in ("far", "near"))
    assert far == pytest.approx(near * 10 ** (-16 / 20))
