"""One process at a time changes a vault."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from press1.errors import Usage

WAIT_S = 30.0
_POLL_S = 0.1


@contextmanager
def locked(path: Path, wait: float = WAIT_S) -> Iterator[None]:
    """Hold the lock file; Usage when another process keeps it longer than `wait` seconds. The system frees it when a process dies."""
    with open(path, "ab") as file:
        end = time.monotonic() + wait
        while not _take(file):
            if time.monotonic() > end:
                raise Usage("another press1 is at work here", "repeat when it has finished")
            time.sleep(_POLL_S)
        yield  # closing the file frees it


def _take(file: BinaryIO) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
