"""`press1 access`: somebody asks for the recording of their call (S26)."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from press1 import export as exporting
from press1 import journal, profiles, replacing
from press1 import pull as pulling
from press1.cli.context import Json, notes, owners_of, paper, print_json, wants_json
from press1.cli.export import owner_key
from press1.cli.office import Role, Vault, log, places
from press1.errors import Usage
from press1.export import Source

if TYPE_CHECKING:
    from press1.rights.access import Asked
    from press1.rights.places import Found, Places  # loads the database


def access(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="One call, or parts of it: ids, or files (.p1r).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The bundle (.zip).")],
    role: Role,
    identity: Annotated[Path | None, typer.Option(help="The owner's private key (.pem).")] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="Of the sheet: da or en.")] = "da",
    policy: Annotated[
        Path | None, typer.Option(help="The policy file that was in force; found by its hash, if left out.")
    ] = None,
    caller_only: Annotated[
        bool,
        typer.Option(
            "--caller-only", help="Leave the employee's side out: the caller's voice only, without a signature to check."
        ),
    ] = False,
    vault: Vault = None,
    json: Json = False,
) -> None:
    """Put one call into a zip for the person who was recorded: the sound, a sheet on what is known, the signatures."""
    from press1.rights import access as rights
    from press1.rights import bundle

    if out.suffix != ".zip":
        raise Usage("--out ends in .zip")
    replacing.check(out, "zip")
    private, named = owner_key(context, identity), profiles.load(policy) if policy else None
    with ExitStack() as stack:
        asked = _asked(context, stack, ids, vault)
        wanted = rights.Wanted(role, language, "caller" if caller_only else "both", named)
        with bundle.beside(out) as file:
            given = rights.give([asked], private, file, log(context), wanted)
    (done,) = given.calls
    if wants_json(context, json):
        call = done.head.call
        print_json({"out": str(out), "case": given.case, "call": call, "parts": len(done.parts), "seconds": done.seconds})
        return
    paper.print(f"{out}: {done.seconds:.1f} s in {len(done.parts)} part(s), case {given.case}", soft_wrap=True, markup=False)
    if not given.policies:
        notes.print(
            "the policy is not on this computer: name it with --policy, so that the sheet can say who listens, and whom to write to"
        )
    notes.print("hand it over by a way that only this person can open; then delete it here", style="dim")


def _asked(context: typer.Context, stack: ExitStack, ids: Sequence[str], vault: Vault) -> "Asked":
    """Files, or what vault and box hold."""
    from press1.rights.access import Asked, head_of

    paths = [Path(text) for text in ids if text.endswith(".p1r")]
    if paths:
        if len(paths) < len(ids):
            raise Usage("give files or ids, not both")
        return Asked([exporting.from_path(path) for path in paths])
    here = stack.enter_context(places(context, vault))
    found = here.find(ids)
    if len({one.call for one in found}) > 1:
        raise Usage("these are parts of different calls", "one person's call at a time")
    sources, entries = [_source(stack, here, one) for one in found], None
    if here.device and here.box == head_of(sources[0]).box.hex():
        entries = list(journal.Chain().entries(here.device.journal(0)))
    return Asked(sources, found, entries)


def _source(stack: ExitStack, here: "Places", found: "Found") -> Source:
    if here.vault and found.entry:
        return here.vault.source(found.entry)
    assert here.device and found.item
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="press1-")))
    pulled = pulling.fetch(here.device, found.item, folder, owners_of(here.device), lambda _: None)
    return exporting.from_path(pulled.recording)


def register(app: typer.Typer) -> None:
    """Hang `access` under the main command."""
    app.command()(access)
