"""The strict runner must fail: on a failure, on nothing to run, on what never ran."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = Path(sys.executable).parent / "micropython"

FAILING = {
    "failure": "def test_a():\n    assert False\n",
    "one_of_two": "def test_a():\n    pass\ndef test_b():\n    raise ValueError('no')\n",
    "zero_tests": "x = 1\n",
    "import_error": "import nothing_of_this_name\ndef test_a():\n    pass\n",
    "syntax_error": "def test_a(:\n",
    "exit_at_import": "import sys\nsys.exit(0)\n",
    "exit_in_test": "import sys\ndef test_a():\n    sys.exit(0)\n",
    "coroutine_never_ran": "async def f():\n    pass\ndef test_a():\n    return f()\n",
    "async_never_ends": "def test_a():\n    yield\n",
    "async_failure": "async def test_a():\n    assert False\n",
    "returns_value": "def test_a():\n    return False\n",
    "heap_left_locked": "import micropython\ndef test_a():\n    micropython.heap_lock()\n",
    "method_failure": "class TestX:\n    def test_a(self):\n        assert False\n",
}

CRASH = """
import uctypes
def test_a():
    pass
def test_b():
    uctypes.bytearray_at(1, 1)[0] = 1
"""


def strict(path: Path, *names: str) -> subprocess.CompletedProcess:
    command = [str(MICROPYTHON), str(ROOT / "tests/device/strict.py"), str(path), *names]
    environ = {**os.environ, "STRICT_ASYNC_S": "1"}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environ, timeout=60)


@pytest.mark.parametrize("name", FAILING)
def test_exits_non_zero(tmp_path, name):
    file = tmp_path / f"test_{name}.py"
    file.write_text(FAILING[name])
    done = strict(file)
    assert done.returncode != 0, done.stdout
    if name != "zero_tests":
        assert '"ok": false' in done.stdout


def test_passes_and_counts(tmp_path):
    file = tmp_path / "test_good.py"
    file.write_text("def test_a():\n    pass\nasync def test_b():\n    pass\n")
    done = strict(file)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed"


def test_a_missing_name_is_a_failure(tmp_path):
    file = tmp_path / "test_good.py"
    file.write_text("def test_a():\n    pass\n")
    assert strict(file, "test_b").returncode != 0


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("def test_a():\n    pass\n", {"passed": 1}),
        ("def test_a():\n    assert 1 == 2\ndef test_b():\n    pass\n", {"passed": 1, "failed": 1}),
        ("if False:\n    pass\n", {"failed": 1}),
        ("import absent\ndef test_a():\n    pass\n", {"failed": 1}),
        ("def test_a():\n    pass\ndel test_a\ndef test_b():\n    pass\n", {"passed": 1, "failed": 1}),
        (CRASH, {"failed": 2}),
    ],
)
def test_pytest_reports_each_test(tmp_path, body, outcome):
    """The collector, over a copy of the device folder holding one file."""
    device = tmp_path / "tests/device"
    device.mkdir(parents=True)
    (tmp_path / "firmware").mkdir()
    for name in ("strict.py", "conftest.py"):
        (device / name).write_bytes((ROOT / "tests/device" / name).read_bytes())
    (device / "test_x.py").write_text(body)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(device)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    parts = done.stdout.splitlines()[-1].split(" in ")[0].split(", ")
    counts = {kind: int(count) for count, kind in (part.split()[:2] for part in parts)}
    assert counts == outcome, done.stdout
