"""`press1 access`: somebody asks for the recording of their call (S26)."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from press1 import boxes, journal
from press1 import export as exporting
from press1 import pull as pulling
from press1.cli.context import Json, notes, owners_of, paper, print_json, wants_json
from press1.cli.export import owner_key
from press1.cli.office import Role, Vault, home, log, places
from press1.errors import Press1Error, Usage
from press1.export import Source
from press1.head import Head, read_head
from press1.policy import Policy, kept

if TYPE_CHECKING:
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
    vault: Vault = None,
    json: Json = False,
) -> None:
    """Put one call into a zip for the person who was recorded: the sound, a sheet on what is known, the signatures."""
    from press1.rights import bundle

    if language not in bundle.LANGUAGES or out.suffix != ".zip":
        raise Usage("--language is da or en, and --out ends in .zip")
    private, book = owner_key(context, identity), log(context)
    with ExitStack() as stack:
        sources, found, here = _sources(context, stack, ids, vault)
        head = _head(sources[0])
        step = book.add("access", "opened", role, recordings=tuple(_idents(sources)), call=head.call.hex(), box=head.box.hex())
        known = _known(context, head, here, found, policy, [case for case in book.cases() if case.number != step.case])
        try:
            done = bundle.write(sources, private, out, known, language, book.now(), step.case)
        except Press1Error as error:
            book.add("access", "decided", role, step.case, outcome="refused", text=str(error))
            raise
        book.add("access", "decided", role, step.case, outcome="done")
    if wants_json(context, json):
        print_json({"out": str(out), "case": step.case, "call": head.call, "parts": len(done.parts), "seconds": done.seconds})
        return
    paper.print(f"{out}: {done.seconds:.1f} s in {len(done.parts)} part(s), case {step.case}", soft_wrap=True, markup=False)
    if known.policy is None:
        notes.print(
            "the policy is not on this computer: name it with --policy, so that the sheet can say who listens, and whom to write to"
        )
    notes.print("hand it over by a way that only this person can open; then delete it here", style="dim")


def _sources(
    context: typer.Context, stack: ExitStack, ids: Sequence[str], vault: Vault
) -> tuple[list[Source], "list[Found]", "Places | None"]:
    """Files, or what vault and box hold."""
    paths = [Path(text) for text in ids if text.endswith(".p1r")]
    if paths:
        if len(paths) < len(ids):
            raise Usage("give files or ids, not both")
        return [exporting.from_path(path) for path in paths], [], None
    here = stack.enter_context(places(context, vault))
    found = here.find(ids)
    if len({one.call for one in found}) > 1:
        raise Usage("these are parts of different calls", "one person's call at a time")
    return [_source(stack, here, one) for one in found], found, here


def _source(stack: ExitStack, here: "Places", found: "Found") -> Source:
    if here.vault and found.entry:
        return here.vault.source(found.entry)
    assert here.device and found.item
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="press1-")))
    pulled = pulling.fetch(here.device, found.item, folder, owners_of(here.device), lambda _: None)
    return exporting.from_path(pulled.recording)


def _head(source: Source) -> Head:
    with source.open() as file:
        return read_head(file)


def _idents(sources: Sequence[Source]) -> list[str]:
    return [_head(source).id.hex() for source in sources]


def _known(
    context: typer.Context, head: Head, here: "Places | None", found: "list[Found]", given: Path | None, cases: Any
) -> Any:
    from press1.rights.sheet import Known

    entries = None
    if here and here.device and here.box == head.box.hex():
        entries = list(journal.Chain().entries(here.device.journal(0)))
    folder = home(context)
    met = boxes.Boxes(folder).get(head.box)
    words = kept.prompt(folder, head.notice.prompt_hash) if head.notice else None
    ids, call = [one.id for one in found], head.call.hex()
    return Known(
        policy=_policy(folder, head, entries or [], given),
        words=" ".join(str(words["text"]).split()) if words else "",
        entries=entries,
        cases=[case for case in cases if case.about(ids or [head.id.hex()], call)],
        held=max(
            (one.entry.hold.review if one.entry and one.entry.hold else one.expires for one in found if one.held), default=0
        ),
        met=met is not None and met.box_key == head.box_key,
    )


def _policy(folder: Path, head: Head, entries: list[dict[str, Any]], given: Path | None) -> Policy | None:
    """The one given; else the one the box had loaded then; else the only one of that name."""
    from press1 import profiles
    from press1.rights.policies import kept_policies

    if given:
        return profiles.load(given)
    known = kept_policies(folder)
    loaded = [
        entry["hash"].hex() for entry in entries if entry["event"] == "policy" and "hash" in entry and entry["t"] <= head.created
    ]
    if loaded:
        return known.get(loaded[-1])
    named = [policy for policy in known.values() if policy.profile == head.profile]
    return named[0] if len(named) == 1 else None


def register(app: typer.Typer) -> None:
    """Hang `access` under the main command."""
    app.command()(access)
