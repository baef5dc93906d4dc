"""`press1 selftest`: let the box test itself."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from press1 import __version__, selftesting
from press1.cli.context import Json, iso, notes, paper, print_json, session, wants_json
from press1.errors import Press1Error, Usage

_COLOURS = {"good": "green", "bad": "bold red", "figure": "dim"}


def selftest(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Write the sheet, an HTML page, to this file.")] = None,
    part: Annotated[list[str] | None, typer.Option(help="This part only; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Test cryptography, speed, memory, card, clock and relay on the box. Exit code 1 when something is not good."""
    with session(context, "technician", "owner") as device:
        assert device.about
        info = device.info()
        about = {
            "box": device.about.box.hex(),
            "firmware": device.about.version,
            "box's time": iso(int(info["time"])),
            "port": device.transport.port,
            "press1": __version__,
        }
        report = selftesting.run(device, about, part or [], lambda title: notes.print(title, style="dim"))
    if out:
        try:
            out.write_text(selftesting.sheet(report, iso), encoding="utf-8")
        except OSError as error:
            raise Usage(f"cannot write {out}: {error.strerror}") from error
    if wants_json(context, json):
        print_json(report.plain())
    else:
        _print(report)
    if report.faults:
        raise Press1Error(f"not good: {', '.join(report.faults)}", "docs/technician.md says what to do")
    notes.print(f"everything that was tested is good{f'; the sheet is {out}' if out else ''}", soft_wrap=True)


def _print(report: selftesting.Report) -> None:
    table = Table(box=None, show_header=False)
    for name, rows in report.parts:
        for row in rows:
            state = selftesting.word(row)
            mark = "" if state == "figure" else state
            table.add_row(name, row["name"], selftesting.figure(row, iso), f"[{_COLOURS[state]}]{mark}[/]")
    paper.print(table)


def register(app: typer.Typer) -> None:
    """Hang `selftest` under the main command."""
    app.command()(selftest)
