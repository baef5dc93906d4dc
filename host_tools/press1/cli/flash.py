"""`press1 flash`: put an image on a board."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from press1 import flashing
from press1.cli.context import Settings, find_port, load_identity, notes, opened, paper, settings
from press1.device import Device
from press1.errors import NoBox, Press1Error, Usage
from press1.flashing import Chip, FileChip, Image
from press1.transport.base import SIM


def flash(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of the image: build/images/BOARD.")],
    to_file: Annotated[Path | None, typer.Option(help="Write the flash's contents into a file instead of a chip.")] = None,
    overwrite: Annotated[int, typer.Option("--overwrite", count=True, help="Twice: even if recordings are lost.")] = 0,
    erase: Annotated[bool, typer.Option("--erase", help="Erase the box's keys and state too: a new box.")] = False,
) -> None:
    """Write a bench image to a board: chip and size are checked, what was written is verified, keys and state stay.

    A box that holds unexpired recordings is left alone unless `--overwrite` is said twice.
    """
    image = flashing.load(folder)
    options = settings(context)
    if not to_file and (options.port or "").startswith(SIM):
        raise Usage(
            "a simulated box has no chip to flash",
            "--to-file FILE writes what a chip would hold; `press1 update` changes its firmware",
        )
    live = _live(options) if options.port or not to_file else 0
    if live != -1:
        flashing.may_overwrite(live, overwrite)
    with contextlib.ExitStack() as stack:
        chip: Chip
        if to_file:
            chip = FileChip(to_file, image)
        else:
            from press1.chip import on_port  # esptool takes a moment to load

            chip = stack.enter_context(on_port(find_port(options), notes.print))
        flashing.check(chip, image)
        if live == -1 and flashing.used_slots(chip, image):
            flashing.may_overwrite(None, overwrite)
        flashing.flash(chip, image, erase, notes.print)
    paper.print(f"{image.manifest['board']} {image.manifest['version']} written and verified{_next(image, to_file)}")


def _next(image: Image, to_file: Path | None) -> str:
    return f": {to_file}" if to_file else "; next: press1 provision"


def _live(options: Settings) -> int | None:
    """Unexpired recordings of the box on the port; None when it does not say; -1 when nothing there speaks our protocol.

    A port that cannot be opened is an error: looking for a chip there would only hide why.
    """
    with opened(options) as transport:
        device = Device(transport)
        if transport.port.startswith(SIM):
            about = device.hello()
        else:
            notes.print(f"looking for a box on {transport.port}, a quarter of a minute at most", style="dim")
            try:
                about = device.hello()
            except NoBox:
                return -1
        return _asked(device, options) if about.provisioned else 0


def _asked(device: Device, options: Settings) -> int | None:
    try:
        device.auth(*load_identity(options, device.transport.port, ("technician", "owner", "auditor")))
        return int(device.info()["slots"]["live"])
    except (Press1Error, KeyError, TypeError, ValueError) as error:
        notes.print(f"the box cannot be asked what it holds: {error}", style="dim")
        return None


def register(app: typer.Typer) -> None:
    """Hang `flash` under the main command."""
    app.command()(flash)
