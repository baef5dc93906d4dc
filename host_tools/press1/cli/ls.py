"""`press1 ls`: what the box holds."""

from typing import Any

import typer
from rich.table import Table

from press1.cli.context import Json, iso, paper, print_json, session, wants_json
from press1.errors import Damaged

FIELDS = ("id", "call", "part", "created", "expires", "seconds", "purposes", "basis", "direction", "hold", "state", "bytes")


def row(item: dict[str, Any]) -> dict[str, Any]:
    """An item as the contract of `ls --json` has it: ids in hex, times in ISO 8601."""
    try:
        shown = {name: item[name] for name in FIELDS}
        return {**shown, "created": iso(item["created"]), "expires": iso(item["expires"])}
    except (KeyError, TypeError) as error:
        raise Damaged("the box listed a recording without all its fields") from error


def ls(context: typer.Context, json: Json = False) -> None:
    """List the recordings that the box holds."""
    with session(context, "owner") as device:
        rows = [row(item) for item in device.ls()]
    if wants_json(context, json):
        print_json(rows)
    elif rows:
        paper.print(_table(rows))
    else:
        paper.print("the box holds no recording")


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("id", "part", "created", "expires", "seconds", "purposes", "basis", "direction", "state", "bytes", box=None)
    for item in rows:
        state = item["state"] + (", held" if item["hold"] else "")
        cells = (item["id"].hex(), item["part"], item["created"], item["expires"], item["seconds"])
        words = (", ".join(item["purposes"]), ", ".join(item["basis"]), item["direction"], state, item["bytes"])
        table.add_row(*map(str, (*cells, *words)))
    return table


def register(app: typer.Typer) -> None:
    """Hang `ls` under the main command."""
    app.command()(ls)
