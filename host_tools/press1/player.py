"""Let a person hear a sound file, by the first player that this computer has."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from press1.errors import Usage

PLAYERS = (("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"), ("aplay", "-q"), ("paplay",), ("afplay",))
_MEMORY = Path("/dev/shm")


def play(path: Path, instead: str) -> None:
    """To the end of the file. Raises Usage where nothing plays; `instead`: what else may be done."""
    try:
        import winsound
    except ImportError:
        pass
    else:
        winsound.PlaySound(str(path), winsound.SND_FILENAME)  # type: ignore[attr-defined,unused-ignore]
        return
    for command in PLAYERS:
        if shutil.which(command[0]):
            if subprocess.run([*command, str(path)], check=False).returncode:
                raise Usage(f"{command[0]} cannot play here", instead)
            return
    raise Usage("no player on this computer", instead)


@contextmanager
def passing(name: str) -> Iterator[Path]:
    """A path that only this user may read and that is gone afterwards; in memory where the system has files there."""
    with tempfile.TemporaryDirectory(prefix="press1-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder) / name
