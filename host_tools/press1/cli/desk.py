"""`press1 desk`: the owner's recordings and boxes as a web page on this computer."""

import socket
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from press1 import boxes
from press1.cli.context import notes, settings
from press1.errors import Usage

if TYPE_CHECKING:
    from press1.desk.place import Place  # its module loads the database

HOST = "127.0.0.1"
_PORT = 8101


def desk(
    context: typer.Context,
    web_port: Annotated[int, typer.Option("--web-port", help="Of the page; 0: any that is free.")] = _PORT,
    vault: Annotated[Path | None, typer.Option(envvar="PRESS1_VAULT", help="The vault's folder.")] = None,
    idle: Annotated[float, typer.Option(help="Minutes without use after which it locks.", min=0.05, max=120)] = 10.0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Show recordings and boxes as a web page that only this computer sees. Ctrl-C ends it."""
    import uvicorn  # here, because the other verbs have no use for a web server

    from press1.desk.app import create

    app = create(place(context, vault), idle * 60)
    listening = _listen(web_port)
    address = f"http://{HOST}:{listening.getsockname()[1]}/"
    notes.print(f"the desk is at {address}  (Ctrl-C ends it)", highlight=False, soft_wrap=True)
    if browser:
        webbrowser.open(address)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none"))
    server.run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise Usage(f"port {port} is taken: {error.strerror}", "is the desk running already? --web-port names another") from error
    return listening


def place(context: typer.Context, vault: Path | None) -> "Place":
    """Where key and vault are: as named, else in this host's own folder."""
    from press1.desk.place import Place

    options = settings(context)
    home = boxes.home(options.port or "")
    named = options.identity or home
    key = named / "owner.pem" if named.is_dir() or options.identity is None else named
    if key.exists() and b"ENCRYPTED" not in key.read_bytes():  # the desk is opened by a passphrase: it makes a copy that has one
        return Place(key.with_name("owner.desk.pem"), vault or home / "vault", home, options.port, key)
    return Place(key, vault or home / "vault", home, options.port)


def register(app: typer.Typer) -> None:
    """Hang `desk` under the main command."""
    app.command()(desk)
