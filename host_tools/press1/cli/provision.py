"""`press1 provision`: give a box its owner."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import keys, labels, profiles
from press1.batch import Plan, load
from press1.cli.context import Settings, confirm, hold_button, load_identity, notes, opened, paper, settings
from press1.conversation import Hello
from press1.device import Device
from press1.errors import Press1Error, Usage
from press1.provision import provision as enrol
from press1.transport import Transport


def provision(
    context: typer.Context,
    owner: Annotated[list[Path] | None, typer.Option(help="Public key of the owner; again for each deputy or escrow.")] = None,
    technician: Annotated[Path | None, typer.Option(help="Public key of the technician.")] = None,
    auditor: Annotated[Path | None, typer.Option(help="Public key of the auditor.")] = None,
    profile: Annotated[str, typer.Option(help="Shipped profile, or a policy file.")] = "training-consent",
    company: Annotated[str | None, typer.Option(help="Who records, as the prompt says it.")] = None,
    address: Annotated[str | None, typer.Option(help="Web address of the notice, as the prompt says it.")] = None,
    batch: Annotated[Path | None, typer.Option(help="A file that lists many boxes (docs/technician.md).")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: what the box holds becomes unreadable for ever.")] = False,
) -> None:
    """Give a box its owner, clock, prompts and policy. What it recorded before becomes unreadable for ever.

    Keys that are not named are asked for.
    """
    options = settings(context)
    if batch:
        _many(options, load(batch), yes)
        return
    plan = _asked(Plan(tuple(owner or ()), technician, auditor, profile, company, address))
    _one(options, plan, _private(options, plan), yes)


def _asked(plan: Plan) -> Plan:
    """Ask a person for the keys that were not named; Usage where nobody sits."""
    missing = [name for name in ("owner", "technician", "auditor") if not getattr(plan, name)]
    if missing and not sys.stdin.isatty():
        raise Usage(f"missing: {', '.join('--' + name for name in missing)}", "public keys, from `press1 keys new`")
    for name in missing:
        path = Path(typer.prompt(f"public key of the {name}", default=f"{name}.pub", err=True))
        keys.load_public(path)
        values: dict[str, Any] = {name: (path,) if name == "owner" else path}
        plan = replace(plan, **values)
    return plan


def _private(options: Settings, plan: Plan) -> X25519PrivateKey:
    return load_identity(_as_owner(options, list(plan.owner)), "", ("owner",))[1]


def _one(options: Settings, plan: Plan, private: X25519PrivateKey, yes: bool) -> Hello:
    """Provision one box, and print its label where the plan names a file."""
    from press1 import prompts  # loads the speech stack

    if not (plan.owner and plan.technician and plan.auditor):
        raise Usage("a box needs owner, technician and auditor")
    profiles.policy(plan.profile)
    public = [keys.load_public(path) for path in plan.owner]
    others = keys.load_public(plan.technician), keys.load_public(plan.auditor)
    with opened(options) as transport:
        rate = _ask_first(transport, yes)
        spoken = prompts.build_all(plan.profile, plan.company, plan.address, rate)
        hold = hold_button(transport)
        now = int(time.time())
        about = enrol(
            transport, public, *others, private, plan.profile, spoken, now, hold, address=plan.address, tell=notes.print
        )
    if plan.label:
        plan.label.parent.mkdir(parents=True, exist_ok=True)
        plan.label.write_bytes(labels.pdf(about.box, about.box_key, plan.note))
    paper.print(f"box          {about.box.hex()}\nkey          {about.box_key.hex()}\nprofile      {plan.profile}")
    return about


def _many(options: Settings, plans: list[Plan], yes: bool) -> None:
    """One box after the other; all keys are read before the first is touched. What fails is told at the end."""
    private = {plan.owner: _private(options, plan) for plan in plans}
    failed = []
    for number, plan in enumerate(plans, 1):
        notes.print(f"box {number} of {len(plans)}: {plan.note or plan.port or 'the one that is plugged in'}", style="bold")
        if plan.port is None and sys.stdin.isatty():
            typer.prompt("plug it in, then Enter", default="", show_default=False, err=True)
        try:
            _one(replace(options, port=plan.port or options.port), plan, private[plan.owner], yes)
        except Press1Error as error:
            notes.print(f"box {number}: {error}{f' ({error.hint})' if error.hint else ''}", style="bold red")
            failed.append(str(number))
    if failed:
        raise Press1Error(f"not provisioned: box {', '.join(failed)}", "repeat with a file that lists those only")


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
