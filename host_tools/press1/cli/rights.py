"""`press1 hold`, `release`, `erase`, `used`, `purge`, `review`: on the box and in the vault at once, each a case in the log."""

from typing import Annotated, Any

import typer

from press1.cli.context import Json, confirm, iso, notes, paper, print_json, wants_json
from press1.cli.office import Ids, Role, Vault, Yes, day, home, log, places, said
from press1.errors import Usage
from press1.policy import durations

Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence; no names. The box journals 120 characters of it.")]
_SOON_S = 14 * 86_400


def hold(
    context: typer.Context,
    ids: Ids,
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="When to look at it again: YYYY-MM-DD.")],
    reason: Reason,
    role: Role,
    vault: Vault = None,
) -> None:
    """Keep recordings beyond their end, where there is a concrete need such as a dispute (S23)."""
    review, book = day(until), log(context)
    if review <= book.now():
        raise Usage("the review must lie ahead", "--until YYYY-MM-DD")
    with places(context, vault) as here:
        found = here.find(ids)
        for one in found:
            here.hold(one, review, _said(reason), role)
    step = book.add("hold", "done", role, recordings=_ids(found), box=here.box, text=reason, until=review)
    _tell(found, f"held until review on {until}", step.case)


def release(context: typer.Context, ids: Ids, role: Role, reason: Reason = "", vault: Vault = None) -> None:
    """End a hold: what is due goes at once from the box, with the next sweep from the vault (S23)."""
    with places(context, vault) as here:
        found = here.find(ids)
        for one in found:
            here.release(one, role)
    step = log(context).add("release", "done", role, recordings=_ids(found), box=here.box, text=reason)
    _tell(found, "released", step.case)


def erase(
    context: typer.Context,
    ident: Annotated[str, typer.Argument(metavar="ID", help="One recording, or one call: requests are judged one by one.")],
    reason: Reason,
    role: Role,
    refuse: Annotated[bool, typer.Option("--refuse", help="Keep it: log that the request was refused, and why.")] = False,
    yes: Yes = False,
    vault: Vault = None,
) -> None:
    """Destroy a recording before its time because somebody asked for it (S31), or log why not."""
    with places(context, vault) as here:
        found = here.find([ident])
        if not refuse:
            if not yes:
                confirm(f"destroy {len(found)} recording(s) for good, on the box and in the vault?")
            for one in found:
                here.erase(one)
    outcome = "refused" if refuse else "erased"
    step = log(context).add(
        "erasure", "decided", role, recordings=_ids(found), call=found[0].call, box=here.box, text=_said(reason), outcome=outcome
    )
    _tell(found, "kept: the request was refused" if refuse else "destroyed", step.case)
    if not refuse and here.device is None:
        notes.print("the box hears of it at the next `press1 vault sync`", style="dim")


def used(context: typer.Context, ids: Ids, role: Role, vault: Vault = None) -> None:
    """Mark recordings as used for training: `purge --unused` then leaves them (S37)."""
    with places(context, vault) as here:
        found = here.find(ids)
        for one in found:
            here.used(one)
    step = log(context).add("used", "done", role, recordings=_ids(found), box=here.box)
    _tell(found, "marked as used", step.case)


def purge(
    context: typer.Context,
    role: Role,
    unused: Annotated[bool, typer.Option("--unused", help="Those made for training that nobody has used.")] = False,
    older: Annotated[str, typer.Option("--older", help='How old they must be, such as "30 days".')] = "30 days",
    yes: Yes = False,
    vault: Vault = None,
) -> None:
    """Destroy recordings that were made for training and never used (S37)."""
    from press1.rights import cases, review

    seconds = durations.seconds(older)
    if not unused:
        raise Usage("what is to be purged?", "--unused: nothing else is destroyed in bulk")
    if seconds is None:
        raise Usage(f"{older!r} is no length of time", durations.HINT)
    book = log(context)
    with places(context, vault) as here:
        found = review.unused(here.all(), cases.used(book), book.now() - seconds)
        if found and not yes:
            confirm(f"destroy {len(found)} recording(s) that nobody has used, for good?")
        for one in found:
            here.erase(one, "unused")
    if not found:
        paper.print(f"nothing made for training is unused and older than {older}")
        return
    text = f"unused, older than {older}"
    step = book.add("purge", "done", role, recordings=_ids(found), box=here.box, text=text, outcome="erased")
    _tell(found, "destroyed: never used", step.case)


