"""Where the firmware and the MicroPython that runs it are found."""

import os
import shutil
import sys
from pathlib import Path

from press1.errors import NoBox

_HEAP = "8M"  # as many words as the 4 MB of PSRAM of a board hold: here a word has 64 bits


def micropython() -> str:
    """Path of the unix port: $MICROPYTHON, or the one installed beside this Python, or in PATH."""
    named = os.environ.get("MICROPYTHON")
    beside = Path(sys.executable).parent / "micropython"
    found = named or (str(beside) if beside.exists() else shutil.which("micropython"))
    if not found or not shutil.which(found):
        raise NoBox(
            f"no MicroPython at {named}" if named else "no MicroPython to run the simulator on",
            hint="install press1[sim], or set MICROPYTHON to a unix-port binary",
        )
    return found


def firmware() -> Path:
    """The firmware's import root: packed with the package, or of the checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_firmware", package.parents[1] / "firmware"):
        if (folder / "hal" / "sim_main.py").exists():
            return folder
    raise NoBox("the firmware's files are missing from this installation", hint="install press1 again")


def command(*args: str) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of one simulator process; folders in $PRESS1_MICROPYPATH go before the firmware (tests)."""
    root = firmware()
    words = [micropython(), "-X", f"heapsize={_HEAP}", str(root / "hal" / "sim_main.py"), *args]
    before = os.environ.get("PRESS1_MICROPYPATH", "")
    return words, {**os.environ, "MICROPYPATH": f"{before}:{root}:.frozen".lstrip(":")}
