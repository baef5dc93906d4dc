"""The firmware's parts on a board that shows MicroPython's prompt: imports, vectors, detector, seal and sweep, with their times.

`make test PRESS1_REPL=/dev/ttyUSB0 ARGS='tests/hardware -s'`, after `mpremote cp -r firmware/* :` to a board with bare MicroPython (no
boot.py of ours: a box does not give its prompt away). Without PRESS1_REPL everything here is skipped, and says so.
"""

import json
import os
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORT = os.environ.get("PRESS1_REPL", "")
BAUD = os.environ.get("PRESS1_BAUD", "115200")
FOLDER = os.environ.get("PRESS1_REPL_FOLDER", "")  # where the board's file system is mounted; empty: at the root
pytestmark = [
    pytest.mark.skipif(not PORT, reason="no board with a prompt: PRESS1_REPL names no serial port"),
    pytest.mark.parametrize(("embedded_services", "port", "baud"), [("serial", PORT, BAUD)], indirect=True),
    pytest.mark.timeout(300),
]
MARK = b"@hw "
CHIP_ONLY = {"hal.esp32", "hal.wm8960_line"}  # the latter needs a driver of micropython-lib
PIECE = 64  # the prompt has no flow control


def modules() -> list[str]:
    """All modules that a box ships; those of one board only on a board."""
    firmware = ROOT / "firmware"
    found = []
    for path in sorted(firmware.rglob("*.py")):
        name = path.relative_to(firmware).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        if not name.startswith("hal.sim") and name not in ("boot", "_boot", "__init__") and "__pycache__" not in name:
            found.append(name)
    return found


def paste(line, text: str) -> None:
    """MicroPython's paste mode: Ctrl-E, the text, Ctrl-D."""
    line.write(b"\x03\x03")
    time.sleep(0.3)
    line.write(b"\x05")
    time.sleep(0.3)
    for at in range(0, len(text), PIECE):
        line.write(text[at : at + PIECE].encode())
        time.sleep(0.01)
    line.write(b"\x04")


@pytest.fixture(scope="module")
def told() -> dict[str, list[dict]]:
    """What the board told, by `what`; filled by the first test."""
    return {}


def listen(line, seconds: float = 240.0) -> list[dict]:
    """Lines that the board marks, until it says that it is done."""
    rows, rest, end = [], b"", time.monotonic() + seconds
    while time.monotonic() < end:
        rest += line.read(4096)
        *whole, rest = rest.split(b"\n")
        for text in whole:
            if text.startswith(MARK):
                rows.append(json.loads(text[len(MARK) :]))
                if rows[-1]["what"] == "end":
                    return rows
    pytest.fail(f"the board did not finish; the last it said: {rest[-300:]!r}, {rows[-1:]}")


def test_it_runs(dut, told):
    script = (Path(__file__).parent / "onboard.mpy.py").read_text(encoding="utf-8")
    with dut.serial.disable_redirect_thread():
        line = dut.serial.proc
        line.timeout = 0.2
        line.reset_input_buffer()
        paste(line, f"{script}\nrun({modules()!r}, {FOLDER!r})\n")
        rows = listen(line)
    for row in rows:
        told.setdefault(row["what"], []).append(row)
    for row in rows:
        print(f"{row['us']:>10} us  {row['what']} {row.get('name', '')}")


def test_every_module_is_imported(dut, told):
    rows = told["import"]
    board = told["end"][0]["platform"] == "esp32"
    bad = [row for row in rows if not row["ok"] and (board or row["name"] not in CHIP_ONLY)]
    assert bad == []
    assert [row["name"] for row in rows] == modules()


@pytest.mark.parametrize("what", ["vectors", "stages", "detector", "seal", "sweep"])
def test_it_is_right(dut, told, what):
    assert [row["ok"] for row in told[what]] == [True], told[what]


def test_the_vectors_are_all_there(dut, told):
    assert len(told["vectors"][0]["rows"]) >= 12
