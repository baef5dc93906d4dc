"""`press1 journal`: what happened, with the chain and the signed head checked while it prints. `journal verify`: files of a card."""

from pathlib import Path
from typing import Annotated, Any

import typer

from press1 import journal as checking
from press1 import journal_files
from press1.cli.context import Json, iso, paper, print_json, session, wants_json
from press1.errors import Damaged, Usage

_COMMON = ("n", "t", "event")


verbs = typer.Typer(invoke_without_command=True, help="Show the journal, and check that nothing in it was altered.")


@verbs.callback()
def journal(
    context: typer.Context,
    since: Annotated[int, typer.Option(min=0, help="First entry number to show.")] = 0,
    json: Json = False,
) -> None:
    """Show the journal, and check that nothing in it was altered."""
    if context.invoked_subcommand:
        return
    whole = wants_json(context, json)
    shown = []
    with session(context, "owner", "auditor") as device:
        start = max(0, since - 1)  # one more, so that the first one shown is linked too
        chain = checking.Chain(start)
        for entry in chain.entries(device.journal(start)):
            if entry["n"] < since:
                continue
            if whole:
                shown.append({**entry, "t": iso(entry["t"])})
            else:
                paper.print(_line(entry), soft_wrap=True, markup=False)
        chain.check_head(*device.journal_head())
    if whole:
        print_json(shown)
    else:
        paper.print(_verdict(chain))


def _line(entry: dict[str, Any]) -> str:
    rest = "  ".join(f"{name}={checking.plain(value)}" for name, value in entry.items() if name not in _COMMON)
    return f"{entry['n']:>6}  {iso(entry['t'])}  {entry['event']:<11}  {rest}".rstrip()


def _verdict(chain: checking.Chain) -> str:
    if chain.first is None:
        return "the journal is empty from there on; the box's signature over its end is good"
    gaps = "".join(f"; {first} to {last} missing" for first, last in chain.missing)
    return f"entries {chain.first} to {chain.n}: chain unbroken, the box's signature over the last one is good{gaps}"


@verbs.command()
def verify(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Journal files of a card (JRN/YYYYMM.P1J), all months.")],
    head: Annotated[
        str, typer.Option(metavar="N:HEX", help="The last entry's number and chain value, as the box signed them.")
    ] = "",
    json: Json = False,
) -> None:
    """Check journal files without a box: chain, order, months."""
    result = journal_files.check(files, _head(head))
    if wants_json(context, json):
        print_json(
            {
                "entries": result.entries,
                "first": result.first,
                "n": result.n,
                "chain": result.chain,
                "findings": [vars(one) for one in result.findings],
            }
        )
    else:
        for one in result.findings:
            paper.print(f"{one.file}: {one.kind.upper()}: {one.text}", soft_wrap=True, markup=False)
        paper.print(
            f"{result.entries} entries, {result.first} to {result.n}, chain {result.chain.hex()}", soft_wrap=True, markup=False
        )
    if not result.good:
        worst = next(one for one in result.findings if not one.told)
        raise Damaged(f"{worst.file}: {worst.kind}: {worst.text}", "keep the card as it is")


def _head(text: str) -> tuple[int, bytes] | None:
    if not text:
        return None
    number, _, chain = text.partition(":")
    if not number.isdigit() or len(chain) != 2 * journal_files.CHAIN:
        raise Usage("--head is N:HEX, a number and 64 hexadecimal digits")
    try:
        return int(number), bytes.fromhex(chain)
    except ValueError:
        raise Usage("--head is N:HEX, a number and 64 hexadecimal digits") from None


def register(app: typer.Typer) -> None:
    """Hang `journal` under the main command."""
    app.add_typer(verbs, name="journal")
