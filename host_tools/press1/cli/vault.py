"""`press1 vault`: keep what was pulled, sealed and with an end of its own."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from press1 import boxes
from press1.cli.context import Json, ask_passphrase, confirm, iso, notes, paper, print_json, settings, wants_json
from press1.errors import Press1Error, Usage
from press1.vault import config as configuration
from press1.vault.entry import Entry

VARIABLE = "PRESS1_VAULT_PASSPHRASE"
_SHOWN = 8  # hex digits of an id
_META = "press1.vault"
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Recordings, or calls; the beginnings of their ids are enough.")]
Who = Annotated[str | None, typer.Option(help="Who decides; you, if left out.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

verbs = typer.Typer(
    no_args_is_help=True, help="Keep what was pulled: sealed, with an end of its own, with keys that erasure destroys."
)


@verbs.callback()
def chosen(
    context: typer.Context,
    vault: Annotated[Path | None, typer.Option(envvar="PRESS1_VAULT", help="The vault's folder.")] = None,
) -> None:
    """Options that say which vault."""
    context.meta[_META] = vault or boxes.home(settings(context).port or "") / "vault"


def folder(context: typer.Context) -> Path:
    """The vault's folder."""
    found: Path = context.meta[_META]
    return found


def passphrase(path: Path) -> str:
    """Of the key file: from $PRESS1_VAULT_PASSPHRASE, else as for the owner's key, else asked."""
    return os.environ.get(VARIABLE) or os.environ.get("PRESS1_PASSPHRASE") or ask_passphrase(path)


@contextmanager
def opened(context: typer.Context) -> Iterator[Any]:
    """The vault, closed again whatever happens."""
    from press1.vault.vault import Vault  # here, because the database takes a while to load

    config = configuration.load(folder(context))
    vault = Vault(config, lambda: passphrase(config.keys_folder / "keys"))
    try:
        yield vault
    finally:
        vault.close()


@verbs.command()
def init(
    context: typer.Context,
    catalogue: Annotated[str | None, typer.Option(help="Database URL; SQLite in the vault's folder, if left out.")] = None,
    store: Annotated[
        str | None, typer.Option(help="Where the sealed files go: a folder or a URL, such as s3://bucket/x.")
    ] = None,
    keys: Annotated[str | None, typer.Option(help="file or keyring: where wrapping keys are kept.")] = None,
    keys_at: Annotated[Path | None, typer.Option(help="Folder for the keys, outside every backup.")] = None,
    json: Json = False,
) -> None:
    """Make a vault. What it imports can be destroyed for good, because its keys are kept apart."""
    from press1.vault import keeper
    from press1.vault.vault import Vault

    home = boxes.home(settings(context).port or "")
    config = configuration.create(folder(context), home, catalogue, store, keys, keys_at)
    path = config.keys_folder / "keys"
    keeper.make(config, lambda: _new_passphrase(path))
    Vault(config, lambda: "").close()
    configuration.save(config)
    if wants_json(context, json):
        print_json({"vault": str(config.folder), "id": config.id, "keys": config.keys, "keys_at": config.keys_at})
        return
    paper.print(f"vault {config.folder}", soft_wrap=True, markup=False)
    where = f"in {path}, under the passphrase" if config.keys == "file" else "in this computer's keyring"
    paper.print(f"  keys: {where}", soft_wrap=True, markup=False)
    paper.print("  Leave the keys out of every backup: a copy of them would bring back what was destroyed.", soft_wrap=True)
    paper.print("  `press1 vault install-timer` has this computer destroy what has expired.", soft_wrap=True)


def _new_passphrase(path: Path) -> str:
    given = os.environ.get(VARIABLE) or os.environ.get("PRESS1_PASSPHRASE")
    if given or not sys.stdin.isatty():
        return given or ""
    return str(typer.prompt(f"new passphrase for {path}", hide_input=True, confirmation_prompt=True, err=True))


@verbs.command("import")
def import_(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Recordings (.p1r), or folders of them; .key files beside.")
    ],
    identity: Annotated[Path | None, typer.Option(help="Owner's key: open every record once, to be sure.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the files where they are: erasing them is then up to you.")] = False,
    json: Json = False,
) -> None:
    """Take recordings in. The files move: a key file left outside would outlive the erasure."""
    from press1 import keys

    private = keys.load_private(identity, lambda: ask_passphrase(identity)) if identity else None
    rows, errors = [], []
    with opened(context) as vault:
        for path in _recordings(files):
            try:
                entry, new = vault.take(path, private=private, keep=keep)
                rows.append({"file": str(path), "id": entry.id, "call": entry.call, "new": new})
            except Press1Error as error:
                errors.append(error)
                notes.print(f"{path}: {error}", style="red", soft_wrap=True, markup=False)
    if wants_json(context, json):
        print_json(rows)
    else:
        for row in rows:
            paper.print(f"{row['id']}{'' if row['new'] else '  (was here)'}", soft_wrap=True)
    if errors:
        raise type(errors[0])(f"{len(errors)} of {len(rows) + len(errors)} were not taken in", errors[0].hint)


