"""Imports go one way: stages stand on base folders, never on each other (docs/architecture.md)."""

import ast

import pytest

import house

STAGES = ("line", "detect", "consent", "record", "seal", "expire", "link")
BASE = {"core": (), "crypto": ("core",), "store": ("core", "crypto"), "hal": ("core",)}
OURS = (*STAGES, *BASE)
ALLOWED = {**BASE, **dict.fromkeys(STAGES, ("core", "crypto", "store", "hal.contract"))}
# These belong to one board or to one computer; the rest must run on both.
CHIP_ONLY = {"machine", "esp32", "esp"}
CHIP_FILE = "firmware/hal/esp32.py"
# Modules built into MicroPython (ESP32 and unix): a file of the same name at the root would shadow one.
BUILT_IN = """array asyncio binascii bluetooth builtins cmath collections cryptolib deflate errno esp esp32 ffi framebuf gc
hashlib heapq io json machine math micropython mip neopixel network onewire os platform random re requests select socket ssl
struct sys termios time tls uctypes vfs webrepl websocket _thread"""


def within(imported: str, allowed: str) -> bool:
    """True where a dotted name is `allowed`, or inside it."""
    return imported == allowed or imported.startswith(allowed + ".")


def trespasses(folder: str) -> list[str]:
    """Imports of ours that a firmware folder must not make."""
    found = []
    for path in house.files(house.FIRMWARE / folder):
        for imported, line in house.imports(path):
            ours = imported.split(".")[0] in OURS
            if ours and not any(within(imported, allowed) for allowed in (folder, *ALLOWED[folder])):
                found.append(f"{house.name(path)}:{line} imports {imported}")
    return found


@pytest.mark.parametrize("folder", OURS)
def test_a_folder_imports_only_what_it_stands_on(folder):
    assert house.files(house.FIRMWARE / folder), f"no such folder: {folder}"
    assert trespasses(folder) == []


def test_the_rule_sees_a_trespass(tmp_path, monkeypatch):
    """The rule can fail: a stage that imports another stage, in each spelling."""
    (tmp_path / "seal").mkdir()
    (tmp_path / "seal" / "bad.py").write_text(
        "import record.recorder\nfrom hal import sim\ndef f():\n    from line import alaw\n"
    )
    monkeypatch.setattr(house, "FIRMWARE", tmp_path)
    monkeypatch.setattr(house, "ROOT", tmp_path)
    assert [fault.split()[-1] for fault in trespasses("seal")] == ["record.recorder", "hal.sim", "line.alaw"]


def test_folders_of_the_firmware_are_those_of_the_architecture():
    folders = {path.name for path in house.FIRMWARE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(OURS)


def test_one_file_imports_the_chip():
    users = {
        house.name(p)
        for p in house.files(house.FIRMWARE)
        for imported, _ in house.imports(p)
        if imported.split(".")[0] in CHIP_ONLY
    }
    assert users <= {CHIP_FILE}


def test_firmware_imports_are_absolute_and_not_the_hosts():
    for path in house.files(house.FIRMWARE):
        for imported, line in house.imports(path):
            assert not imported.startswith((".", "press1", "host_tools")), f"{house.name(path)}:{line} imports {imported}"


def test_host_imports_no_firmware():
    for path in set(house.files(house.HOST)) - set(house.device_scripts()):
        for imported, line in house.imports(path):
            first = imported.split(".")[0]
            assert first not in {*OURS, "firmware", "main", "services"}, f"{house.name(path)}:{line} imports {imported}"


def test_no_file_shadows_a_built_in_module():
    top = {path.stem for path in house.FIRMWARE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not top & set(BUILT_IN.split())


def test_every_folder_says_what_it_is():
    for path in house.FIRMWARE.iterdir():
        if path.is_dir() and path.name != "__pycache__":
            said = ast.get_docstring(house.tree(path / "__init__.py"))
            assert said, house.name(path)
            assert "\n\n" not in said, f"{house.name(path)}: one sentence"


def test_top_level_is_the_designs():
    shown = {path.name for path in house.ROOT.iterdir() if not path.name.startswith(".")} - {"build"}
    known = {
        "firmware",
        "host_tools",
        "boards",
        "tests",
        "docs",
        "Makefile",
        "README.md",
        "pyproject.toml",
        "LICENSE",
        "CHANGELOG.md",
    }
    assert shown == known | {"requirements.lock", "stubs.lock"}
