"""`press1 play`: hear a call, and leave no sound file behind."""

from pathlib import Path
from typing import Annotated

import typer

from press1 import export as exporting
from press1 import player
from press1.cli.export import Identity, Purpose, owner_key, run, tell
from press1.style import Style


def play(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Parts of one call (.p1r), their .key files beside them.")
    ],
    identity: Identity = None,
    purpose: Purpose = None,
) -> None:
    """Hear a call: the caller left, the employee right. The sound is deleted when it has been heard."""
    sources = [exporting.from_path(path) for path in files]
    private = owner_key(context, identity)
    with player.passing("call.wav") as path:
        tell(context, run(sources, private, path, Style("wav", "stereo", 8000), purpose), json=False, named=False)
        player.play(path, "`press1 export` writes a file instead")


def register(app: typer.Typer) -> None:
    """Hang `play` under the main command."""
    app.command()(play)
