"""`press1 lab dtmf`: raw PCM, WAV of any rate, standard input, broken and hostile bytes, and its speed."""

import io
import os
import time
from fractions import Fraction

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from press1 import lab

LOW = dict(zip("123A456B789C*0#D", [f for f in (697, 770, 852, 941) for _ in range(4)], strict=True))
HIGH = dict(zip("123A456B789C*0#D", [1209, 1336, 1477, 1633] * 4, strict=True))


def dialled(digits: str, rate: float = 8000, ms: float = 60) -> np.ndarray:
    """Each digit after 100 ms of silence, at -14 dBm0 a tone."""
    parts = []
    for digit in digits:
        t = np.arange(int(rate * ms / 1000)) / rate
        parts += [np.zeros(int(rate / 10)), 4500 * (np.sin(2 * np.pi * LOW[digit] * t) + np.sin(2 * np.pi * HIGH[digit] * t))]
    return np.concatenate([*parts, np.zeros(int(rate / 10))]).astype("<i2")


def heard(source, rate: str = "8000") -> list[tuple[str, int]]:
    """Lines of lab_dtmf, parsed."""
    out = io.StringIO()
    lab.lab_dtmf(source, lab.parse_rate(rate), out)
    return [(line.split(" ")[0], int(line.split(" ")[1])) for line in out.getvalue().splitlines()]


def test_stream_of_pcm():
    """Every digit once, each decided 25 to 45 ms after its onset."""
    digits = "123A456B789C*0#D"
    got = heard(io.BytesIO(dialled(digits).tobytes()))
    assert "".join(d for d, _ in got) == digits
    for i, (_, sample) in enumerate(got):
        assert 200 <= sample - (800 + i * 1280) <= 360


def test_raw_file(tmp_path):
    """A file without a header is PCM."""
    path = tmp_path / "line.raw"
    path.write_bytes(dialled("0").tobytes())
    assert [d for d, _ in heard(path)] == ["0"]


@pytest.mark.parametrize(
    ("rate", "text"), [(8000, "8000"), (7812.5, "15625/2"), (7800, "7800"), (16000, "16000"), (44100, "44100")]
)
def test_raw_rates(rate, text):
    """The index is in the input's own samples, resampled or not."""
    got = heard(io.BytesIO(dialled("5", rate).tobytes()), text)
    assert [d for d, _ in got] == ["5"]
    assert 0.125 <= got[0][1] / rate <= 0.150


@pytest.mark.parametrize("rate", [8000, 48000])
def test_wav(tmp_path, rate):
    """A WAV brings its own rate; the first channel counts."""
    tone = dialled("7", rate)
    path = tmp_path / "call.wav"
    soundfile.write(path, np.stack([tone, np.zeros_like(tone)], axis=1), rate)
    got = heard(path)
    assert [d for d, _ in got] == ["7"]
    assert 0.125 <= got[0][1] / rate <= 0.150


@pytest.mark.parametrize(
    "content", [b"", b"\x01", b"\xff\x7f" * 3, b"RIFF", b"\x00" * 641, b"\xff" * 641, b"\x00\x80\xff\x7f" * 4000]
)
def test_hostile_bytes_have_no_key(content):
    """Empty, odd, too short, all ones, full-scale square wave."""
    assert heard(io.BytesIO(content)) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=6000), st.integers(1, 40))
def test_any_bytes_are_no_fault(content, times):
    """The process ends by itself with exit status 0, whatever it reads (decode raises otherwise)."""
    for digit, sample in lab.decode(iter([content] * times), Fraction(8000)):
        assert digit in LOW
        assert 0 < sample <= len(content) * times // 2


@pytest.mark.parametrize("text", ["", "8000/0", "abc", "-8000", "0", "1e9", "999"])
def test_bad_rates(text):
    """A rate is N or N/D hertz, within reason."""
    with pytest.raises(ValueError, match="rate"):
        lab.parse_rate(text)


def test_command(tmp_path):
    """The sub-application's own command line."""
    path = tmp_path / "line.raw"
    path.write_bytes(dialled("#").tobytes())
    result = CliRunner().invoke(lab.app, ["dtmf", str(path)])
    assert result.exit_code == 0
    assert result.output.startswith("# ")
    assert CliRunner().invoke(lab.app, ["dtmf", str(tmp_path / "none")]).exit_code == 2
    assert CliRunner().invoke(lab.app, ["dtmf", str(path), "--rate", "x"]).exit_code == 2


def test_output_comes_while_input_is_open(tmp_path):
    """A decision is printed before the stream ends."""

    def chunks():
        yield dialled("9").tobytes()
        time.sleep(0.3)
        ended.append(True)

    ended: list[bool] = []
    for digit, _ in lab.decode(chunks(), Fraction(8000)):
        assert digit == "9"
        assert not ended


def test_speed():
    """300 times real time on keys in noise, by processor time, because other tests share the machine."""
    rng = np.random.default_rng(1)
    audio = (np.concatenate([dialled("159D") for _ in range(200)]) + rng.normal(0, 200, 200 * 5920)).astype("<i2").tobytes()
    before = _processor_seconds()
    assert len(list(lab.decode(iter([audio]), Fraction(8000)))) == 800
    assert len(audio) / 16000 / (_processor_seconds() - before) > 300


def _processor_seconds() -> float:
    """User and system time of this process and of its finished children."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
