"""`press1 vault sync` and `export`: between box, vault and ear."""

import os
import time
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from press1 import boxes
from press1 import pull as pulling
from press1.cli import export as shared
from press1.cli.context import Json, notes, owners_of, paper, print_json, session, settings, wants_json
from press1.cli.vault import Ids, folder, opened, verbs
from press1.device import Device
from press1.errors import Gone, Usage
from press1.use import NotForThis
from press1.vault import config as configuration
from press1.vault.entry import Entry


@verbs.command()
def sync(context: typer.Context, json: Json = False) -> None:
    """Exchange receipts with the box, pull what is new, take it in."""
    from press1.vault import exchange

    with opened(context) as vault, session(context, "owner") as device:
        items = device.ls()
        done = exchange.exchange(device, vault, items, _used(context))
        new = _take_new(context, device, vault, items)
    if wants_json(context, json):
        ids = {name: [entry.id for entry in getattr(done, name)] for name in ("erased", "held")}
        lists = {name: getattr(done, name) for name in ("told", "kept", "released", "elsewhere")}
        print_json({"new": new, "fault": done.fault, **lists, **ids})
        return
    for ident in new:
        paper.print(f"{ident}  taken in", soft_wrap=True)
    _tell(done)
    if not new:
        paper.print("nothing new on the box")


def meet(context: typer.Context, device: Device) -> None:
    """Exchange receipts with the user's vault, where there is one, whenever a box is met; says what came of it on standard error.

    It needs no passphrase. A vault that does not open keeps nobody from the box.
    """
    place = Path(os.environ.get("PRESS1_VAULT") or boxes.home(settings(context).port or "") / "vault")
    if not (place / configuration.NAME).exists():
        return
    from press1.vault import exchange
    from press1.vault.vault import Vault

    try:
        vault = Vault(configuration.load(place), lambda: "")
        try:
            done = exchange.exchange(device, vault, used=_used(context))
        finally:
            vault.close()
    except Usage as error:
        notes.print(f"vault {place}: {error}", style="bold", soft_wrap=True, markup=False)
        return
    _tell(done, notes)


def _used(context: typer.Context) -> set[str]:
    """What this computer's case log has marked as used: no purge elsewhere takes it."""
    from press1.rights import cases

    return cases.used(cases.CaseLog(boxes.home(settings(context).port or "")))


def _tell(done: Any, to: Console = paper) -> None:
    for ident in done.told:
        to.print(f"{ident}  destroyed here: the box has heard of it", soft_wrap=True)
    for names, text in (
        (done.kept, "held here: the box holds it too now"),
        (done.released, "released here: the box has let it go"),
    ):
        for ident in names:
            to.print(f"{ident}  {text}", soft_wrap=True)
    for entry in done.erased:
        to.print(f"{entry.id}  destroyed on the box: destroyed here too", soft_wrap=True)
    for entry in done.held:
        to.print(f"{entry.id}  destroyed on the box, kept here: it is held ({entry.hold.reason})", soft_wrap=True, markup=False)
    for ident in done.elsewhere:
        text = f"{ident}  was destroyed on the box after it had been pulled: destroy the copy, which is not in this vault"
        to.print(text, soft_wrap=True, style="bold")
    if done.fault:
        notes.print(f"not all could be done: {done.fault}", style="bold", soft_wrap=True, markup=False)


def _take_new(context: typer.Context, device: Device, vault: Any, items: list[dict[str, Any]]) -> list[str]:
    """Pull into a folder beside the vault, and from there in: a pull that broke off goes on there."""
    incoming = folder(context) / "incoming"
    incoming.mkdir(exist_ok=True)
    have, owners, new = vault.catalogue.ids() | set(vault.tombstones.stones), owners_of(device), []
    for item in items:
        ident = item["id"].hex()
        if ident not in have:
            pulled = pulling.fetch(device, item, incoming, owners, lambda _: None)
            vault.take(pulled.recording, expires=item["expires"], purposes=item["purposes"])
            new.append(ident)
    return new


@verbs.command()
def export(
    context: typer.Context,
    ids: Ids,
    out: shared.Out,
    identity: shared.Identity = None,
    format: shared.Format = None,
    layout: shared.Layout = "stereo",
    opus_rate: shared.OpusRate = 8000,
    purpose: shared.Purpose = None,
    sheet: shared.Sheet = None,
    language: shared.Language = "en",
    json: Json = False,
) -> None:
    """Open a recording, or all parts of a call; as `press1 export`, without any file in between."""
    style = shared.chosen_style(out, format, layout, opus_rate)
    with opened(context) as vault:
        entries = _allowed(vault.find(ids), purpose)
        private = shared.owner_key(context, identity)
        # a hold is this vault's purpose, which no header names
        asked = None if purpose == "dispute" else purpose
        done = shared.run([vault.source(entry) for entry in entries], private, out, style, asked)
    if sheet:
        shared.write_sheet(context, sheet, done, language)
    shared.tell(context, done, json)


def _allowed(entries: list[Entry], purpose: str | None) -> list[Entry]:
    """The parts that may be used for the purpose named; without one, for any that has not ended. NotForThis, Gone where none may."""
    now = int(time.time())
    if purpose is not None:
        found = [entry for entry in entries if entry.may(purpose, now)]
        if not found:
            raise NotForThis(f"it may not be used for {purpose} now", "`press1 vault ls` shows for what, and until when")
        return found
    found = [entry for entry in entries if entry.hold or any(entry.may(row.purpose, now) for row in entry.purposes)]
    if not found:
        raise Gone("it has expired", "`press1 vault sweep` destroys it")
    return found


verbs.command("open")(export)
