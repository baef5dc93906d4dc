"""The line test with a person at the terminal: the order of steps, repeats, a hook that is not seen."""

import json

import pytest
import typer
from test_line_judge import measured

from press1.cli import linetest
from press1.errors import RefusedByBox
from press1.linetest.client import Status
from press1.linetest.sections import STEPS


class Box:
    """A line test whose measurements are those of a good phone."""

    rate, box = (8000, 1), b"\x02" * 16

    def __init__(self) -> None:
        self.phase, self.done, self.stored = "waiting", [], None

    def start(self):
        self.done.append("start")

    def status(self):
        return Status(self.phase, 600, 0)

    def measure(self, step):
        self.done.append(step.name)

    def result(self, step):
        return measured()[step.number - 1]

    def results(self):
        return measured()

    def now(self):
        return 1795251600

    def store(self, profile):
        self.done.append("store")
        self.stored = profile

    def end(self):
        self.done.append("end")


@pytest.fixture
def person(monkeypatch):
    """Answers every question; lifts the handset when told to; wants the second section twice."""
    box, said = Box(), []
    again = iter([False, True, False, False, False, False])

    def prompt(words, **_):
        said.append(words)
        if words.startswith("Lift") and len([one for one in said if one.startswith("Lift")]) == 2:
            box.phase = "lifted"
        return "Desk phone"

    monkeypatch.setattr(typer, "prompt", prompt)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: next(again))
    monkeypatch.setattr(linetest.time, "sleep", lambda _: None)
    return box


def test_a_technician_is_led_through(person, tmp_path, capsys):
    linetest._lead(person, "", "base", tmp_path, True)
    names = [step.name for step in STEPS]
    assert person.done == ["start", names[0], names[1], names[1], *names[2:], "store", "end", "end"]
    assert person.stored["phone"] == "Desk phone" and person.stored["wiring"] == "base"
    assert json.loads((tmp_path / "line-test.json").read_text())["profile"] == person.stored
    assert "consent by key works on this phone" in capsys.readouterr().out


def test_nothing_is_stored_when_that_is_not_wanted(person, tmp_path):
    linetest._lead(person, "phone", "base", tmp_path, False)
    assert person.stored is None and (tmp_path / "line-test.json").exists()


def test_a_hook_that_is_not_seen_ends_the_test(person, tmp_path, monkeypatch):
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: "x")
    with pytest.raises(RefusedByBox, match="lifted handset"):
        linetest._lead(person, "phone", "base", tmp_path, True)
    assert person.done == ["start", "end"] and not list(tmp_path.iterdir())
