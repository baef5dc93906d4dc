"""`press1 export`: open recordings with the owner's key and write what was said as WAV."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from press1 import export as exporting
from press1 import keys
from press1.cli.context import Json, ask_passphrase, iso, notes, paper, print_json, settings, wants_json
from press1.cli.inspect import evidence, header
from press1.errors import Usage
from press1.export import Exported


def export(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Parts of one call (.p1r), their .key files beside them.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="WAV to write.")],
    identity: Annotated[Path | None, typer.Option(help="The owner's private key (.pem).")] = None,
    salvage: Annotated[bool, typer.Option("--salvage", help="Open a recording that was cut before the box signed it.")] = False,
    json: Json = False,
) -> None:
    """Join the parts of a call into a WAV: far left, near right; what was not stored is silence."""
    path = _identity(identity or settings(context).identity, settings(context).port)
    private = keys.load_private(path, lambda: ask_passphrase(path))
    total = exporting.size(files)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bars:
        task = bars.add_task("opening", total=total)
        done = exporting.export(files, private, out, salvage=salvage, progress=lambda count: bars.advance(task, count))
    if wants_json(context, json):
        print_json(_row(done))
    else:
        _tell(done)


def _identity(given: Path | None, port: str | None) -> Path:
    """The key file: --identity here or before the verb, a folder with owner.pem in it, or the demonstration box's own."""
    if given is None and port and port.startswith("sim:"):
        given = Path(port.removeprefix("sim:")) / "host"
    if given is None:
        raise Usage("whose recording?", "--identity OWNER.pem")
    return given / "owner.pem" if given.is_dir() else given


def _row(done: Exported) -> dict[str, Any]:
    shown = header(done.head)
    return {
        "out": str(done.path),
        "call": done.head.call,
        "box": done.head.box,
        "rate": done.rate,
        "rate_exact": shown["rate"],
        "frames": done.frames,
        "silence": done.silence,
        "purposes": shown["purposes"],
        "consent": shown["consent"],
        "parts": [
            {
                "file": str(part.path),
                "id": part.report.head.id,
                "part": part.report.head.part,
                "state": part.report.state,
                "signed": part.report.signed,
                "torn": part.torn,
                "first_sample": part.report.head.first_sample,
                "frames": part.frames,
                "plain_hash": part.plain_hash,
            }
            for part in done.parts
        ],
    }


def _tell(done: Exported) -> None:
    head = done.head
    paper.print(
        f"{done.path}: {done.frames / done.rate:.1f} s at {done.rate} Hz, far left, near right", soft_wrap=True, markup=False
    )
    if done.silence:
        paper.print(f"  of it {done.silence / done.rate:.1f} s silence where nothing was stored")
    for part in done.parts:
        signed = "" if part.report.signed else ", UNSIGNED"
        paper.print(f"  part {part.report.head.part}: {part.report.state}{signed}, {part.frames} samples", highlight=False)
    paper.print(f"  consent: {evidence(head.consent, head.rate)}", soft_wrap=True, markup=False)
    for row in head.purposes:
        paper.print(f"  for {row.purpose}, basis {row.basis}, until {iso(row.end)}: delete the WAV then, too", markup=False)


def register(app: typer.Typer) -> None:
    """Hang `export` under the main command."""
    app.command()(export)
