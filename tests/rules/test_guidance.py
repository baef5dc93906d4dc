"""docs/guidance.md has every row, each with tests that exist and that speak of what they show."""

import re

import house

PAGE = house.ROOT / "docs/guidance.md"
ROWS = 48


def rows():
    """(number, cells) of each row."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"\| S(\d+) \|(.*)\|", line) for line in lines if line.startswith("| S")]
    return [(int(row[1]), [cell.strip() for cell in row[2].split(" | ")]) for row in found if row]


def test_all_rows_are_there_once_and_in_order():
    assert [number for number, _ in rows()] == list(range(1, ROWS + 1))


def test_each_row_says_how_and_names_a_test():
    assert [number for number, cells in rows() if len(cells) != 3 or not all(cells)] == []


def test_the_tests_that_are_named_exist():
    named = {(number, path) for number, cells in rows() for path in re.findall(r"`([^`]+)`", cells[2])}
    assert len({number for number, _ in named}) == ROWS
    missing = [
        (number, path) for number, path in sorted(named) if not (path.startswith("tests/") and (house.ROOT / path).is_file())
    ]
    assert missing == []
