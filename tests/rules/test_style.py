"""Sizes, exceptions and other habits of the house, for firmware and host alike."""

import ast
import statistics
from pathlib import Path

import pytest

import house

SOURCES = [*house.files(house.FIRMWARE), *house.files(house.HOST)]
FILE_LIMIT = 300
FUNCTION_MEDIAN = 10
# Longer than the limit, each with its reason.
LONG: dict[str, str] = {
    "firmware/call.py": "wires the stages of a call; every line of what a block does, in its order, beside what the table asks for",
}


def lines(path: Path) -> int:
    """Lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods of a file."""
    return [node for node in ast.walk(house.tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    return whole - ((first.end_lineno or 0) - first.lineno + 1 if documented else 0)


def test_a_file_can_be_read_in_one_sitting():
    assert [house.name(path) for path in SOURCES if lines(path) > FILE_LIMIT and house.name(path) not in LONG] == []


def test_exceptions_to_the_limit_are_still_needed():
    assert [path for path in LONG if lines(house.ROOT / path) <= FILE_LIMIT] == []


@pytest.mark.parametrize("folder", [house.FIRMWARE, house.HOST], ids=house.name)
def test_sizes(folder, record_property):
    """Functions are short in the median; the figures go into the report."""
    sizes = sorted(length(node) for path in house.files(folder) for node in functions(path))
    file_sizes = [lines(path) for path in house.files(folder)]
    record_property("functions", len(sizes))
    record_property("function_median", statistics.median(sizes))
    record_property("function_longest", sizes[-1])
    record_property("file_median", statistics.median(file_sizes))
    assert statistics.median(sizes) < FUNCTION_MEDIAN


def swallows(handler: ast.ExceptHandler) -> bool:
    """True for a bare `except`, and for BaseException that is not raised again: either would swallow a power cut."""
    if handler.type is None:
        return True
    if not (isinstance(handler.type, ast.Name) and handler.type.id == "BaseException"):
        return False
    return not any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))


def swallowed(path: Path) -> list[str]:
    """Where a file swallows what it has not named."""
    handlers = [node for node in ast.walk(house.tree(path)) if isinstance(node, ast.ExceptHandler)]
    return [f"{house.name(path)}:{node.lineno}" for node in handlers if swallows(node)]


def test_no_exception_is_caught_unnamed():
    assert [place for path in SOURCES for place in swallowed(path)] == []


@pytest.mark.parametrize("clause", ["except:", "except BaseException:", "except BaseException as e:"])
def test_the_rule_sees_a_swallowed_exception(clause):
    handler = next(
        node for node in ast.walk(ast.parse(f"try:\n    f()\n{clause}\n    pass")) if isinstance(node, ast.ExceptHandler)
    )
    assert swallows(handler)


def test_a_module_says_what_it_is():
    assert [house.name(path) for path in SOURCES if not ast.get_docstring(house.tree(path))] == []
