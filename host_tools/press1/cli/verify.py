"""`press1 verify`: is a recording what the box signed? Needs no secret."""

from pathlib import Path
from typing import Annotated, Any

import typer

from press1 import boxes, container
from press1.cli.context import Json, paper, print_json, settings, wants_json
from press1.container import Report
from press1.errors import Press1Error, Usage, WrongKey


def verify(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings (.p1r).")],
    salvage: Annotated[bool, typer.Option("--salvage", help="Accept a recording that was cut before the box signed it.")] = False,
    json: Json = False,
) -> None:
    """Check signature, order and completeness of recordings."""
    rows, errors = [], []
    for path in files:
        try:
            rows.append(_checked(context, path, salvage))
        except Press1Error as error:
            errors.append(error)
            rows.append({"file": str(path), "state": "error", "error": str(error)})
    if wants_json(context, json):
        print_json(rows)
    else:
        for row in rows:
            paper.print(_line(row), soft_wrap=True, markup=False)
    if errors:
        text = f"{len(errors)} of {len(files)} recordings did not pass" if len(files) > 1 else _named(files[0], errors[0])
        raise type(errors[0])(text, errors[0].hint)


def _named(path: Path, error: Press1Error) -> str:
    return str(error) if str(path) in str(error) else f"{path}: {error}"


def _checked(context: typer.Context, path: Path, salvage: bool) -> dict[str, Any]:
    if path.is_dir():
        raise Usage(f"{path} is a folder", f"name the recordings in it: {path / '*.p1r'}")
    report = container.verify_file(path, salvage=salvage)
    options = settings(context)
    box = report.head.box.hex()
    if options.box and not box.startswith(options.box.lower()):
        raise WrongKey(f"signed by box {box}, not by {options.box}")
    known = boxes.Boxes(boxes.home(options.port or "")).get(report.head.box)
    return {"file": str(path), **facts(report), "known": known is not None and known.box_key == report.head.box_key}


def facts(report: Report) -> dict[str, Any]:
    """What a check without a secret tells."""
    head = report.head
    return {
        "state": report.state,
        "signed": report.signed,
        "id": head.id,
        "call": head.call,
        "part": head.part,
        "box": head.box,
        "records": report.records,
        "seconds": round(report.audio_samples * head.rate[1] / head.rate[0], 3),
    }


def _line(row: dict[str, Any]) -> str:
    if row["state"] == "error":
        why = row["error"].replace(f" {row['file']}", "")  # it stands before it already
        return f"{row['file']}: NOT good: {why}"
    if not row["signed"]:
        return f"{row['file']}: {row['state']}, unsigned, {row['seconds']} s"
    known = "known here" if row["known"] else "not known here: anyone can make a box"
    return f"{row['file']}: {row['state']}, {row['seconds']} s, part {row['part']}, signed by box {row['box'].hex()} ({known})"


def register(app: typer.Typer) -> None:
    """Hang `verify` under the main command."""
    app.command()(verify)
