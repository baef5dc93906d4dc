"""`press1 info`: how the box is."""

from typing import Any

import typer
from rich.table import Table

from press1.cli.context import Json, iso, paper, print_json, session, wants_json

_TIMES = ("time", "next_sweep")


def info(context: typer.Context, json: Json = False) -> None:
    """Show how the box is: clock, card, key slots, policy, counters."""
    with session(context, "owner", "technician", "auditor") as device:
        found = device.info()
    shown = {name: iso(value) if name in _TIMES and isinstance(value, int) else value for name, value in found.items()}
    if wants_json(context, json):
        print_json(shown)
        return
    table = Table(box=None, show_header=False)
    for name, value in sorted(shown.items()):
        table.add_row(name.replace("_", " "), _words(value))
    paper.print(table)


def _words(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "/".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def register(app: typer.Typer) -> None:
    """Hang `info` under the main command."""
    app.command()(info)
