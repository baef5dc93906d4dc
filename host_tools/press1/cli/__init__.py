"""The command line: one verb per file, each with `register(app)`; this module hangs them together."""

import importlib
from pathlib import Path
from typing import Annotated

import typer
from typer.models import CommandInfo, TyperInfo

from press1 import __version__, lab
from press1.cli.context import Settings

# Modules, in the order in which a person meets their commands.
VERBS = (
    "keys", "policy", "prompt", "notice", "flash", "provision", "label", "selftest", "update", "doctor", "linetest", "info", "time",
    "card", "ls", "pull", "verify", "inspect", "export", "play", "vault", "desk", "rights", "object", "access", "report", "journal",
    "sim",
)  # fmt: skip
# Headings of the help page; a command that stands in none is under "Commands".
PANELS = {
    "Before the first call": ("keys", "policy", "prompt", "notice"),
    "At the bench": ("flash", "provision", "label", "selftest", "line-test", "update", "doctor", "card", "time", "info"),
    "Every day": ("ls", "pull", "verify", "inspect", "export", "play", "vault", "desk"),
    "Rights and accounts": (
        "access", "object", "erase", "hold", "release", "review", "used", "purge", "report", "journal",
    ),
    "Without a box": ("sim", "lab"),
}  # fmt: skip
_EPILOG = (
    "Exit codes: 0 done, 1 internal fault, 2 usage, 3 no box or unprovisioned, 4 refused by role or policy, 5 damaged or forged data, "
    "6 gone or expired, 7 wrong passphrase or key, 130 stopped. $PRESS1_PASSPHRASE answers for keys; PRESS1_DEBUG=1 shows where a fault is."
)

Port = Annotated[
    str | None, typer.Option(envvar="PRESS1_PORT", help="Serial device, or sim:DIR; the only one there is, if left out.")
]
Identity = Annotated[
    Path | None, typer.Option(envvar="PRESS1_IDENTITY", help="Private key (.pem), or a folder with ROLE.pem in it.")
]
Role = Annotated[str | None, typer.Option(help="owner, technician or auditor, where the key's file name does not say.")]
Box = Annotated[str | None, typer.Option(envvar="PRESS1_BOX", help="Id of the box, or its beginning: talk to no other.")]

app = typer.Typer(
    name="press1",
    no_args_is_help=True,
    epilog=_EPILOG,
    pretty_exceptions_enable=False,
    help="Recorded calls that asked first: provision a box, pull what it sealed, check it, open it.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"press1 {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    port: Port = None,
    identity: Identity = None,
    role: Role = None,
    box: Box = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Options that say which box, and who asks."""
    context.obj = Settings(port=port, identity=identity, role=role, box=box, json=json)


for _verb in VERBS:
    importlib.import_module(f"press1.cli.{_verb}").register(app)
app.add_typer(lab.app, name="lab")


def _named(found: CommandInfo | TyperInfo) -> str:
    if found.name:
        return found.name
    assert isinstance(found, CommandInfo) and found.callback
    return str(found.callback.__name__).replace("_", "-")


_commands: list[CommandInfo | TyperInfo] = [*app.registered_commands, *app.registered_groups]
for _found in _commands:
    for _panel, _names in PANELS.items():
        if _named(_found) in _names:
            _found.rich_help_panel = _panel
