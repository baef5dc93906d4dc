"""`press1 flash --port` with the real esptool, against a boot loader that is played by somebody else (tests/host/boot_loader.py)."""

import os
from pathlib import Path

import boot_loader
import pytest
import serial
from esp32_mock_bootloader import protocol
from test_images import given, image  # noqa: F401  # fixtures

from press1 import conversation, flashing
from press1.__main__ import run

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the board is on a pseudo-terminal"),
    pytest.mark.serial,
]
SLOTS = b"P1KS"


@pytest.fixture
def folder(image, tmp_path: Path, monkeypatch) -> Path:  # noqa: F811
    """An image's folder; and nobody waits 12 s for a box that is not there."""
    monkeypatch.setattr(conversation, "HELLO_S", 0.05)
    for name in [name for name in os.environ if name.startswith("PRESS1_")]:
        monkeypatch.delenv(name)
    image.write(tmp_path / "image")
    return tmp_path / "image"


def flash(board: boot_loader.Board, *words: object) -> int:
    return run(["--port", board.port, "flash", *map(str, words)])


def kept(folder: Path) -> list[slice]:
    """Where keys and state are."""
    return [slice(offset, offset + size) for offset, size in flashing.load(folder).kept]


def test_the_chip_holds_the_image(folder, capsys):
    with boot_loader.board() as board:
        for part in kept(folder):
            board.flash.data[part] = b"\x5a" * (part.stop - part.start)
        assert flash(board, folder) == 0
        for offset, data in flashing.load(folder).rows:
            assert board.flash.data[offset : offset + len(data)] == data
        assert all(set(board.flash.data[part]) == {0x5A} for part in kept(folder))
    said = capsys.readouterr()
    assert said.out == "WROVER_WM8960 0.1.0 written and verified; next: press1 provision\n"
    assert "ESP32, 4 MiB of flash\n" in said.err and "written 50%\n" in said.err and "written 100%\n" in said.err


def test_erase_makes_it_new(folder):
    with boot_loader.board() as board:
        for part in kept(folder):
            board.flash.data[part] = bytes(part.stop - part.start)
        assert flash(board, folder, "--erase") == 0
        assert all(set(board.flash.data[part]) == {0xFF} for part in kept(folder))


def test_another_chip_is_left_as_it_is(folder, capsys):
    with boot_loader.board("esp32s3") as board:
        assert flash(board, folder) == 2
        assert set(board.flash.data) == {0xFF}
    assert "this is an esp32s3; the image is for WROVER_WM8960, an esp32" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("size", "code", "said"),
    [
        (0x15, 2, "the chip has 2 MiB of flash, the image needs 4"),
        (0x13, 2, "the chip has 0.5 MiB of flash, the image needs 4"),
        (0xEE, 3, "the size of the chip's flash cannot be read"),
    ],
)
def test_flash_that_is_too_small_or_unknown_is_left_as_it_is(folder, capsys, monkeypatch, size, code, said):
    """The third byte of a flash's JEDEC id is the power of two of its size."""
    monkeypatch.setattr(protocol, "MOCK_FLASH_ID", protocol.MOCK_FLASH_ID & 0xFFFF | size << 16)
    with boot_loader.board() as board:
        assert flash(board, folder) == code
        assert set(board.flash.data) == {0xFF}
    assert said in capsys.readouterr().err


def test_a_silent_box_that_kept_keys_is_overwritten_when_told_twice(folder, capsys):
    memory = boot_loader.server.FlashImage()
    keys = kept(folder)[0].start + 100 * 4096
    memory.data[keys : keys + len(SLOTS)] = SLOTS
    before = bytes(memory.data)
    for words, said in (((), "may hold recordings, and does not say"), (("--overwrite",), "say --overwrite once more")):
        with boot_loader.board(flash=memory) as board:
            assert flash(board, folder, *words) == 4
        assert said in capsys.readouterr().err
    assert bytes(memory.data) == before
    with boot_loader.board(flash=memory) as board:
        assert flash(board, folder, "--overwrite", "--overwrite") == 0
    assert memory.data[keys : keys + len(SLOTS)] == SLOTS and bytes(memory.data) != before


@pytest.mark.parametrize("breaks", ["silent", "gone"])
def test_a_line_that_breaks_is_said(folder, capsys, breaks):
    """After the first block: once and with what to do, whatever esptool raised; what failed next does not hide it."""
    with boot_loader.board(breaks=breaks) as board:
        assert flash(board, folder) == 3
    said = capsys.readouterr()
    assert said.out == "" and "Traceback" not in said.err
    assert "press1: writing failed: " in said.err and "hint: check cable and supply, and flash again" in said.err


def test_flash_that_does_not_take_what_is_written_is_said(folder, capsys):
    with boot_loader.board(flash=boot_loader.Worn()) as board:
        assert flash(board, folder) == 5
    assert "press1: writing failed: MD5 of file does not match data in flash" in capsys.readouterr().err


def test_a_port_that_is_in_use_is_no_chip(folder, capsys):
    with boot_loader.board() as board, serial.Serial(board.port, exclusive=True):
        assert flash(board, folder) == 3
        assert set(board.flash.data) == {0xFF}
    assert "another program has it open" in capsys.readouterr().err


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may open every port")
def test_a_port_without_permission_says_who_may(folder, capsys):
    with boot_loader.board() as board:
        os.chmod(board.port, 0)
        assert flash(board, folder) == 3
    assert "no permission" in capsys.readouterr().err


def test_a_simulated_box_has_no_chip(folder, capsys):
    assert run(["--port", "sim:box", "flash", str(folder)]) == 2
    assert "a simulated box has no chip to flash" in capsys.readouterr().err


def test_a_port_that_cannot_be_opened_is_no_chip(folder, capsys):
    assert run(["--port", "/dev/null", "flash", str(folder)]) == 3
    assert "cannot open port /dev/null" in capsys.readouterr().err
