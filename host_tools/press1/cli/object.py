"""`press1 object`: somebody objects to a recording; the case is opened, assessed and decided (S25)."""

from typing import Annotated

import typer

from press1.cli.context import Json, confirm, iso, notes, paper, print_json, wants_json
from press1.cli.office import Role, Vault, Yes, log, places
from press1.errors import Gone, NoBox, Usage
from press1.rights.cases import Case

verbs = typer.Typer(no_args_is_help=True, help="Somebody objects to a recording: open the case, assess it, decide it.")
Number = Annotated[str, typer.Argument(metavar="CASE", help="Its number, such as 2026-0001.")]
Text = Annotated[str, typer.Option("--text", help="What was weighed, in a sentence or two; no names.")]


@verbs.command("open")
def open_(
    context: typer.Context,
    ground: Annotated[str, typer.Option("--ground", help="What the person says against it; no names.")],
    role: Role,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Recordings, or their calls.")] = None,
    call: Annotated[str, typer.Option("--call", help="Id of a call of which nothing is stored, as the journal has it.")] = "",
    vault: Vault = None,
) -> None:
    """Open a case; the box journals the ground for what it holds."""
    if not ground.strip() or bool(ids) == bool(call):
        raise Usage("an objection needs its ground, and a recording or a call", "press1 object open ID --ground TEXT --role ROLE")
    found, box = [], ""
    try:
        with places(context, vault) as here:
            box = here.box
            found = here.find(ids or [call])
            for one in found:
                here.object_to(one, ground.strip())
    except (Gone, NoBox):
        if not call:
            raise
    call = found[0].call if found else call.lower()
    recordings = tuple(one.id for one in found)
    step = log(context).add("objection", "opened", role, recordings=recordings, call=call, box=box, text=ground.strip())
    paper.print(f"case {step.case} is open: {len(recordings)} recording(s)")
    notes.print(f'next: press1 object assess {step.case} --text "..." --role "..."', style="dim", soft_wrap=True)


@verbs.command()
def assess(context: typer.Context, case: Number, text: Text, role: Role) -> None:
    """Note what was weighed."""
    book = log(context)
    _objection(book.get(case))
    book.add("objection", "assessed", role, case, text=_said(text))
    paper.print(f"case {case} is assessed")


@verbs.command()
def decide(
    context: typer.Context,
    case: Number,
    text: Text,
    role: Role,
    uphold: Annotated[bool, typer.Option("--uphold", help="The person is right: destroy what was recorded.")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="The recording stays, and why.")] = False,
    yes: Yes = False,
    vault: Vault = None,
) -> None:
    """Decide: uphold it, which destroys the recordings, or dismiss it."""
    book = log(context)
    found = _objection(book.get(case))
    if uphold == dismiss:
        raise Usage("who is right?", "--uphold or --dismiss")
    if found.steps[-1].step == "opened":
        raise Usage("nobody has assessed it", f'press1 object assess {case} --text "..." --role "..."')
    _said(text)
    if uphold and found.recordings:
        _destroy(context, found, vault, yes)
    book.add("objection", "decided", role, case, text=text.strip(), outcome="upheld" if uphold else "dismissed")
    paper.print(f"case {case}: {'upheld, recordings destroyed' if uphold else 'dismissed'}; tell the person, and how to complain")


def _destroy(context: typer.Context, case: Case, vault: Vault, yes: bool) -> None:
    if not yes:
        confirm(f"destroy {len(case.recordings)} recording(s) for good?")
    with places(context, vault) as here:
        there = {one.id: one for one in here.all()}
        for ident in case.recordings:
            if ident in there:
                here.erase(there[ident])


def _objection(case: Case) -> Case:
    if case.kind != "objection":
        raise Usage(f"case {case.number} is no objection but: {case.kind}")
    if not case.open:
        raise Usage(f"case {case.number} was decided: {case.steps[-1].outcome}")
    return case


def _said(text: str) -> str:
    if not text.strip():
        raise Usage("--text must say why")
    return text.strip()


@verbs.command()
def ls(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Cases of every kind, decided ones too.")] = False,
    json: Json = False,
) -> None:
    """List open objections; --all: every case."""
    cases = [case for case in log(context).cases() if every or (case.kind == "objection" and case.open)]
    if wants_json(context, json):
        print_json([[{**vars(step), "at": iso(step.at)} for step in case.steps] for case in cases])
        return
    for case in cases:
        for step in case.steps:
            done = step.outcome or step.step
            about = ", ".join(ident[:8] for ident in step.recordings) or (f"call {step.call[:8]}" if step.call else "")
            line = f"{case.number}  {iso(step.at)[:16]}  {case.kind:<9}  {done:<9}  {step.role}  {about}  {step.text}"
            paper.print(line.rstrip(), soft_wrap=True, markup=False)
    if not cases:
        paper.print("no case" if every else "no objection is open")


def register(app: typer.Typer) -> None:
    """Hang `object` under the main command."""
    app.add_typer(verbs, name="object")
