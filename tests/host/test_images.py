"""Images for the boards: the same bytes every time, and each part read back by somebody else's reader."""

import contextlib
import hashlib
import io
import json
import struct
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from esptool import cmds

from press1.errors import Damaged, Press1Error, Usage
from press1.images import boards, build, bytecode, filesystem, official, sbom, table
from press1.images.build import Sources
from press1.sim import interpreter

BOARDS = boards.names()


def espressif_image(payload: bytes) -> bytes:
    """A minimal image as the chip's boot ROM reads it (Espressif, "Firmware image format"): one segment, check sum, SHA-256.

    It stands in for MicroPython, which is not here; esptool accepts it, a chip would not run it.
    """
    payload += bytes(-len(payload) % 4)
    head = struct.pack("<BBBBI", 0xE9, 1, 2, 0x20, 0x4008_0000)
    head += struct.pack("<BBBBHBHH4xB", 0xEE, 0, 0, 0, 0, 0, 0, 0xFFFF, 1)
    body = head + struct.pack("<II", 0x4008_0000, len(payload)) + payload
    check = 0xEF
    for byte in payload:
        check ^= byte
    body += bytes(-(len(body) + 1) % 16) + bytes([check])
    return body + hashlib.sha256(body).digest()


def stand_in(board: boards.Board) -> bytes:
    """A file laid out as the official one: boot loader, a partition table of its own, application."""
    base = official.BASE[board.chip]
    banner = b"\0MicroPython v1.27.0 on 2025-12-09\0"
    loader, program = espressif_image(b"boot loader " * 50), espressif_image(bytes(range(256)) * 400 + banner)
    image = bytearray(b"\xff" * (board.app.offset - base)) + program
    image[: len(loader)] = loader
    image[table.OFFSET - base : table.OFFSET - base + 3072] = table.build(board)[:3072]
    return bytes(image)


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> Sources:
    """Everything that an image can be made of."""
    folder = tmp_path_factory.mktemp("given")
    board = boards.load(BOARDS[0])
    (folder / "official.bin").write_bytes(stand_in(board))
    (folder / "lib" / "wm8960").mkdir(parents=True)
    (folder / "lib" / "wm8960" / "wm8960.py").write_text("class WM8960:\n    pass\n")
    return Sources(micropython=folder / "official.bin", library=folder / "lib", publisher=bytes(range(32)), unpinned=True)


@pytest.fixture(scope="module")
def image(given):
    return build.build(boards.load("WROVER_WM8960"), given)


def test_there_are_three_boards():
    assert BOARDS == ["A1S_AUDIOKIT", "LYRAT_V43", "WROVER_WM8960"]


@pytest.mark.parametrize("name", BOARDS)
def test_twice_the_same_bytes(name, given, tmp_path):
    """In another folder, by another path: nothing of where it was built is in it."""
    import shutil

    shutil.copytree(build.FIRMWARE, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("__pycache__"))
    first = build.build(boards.load(name), given)
    moved = Sources(tmp_path / "elsewhere", given.micropython, given.library, given.publisher, True)
    assert build.build(boards.load(name), moved).files == first.files


@pytest.mark.parametrize("name", BOARDS)
def test_the_file_system_holds_its_source(name, given):
    board = boards.load(name)
    files, missing = build.contents(board, given)
    assert filesystem.read(filesystem.build(files, board.part("vfs").size)) == files
    assert missing == []


def test_micropython_reads_the_file_system(image, tmp_path):
    """The interpreter's own littlefs mounts the image as the chip would, finds every file and runs one."""
    (tmp_path / "vfs.img").write_bytes(image.files["vfs.img"])
    (tmp_path / "read.py").write_text(READER)
    words = [interpreter.micropython(), "-X", "heapsize=8M", str(tmp_path / "read.py"), str(tmp_path / "vfs.img")]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert found["files"] == image.manifest["files"]
    assert found["key"] == bytes(range(32)).hex()


READER = """
import binascii, hashlib, json, os, sys, vfs

class Flash:
    def __init__(self, data): self.data = bytearray(data)
    def readblocks(self, n, buf, at=0): buf[:] = self.data[n * 4096 + at : n * 4096 + at + len(buf)]
    def writeblocks(self, n, buf, at=0): raise OSError(30)
    def ioctl(self, op, arg): return {4: len(self.data) // 4096, 5: 4096}.get(op, 0)

vfs.mount(vfs.VfsLfs2(Flash(open(sys.argv[1], "rb").read())), "/box")
found = {}

def walk(folder):
    for entry in os.ilistdir("/box" + folder):
        path = folder + "/" + entry[0]
        if entry[1] == 0x4000:
            walk(path)
        else:
            data = open("/box" + path, "rb").read()
            found[path[1:]] = str(binascii.hexlify(hashlib.sha256(data).digest()), "ascii")

walk("")
sys.path.insert(0, "/box")
import publisher
print(json.dumps({"files": found, "key": str(binascii.hexlify(publisher.KEY), "ascii")}))
"""


def test_esptool_accepts_the_whole(image):
    """From its first byte, which is the boot loader, and the application in it."""
    said = io.StringIO()
    board = boards.load("WROVER_WM8960")
    whole = image.files["whole.bin"]
    with contextlib.redirect_stdout(said):
        cmds.image_info(whole, "esp32")
        cmds.image_info(whole[board.app.offset - official.BASE["esp32"] :], "esp32")
    assert said.getvalue().count("(valid)") >= 4
    assert "invalid" not in said.getvalue()


def test_the_whole_is_its_segments(image):
    whole = image.files["whole.bin"]
    for row in image.manifest["segments"]:
        at = row["offset"] - official.BASE["esp32"]
        assert hashlib.sha256(whole[at : at + row["bytes"]]).hexdigest() == row["sha256"]


