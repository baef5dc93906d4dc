"""`press1 journal`: what happened, with the chain and the signed head checked while it prints."""

from typing import Annotated, Any

import typer

from press1 import journal as checking
from press1.cli.context import Json, iso, paper, print_json, session, wants_json

_COMMON = ("n", "t", "event")


def journal(
    context: typer.Context,
    since: Annotated[int, typer.Option(min=0, help="First entry number to show.")] = 0,
    json: Json = False,
) -> None:
    """Show the journal, and check that nothing in it was altered."""
    whole = wants_json(context, json)
    shown = []
    with session(context, "owner", "auditor") as device:
        start = max(0, since - 1)  # one more, so that the first one shown is linked too
        chain = checking.Chain(start)
        for entry in chain.entries(device.journal(start)):
            if entry["n"] < since:
                continue
            if whole:
                shown.append({**entry, "t": iso(entry["t"])})
            else:
                paper.print(_line(entry), soft_wrap=True, markup=False)
        chain.check_head(*device.journal_head())
    if whole:
        print_json(shown)
    else:
        paper.print(_verdict(chain))


def _line(entry: dict[str, Any]) -> str:
    rest = "  ".join(f"{name}={checking.plain(value)}" for name, value in entry.items() if name not in _COMMON)
    return f"{entry['n']:>6}  {iso(entry['t'])}  {entry['event']:<11}  {rest}".rstrip()


def _verdict(chain: checking.Chain) -> str:
    if chain.first is None:
        return "the journal is empty from there on; the box's signature over its end is good"
    return f"entries {chain.first} to {chain.n}: chain unbroken, the box's signature over the last one is good"


def register(app: typer.Typer) -> None:
    """Hang `journal` under the main command."""
    app.command()(journal)
