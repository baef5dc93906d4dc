"""`press1 policy`: write a policy, check it against the guidance, say what it does, bring it to a box."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from press1 import boxes, linetest, profiles
from press1.cli.context import Json, notes, paper, print_json, session, wants_json
from press1.errors import Usage
from press1.policy import Finding, Policy, PolicyRefused, check, kept
from press1.policy import explain as explaining
from press1.transport import Transport
from press1.transport.sim import SimTransport

verbs = typer.Typer(
    no_args_is_help=True, help="Write, check, explain and load the policy: who is recorded, why, and for how long."
)
Source = Annotated[str, typer.Argument(metavar="POLICY", help="A policy file (TOML), or the name of a shipped profile.")]
Language = Annotated[str, typer.Option("--language", "-l", help="da or en.")]


def known_language(language: str) -> str:
    """da or en; Usage for another."""
    if language not in ("da", "en"):
        raise Usage(f"no language {language!r}", "languages: da, en")
    return language


@verbs.command()
def new(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where the policy goes (.toml).")],
    language: Language = "da",
) -> None:
    """Ask what is needed, and write a policy."""
    from rich.prompt import Prompt

    from press1.policy import ask, write

    _free(out)
    if not sys.stdin.isatty():
        raise Usage("nobody is there to be asked", "run it in a terminal, or copy a profile: press1 policy show training-consent")

    def line(question: str, default: str) -> str:
        return Prompt.ask(f"[bold]{escape(question)}[/bold]", console=paper, default=default, show_default=bool(default))

    def say(text: str) -> None:
        paper.print(text, style="dim", soft_wrap=True, markup=False)

    interview = ask.Interview(known_language(language), line, say, out.stem.lower())
    _write(out, write.dumps(interview.policy()))
    paper.print(interview.words["done"].format(path=out), soft_wrap=True)
    _judge(str(out), profiles.load(out))


def _free(out: Path) -> None:
    if out.suffix != ".toml":
        raise Usage(f"{out} is no .toml", "name the file such as office.toml")
    if out.exists():
        raise Usage(f"{out} exists", "choose another name: policies are kept, because recordings rest on them")


def _write(out: Path, text: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot write {out}: {error.strerror}", "name a file you may write") from error


@verbs.command()
def show(source: Source) -> None:
    """Print a policy's TOML: shipped profiles are good to copy from."""
    profiles.load(source)
    typer.echo(profiles.source(source), nl=False)


@verbs.command(name="check")
def check_(
    context: typer.Context,
    source: Source,
    at: Annotated[str | None, typer.Option(metavar="DATE", help="As if it were that day.")] = None,
    json: Json = False,
) -> None:
    """Hold a policy and the words of its prompts against the guidance. Refuses with the rows, and says what to write."""
    now = None if at is None else _day(at)
    try:
        policy = profiles.load(source)
        findings = check(policy, now)
    except PolicyRefused as refused:
        findings = refused.findings
    if wants_json(context, json):
        print_json([{"row": finding.row, "what": finding.what, "write": finding.write} for finding in findings])
    if findings:
        if not wants_json(context, json):
            show_findings(findings)
        raise PolicyRefused(source, findings)
    if not wants_json(context, json):
        paper.print(f"{source}: the guidance has nothing against it")


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError as error:
        raise Usage(f"{text!r} is no date", "such as 2026-12-01") from error


def _judge(name: str, policy: Policy) -> None:
    findings = check(policy)
    if findings:
        show_findings(findings)
        raise PolicyRefused(name, findings)


def show_findings(findings: list[Finding]) -> None:
    """A row each."""
    table = Table("row", "what is wrong", "what to write", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(finding.row, escape(finding.what), escape(finding.write))
    paper.print(table)


@verbs.command()
def explain(context: typer.Context, source: Source, language: Language = "en", json: Json = False) -> None:
    """Say in plain words what will happen on a call, and which row of the guidance says so."""
    from press1 import prompts

    policy = profiles.load(source)
    found = explaining.explain(policy, known_language(language), prompts.texts(policy))
    if wants_json(context, json):
        print_json([{"section": item.section, "row": item.row, "text": item.text} for item in found])
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    section = ""
    for item in found:
        if item.section != section:
            table.add_row("", f"[bold]{item.section}[/bold]")
            section = item.section
        table.add_row(item.row, escape(item.text))
    paper.print(table)
    findings = check(policy)
    if findings:
        notes.print(f"the guidance refuses this policy: press1 policy check {source}", style="bold")


@verbs.command()
def load(context: typer.Context, source: Source) -> None:
    """Bring a policy and its prompts to the box, as its owner. The policy before stays until the new one is complete."""
    from press1 import prompts
    from press1.policy import loading

    policy = profiles.load(source)
    _judge(source, policy)
    with session(context, "owner") as device:
        assert device.about
        clips = prompts.build_all(policy, rate=device.about.rate[0] / device.about.rate[1])
        digest = loading.load(device, policy, clips, lambda text: notes.print(text, style="dim"))
        kept.keep(boxes.home(device.transport.port), digest, profiles.source(source), clips)
        silent = linetest.silent_phone(device.info())
        _note_simulated(device.transport, source)
    paper.print(f"policy       {policy.profile}\nhash         {digest.hex()}")
    if silent:
        notes.print(f"warning: {linetest.SILENT}", style="bold", soft_wrap=True)


def _note_simulated(transport: Transport, source: str) -> None:
    """A simulated box's scripts look there for what the box holds."""
    if isinstance(transport, SimTransport):
        from press1.sim import demonstration

        shipped = source in profiles.shipped()
        demonstration.keep_profile(transport.box, source if shipped else str(Path(source).resolve()))


def register(app: typer.Typer) -> None:
    """Hang `policy` under the main command."""
    app.add_typer(verbs, name="policy")