def test_the_table_is_the_boards(image):
    board = boards.load("WROVER_WM8960")
    assert table.read(image.files["partitions.bin"]) == [(part.name, part.offset, part.size) for part in board.parts]


def test_no_segment_touches_keys_or_state(image):
    for kept in image.manifest["kept"].values():
        for row in image.manifest["segments"]:
            assert row["offset"] + row["bytes"] <= kept["offset"] or row["offset"] >= kept["offset"] + kept["bytes"]


def test_the_bill_of_materials_is_valid_and_complete(image):
    text = image.files["sbom.json"].decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parts = {part["name"]: part for part in json.loads(text)["components"]}
    files = {**image.manifest["files"], **image.manifest["modules"]}
    del files["code/image.p1u"]
    assert set(files) | {"wm8960", "MicroPython"} == set(parts)
    assert parts["MicroPython"]["version"] == "1.27.0"  # as the file says of itself: it is not the pinned one
    for name, digest in files.items():
        assert parts[name]["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_the_validator_sees_a_fault():
    text = sbom.build("x", "1", {}, [{"type": "nonsense", "bom-ref": "a", "name": "a"}]).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is not None


def test_nothing_of_the_simulator_is_shipped(image):
    files, modules = set(image.manifest["files"]), set(image.manifest["modules"])
    assert not [name for name in files | modules if "hal/sim" in name]
    start = {"boot.py", "launch.mpy", "pack.mpy", "board.mpy", "publisher.mpy"}
    assert files == start | {"lib/wm8960.mpy", "code/image.p1u"}  # no main.py: MicroPython would run it after boot.py
    assert "main.mpy" in modules and not modules & (start | {"_boot.mpy", "boot.mpy"})


def test_without_the_rest_it_says_what_is_missing():
    found = build.build(boards.load("WROVER_WM8960"), Sources())
    assert found.manifest["missing"] == ["micropython", "wm8960"]
    assert found.manifest["complete"] is False
    assert "whole.bin" not in found.files


def test_another_micropython_is_refused(tmp_path, monkeypatch):
    board = boards.load("LYRAT_V43")
    path = tmp_path / "official.bin"
    path.write_bytes(stand_in(board))
    known = official.pinned(board)
    monkeypatch.setattr(official, "pinned", lambda _: official.Pinned(known.version, known.build, "00" * 32))
    with pytest.raises(Damaged, match="is not ESP32_GENERIC-SPIRAM"):
        official.load(path, board, False)
    monkeypatch.setattr(official, "pinned", lambda _: official.Pinned(known.version, known.build, ""))
    with pytest.raises(Usage, match="has no hash"):
        official.load(path, board, False)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(official, "pinned", lambda _: official.Pinned(known.version, known.build, digest))
    assert official.load(path, board, False) == path.read_bytes()


def test_a_pinned_micropython_is_named_as_the_lock_names_it(given, monkeypatch):
    board = boards.load("LYRAT_V43")
    known, digest = official.pinned(board), hashlib.sha256(given.micropython.read_bytes()).hexdigest()
    monkeypatch.setattr(official, "pinned", lambda _: official.Pinned(known.version, known.build, digest))
    made = build.build(board, Sources(micropython=given.micropython))
    assert made.manifest["micropython"] == {"build": known.build, "version": known.version, "pinned": True}


@pytest.mark.parametrize(
    ("banner", "said"),
    [
        (b"MicroPython v1.16-237-g1613dc8a1-dirty on 2021-08-30", "MicroPython 1.16-237-g1613dc8a1-dirty, which cannot read"),
        (b"MicroPython v1.22.2 on 2024-02-22", "1.23 and later can"),
        (b"Another firmware v1.27.0 on 2025-12-09", "no MicroPython"),
    ],
)
def test_an_unpinned_micropython_that_could_not_run_our_files_is_refused(tmp_path, banner, said):
    path = tmp_path / "official.bin"
    data = stand_in(boards.load("LYRAT_V43"))
    path.write_bytes(data.replace(b"MicroPython v1.27.0 on 2025-12-09", banner))
    with pytest.raises(Press1Error, match=said):
        build.build(boards.load("LYRAT_V43"), Sources(micropython=path, unpinned=True))


@pytest.mark.parametrize("spoil", ["loader", "program", "length"])
def test_what_is_no_micropython_is_refused(spoil):
    board = boards.load("LYRAT_V43")
    data = bytearray(stand_in(board))
    if spoil == "loader":
        data[0] = 0
    elif spoil == "program":
        data[board.app.offset - official.BASE["esp32"]] = 0
    else:
        data += bytes(board.app.size)
    with pytest.raises(Damaged):
        official.segments(bytes(data), board)


def test_too_much_for_the_partition_is_said():
    with pytest.raises(Press1Error, match="does not fit"):
        filesystem.build({"big": bytes(20_000)}, 16_384)


def test_what_does_not_compile_is_said():
    with pytest.raises(Press1Error, match=r"bad\.py does not compile"):
        bytecode.compiled(b"def f(:\n", "bad.py")


def test_unknown_boards_are_refused():
    for name in ("NONE", "../boards/LYRAT_V43", ""):
        with pytest.raises(Usage, match="no board"):
            boards.load(name)


def test_make_firmware_writes_the_folder(tmp_path):
    command = [Path(__import__("sys").executable), "-m", "press1.images", "LYRAT_V43", "--out", tmp_path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    manifest = json.loads((tmp_path / "LYRAT_V43" / "manifest.json").read_text())
    assert manifest["board"] == "LYRAT_V43" and "not in it: micropython" in said
    for row in manifest["segments"]:
        assert hashlib.sha256((tmp_path / "LYRAT_V43" / row["file"]).read_bytes()).hexdigest() == row["sha256"]
