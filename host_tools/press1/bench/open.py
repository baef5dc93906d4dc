"""How fast a sealed hour opens, and with how much memory: `press1 export` beside `age -d` over as many bytes, whole processes.

`open` verifies and decrypts, and throws the sound away; the exports write it too (16 bits for each 8 of A-law), wait for the disk, and
for WAV and FLAC read it back. Of three runs the best counts; peak memory is the largest of them, at ten minutes and at an hour.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from rich.console import Console
from rich.table import Table

from press1 import keys
from press1.bench import open_call

_HOUR, _SHORT, _QUICK = 3600, 600, 900
_RUNS = 3
_FORMATS = ("wav", "flac")  # Opus is slow by nature: it encodes at some fifty times real time

Figures = dict[str, float]


def run(quick: bool) -> dict[str, object]:
    """Measure and print; the figures for bench.json. `mb_s` counts A-law bytes (MB = 1,000,000), `peak_mb` resident memory (MiB)."""
    with tempfile.TemporaryDirectory(prefix="press1-bench-") as name:
        short, long = (_measure(Path(name) / str(seconds), seconds) for seconds in (_SHORT, _QUICK if quick else _HOUR))
    rows = {what: {**figures, "peak_short_mb": short[what]["peak_mb"]} for what, figures in long.items()}
    _tell(rows)
    return {"seconds": _QUICK if quick else _HOUR, "age": "age -d" in rows, "rows": rows}


def _measure(folder: Path, seconds: int) -> dict[str, Figures]:
    folder.mkdir()
    owner = X25519PrivateKey.generate()
    keys.write_private(folder / "owner.pem", owner, None)
    files, size = open_call.write(folder, seconds, owner), 2 * open_call.RATE * seconds
    rows = {"press1 open": _best(_child("none", files, folder), size)}
    for form in _FORMATS:
        rows[f"press1 export {form}"] = _best(_child(form, files, folder), size)
    if shutil.which("age"):
        rows["age -d"] = _best(_age(folder, files), size)
    return rows


def _child(form: str, files: list[Path], folder: Path) -> list[str]:
    code = "from press1.bench.open import child; child()"
    return [sys.executable, "-c", code, form, str(folder), *map(str, files)]


def child() -> None:
    """In a process of its own: open the recordings and write the format named, or nothing."""
    form, folder, files = sys.argv[1], Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]]
    private = keys.load_private(folder / "owner.pem")
    if form == "none":
        _open_only(files, private)
        return
    from press1 import export
    from press1.style import Style

    export.export([export.from_path(path) for path in files], private, folder / f"out.{form}", style=Style(form))


def _open_only(files: list[Path], private: X25519PrivateKey) -> None:
    from press1 import container, keyfile

    for path in files:
        report = container.verify_file(path)
        with open(path, "rb") as file:
            secrets = container.file_secret(report.head, private), keyfile.load(path.with_suffix(".key")).open(private)
            for _ in container.Contents(file, report, *secrets):
                pass


def _age(folder: Path, files: list[Path]) -> list[str]:
    """`age -d` over the sealed files' bytes, sealed once more by age."""
    identity, sealed = folder / "age.txt", folder / "call.age"
    made = subprocess.run(["age-keygen", "-o", str(identity)], capture_output=True, text=True, check=True)
    recipient = made.stderr.split()[-1]
    with subprocess.Popen(["age", "-r", recipient, "-o", str(sealed)], stdin=subprocess.PIPE) as process:
        assert process.stdin
        for path in files:
            process.stdin.write(path.read_bytes())
        process.stdin.close()
    return ["age", "-d", "-i", str(identity), "-o", str(folder / "call.out"), str(sealed)]


def _best(command: list[str], size: int) -> Figures:
    runs = [_once(command) for _ in range(_RUNS)]
    seconds = min(took for took, _ in runs)
    return {
        "seconds": round(seconds, 3),
        "mb_s": round(size / seconds / 1e6, 1),
        "peak_mb": round(max(peak for _, peak in runs), 1),
    }


# A small process to start from: a process's peak begins with that of the one it was forked from.
_MEASURE = """
import json, os, sys, time
begin = time.perf_counter()
child = os.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), time.perf_counter() - begin, usage.ru_maxrss]))
"""


def _once(command: list[str]) -> tuple[float, float]:
    """(seconds, peak resident MiB) of a whole process."""
    measured = subprocess.run([sys.executable, "-ISc", _MEASURE, *command], stdout=subprocess.PIPE, check=True)
    code, took, peak = json.loads(measured.stdout)
    if code:
        raise subprocess.CalledProcessError(code, command)
    return took, peak / (1024 if sys.platform == "linux" else 1 << 20)


def _tell(rows: dict[str, Figures]) -> None:
    table = Table("opening a sealed call", "s", "MB/s", "peak MiB", "of a call of 10 minutes")
    for name, row in rows.items():
        table.add_row(name, *(f"{row[key]:.1f}" for key in ("seconds", "mb_s", "peak_mb", "peak_short_mb")))
    Console().print(table)
    if "age -d" not in rows:
        Console().print("age is not installed: measured without it")
