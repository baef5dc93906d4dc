"""`press1 label`: a label to print for a box."""

from pathlib import Path
from typing import Annotated

import typer

from press1 import labels, replacing
from press1.cli.context import opened, paper, settings
from press1.device import Device
from press1.errors import Usage


def label(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The PDF.")],
    note: Annotated[str, typer.Option(help="A line of your own: desk, room, telephone number.")] = "",
) -> None:
    """Write a label with the box's id and the fingerprint of its public key, as text and as QR code, 62 by 29 mm. Needs no key."""
    with opened(settings(context)) as transport:
        about = Device(transport).hello()
    if not about.provisioned:
        raise Usage("this box has no owner, so it has no id yet", "`press1 provision` first")
    replacing.check(out, "pdf")
    try:
        out.write_bytes(labels.pdf(about.box, about.box_key, note))
    except OSError as error:
        raise Usage(f"cannot write {out}: {error.strerror}") from error
    paper.print(f"{out}: box {about.box.hex()}")


def register(app: typer.Typer) -> None:
    """Hang `label` under the main command."""
    app.command()(label)
