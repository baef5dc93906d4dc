"""`press1 time`: read or set the box's clock."""

import time as clock
from datetime import UTC, datetime
from typing import Annotated

import typer

from press1.cli.context import Json, iso, paper, print_json, session, wants_json
from press1.errors import Usage


def parse(text: str) -> int:
    """`now`, or an ISO 8601 time (UTC unless it says otherwise), as UTC seconds."""
    if text == "now":
        return int(clock.time())
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise Usage(f"{text!r} is no time", "now, or such as 2026-11-21T09:00:00Z") from error


def time(
    context: typer.Context,
    to: Annotated[str | None, typer.Option("--set", metavar="now|TIME", help="Set the clock.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Set it even where that is more than 30 days away, or backwards.")] = False,
    json: Json = False,
) -> None:
    """Show the box's clock, or set it."""
    wanted = None if to is None else parse(to)
    with session(context, "owner", "technician", "auditor") as device:
        found = device.time(wanted, yes)
    if wants_json(context, json):
        print_json({"time": iso(found["time"]), "trusted": found["trusted"], "safe": iso(found["safe"])})
        return
    trust = "trusted" if found["trusted"] else "not trusted: nothing is recorded until it is set"
    paper.print(f"{iso(found['time'])}  {trust}\nnothing that expires after {iso(found['safe'])} is deleted yet")


def register(app: typer.Typer) -> None:
    """Hang `time` under the main command."""
    app.command()(time)
