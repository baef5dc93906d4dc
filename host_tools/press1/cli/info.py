"""`press1 info`: how the box is."""

from typing import Any

import typer
from rich.table import Table

from press1.cli.context import Json, iso, paper, print_json, session, wants_json, words

_TIMES = ("time", "next_sweep")


def info(context: typer.Context, json: Json = False) -> None:
    """Show how the box is: clock, card, key slots, policy, counters, and for how long there is room."""
    with session(context, "owner", "technician", "auditor") as device:
        found = device.info()
    shown: dict[str, Any] = {
        name: iso(value) if name in _TIMES and isinstance(value, int) else value for name, value in found.items()
    }
    if wants_json(context, json):
        print_json(shown)
        return
    if "forecast" in shown:
        shown["room"] = room(shown.pop("forecast"), bool(shown.get("card", {}).get("present")))
    table = Table(box=None, show_header=False)
    for name, value in sorted(shown.items()):
        table.add_row(name.replace("_", " "), words(value))
    paper.print(table)


def room(forecast: dict[str, Any] | None, card: bool) -> str:
    """The forecast in words; `card`: one is in the box."""
    if not forecast:
        return "nothing was recorded in the last week, so nothing is known of its rate"
    over, count, size = forecast["over"], forecast["recordings"], forecast["bytes"]
    rate = f"at the rate of the last {over} days" if over > 1 else "at the rate of one day"
    rate += f" ({count} recordings, {size / 1e6:.1f} MB a day, kept {forecast['keep']} days)"
    if not card:
        return f"not known while the card is away; {rate.removeprefix('at the ')}"
    if forecast["days"] is None:
        return f"for more than a year {rate}"
    last = {"card": "the card is full", "slots": "no key slot is free"}.get(forecast["by"], forecast["by"])
    days = {0: "less than a day", 1: "1 day"}.get(forecast["days"], f"{forecast['days']} days")
    return f"for {days} {rate}, then {last}"


def register(app: typer.Typer) -> None:
    """Hang `info` under the main command."""
    app.command()(info)
