"""Board folders hold what a build needs, and no pin, partition or manifest that the chip or the port would refuse."""

import ast
import contextlib
import csv
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import house

BOARDS = house.ROOT / "boards"
FOLDERS = sorted(path.parent for path in BOARDS.glob("*/board.json"))
FILES = {
    "board.json",
    "board.md",
    "board.py",
    "manifest.py",
    "mpconfigboard.cmake",
    "mpconfigboard.h",
    "partitions.csv",
    "bench.csv",
    "pins.csv",
    "sdkconfig.board",
}
ASKED_FOR = {"WROVER_WM8960", "A1S_AUDIOKIT", "LYRAT_V43", "TEMPLATE"}

# ESP32 datasheet, section 2.2 and 2.4: what GPIOs there are, and what they are born with.
GPIOS = {
    *range(6),
    *range(12, 20),
    *range(21, 24),
    *range(25, 28),
    *range(32, 37),
    39,
}  # 6 to 11: flash; 20, 24, 28 to 31: none; 37, 38: not led out
INPUT_ONLY = {34, 35, 36, 39}
PSRAM = {16, 17}  # of a WROVER
# A strapping pin is sampled at reset; each use that leaves its level alone, and why.
STRAPPING = {
    0: {"MCLK"},  # a codec's high-ohmic input, wired so by the board's maker
    2: {"SD_D0"},  # MicroPython's fixed pin; the card floats it, so it reads low for the loader
    5: {"ADC_BCK", "DAC_BCK"},  # a converter's high-ohmic input; the level matters to SDIO slaves only
    12: set(),  # high at reset selects 1.8 V for the flash: nothing ever
    15: {"SD_CMD"},  # pulled up, which is its resting level
}
OUTPUTS = {
    "I2C_SCL",
    "I2C_SDA",
    "MCLK",
    "ADC_BCK",
    "ADC_WS",
    "AC101_WS",
    "DAC_BCK",
    "DAC_WS",
    "DAC_DATA",
    "DAC_MUTE",
    "RELAY",
    "SPEAKER_AMP",
    "SD_CLK",
    "SD_CMD",
    "SD_D0",
    "LINK_TX",
}
FIXED = {"SD_CLK": 14, "SD_CMD": 15, "SD_D0": 2, "LINK_TX": 1, "LINK_RX": 3}
FLASH = 4 * 1024 * 1024
KEYS = 512 * 1024
# Packages of micropython-lib that a manifest here may ask for; the build fetches them with MicroPython.
MICROPYTHON_LIB = {"wm8960", "neopixel", "onewire", "ds18x20", "ssd1306", "sdcard"}


def pins(folder: Path) -> dict[str, int]:
    """GPIO by name."""
    rows = [row for row in csv.reader((folder / "pins.csv").read_text().splitlines()) if row]
    assert all(re.fullmatch(r"GPIO\d+", row[1]) for row in rows)
    assert len({row[0] for row in rows}) == len(rows), "a name twice"
    return {row[0]: int(row[1][4:]) for row in rows}


