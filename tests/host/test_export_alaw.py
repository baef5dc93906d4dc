"""A-law of box and host against the decision values of ITU-T G.711, over all 65,536 inputs."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

from press1 import audio

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = np.arange(-32768, 32768).astype(np.int16)


def reference() -> np.ndarray:
    """Codes by search in G.711's table 1a: decision values in 16-bit units, first segment 0 to 512, then doubling steps."""
    decisions = [16 * n for n in range(33)]
    for step in (32, 64, 128, 256, 512, 1024):
        decisions += [decisions[-1] + step * n for n in range(1, 17)]
    values = SAMPLES.astype(int)
    magnitude = np.where(values < 0, ~values, values)  # ITU-T G.191: a negative tie takes the smaller magnitude
    number = np.searchsorted(decisions, magnitude, side="right") - 1
    return (number ^ np.where(values < 0, 0x55, 0xD5)).astype(np.uint8)


def test_host_encodes_by_the_standard() -> None:
    assert audio.encode(SAMPLES) == reference().tobytes()


def test_device_test_expects_the_standard() -> None:
    source = (ROOT / "tests/device/test_line_alaw.py").read_text(encoding="utf-8")
    expected = re.search(r'ALL_CODES = "(\w+)"', source)
    assert expected and expected[1] == hashlib.sha256(reference().tobytes()).hexdigest()


def test_box_encodes_by_the_standard() -> None:
    script = (
        "import sys; from array import array; from line import alaw\n"
        "out = bytearray(65536)\nalaw.encode(array('h', range(-32768, 32768)), 0, 65536, out, 0)\n"
        "sys.stdout.buffer.write(out)"
    )
    command = [str(Path(sys.executable).parent / "micropython"), "-c", script]
    done = subprocess.run(command, capture_output=True, check=True, env={"MICROPYPATH": f"{ROOT / 'firmware'}:.frozen"})
    assert done.stdout == reference().tobytes()


def test_decoding_is_that_of_libsndfile(tmp_path: Path) -> None:
    codes = bytes(range(256))
    path = tmp_path / "all.raw"
    path.write_bytes(codes)
    theirs, _ = soundfile.read(path, dtype="int16", format="RAW", subtype="ALAW", channels=1, samplerate=8000)
    assert np.array_equal(audio.decode(codes), theirs)
    assert audio.encode(audio.decode(codes)) == codes


def test_libsndfile_differs_only_on_negative_decision_values(tmp_path: Path) -> None:
    path = tmp_path / "all.wav"
    soundfile.write(path, SAMPLES, 8000, subtype="ALAW", format="RAW")
    differing = SAMPLES[np.frombuffer(path.read_bytes(), np.uint8) != reference()]
    assert all(value < 0 and value % 16 == 0 for value in differing)
    assert len(differing) < 128
