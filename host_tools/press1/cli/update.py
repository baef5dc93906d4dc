"""`press1 update`: make, sign and send firmware for boxes that run from a bench image."""

from pathlib import Path
from typing import Annotated

import typer

from press1 import keys, publisher, updating
from press1.cli.context import Json, ask_passphrase, new_passphrase, notes, paper, print_json, session, wants_json
from press1.errors import Usage
from press1.sim import interpreter

app = typer.Typer(no_args_is_help=True, help="Firmware over the link: signed, tried first, taken back when it fails.")
_ROLES = ("owner", "technician")
Key = Annotated[Path, typer.Option("--key", help="The publisher's private key (.pem).")]


@app.command()
def key(
    out: Annotated[Path, typer.Option(help="Where the private key goes; the public one beside it as .pub.")],
    no_passphrase: Annotated[bool, typer.Option("--no-passphrase", help="For trials only.")] = False,
) -> None:
    """Make the publisher's key pair. Images built with the public key take this publisher's updates, and no other's."""
    public_path = keys.place(out)
    words = "" if no_passphrase else new_passphrase(out)
    public = publisher.new(out, words.encode()).hex()
    paper.print(f"publisher key {public}\n  private: {out}\n  public:  {public_path}", soft_wrap=True)
    paper.print("Keep the private key apart: whoever has it can sign firmware for your boxes.")


@app.command()
def build(
    key: Key,
    out: Annotated[Path, typer.Option(help="The update, .p1u.")],
    source: Annotated[Path | None, typer.Option(help="Import root of the firmware; this installation's, if left out.")] = None,
    simulator: Annotated[bool, typer.Option("--simulator", help="For simulated boxes on this computer.")] = False,
) -> None:
    """Make and sign an update of the firmware."""
    from press1.images import build as images
    from press1.images import bundle, bytecode

    firmware = source or interpreter.firmware()
    version = images.version(firmware)
    private = publisher.load_private(key, lambda: ask_passphrase(key))
    data = bundle.build(firmware, version, private, bytecode.simulators() if simulator else bytecode.CHIP)
    try:
        out.write_bytes(data)
    except OSError as error:
        raise Usage(f"cannot write {out}: {error.strerror}") from error
    paper.print(f"{out}: version {version}, {len(data)} bytes")


@app.command()
def send(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The update, .p1u.")],
    wait: Annotated[float, typer.Option(help="Seconds in which it has to be back.")] = updating.BACK_S,
    no_keep: Annotated[bool, typer.Option("--no-keep", help="Leave it on trial: after three starts the box goes back.")] = False,
) -> None:
    """Send an update, let the box try it, and keep it when it answers as it should."""
    data = updating.load(file)
    with session(context, *_ROLES) as device:
        status = updating.send(device, data, lambda share: notes.print(f"sent {share:.0%}", style="dim"))
        notes.print(f"version {status['ready']} has arrived; the box starts it now")
        status = updating.use(device, wait)
        if not no_keep:
            status = updating.keep(device)
    paper.print(_said(status))


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """Say which firmware runs."""
    with session(context, *_ROLES) as device:
        status = updating.status(device)
    if wants_json(context, json):
        print_json(status)
    else:
        paper.print(_said(status))


@app.command()
def keep(context: typer.Context) -> None:
    """Keep the firmware that is on trial."""
    with session(context, *_ROLES) as device:
        paper.print(_said(updating.keep(device)))


@app.command()
def back(context: typer.Context) -> None:
    """Go back to the firmware before."""
    with session(context, *_ROLES) as device:
        paper.print(_said(updating.back(device)))


def _said(status: dict[str, object]) -> str:
    place = f"update in slot {status['use']}" if status["use"] else "the image's own"
    trial = f", on trial (start {status['tries']})" if status["trial"] else ""
    return f"version {status['version']}: {place}{trial}"


def register(parent: typer.Typer) -> None:
    """Hang `update` under the main command."""
    parent.add_typer(app, name="update")