def config(folder: Path) -> dict[str, object]:
    """What board.py assigns."""
    found = {}
    for node in ast.parse((folder / "board.py").read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


def partitions(path: Path) -> list[tuple[str, str, int, int]]:
    """(name, type, offset, size), in order."""
    rows = [
        [field.strip() for field in row]
        for row in csv.reader(path.read_text().splitlines())
        if row and not row[0].startswith("#")
    ]
    return [(row[0], row[1], int(row[3], 0), int(row[4], 0)) for row in rows]


def faults_of_pins(used: dict[str, int], psram: bool) -> list[str]:
    """What the chip would not do, or would mind."""
    found = [f"{name}: no GPIO{pin}" for name, pin in used.items() if pin not in GPIOS]
    found += [f"{name}: GPIO{pin} belongs to the PSRAM" for name, pin in used.items() if psram and pin in PSRAM]
    found += [f"{name}: GPIO{pin} is an input only" for name, pin in used.items() if name in OUTPUTS and pin in INPUT_ONLY]
    found += [f"{name}: strapping pin {pin}" for name, pin in used.items() if pin in STRAPPING and name not in STRAPPING[pin]]
    found += [f"{name}: must be {FIXED[name]}" for name in FIXED if used.get(name) != FIXED[name]]
    found += [f"GPIO{pin} twice" for pin in set(used.values()) if list(used.values()).count(pin) > 1]
    return found


def faults_of_table(rows: list[tuple[str, str, int, int]]) -> list[str]:
    """Where a partition table is wrong."""
    found = []
    end = 0x9000  # behind bootloader and table
    for name, kind, offset, size in rows:
        unit = 0x10000 if kind == "app" else 0x1000
        if offset % unit or size % 0x1000:
            found.append(f"{name}: not aligned")
        if offset < end:
            found.append(f"{name}: overlaps what is before it")
        end = offset + size
    if end > FLASH:
        found.append(f"ends at {end:#x}, beyond the flash")
    sizes = {name: size for name, _, _, size in rows}
    found += [f"no {name}" for name in ("keys", "state", "vfs") if name not in sizes]
    if sizes.get("keys") != KEYS:
        found.append("keys is not 512 KiB")
    return found


@pytest.fixture(params=FOLDERS, ids=lambda path: path.name)
def folder(request) -> Path:
    """Each board."""
    return request.param


def test_the_boards_are_there():
    assert {path.name for path in FOLDERS} >= ASKED_FOR


def cmake(folder):
    """What CMake reads for a board: its own file with those that it includes."""
    text = (folder / "mpconfigboard.cmake").read_text()
    included = re.findall(r"^include\(\$\{MICROPY_BOARD_DIR\}/(\S+)\)", text, re.MULTILINE)
    return text + "".join((folder / name).read_text() for name in included)


def test_a_folder_is_complete(folder):
    assert [name for name in FILES if not (folder / name).exists()] == []


def test_pins_are_legal_and_single(folder):
    psram = "spiram" in cmake(folder)
    assert faults_of_pins(pins(folder), psram) == []


def test_firmware_and_build_name_the_same_pins(folder):
    named = config(folder)["PINS"]
    assert isinstance(named, dict)
    assert {name: pin for name, pin in pins(folder).items() if name not in FIXED} == named


def test_all_that_the_backend_asks_for_is_named(folder):
    """The names in esp32.py, read off its source."""
    source = (house.FIRMWARE / "hal/esp32.py").read_text()
    asked = set(re.findall(r'self\._pins\["(\w+)"\]|_output\("(\w+)"\)', source))
    needed = {a or b for a, b in asked} | {f"{unit}_{line}" for unit in ("ADC", "DAC") for line in ("BCK", "DATA", "WS")}
    needed.discard("MCLK")  # only where there is one
    named = config(folder)
    assert len(needed) >= 12
    assert needed - set(named["PINS"]) == set()
    assert set(named["KEEP_LOW"]) <= set(named["PINS"])
    assert named["CAPTURE_BLOCKS"] == (40 if "spiram" in cmake(folder) else 15)
    codecs = set(re.findall(r'"(\w+)": \(0x', source))
    assert named["CODECS"]
    assert set(named["CODECS"]) <= codecs
    assert ("es8388" in named["CODECS"]) == ("MCLK" in named["PINS"])


@pytest.mark.parametrize("table", ["partitions.csv", "bench.csv"])
def test_partitions_are_aligned_apart_and_on_the_flash(folder, table):
    assert faults_of_table(partitions(folder / table)) == []


def test_production_has_two_application_slots_of_one_size(folder):
    sizes = [size for _, kind, _, size in partitions(folder / "partitions.csv") if kind == "app"]
    assert len(sizes) == 2
    assert sizes[0] == sizes[1]


def test_bench_keeps_the_official_application_where_it_expects_to_be(folder):
    assert ("factory", "app", 0x10000, 0x1F0000) in partitions(folder / "bench.csv")


def frozen(manifest: Path) -> tuple[list[Path], set[str]]:
    """Files that a manifest freezes and packages that it requires, by MicroPython's manifest functions and in its folder."""
    files: list[Path] = []
    required: set[str] = set()
    here = manifest.parent

    def include(path: str) -> None:
        more = frozen(here / path)
        files.extend(more[0])
        required.update(more[1])

    def module(path: str, base_path: str = ".") -> None:
        files.append(here / base_path / path)

    def package(name: str, files_: list[str] | None = None, base_path: str = ".", **more: list[str]) -> None:
        root = here / base_path / name
        chosen = more.get("files", files_)
        files.extend([root / file for file in chosen] if chosen else sorted(root.rglob("*.py")))

    code = compile(manifest.read_text(), str(manifest), "exec")
    with contextlib.chdir(here):
        exec(code, {"include": include, "module": module, "package": package, "require": required.add})
    return files, required


def test_a_manifest_resolves_and_freezes_all_the_firmware_but_the_simulator(folder):
    files, required = frozen(folder / "manifest.py")
    assert [path for path in files if not path.exists()] == []
    assert required <= MICROPYTHON_LIB
    assert ("wm8960" in required) == ("wm8960" in config(folder)["CODECS"])
    ours = {path.resolve() for path in files if path.name != "board.py"}
    assert {house.name(path) for path in set(house.files(house.FIRMWARE)) - ours} == {
        house.name(path) for path in (house.FIRMWARE / "hal").glob("sim*.py")
    }


def test_production_has_no_radio_and_no_prompt(folder):
    header = (folder / "mpconfigboard.h").read_text()
    for name in (
        "MICROPY_HW_ENABLE_UART_REPL",
        "MICROPY_PY_BLUETOOTH",
        "MICROPY_PY_NETWORK_WLAN",
        "MICROPY_PY_ESPNOW",
        "MICROPY_PY_NETWORK_LAN",
    ):
        assert f"#define {name} (0)" in header
    assert "sdkconfig.ble" not in re.sub(r"#.*", "", cmake(folder))
    assert "${MICROPY_BOARD_DIR}/partitions.csv" in cmake(folder)


def test_no_firmware_file_can_start_a_radio():
    radios = {"network", "bluetooth", "espnow", "aioespnow", "socket", "webrepl", "ssl", "tls"}
    found = [
        house.name(path)
        for path in house.files(house.FIRMWARE)
        for name, _ in house.imports(path)
        if name.split(".")[0] in radios
    ]
    assert found == []


def test_a_build_description_is_json_of_upstreams_shape(folder):
    described = json.loads((folder / "board.json").read_text())
    assert {"deploy", "docs", "features", "images", "mcu", "product", "thumbnail", "url", "vendor"} <= set(described)
    assert described["mcu"] == "esp32"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"RELAY": 34}, "input only"),
        ({"RELAY": 12}, "strapping"),
        ({"HOOK": 12}, "strapping"),
        ({"RELAY": 16}, "PSRAM"),
        ({"RELAY": 8}, "no GPIO"),
        ({"RELAY": 25}, "twice"),
        ({"SD_CLK": 18}, "must be 14"),
    ],
)
def test_the_rule_sees_a_bad_pin(change, fault):
    used = {**pins(BOARDS / "WROVER_WM8960"), **change}
    assert any(fault in found for found in faults_of_pins(used, psram=True))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("keys", "data", 0x2F0800, KEYS), "not aligned"),
        (("keys", "data", 0x2E0000, KEYS), "overlaps"),
        (("keys", "data", 0x2F0000, KEYS // 2), "512"),
        (("vfs", "data", 0x3F0000, 0x20000), "beyond"),
        (("other", "data", 0x2F0000, KEYS), "no keys"),
    ],
)
def test_the_rule_sees_a_bad_partition(row, fault):
    rows = partitions(BOARDS / "TEMPLATE" / "partitions.csv")
    at = next(i for i, old in enumerate(rows) if old[0] == row[0] or (row[0] == "other" and old[0] == "keys"))
    assert any(fault in found for found in faults_of_table([*rows[:at], row, *rows[at + 1 :]]))


