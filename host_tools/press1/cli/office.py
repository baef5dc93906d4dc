"""What the verbs of rights and reports share: vault and box together, the case log, dates."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from press1 import boxes
from press1.cli.context import notes, session, settings
from press1.cli.vault import passphrase
from press1.errors import NoBox, Usage
from press1.rights.cases import CaseLog
from press1.vault import config as configuration

if TYPE_CHECKING:
    from press1.rights.places import Places  # loads the database
    from press1.vault.vault import Vault as Kept

Vault = Annotated[
    Path | None, typer.Option("--vault", envvar="PRESS1_VAULT", help="The vault's folder; this computer's own, if left out.")
]
Role = Annotated[str, typer.Option("--role", help="Who decides: a role such as 'head of claims', no name.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Recordings, or calls; the beginnings of their ids are enough.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def home(context: typer.Context) -> Path:
    """Folder of what this computer keeps."""
    return boxes.home(settings(context).port or "")


def log(context: typer.Context) -> CaseLog:
    """The case log."""
    return CaseLog(home(context))


@contextmanager
def places(context: typer.Context, vault: Path | None) -> Iterator["Places"]:
    """The vault, where there is one, and the box, where it answers. NoBox where there is neither."""
    from press1.rights.places import Places

    folder = vault or home(context) / "vault"
    with ExitStack() as stack:
        kept = stack.enter_context(_vault(folder)) if (folder / configuration.NAME).exists() else None
        try:
            device = stack.enter_context(session(context, "owner"))
        except NoBox as error:
            if kept is None:
                raise
            notes.print(f"no box ({error}): done in the vault only", style="bold", soft_wrap=True, markup=False)
            device = None
        yield Places(kept, device)


@contextmanager
def _vault(folder: Path) -> Iterator["Kept"]:
    from press1.vault.vault import Vault as Opened

    config = configuration.load(folder)
    vault = Opened(config, lambda: passphrase(config.keys_folder / "keys"))
    try:
        yield vault
    finally:
        vault.close()


def day(text: str) -> int:
    """2026-11-21 as UTC seconds of its beginning; Usage for what is no date."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise Usage(f"{text!r} is no date", "such as 2026-11-21") from error


def said(seconds: int) -> str:
    """UTC seconds as 2026-11-21."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
