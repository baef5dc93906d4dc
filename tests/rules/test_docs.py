"""Pages point at what exists, and README shows only commands that there are."""

import re

import pytest
from typer.main import get_command

import house
from press1.cli import app

PAGES = [house.ROOT / "README.md", *sorted((house.ROOT / "docs").glob("*.md")), *sorted((house.ROOT / "tests").glob("*.md"))]

# Named as something to come, by the page that names it.
ANNOUNCED = {"firmware/hal/esp32.py"}


@pytest.mark.parametrize("page", PAGES, ids=house.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=house.name)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:firmware|host_tools|tests|docs|boards)/[\w./-]+)`", page.read_text(encoding="utf-8"))
    missing = [path for path in named if path not in ANNOUNCED and not (house.ROOT / path).exists()]
    assert missing == []


def test_readme_shows_only_commands_that_exist():
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    lines = re.findall(r"^    press1 (.*)", (house.ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert lines
    shown = {re.sub(r"--(port|identity) \S+ ", "", line).split()[0] for line in lines}
    assert shown - known == set()


def test_makefile_targets_that_pages_name_exist():
    targets = set(re.findall(r"^([a-z_]+):", (house.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for page in PAGES for target in re.findall(r"`make ([a-z_]+)", page.read_text(encoding="utf-8"))}
    assert named
    assert named <= targets
