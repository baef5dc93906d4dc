"""A desk on a free port, over a simulated box with two calls: for the tests of the desk."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from press1.desk.app import create
from press1.desk.place import Place
from press1.sim.run import run as play

PASSPHRASE = "four words of no sense"
_CALLS = Path(__file__).parent / "calls"


def make_box(folder: Path) -> Path:
    """A simulated box that recorded a call three days ago, and one an hour ago."""
    text = (_CALLS / "accept.toml").read_text(encoding="utf-8").replace("../audio", str(_CALLS.parent / "audio"))
    for seed, ago in ((1, timedelta(days=3)), (2, timedelta(hours=1))):
        start = f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}"
        script = folder / f"call{seed}.toml"
        script.write_text(text.replace("2026-11-21T09:00:00Z", start).replace("seed = 1", f"seed = {seed}"), encoding="utf-8")
        play(script, folder / "box", folder / "out", Fraction(8000))
    return folder / "box"


def place(box: Path) -> Place:
    """As `press1 --port sim:BOX desk` has it."""
    host = box / "host"
    return Place(host / "owner.desk.pem", host / "vault", host, f"sim:{box}", host / "owner.pem")


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The application on a free port; its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < end and thread.is_alive()
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


__all__ = ["PASSPHRASE", "create", "make_box", "place", "serving"]
