"""`press1 pull`: copy recordings and their wrapped keys off the box."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from press1 import pull as pulling
from press1.cli.context import Json, notes, owners_of, paper, print_json, session, wants_json
from press1.device import Device
from press1.errors import Usage

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Recording ids, or their beginnings; none: all.")]


def pull(
    context: typer.Context,
    ids: Ids = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for <id>.p1r and <id>.key.")] = Path(),
    json: Json = False,
) -> None:
    """Copy recordings and their wrapped keys off the box, checking every signature."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"cannot make {out}: {error.strerror}", "name another --out") from error
    with session(context, "owner") as device:
        done = _fetch_all(device, pulling.choose(device.ls(), ids or []), out)
    if wants_json(context, json):
        print_json([_row(item) for item in done])
    else:
        for item in done:
            paper.print(f"{item.recording}{'' if item.new else '  (was here)'}", soft_wrap=True)
        if not done:
            paper.print("the box holds no recording")


def _row(item: pulling.Pulled) -> dict[str, Any]:
    return {"id": item.id, "file": str(item.recording), "key": str(item.key), "state": item.state, "new": item.new}


def _fetch_all(device: Device, items: list[dict[str, Any]], out: Path) -> list[pulling.Pulled]:
    owners = owners_of(device)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes, disable=not notes.is_terminal) as bars:
        return [pulling.fetch(device, item, out, owners, _bar(bars, item)) for item in items]


def _bar(bars: Progress, item: dict[str, Any]) -> Callable[[int], object]:
    task = bars.add_task(item["id"].hex()[:8], total=item["bytes"])
    return lambda count: bars.update(task, completed=count)


def register(app: typer.Typer) -> None:
    """Hang `pull` under the main command."""
    app.command()(pull)