def _recordings(files: list[Path]) -> list[Path]:
    found = [one for path in files for one in (sorted(path.glob("*.p1r")) if path.is_dir() else [path])]
    for path in found:
        if path.suffix != ".p1r":
            raise Usage(f"{path} is no recording", "give the .p1r files; their .key files lie beside them")
    return found


@verbs.command()
def ls(context: typer.Context, json: Json = False) -> None:
    """List what the vault holds."""
    with opened(context) as vault:
        entries: list[Entry] = vault.catalogue.entries()
    if wants_json(context, json):
        print_json([_shown(entry) for entry in entries])
    elif entries:
        paper.print(_table(entries))
    else:
        paper.print("the vault is empty")


def _shown(entry: Entry) -> dict[str, Any]:
    row = entry.facts()
    return {**row, **{name: iso(row[name]) for name in ("created", "expires", "imported")}}


def _table(entries: list[Entry]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("id", "call", "part", "created", "expires", "s"):
        table.add_column(name, no_wrap=True)
    for name in ("purposes", ""):
        table.add_column(name, overflow="fold")
    for entry in entries:
        times = [iso(moment)[:16].replace("T", " ") for moment in (entry.created, entry.expires)]
        uses = ", ".join(f"{row.purpose}{' (ended)' if row.ended else ''}" for row in entry.purposes)
        held = f"held until review {iso(entry.hold.review)[:10]}: {entry.hold.reason}" if entry.hold else ""
        table.add_row(entry.id[:_SHOWN], entry.call[:_SHOWN], str(entry.part), *times, str(entry.seconds), uses, held)
    return table


@verbs.command()
def hold(
    context: typer.Context,
    ids: Ids,
    reason: Annotated[str, typer.Option(help="Why: the concrete need.")],
    review: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="When to look at it again: YYYY-MM-DD.")],
    who: Who = None,
) -> None:
    """Keep recordings beyond their end, for a dispute (S23)."""
    with opened(context) as vault:
        for entry in vault.find(ids):
            vault.hold(entry, reason, who or getpass.getuser(), int(review.replace(tzinfo=UTC).timestamp()))
            paper.print(f"{entry.id} held", soft_wrap=True)


@verbs.command()
def release(context: typer.Context, ids: Ids, who: Who = None) -> None:
    """End a hold; what is due goes with the next sweep."""
    with opened(context) as vault:
        for entry in vault.find(ids):
            was = vault.release(entry, who or getpass.getuser())
            paper.print(f"{entry.id} {'released' if was else 'was not held'}", soft_wrap=True)


@verbs.command()
def erase(context: typer.Context, ids: Ids, yes: Yes = False) -> None:
    """Destroy recordings now, for good; the box hears of it at the next `vault sync`."""
    with opened(context) as vault:
        entries = vault.find(ids)
        if not yes:
            confirm(f"destroy {len(entries)} recording(s) for good?")
        for entry in entries:
            vault.erase(entry)
            paper.print(f"{entry.id} destroyed", soft_wrap=True)


@verbs.command()
def receipts(context: typer.Context, json: Json = False) -> None:
    """What was destroyed, when and why."""
    with opened(context) as vault:
        rows = vault.catalogue.receipts()
    if wants_json(context, json):
        print_json([_receipt(row) for row in rows])
        return
    for row in map(_receipt, rows):
        file = f"file removed {row['file']}" if row["file"] else "file still in the store"
        told = f"box told {row['told']}" if row["told"] else "box not told yet"
        paper.print(f"{row['id']}  {row['reason']}  key destroyed {row['slot']}, {file}, {told}", soft_wrap=True, markup=False)


def _receipt(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: iso(row[name]) if row[name] else None for name in ("slot", "file", "told")}}


def register(app: typer.Typer) -> None:
    """Hang `vault` under the main command."""
    from press1.cli import vault_care, vault_use  # noqa: F401  # each adds its verbs

    app.add_typer(verbs, name="vault")
