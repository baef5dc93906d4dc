"""How much of a serial line a pull uses, beside ZMODEM (lrzsz) with the same recording on the same line, and mpremote on a board.

The box is the firmware on its simulator; the line is a pair of pseudo-terminals paced to the baud rate (`line.py`). A pull is
timed from the first byte of its session to the key file on the disk, ZMODEM from its start to the end of `sz`, which by then has
the receiver's word (`rz` itself lingers for two more letters). Of two runs each the better counts: a busy computer only takes away.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from rich.console import Console
from rich.table import Table

from press1 import keys, pull
from press1.device import Device
from press1.errors import Press1Error
from press1.sim import process
from press1.sim.run import run as play
from press1.transport.serial import SerialTransport

BAUDS = (115_200, 921_600, 2_000_000)
_SECONDS, _QUICK_S = 10, 4  # of transfer, about
_RUNS = 2
_CONSENT_S = 19  # seconds of a call before its first stored sample
_BYTES_S = 16_150  # of a recording
_LONGEST_S = 850  # of a part
_PEER_S = 120

Figures = dict[str, float]


def run(quick: bool) -> dict[str, object]:
    """Measure and print; the figures for bench.json."""
    rows = {}
    with tempfile.TemporaryDirectory(prefix="press1-bench-") as name:
        for baud in BAUDS:
            rows[str(baud)] = _at(baud, Path(name) / str(baud), _QUICK_S if quick else _SECONDS)
    result: dict[str, object] = {"bauds": rows, "lrzsz": bool(shutil.which("sz"))}
    port = os.environ.get("PRESS1_PORT", "")
    if port and not port.startswith("sim:"):
        result["mpremote"] = _mpremote(port)
    _tell(result)
    return result


def _at(baud: int, folder: Path, seconds: int) -> dict[str, object]:
    """One rate: a box with one recording of about `seconds` of line."""
    folder.mkdir()
    box = _box(folder, min(baud / 10 * seconds / _BYTES_S, _LONGEST_S))
    outs = [folder / f"pulled{number}" for number in range(_RUNS)]
    ours = min(_pull(box, baud, out) for out in outs)
    recording = next(outs[0].glob("*.p1r"))
    size = recording.stat().st_size
    row: dict[str, object] = {"bytes": size, "press1": _share(size, ours, baud)}
    if shutil.which("sz") and shutil.which("rz"):
        theirs = min(_zmodem(recording, baud, folder / f"zmodem{number}") for number in range(_RUNS))
        row["lrzsz"] = _share(size, theirs, baud)
    return row


def _share(size: int, seconds: float, baud: int) -> Figures:
    """Seconds, payload bytes a second, and that as a share of what 8N1 carries."""
    return {"seconds": round(seconds, 2), "bytes_s": round(size / seconds), "share": round(size / seconds / (baud / 10), 4)}


def _box(folder: Path, recorded_s: float) -> Path:
    """A simulated box that holds one recording of this length."""
    script = folder / "call.toml"
    script.write_text(
        'start = "2026-01-01T09:00:00Z"\nseed = 1\n[[at]]\nt = 0.0\ndo = "off_hook"\n'
        f'[[at]]\nt = {float(_CONSENT_S)}\ndo = "key"\ndigit = "1"\n'
        f'[[at]]\nt = {_CONSENT_S + recorded_s:.1f}\ndo = "on_hook"\n'
    )
    play(script, folder / "box", folder / "call", Fraction(8000))
    return folder / "box"


@contextmanager
def line(baud: int, device: str) -> Iterator[str]:
    """Port of a line at `baud` whose far end is `device`."""
    command = [sys.executable, "-m", "press1.bench.line", str(baud), device]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as relay:
        assert relay.stdin and relay.stdout
        try:
            yield relay.stdout.readline().strip()
        finally:
            relay.stdin.close()
            relay.wait()


def _pull(box: Path, baud: int, out: Path) -> float:
    """Seconds of a session that pulls the box's one recording."""
    out.mkdir()
    private = keys.load_private(box / "host" / "owner.pem")
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(process.Simulator(box, "serve", str(box)))
        stack.callback(simulator.stop)
        simulator.wait_ready()
        port = SerialTransport(stack.enter_context(line(baud, simulator.device)))
        stack.callback(port.close)
        begin = time.monotonic()
        device = Device(port)
        device.hello()
        device.auth("owner", private)
        for item in device.ls():
            pull.fetch(device, item, out, [keys.raw_public(private)], lambda _: None)
        return time.monotonic() - begin


def _zmodem(recording: Path, baud: int, folder: Path) -> float:
    """Seconds in which `sz` and `rz` move the same file over such a line."""
    folder.mkdir()
    master, slave = os.openpty()
    _set_up(slave, baud)
    with line(baud, os.ttyname(slave)) as port, open(port, "r+b", buffering=0) as near:
        _set_up(near.fileno(), baud)
        begin = time.monotonic()
        sender = subprocess.Popen(["sz", "-bq8", str(recording)], stdin=master, stdout=master, stderr=subprocess.DEVNULL)
        receiver = subprocess.Popen(["rz", "-bqy"], cwd=folder, stdin=near, stdout=near, stderr=subprocess.DEVNULL)
        code = sender.wait(_PEER_S)
        seconds = time.monotonic() - begin
        receiver.terminate()
        receiver.wait()
    os.close(master)
    os.close(slave)
    if code or (folder / recording.name).read_bytes() != recording.read_bytes():
        raise Press1Error(f"ZMODEM failed at {baud} baud: exit code {code}")
    return seconds


def _set_up(terminal: int, baud: int) -> None:
    """Raw, and of a known speed: `sz` sizes its buffers by it."""
    tty.setraw(terminal)
    words = termios.tcgetattr(terminal)
    words[4] = words[5] = getattr(termios, f"B{baud}")
    termios.tcsetattr(terminal, termios.TCSANOW, words)


def _mpremote(port: str) -> Figures:
    """`mpremote fs cp` of a file from a real board, at its own rate; needs mpremote and a board that shows its REPL."""
    size = 200_000
    make = f"f=open('/bench','wb');[f.write(bytes(1000)) for _ in range({size // 1000})];f.close()"
    command = ["mpremote", "connect", port]
    subprocess.run([*command, "exec", make], check=True, timeout=_PEER_S)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        subprocess.run([*command, "fs", "cp", ":/bench", folder], check=True, timeout=_PEER_S, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begin
    subprocess.run([*command, "fs", "rm", ":/bench"], check=True, timeout=_PEER_S, stdout=subprocess.DEVNULL)
    return _share(size, seconds, 115_200)


def _tell(result: dict[str, object]) -> None:
    table = Table(title="Pull: payload as a share of the line (8N1)", box=None)
    for name in ("baud", "bytes", "press1 B/s", "share", "lrzsz B/s", "share"):
        table.add_column(name, justify="right")
    rows = result["bauds"]
    assert isinstance(rows, dict)
    for baud, row in rows.items():
        cells = [cell for name in ("press1", "lrzsz") for cell in _cells(row.get(name))]
        table.add_row(baud, str(row["bytes"]), *cells)
    Console().print(table)
    if not result["lrzsz"]:
        Console().print("lrzsz is not installed: no comparison (Debian: lrzsz)")


def _cells(figures: Figures | None) -> tuple[str, str]:
    return (f"{figures['bytes_s']:.0f}", f"{100 * figures['share']:.1f} %") if figures else ("", "")
