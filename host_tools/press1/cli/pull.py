"""`press1 pull`: copy recordings and their wrapped keys off the box."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from press1 import pull as pulling
from press1 import pull_card
from press1.answers import need_card
from press1.cli.context import Json, confirm, notes, owners_of, paper, print_json, session, wants_json
from press1.cli.time import parse
from press1.cli.vault_use import meet
from press1.device import Device
from press1.errors import Damaged, Gone, Press1Error, Usage
from press1.head import PURPOSES

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Recording ids, or their beginnings; none: all.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only those begun since: 2026-11-21, or 36h, 7d, 2w ago.")
]
Purpose = Annotated[str | None, typer.Option("--purpose", help=f"Only those made for: {', '.join(PURPOSES)}.")]
Card = Annotated[
    Path | None,
    typer.Option("--card", metavar="DIR", help="Copy from the box's card in a reader here; ask the box for keys only."),
]
Move = Annotated[bool, typer.Option("--move/--keep", help="Erase each on the box once its copy here has been opened to the end.")]
_AGO = re.compile(r"(\d{1,5})([hdw])")
_AGO_S = {"h": 3_600, "d": 86_400, "w": 604_800}
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())


def pull(
    context: typer.Context,
    ids: Ids = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for <id>.p1r and <id>.key.")] = Path(),
    since: Since = None,
    purpose: Purpose = None,
    card: Card = None,
    move: Move = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --move erases.")] = False,
    json: Json = False,
) -> None:
    """Copy recordings and their wrapped keys off the box, checking every signature."""
    if purpose is not None and purpose not in PURPOSES:
        raise Usage(f"no purpose {purpose!r}", f"purposes: {', '.join(PURPOSES)}")
    begun = None if since is None else moment(since)
    _make(out)
    with session(context, "owner") as device:
        meet(context, device)
        items = pulling.choose(_listed(device, card), ids or [], begun, purpose)
        if move and items and not yes:
            confirm(f"copy {len(items)} recordings here, then erase them on the box for ever?")
        run = _Run(device, out, move, pull_card.read if card else pulling.over_line(device))
        done = run.all(items)
    if wants_json(context, json):
        print_json([_row(item, run) for item in done])
    else:
        _tell(done, run, bool(ids or since or purpose))
    if run.failed:
        raise run.failed[0]


def moment(text: str) -> int:
    """UTC seconds of an ISO 8601 time, or of `7d` ago."""
    found = _AGO.fullmatch(text)
    return int(time.time()) - int(found[1]) * _AGO_S[found[2]] if found else parse(text)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"cannot make {out}: {error.strerror}", "name another --out") from error


def _listed(device: Device, card: Path | None) -> list[pulling.Item]:
    if card is None:
        found = device.ls()
        if not found:
            need_card(device.info()["card"])
        return found
    assert device.about
    return pull_card.items(card, device.about.box)


class _Run:
    """All that is pulled in one session. One that fails leaves the others their turn."""

    def __init__(self, device: Device, out: Path, move: bool, read: pulling.Read) -> None:
        self.device, self.out, self.move, self.read = device, out, move, read
        self.owners = owners_of(device)
        self.erased: set[bytes] = set()
        self.failed: list[Press1Error] = []

    def all(self, items: list[pulling.Item]) -> list[pulling.Pulled]:
        """What stands in the folder afterwards."""
        with Progress(*_COLUMNS, console=notes, disable=not notes.is_terminal) as bars:
            together = bars.add_task(f"{len(items)} recordings", total=sum(item["bytes"] for item in items))
            try:
                found = [self._one(item, _meter(bars, together, item)) for item in items]
            except KeyboardInterrupt:
                notes.print("what has come so far is kept: the same command goes on from there", soft_wrap=True)
                raise
        return [item for item in found if item]

    def _one(self, item: pulling.Item, moved: Callable[[int], object]) -> pulling.Pulled | None:
        try:
            done = pulling.fetch(self.device, item, self.out, self.owners, moved, self.read)
            if self.move:
                self._erase(done)
            return done
        except (Gone, Damaged) as error:
            moved(item["bytes"])
            notes.print(f"{item['id'].hex()[:8]}: {error}", style="bold", soft_wrap=True, markup=False)
            self.failed.append(error)
            return None

    def _erase(self, done: pulling.Pulled) -> None:
        assert self.device.identity
        pulling.prove(done, self.device.identity[1])
        pulling.give_up(self.device, done)
        self.erased.add(done.id)


def _meter(bars: Progress, together: TaskID, item: pulling.Item) -> Callable[[int], object]:
    """Count an item's bytes into the bar of all."""
    before = 0

    def moved(count: int) -> None:
        nonlocal before
        bars.update(together, advance=count - before, description=item["id"].hex()[:8])
        before = count

    return moved


def _row(item: pulling.Pulled, run: _Run) -> dict[str, Any]:
    kept = {"id": item.id, "file": str(item.recording), "key": str(item.key), "state": item.state, "new": item.new}
    return {**kept, "erased": item.id in run.erased}


def _tell(done: list[pulling.Pulled], run: _Run, narrowed: bool) -> None:
    for item in done:
        said = ("" if item.new else "  (was here)") + ("  erased on the box" if item.id in run.erased else "")
        paper.print(f"{item.recording}{said}", soft_wrap=True)
    if not done and not run.failed:
        paper.print("no recording is both on the box and asked for" if narrowed else "the box holds no recording")


def register(app: typer.Typer) -> None:
    """Hang `pull` under the main command."""
    app.command()(pull)
