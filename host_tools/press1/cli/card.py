"""`press1 card`: the box's memory card."""

import typer

from press1.cli.context import Json, confirm, hold_button, paper, print_json, session, wants_json
from press1.provision import while_held

app = typer.Typer(no_args_is_help=True, help="The box's memory card.")


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """Show whether a card is there, and how much fits on it."""
    with session(context, "owner", "technician", "auditor") as device:
        found = device.card()
    if wants_json(context, json):
        print_json(found)
    elif found["present"]:
        paper.print(f"{found['free'] // 1_000_000} MB free of {found['total'] // 1_000_000} MB")
    elif found["state"] == "notfat":
        paper.print("a card without a FAT file system: `press1 card format` makes one, and erases the card", soft_wrap=True)
    else:
        paper.print("no card")


@app.command()
def format(
    context: typer.Context,
    yes: bool = typer.Option(False, "--yes", help="Do not ask: everything on the card will be lost."),
) -> None:
    """Make an empty file system on the card, while the consent button is held. What the card held is lost."""
    if not yes:
        confirm("everything on the card will be lost; go on?")
    with session(context, "owner") as device:
        while_held(device.format_card, hold_button(device.transport))
    paper.print("the card is empty and ready")


def register(parent: typer.Typer) -> None:
    """Hang `card` under the main command."""
    parent.add_typer(app, name="card")
