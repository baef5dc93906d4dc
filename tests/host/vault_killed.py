"""Run one vault command in a child process that kills itself, with SIGKILL, at its N-th durable step.

A step is every file opened for writing, fsync, rename, removal and database commit; the kill comes before the step is done.
"""

import builtins
import os
import signal
import traceback
from pathlib import Path
from typing import Any

import sqlalchemy.event
import vault_rig as rig
from sqlalchemy.engine import Engine

from press1.vault import config as configuration
from press1.vault import sweep

LEFT = [0]


def step() -> None:
    LEFT[0] -= 1
    if LEFT[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def counted(work: Any) -> Any:
    def wrapper(*args: Any, **options: Any) -> Any:
        step()
        return work(*args, **options)

    return wrapper


def opening(work: Any) -> Any:
    def wrapper(path: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if set(mode) & set("wa+") and isinstance(path, (str, os.PathLike)):
            step()
        return work(path, mode, *args, **options)

    return wrapper


def main(verb: str, number: int, folder: Path) -> None:
    vault = rig.opened(configuration.load(folder / "vault"))
    LEFT[0] = number
    builtins.open = opening(builtins.open)
    for name in ("fsync", "replace", "unlink", "remove"):
        setattr(os, name, counted(getattr(os, name)))
    Path.unlink = counted(Path.unlink)  # type: ignore[method-assign]
    sqlalchemy.event.listen(Engine, "commit", lambda _: step())
    if verb == "import":
        vault.take(next((folder / "in").glob("*.p1r")))
    elif verb == "erase":
        vault.erase(vault.find([rig.recording("one").id.hex()])[0])
    else:
        sweep.sweep(rig.opened(vault.config, rig.NOW + 200 * rig.DAY), sure=True)


def killed(verb: str, number: int, folder: Path) -> bool:
    """Run `verb` on the vault in `folder`; False when it had fewer steps and was not killed."""
    child = os.fork()
    if child == 0:  # nothing of this process's tests may run on in the child
        try:
            main(verb, number, folder)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code != 0
