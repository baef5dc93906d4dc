"""`press1 report`: what the owner answers an authority with (S48)."""

import time
from pathlib import Path
from typing import Annotated

import typer

from press1.cli.context import notes, paper, session
from press1.cli.office import day, home


def report(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", "-o", help="File without suffix: .html and .pdf are written; or one of the two.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day: YYYY-MM-DD; the journal's first.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day; today.")] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="da or en.")] = "da",
    journal: Annotated[
        list[Path] | None,
        typer.Option("--journal", metavar="FILE", help="Journal files of a card (YYYYMM.P1J) in place of a box."),
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file, where it was loaded from another computer.")] = None,
) -> None:
    """Write the accountability report of a period: policies, calls, consents, draws, deletions, cases, and the journal's proof."""
    from press1 import profiles
    from press1.report import making, source
    from press1.report import paper as papers

    first, last = day(since) if since else None, day(to) if to else None
    paths, given = _paths(out), profiles.load(policy) if policy else None
    if journal:
        found = source.from_files(journal)
    else:
        with session(context, "owner", "auditor") as device:
            found = source.from_box(device)
    made = making.make(found, home(context), int(time.time()), language, first, last, given)
    for path in paths:
        papers.write(made, path)
        paper.print(str(path), soft_wrap=True, markup=False)
    for text in found.faults:
        notes.print(f"the journal: {text}", style="bold", soft_wrap=True, markup=False)


def _paths(out: Path) -> list[Path]:
    if out.suffix in (".html", ".pdf"):
        return [out]
    return [out.with_name(f"{out.name}{suffix}") for suffix in (".html", ".pdf")]


def register(app: typer.Typer) -> None:
    """Hang `report` under the main command."""
    app.command()(report)