def test_drawings_are_what_the_pins_say(tmp_path):
    subprocess.run([sys.executable, house.ROOT / "docs/wiring/draw.py", tmp_path], check=True)
    drawn = {path.name: path.read_text() for path in tmp_path.glob("*.svg")}
    assert set(drawn) == {f"{path.name}.svg" for path in FOLDERS}
    for name, text in drawn.items():
        assert (house.ROOT / "docs/wiring" / name).read_text() == text, f"{name}: run docs/wiring/draw.py"


def test_the_enclosure_is_what_its_numbers_say(tmp_path):
    """And nothing is cut where something else is, or outside the panel."""
    sys.path.insert(0, str(house.ROOT / "docs/wiring"))
    import enclosure

    enclosure.main(tmp_path)
    assert (house.ROOT / "docs/wiring/enclosure.svg").read_text() == (tmp_path / "enclosure.svg").read_text()
    for rows in (enclosure.FRONT, enclosure.REAR):
        edges = [(x - size[0] / 2, x + size[0] / 2) for _, x, _, size in rows]
        assert all(left[1] + 5 < right[0] for left, right in itertools.pairwise(edges))
        assert edges[0][0] > 8
        assert edges[-1][1] < enclosure.CASE_MM[0] - 8
    assert [name for name, *_ in enclosure.FRONT] == ["lamp", "consent", "stop / erase", "pause", "mark", "object", "threat"]
