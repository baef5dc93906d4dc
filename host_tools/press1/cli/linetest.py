"""`press1 line-test`: lead a technician through the test of the phone at the box, store what it found, and say it in words."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from press1.cli.context import notes, paper, session
from press1.errors import Press1Error, RefusedByBox, Usage
from press1.linetest import report
from press1.linetest.client import LineTest
from press1.linetest.judge import judge
from press1.linetest.measures import Section
from press1.linetest.sections import NAMES, PRESSES, STEPS, Step, named

_ROLES = ("technician", "owner")
_LIFT_TRIES = 3


def line_test(
    context: typer.Context,
    phone: Annotated[str, typer.Option(help="The phone's make and model.")] = "",
    wiring: Annotated[str, typer.Option(help="Where the box sits, such as: between base and handset.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for line-test.json and line-test.png.")] = Path("."),
    keep: Annotated[bool, typer.Option("--store/--no-store", help="Store the line profile in the box.")] = True,
    start: Annotated[bool, typer.Option("--start", help="Only begin; the handset must be down.")] = False,
    section: Annotated[str, typer.Option(help=f"Only measure this section from now on: {', '.join(NAMES)}.")] = "",
    finish: Annotated[bool, typer.Option("--finish", help="Only judge what was measured, store it and end.")] = False,
) -> None:
    """Test the phone at the box: levels, keys, side tone. Nothing can be recorded meanwhile; only levels leave the box."""
    if start + bool(section) + finish > 1:
        raise Usage("one step at a time", "--start, then --section NAME for each, then --finish")
    if section and section not in NAMES:
        raise Usage(f"no section {section!r}", f"sections: {', '.join(NAMES)}")
    by_hand = not (start or section or finish)
    if by_hand and not sys.stdin.isatty():
        raise Usage("nobody is there to follow the steps", "--start, then --section NAME for each, then --finish")
    with session(context, *_ROLES) as device:
        test = LineTest(device)
        if start:
            test.start()
        elif section:
            _measurable(test, named(section))
        elif finish:
            _finish(test, phone, wiring, out, keep)
        else:
            _lead(test, phone, wiring, out, keep)


def _measurable(test: LineTest, step: Step) -> None:
    if test.status().phase != "lifted":
        raise RefusedByBox("the box does not see a lifted handset", "--start first, then lift it; else check the hook's wiring")
    test.measure(step)


def _lead(test: LineTest, phone: str, wiring: str, out: Path, keep: bool) -> None:
    """All steps, with a person."""
    phone = phone or typer.prompt("phone, make and model", err=True)
    wiring = wiring or typer.prompt("where does the box sit (such as: between base and handset)", err=True)
    _wait("Put the handset down")
    test.start()
    try:
        _lift(test)
        for step in STEPS:
            _section(test, step)
        _finish(test, phone, wiring, out, keep)
    finally:
        test.end()
    notes.print("Put the handset down. The box is back at work.", style="bold")


def _wait(words: str) -> None:
    typer.prompt(f"{words}, then press Enter", default="", show_default=False, prompt_suffix="", err=True)


def _lift(test: LineTest) -> None:
    for _ in range(_LIFT_TRIES):
        _wait("Lift the handset, call another phone, and answer it there")
        if test.status().phase == "lifted":
            return
        notes.print("the box does not see that the handset is lifted", style="bold")
    raise RefusedByBox("the box does not see a lifted handset", "check how the hook is wired to the box")


def _section(test: LineTest, step: Step) -> None:
    while True:
        notes.print(f"\n{step.number} of {len(STEPS)}: {step.words}", style="bold")
        _wait(f"Enter begins {step.seconds} seconds: get ready")
        test.measure(step)
        time.sleep(step.seconds)
        _wait("When you are done")
        found = test.result(step)
        notes.print(_heard(found))
        if not typer.confirm("measure it again?", default=False, err=True):
            return


def _heard(found: Section) -> str:
    """What was measured, in a line, for the person who can repeat it."""
    levels = ", ".join(
        f"{name} {'silent' if one.speech is None else f'{one.speech:.0f} dBm0'}"
        for name, one in (("far", found.far), ("near", found.near))
    )
    keys = {name: len(found.heard(name)) for name in ("far", "near")}
    return f"{found.seconds:.0f} s: {levels}; keys: far {keys['far']}, near {keys['near']} (of {len(PRESSES)})"


def _finish(test: LineTest, phone: str, wiring: str, out: Path, keep: bool) -> None:
    """Judge, report, store, end: the report comes first, so that a full disk leaves the box as it was."""
    try:
        measured = test.results()
    except Press1Error as error:
        raise Usage(f"not all sections were measured ({error})", f"measure {', '.join(NAMES)}, then --finish") from error
    verdict = judge(measured, phone, wiring, test.now())
    files = report.write(verdict, test.box, test.rate, out)
    if keep:
        test.store(verdict.profile)
    test.end()
    for line in report.lines(verdict):
        paper.print(line, soft_wrap=True)
    paper.print(f"{'stored in the box; ' if keep else ''}{', '.join(map(str, files))}", soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Hang `line-test` under the main command."""
    app.command(name="line-test")(line_test)
