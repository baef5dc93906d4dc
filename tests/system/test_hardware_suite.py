"""The suite for boards, run against a simulated box on a pseudo-terminal: it must be ready before the first board is."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from press1.sim import interpreter
from press1.sim.demonstration import blank
from press1.sim.process import Simulator

ROOT = Path(__file__).resolve().parents[2]


def suite(file: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", f"tests/hardware/{file}"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "PRESS1_"))}
    environ.update(settings)
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=200)


@pytest.fixture
def port(tmp_path):
    """A blank box on a pseudo-terminal."""
    blank(tmp_path, 1_795_251_600, Fraction(8000))
    with Simulator(tmp_path, "serve", str(tmp_path)) as simulator:
        simulator.wait_ready()
        yield simulator.device
        simulator.stop()


def test_the_suite_passes_on_a_simulated_box(port):
    done = suite("test_port.py", PRESS1_PORT=port)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "skipped" not in done.stdout


def test_without_a_port_it_says_that_it_was_skipped():
    done = suite("", PRESS1_PORT="")
    assert done.returncode == 0
    assert "no board: PRESS1_PORT names no serial port" in done.stdout
    assert "no board with a prompt: PRESS1_REPL names no serial port" in done.stdout


@pytest.fixture
def prompt():
    """The unix port's prompt on a pseudo-terminal, with the firmware in its path."""
    import pty
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    environ = {**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:.frozen", "TERM": "dumb"}
    words = [interpreter.micropython(), "-X", "heapsize=8M", "-i", "-c", "0"]
    process = subprocess.Popen(words, stdin=master, stdout=master, stderr=master, env=environ, start_new_session=True)
    try:
        yield os.ttyname(slave)
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)


def test_the_prompts_suite_passes_on_the_unix_port(prompt, tmp_path):
    done = suite("test_repl.py", PRESS1_REPL=prompt, PRESS1_REPL_FOLDER=str(tmp_path))
    assert done.returncode == 0, done.stdout[-4000:]
    assert "skipped" not in done.stdout
