"""The suite for boards, run against a simulated box on a pseudo-terminal: it must be ready before the first board is."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from press1.sim.demonstration import blank
from press1.sim.process import Simulator

ROOT = Path(__file__).resolve().parents[2]


def suite(port: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "tests/hardware"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    environ["PRESS1_PORT"] = port
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
    done = suite(port)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "skipped" not in done.stdout


def test_without_a_port_it_says_that_it_was_skipped():
    done = suite("")
    assert done.returncode == 0
    assert "no board: PRESS1_PORT names no serial port" in done.stdout
