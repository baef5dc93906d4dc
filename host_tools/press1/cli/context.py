"""What every verb that talks to a box needs: the port, the identity, an open session, and how to print."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from rich.console import Console

from press1 import answers, boxes, journal, keys
from press1.device import ROLES, Device
from press1.errors import NoBox, Usage, WrongKey
from press1.transport import Transport, open_port
from press1.transport.sim import SimTransport

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SIM = "sim:"
_PIPE_COLUMNS = 160  # where no terminal says how wide it is
notes = Console(stderr=True, highlight=False)
paper = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_COLUMNS)


@dataclass(frozen=True)
class Settings:
    """Options given before the verb."""

    port: str | None = None
    identity: Path | None = None
    role: str | None = None
    box: str | None = None
    json: bool = False


def settings(context: typer.Context) -> Settings:
    """The options given before the verb."""
    found = context.find_object(Settings)
    return found if found is not None else Settings()


def wants_json(context: typer.Context, flag: bool) -> bool:
    """`--json` before or after the verb."""
    return flag or settings(context).json


def print_json(value: Any) -> None:
    """JSON on standard output; byte strings as hex."""
    typer.echo(json.dumps(journal.plain(value), indent=2, ensure_ascii=False))


def words(value: Any) -> str:
    """A value of the box's for a person: maps as `name value, ...`."""
    if isinstance(value, bytes):
        return value.hex() or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {words(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "/".join(map(words, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def iso(seconds: int) -> str:
    """UTC seconds as 2026-11-21T09:00:00Z; a time beyond year 9999 as its number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def find_port(options: Settings) -> str:
    """The port that was named, else the only USB serial port there is."""
    if options.port:
        return options.port
    from serial.tools import list_ports

    ports = sorted(port.device for port in list_ports.comports() if port.vid is not None)  # a box comes by USB
    if len(ports) == 1:
        return ports[0]
    raise NoBox(
        "which box?",
        f"--port one of {', '.join(ports)}" if ports else "no box on USB here; --port names another serial device, or sim:DIR",
    )


def ask_passphrase(path: Path) -> str:
    """Ask a person; empty where nobody sits."""
    if not sys.stdin.isatty():
        return ""
    return str(typer.prompt(f"passphrase of {path}", hide_input=True, err=True))


def new_passphrase(path: Path) -> str:
    """From $PRESS1_PASSPHRASE, else asked twice."""
    given = os.environ.get(keys.PASSPHRASE_VARIABLE)
    if not given and sys.stdin.isatty():
        given = str(typer.prompt(f"passphrase for {path}", hide_input=True, confirmation_prompt=True, err=True))
    if not given:
        raise Usage("a key needs a passphrase", f"set {keys.PASSPHRASE_VARIABLE}, or say --no-passphrase")
    return given


def confirm(question: str) -> None:
    """Go on only after a yes; Usage where nobody sits to say it."""
    if not sys.stdin.isatty():
        raise Usage("this destroys something and nobody is there to be asked", "--yes says that you mean it")
    typer.confirm(question, abort=True, err=True)


def _identity(options: Settings, port: str, roles: tuple[str, ...]) -> tuple[str, Path]:
    """(role, key file) by which to open a session that one of `roles` may open."""
    if options.role is not None and options.role not in ROLES:
        raise Usage(f"no role {options.role!r}", f"roles: {', '.join(ROLES)}")
    place = options.identity
    if place is None and port.startswith(_SIM):
        beside = Path(port.removeprefix(_SIM)) / "host"
        place = beside if any(beside.glob("*.pem")) else None  # only a demonstration box brings its people's keys
    if place is None:
        raise Usage("who asks?", "--identity KEY.pem, or set PRESS1_IDENTITY")
    if place.is_dir():
        role = options.role or roles[0]
        return role, place / f"{role}.pem"
    named = [role for role in ROLES if role in place.stem]
    return options.role or (named[0] if len(named) == 1 else roles[0]), place


def load_identity(options: Settings, port: str, roles: tuple[str, ...]) -> tuple[str, X25519PrivateKey]:
    """The role and the private key; asks for its passphrase."""
    role, path = _identity(options, port, roles)
    return role, keys.load_private(path, lambda: ask_passphrase(path))


@contextmanager
def opened(options: Settings) -> Iterator[Transport]:
    """The port, closed again whatever happens."""
    transport = open_port(find_port(options))
    try:
        yield transport
    finally:
        transport.close()


@contextmanager
def session(context: typer.Context, *roles: str) -> Iterator[Device]:
    """A session with the box, as the first of `roles` unless the user says otherwise."""
    options = settings(context)
    with opened(options) as transport:
        device = Device(transport)
        about = device.hello()
        if not about.provisioned:
            raise answers.error({"error": "unprovisioned"})
        if options.box and not about.box.hex().startswith(options.box.lower()):
            raise WrongKey(f"box {about.box.hex()} answers, not {options.box}", "plug in the other box, or correct --box")
        device.auth(*load_identity(options, transport.port, roles))
        _meet(device, transport.port)
        yield device


def _meet(device: Device, port: str) -> None:
    """Remember a box at its first visit, and say so: from then on its key is known."""
    assert device.about and device.identity
    about, (role, private) = device.about, device.identity
    known = boxes.Boxes(boxes.home(port))
    if known.get(about.box) is None:
        owners = (keys.raw_public(private),) if role == "owner" else ()
        known.remember(about.box, boxes.Known(about.box_key, owners))
        notes.print(f"box {about.box.hex()} is new here and will be known from now on", style="dim")


def owners_of(device: Device) -> list[bytes]:
    """Public keys of the owners as far as this host knows them, the present one included."""
    assert device.about and device.identity
    mine = keys.raw_public(device.identity[1])
    known = boxes.Boxes(boxes.home(device.transport.port)).get(device.about.box)
    return [mine, *(key for key in (known.owners if known else ()) if key != mine)]


def debugging() -> bool:
    """PRESS1_DEBUG=1: show tracebacks."""
    return os.environ.get("PRESS1_DEBUG", "") not in ("", "0")


def hold_button(transport: Transport) -> Callable[[], object]:
    """What to do when the box waits for its consent button: press a simulated one, ask a person for a real one."""
    if isinstance(transport, SimTransport):
        return lambda: transport.hold_button("consent")
    return lambda: notes.print("hold the consent button on the box now", style="bold")
