"""Seconds count from 1970 in all of the firmware; MicroPython's `time` counts from 2000 on an ESP32."""

from __future__ import annotations

import ast

import house

CALENDAR = {"gmtime", "localtime", "mktime", "time"}


def calendar_calls(text: str) -> list[str]:
    """What of `time` depends on a port's epoch."""
    nodes = ast.walk(ast.parse(text))
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    named = [func for func in calls if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)]
    return [func.attr for func in named if isinstance(func.value, ast.Name) and func.value.id == "time" and func.attr in CALENDAR]


def test_no_calendar_of_the_port():
    files = [path for path in (house.ROOT / "firmware").rglob("*.py") if not path.name.startswith("sim")]
    assert len(files) > 100
    found = {path.name: calendar_calls(path.read_text(encoding="utf-8")) for path in files}
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_it_would_be_seen():
    assert calendar_calls("import time\nyear = time.gmtime(5)[0]\n") == ["gmtime"]
