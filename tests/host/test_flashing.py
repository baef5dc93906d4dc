"""`press1 flash` to a file, and what it refuses; to a chip: test_flashing_chip.py."""

import json
import os
import subprocess
import sys

import pytest
from test_images import given, image  # noqa: F401  # fixtures

from press1 import flashing
from press1.errors import Damaged, RefusedByBox, Usage


@pytest.fixture
def folder(image, tmp_path):  # noqa: F811
    """An image's folder."""
    image.write(tmp_path / "image")
    return tmp_path / "image"


def press1(*words, exits=0):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PRESS1_")}
    command = [sys.executable, "-m", "press1", *map(str, words)]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
    assert done.returncode == exits, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_to_a_file(folder, tmp_path):
    said = press1("flash", folder, "--to-file", tmp_path / "flash.bin")
    assert "WROVER_WM8960 0.1.0 written and verified" in said
    cells = (tmp_path / "flash.bin").read_bytes()
    for offset, data in flashing.load(folder).rows:
        assert cells[offset : offset + len(data)] == data


def test_keys_and_state_stay_unless_erased(folder, tmp_path):
    image = flashing.load(folder)  # noqa: F811
    cells = bytearray(b"\xff" * image.manifest["flash_bytes"])
    for offset, size in image.kept:
        cells[offset : offset + size] = b"\x5a" * size
    (tmp_path / "flash.bin").write_bytes(cells)
    for erase, byte in ((False, b"\x5a"), (True, b"\xff")):
        flashing.flash(flashing.FileChip(tmp_path / "flash.bin", image), image, erase, lambda _: None)
        after = (tmp_path / "flash.bin").read_bytes()
        for offset, size in image.kept:
            assert after[offset : offset + size] == byte * size


@pytest.mark.parametrize(("live", "told", "refused"), [(0, 0, False), (1, 0, True), (1, 1, True), (1, 2, False), (None, 1, True)])
def test_recordings_are_lost_only_when_told_twice(live, told, refused):
    if refused:
        with pytest.raises(RefusedByBox):
            flashing.may_overwrite(live, told)
    else:
        flashing.may_overwrite(live, told)


def test_used_slots_are_seen(folder, tmp_path):
    image = flashing.load(folder)  # noqa: F811
    chip = flashing.FileChip(tmp_path / "flash.bin", image)
    assert not flashing.used_slots(chip, image)
    chip.write([(image.manifest["kept"]["keys"]["offset"] + 77 * 4096, b"P1KS")])
    assert flashing.used_slots(chip, image)


@pytest.mark.parametrize(("name", "size"), [("esp32s3", 1 << 23), ("esp32", 1 << 21)])
def test_another_chip_is_refused(folder, tmp_path, name, size):
    image = flashing.load(folder)  # noqa: F811
    chip = flashing.FileChip(tmp_path / "flash.bin", image)
    chip.name, chip.flash_bytes = name, size
    with pytest.raises(Usage):
        flashing.flash(chip, image, False, lambda _: None)
    assert not (tmp_path / "flash.bin").exists()


def test_what_was_written_is_verified(folder, tmp_path):
    image = flashing.load(folder)  # noqa: F811
    chip = flashing.FileChip(tmp_path / "flash.bin", image)
    chip.write([(offset, data) for offset, data in image.rows[:-1]])
    with pytest.raises(Damaged):
        chip.verify(image.rows)


def test_a_damaged_or_incomplete_image_is_refused(folder):
    (folder / "vfs.img").write_bytes(bytes(10))
    with pytest.raises(Damaged):
        flashing.load(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "segments": [], "missing": ["wm8960"]}))
    with pytest.raises(Usage, match="lacks wm8960"):
        flashing.load(folder)
    with pytest.raises(Usage, match="holds no image"):
        flashing.load(folder / "nowhere")
