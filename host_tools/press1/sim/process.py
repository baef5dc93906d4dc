"""One simulator process: the interpreter with a pseudo-terminal as its serial port, and its pipe for orders."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from press1.errors import NoBox, Press1Error
from press1.sim import interpreter
from press1.sim.folder import order

_MARK = "@sim "
_STOP_S = 20
_START_S = 60  # to boot, on a busy computer
_KEPT_LINES = 40  # of what the firmware printed, for a message when it dies


class Simulator:
    """Started with `run JOB` or `serve BOX`; `device` is the path that pyserial opens. Use as a context manager."""

    _terminals: tuple[int, ...]

    def __init__(self, box: Path, *args: str) -> None:
        self.box = box
        self.printed: deque[str] = deque(maxlen=_KEPT_LINES)
        self._control = box / "control"
        self._control.unlink(missing_ok=True)
        os.mkfifo(self._control, 0o600)
        master, slave = self._terminals = _terminal()
        self.device = os.ttyname(slave)
        words, environ = interpreter.command(*args)
        self._process = subprocess.Popen(
            words,
            stdin=master,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environ,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the host, which then stops the box in good order
        )
        self._said: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Runs in a thread, so that a simulator that says much never waits for a host that listens little."""
        assert self._process.stdout
        for line in self._process.stdout:
            before, mark, said = line.partition(_MARK)
            if mark:
                self._said.put(json.loads(said))
            elif before.strip():
                self._print(before.rstrip())
        self._said.put(None)

    def said(self) -> Iterator[dict[str, Any]]:
        """What the simulator says, until it ends."""
        while (said := self._said.get()) is not None:
            yield said
        self._said.put(None)

    def _print(self, line: str) -> None:
        """Keep what the firmware printed; show it with PRESS1_DEBUG."""
        self.printed.append(line)
        if os.environ.get("PRESS1_DEBUG"):
            print(line, file=sys.stderr)

    def order(self, **words: Any) -> None:
        """Tell the simulator something."""
        order(self.box, words)

    def flush(self) -> None:
        """Drop what an earlier host command left unread on the line."""
        import termios

        termios.tcflush(self._terminals[-1], termios.TCIOFLUSH)

    def wait_ready(self) -> None:
        """Until a served box has booted; NoBox when it does not."""
        try:
            said = self._said.get(timeout=_START_S)
        except queue.Empty:
            said = None
        if said is None or said["say"] != "ready":
            raise NoBox("the simulated box does not start", hint=self.last_words())

    def last_words(self) -> str:
        """The last line the firmware printed."""
        return self.printed[-1] if self.printed else "it printed nothing"

    def stop(self) -> None:
        """Ask a served box to stop and keep its state."""
        if self._process.poll() is None:
            with contextlib.suppress(Press1Error):  # it ended by itself between the two lines
                self.order(do="stop")

    def close(self) -> int:
        """Wait for the end, release everything, once; the exit status. A process that does not end is killed."""
        try:
            return self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._listener.join(_STOP_S)
            for terminal in self._terminals:
                os.close(terminal)
            self._terminals = ()
            self._control.unlink(missing_ok=True)

    def __enter__(self) -> "Simulator":
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if kind and self._process.poll() is None:
            self._process.kill()  # a script that was broken off: its images are as after a power cut
        self.close()


def _terminal() -> tuple[int, int]:
    """A raw pseudo-terminal, (master non-blocking, slave). The slave stays open here, so that the line is never hung up."""
    if os.name != "posix":
        raise NoBox("the simulator needs pseudo-terminals", hint="run it on Linux or macOS")
    import pty
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave
