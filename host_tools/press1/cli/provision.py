"""`press1 provision`: give a box its owner."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from press1 import keys, profiles, prompts
from press1.cli.context import Settings, confirm, hold_button, load_identity, notes, opened, paper, settings
from press1.device import Device
from press1.errors import Usage
from press1.provision import provision as enrol
from press1.transport import Transport


def provision(
    context: typer.Context,
    owner: Annotated[list[Path], typer.Option(help="Public key of the owner; again for each deputy or escrow.")],
    technician: Annotated[Path, typer.Option(help="Public key of the technician.")],
    auditor: Annotated[Path, typer.Option(help="Public key of the auditor.")],
    profile: Annotated[str, typer.Option(help="Shipped profile, or a policy file.")] = "training-consent",
    company: Annotated[str | None, typer.Option(help="Who records, as the prompt says it.")] = None,
    address: Annotated[str | None, typer.Option(help="Web address of the notice, as the prompt says it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: what the box holds becomes unreadable for ever.")] = False,
) -> None:
    """Give a box its owner, clock, prompts and policy. What it recorded before becomes unreadable for ever."""
    profiles.policy(profile)
    public = [keys.load_public(path) for path in owner]
    others = keys.load_public(technician), keys.load_public(auditor)
    options = settings(context)
    _, private = load_identity(_as_owner(options, owner), "", ("owner",))
    with opened(options) as transport:
        rate = _ask_first(transport, yes)
        spoken = prompts.build_all(profile, company, address, rate)
        hold = hold_button(transport)
        about = enrol(
            transport, public, *others, private, profile, spoken, int(time.time()), hold, address=address, tell=notes.print
        )
    paper.print(f"box          {about.box.hex()}\nkey          {about.box_key.hex()}\nprofile      {profile}")


def _as_owner(options: Settings, owners: list[Path]) -> Settings:
    """Options with the owner's private key: the one named, or the `.pem` that lies beside the owner's public key."""
    if options.identity:
        return replace(options, role="owner")
    private = owners[0].with_suffix(".pem")
    if not private.exists():
        raise Usage("the owner's private key is needed too", "--identity OWNER.pem before the verb")
    return replace(options, identity=private, role="owner")


def _ask_first(transport: Transport, yes: bool) -> float:
    """The box's sample rate in Hz; asks before a box loses its owner."""
    about = Device(transport).hello()
    if about.provisioned and not yes:
        confirm(f"box {about.box.hex()} has an owner; all it holds becomes unreadable. Go on?")
    return about.rate[0] / about.rate[1]


def register(app: typer.Typer) -> None:
    """Hang `provision` under the main command."""
    app.command()(provision)