def review(
    context: typer.Context,
    ident: Annotated[str | None, typer.Argument(metavar="[ID]", help="What to decide on; none: list what is due.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Looked at, and still needed.")] = False,
    erase: Annotated[bool, typer.Option("--erase", help="Looked at, and not needed any more: destroy it.")] = False,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="With --keep: hold it until then.")] = None,
    reason: Reason = "",
    role: Annotated[str, typer.Option("--role", help="Who decides: a role, no name.")] = "",
    yes: Yes = False,
    vault: Vault = None,
    json: Json = False,
) -> None:
    """List recordings that a person must look at, or decide on one (S24)."""
    if ident is None:
        _list(context, vault, wants_json(context, json))
        return
    if keep == erase:
        raise Usage("keep it or erase it?", "--keep or --erase")
    if until and not keep:
        raise Usage("--until goes with --keep")
    book = log(context)
    with places(context, vault) as here:
        found = here.find([ident])
        if erase:
            _erase_reviewed(here, found, role, yes)
        elif until:
            for one in found:
                here.hold(one, day(until), _said(reason), role)
    step = book.add(
        "review", "decided", role, recordings=_ids(found), box=here.box, text=_said(reason),
        outcome="erased" if erase else "kept", until=day(until) if until else 0,
    )  # fmt: skip
    _tell(found, "destroyed" if erase else f"held until {until}" if until else f"kept until {said(found[0].expires)}", step.case)


def _erase_reviewed(here: Any, found: list[Any], role: str, yes: bool) -> None:
    if not yes:
        confirm(f"destroy {len(found)} recording(s) for good, on the box and in the vault?")
    for one in found:
        if one.held:
            here.release(one, role)
    for one in here.find([one.id for one in found]):
        here.erase(one)


def _list(context: typer.Context, vault: Any, json: bool) -> None:
    from press1 import journal
    from press1.rights import review as reviewing

    now = log(context).now()
    with places(context, vault) as here:
        entries = journal.Chain().entries(here.device.journal(0)) if here.device else ()
        rows = reviewing.due(here.all(), reviewing.Terms(home(context), entries))
    if json:
        print_json(
            [
                {"id": row.found.id, "call": row.found.call, "why": row.why, "due": iso(row.due), "end": iso(row.end)}
                for row in rows
            ]
        )
        return
    for row in rows:
        state = "DUE" if row.due <= now else "soon" if row.due <= now + _SOON_S else "later"
        what = "held; look whether it must stay" if row.why == "hold" else f"destroyed on {said(row.end)} unless held"
        paper.print(f"{state:<5} {said(row.due)}  {row.found.id}  {what}", soft_wrap=True, markup=False)
    if not rows:
        paper.print("nothing is held, and no policy asks for reviews")


def _said(reason: str) -> str:
    if not reason.strip():
        raise Usage("a reason is needed", "--reason TEXT: it is what you answer with when somebody asks")
    return reason.strip()


def _ids(found: list[Any]) -> tuple[str, ...]:
    return tuple(one.id for one in found)


def _tell(found: list[Any], what: str, case: str) -> None:
    for one in found:
        paper.print(f"{one.id}  {what}", soft_wrap=True, markup=False)
    paper.print(f"case {case}")


def register(app: typer.Typer) -> None:
    """Hang these verbs under the main command."""
    for verb in (hold, release, erase, used, purge, review):
        app.command()(verb)
