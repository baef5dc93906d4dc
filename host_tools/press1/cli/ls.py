"""`press1 ls`: what the box holds."""

from typing import Any

import typer
from rich.table import Table

from press1.answers import need_card
from press1.cli.context import Json, iso, paper, print_json, session, wants_json

_SHOWN = 8  # hex digits of an id
FIELDS = ("id", "call", "part", "created", "expires", "seconds", "purposes", "basis", "direction", "hold", "state", "bytes")


def row(item: dict[str, Any]) -> dict[str, Any]:
    """An item as the contract of `ls --json` has it: ids in hex, times in ISO 8601."""
    shown = {name: item[name] for name in FIELDS}
    return {**shown, "created": iso(item["created"]), "expires": iso(item["expires"])}


def ls(context: typer.Context, json: Json = False) -> None:
    """List the recordings that the box holds."""
    with session(context, "owner") as device:
        rows = [row(item) for item in device.ls()]
        if not rows:
            need_card(device.info()["card"])
    if wants_json(context, json):
        print_json(rows)
    elif rows:
        paper.print(_table(rows))
    else:
        paper.print("the box holds no recording")


def _table(rows: list[dict[str, Any]]) -> Table:
    """For people: ids cut to what `pull` needs, times to the minute."""
    table = Table(box=None, pad_edge=False)
    for name in ("id", "part", "created", "expires", "s", ""):
        table.add_column(name, no_wrap=True)
    table.add_column("purposes", overflow="fold")
    table.add_column("state")
    for item in rows:
        times = (item[name][:16].replace("T", " ") for name in ("created", "expires"))
        purposes = f"{', '.join(item['purposes'])} ({', '.join(item['basis'])})"
        state = item["state"] + (", held" if item["hold"] else "")
        table.add_row(
            item["id"].hex()[:_SHOWN], str(item["part"]), *times, str(item["seconds"]), item["direction"], purposes, state
        )
    return table


def register(app: typer.Typer) -> None:
    """Hang `ls` under the main command."""
    app.command()(ls)
