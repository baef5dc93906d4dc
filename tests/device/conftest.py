"""Device tests: each file runs in a MicroPython process of its own, never in CPython.

Every test function is an item; a test that stands in the file and is missing
from the output fails. The interpreter is $MICROPYTHON, else the `micropython`
beside this Python; a missing interpreter is a failure, not a skip.
"""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
MARK = "@strict "
TIMEOUT_S = 280  # below the limit of pytest-timeout, so that the device's output is shown


def interpreter() -> str:
    """Path of the unix port; $MICROPYTHON names another than the installed one."""
    return os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")


def run_strict(path: Path, *names: str) -> subprocess.CompletedProcess:
    """Run the strict runner over one file, in the repository, with the firmware as import root."""
    command = [interpreter(), "-X", "heapsize=16M", str(HERE / "strict.py"), str(path), *names]
    environ = {**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:{HERE}:.frozen"}
    return subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT_S,
    )


def parse(output: str) -> dict[str, dict]:
    """Results by test name; a marker may follow what a test printed on the same line."""
    lines = (line.partition(MARK)[2] for line in output.splitlines() if MARK in line)
    return {result["name"]: result for result in map(json.loads, lines)}


def test_names(source: str) -> list[str]:
    """Names of the tests in a file, in the runner's spelling, without importing it."""
    names: list[str] = []
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.parse(source).body:
        if isinstance(node, functions) and node.name.startswith("test_"):
            names.append(node.name)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            names += [
                f"{node.name}.{inner.name}"
                for inner in node.body
                if isinstance(inner, functions) and inner.name.startswith("test_")
            ]
    return names


test_names.__test__ = False  # type: ignore[attr-defined]


class DeviceFailure(Exception):
    """A device test failed; the text is the device's own report."""


class DeviceFile(pytest.File):
    """A file of device tests; its process runs once, when the first item asks."""

    _results: dict[str, dict] | None = None
    output = ""

    def collect(self):
        """One item per test; an empty file is an item that fails."""
        for name in test_names(self.path.read_text(encoding="utf-8")) or ["(no tests)"]:
            yield DeviceItem.from_parent(self, name=name)

    def results(self) -> dict[str, dict]:
        """Results by name; runs the file the first time."""
        if self._results is None:
            self._results = {}
            self._results = self._run()
        return self._results

    def _run(self) -> dict[str, dict]:
        try:
            done = run_strict(self.path)
        except (OSError, subprocess.TimeoutExpired) as error:
            self.output = f"{type(error).__name__}: {error}"
            return {}
        self.output = f"exit {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        results = parse(done.stdout)
        broken = done.returncode != 0 and all(result["ok"] for result in results.values())
        return {} if broken else results  # died, or ran nothing: nothing counts as passed


class DeviceItem(pytest.Item):
    """One test function on the device."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.funcargs: dict = {}  # pytest-embedded looks here; device tests have no fixtures

    def runtest(self) -> None:
        """Fail with the device's trace, or when the device did not report this test."""
        result = self.parent.results().get(self.name)
        if result is None:
            raise DeviceFailure(f"not in the output\n{self.parent.output}")
        if not result["ok"]:
            raise DeviceFailure(result["trace"])
        self.add_report_section("call", "device", f"{result['ms']} ms")

    def repr_failure(self, excinfo, style=None):
        """The device's words, without CPython's stack."""
        if isinstance(excinfo.value, DeviceFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        """Where the test stands, for the report."""
        return self.path, None, f"{self.path.name}::{self.name}"


def pytest_pycollect_makemodule(module_path: Path, parent):
    """Take every test_*.py below this folder, so that pytest imports none of them."""
    if module_path.name.startswith("test_"):
        return DeviceFile.from_parent(parent, path=module_path)
    return None
