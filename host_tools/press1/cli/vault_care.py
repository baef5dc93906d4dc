"""`press1 vault sweep`, `verify`, `backup`, `restore`, `status`, `install-timer`: what keeps a vault in order."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from press1 import keys
from press1.cli.context import Json, ask_passphrase, iso, notes, paper, print_json, wants_json
from press1.cli.vault import folder, opened, verbs
from press1.errors import Damaged, Usage
from press1.vault import config as configuration
from press1.vault import timer

Place = Annotated[str, typer.Argument(help="A folder, or a URL that fsspec knows, such as s3://bucket/backup.")]


@verbs.command()
def sweep(
    context: typer.Context,
    sure: Annotated[bool, typer.Option("--sure", help="The clock is right, though it is far ahead of the last sweep.")] = False,
    json: Json = False,
) -> None:
    """Destroy what has expired and is not held; needs no passphrase."""
    from press1.vault import sweep as sweeping

    with opened(context) as vault:
        done = sweeping.sweep(vault, sure)
    if wants_json(context, json):
        gone = [{"id": entry.id, "reason": reason} for entry, reason in done.destroyed]
        ids = {name: [entry.id for entry in getattr(done, name)] for name in ("waiting", "reviews")}
        print_json({"destroyed": gone, "ended": done.ended, "left": done.left, "jump": done.jump, **ids})
        return
    _tell_sweep(done)


def _tell_sweep(done: Any) -> None:
    if done.jump:
        text = f"the last sweep was {done.jump} days ago by this clock: nothing is destroyed until it has stood so for a day"
        notes.print(f"{text}; where it is right, `sweep --sure`", style="bold", soft_wrap=True)
        return
    for entry, reason in done.destroyed:
        paper.print(f"{entry.id}  destroyed ({reason})", soft_wrap=True)
    for ident, purpose in done.ended:
        paper.print(f"{ident}  use for {purpose} has ended", soft_wrap=True)
    for entry in done.waiting:
        paper.print(f"{entry.id}  due, but held: {entry.hold.reason}", soft_wrap=True, markup=False)
    for entry in done.reviews:
        paper.print(f"{entry.id}  hold by {entry.hold.who} is due for review", soft_wrap=True, markup=False)
    if done.left:
        paper.print(f"{done.left} sealed files are left in a store that does not answer; their keys are destroyed")
    if not (done.destroyed or done.ended or done.waiting or done.reviews or done.left):
        paper.print("nothing is due")


@verbs.command()
def verify(
    context: typer.Context,
    identity: Annotated[Path | None, typer.Option(help="Owner's key: open every record too.")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove files and keys that belong to no recording.")] = False,
    json: Json = False,
) -> None:
    """Check every stored file, its signature and that its key is there."""
    from press1.vault import care

    private = keys.load_private(identity, lambda: ask_passphrase(identity)) if identity else None
    with opened(context) as vault:
        done = care.verify(vault, private, prune)
    if wants_json(context, json):
        print_json(vars(done))
    else:
        for ident, text in done.faults:
            paper.print(f"{ident}: {text}", soft_wrap=True, markup=False)
        for name, found in (("file", done.objects), ("key", done.keys)):
            for item in found:
                paper.print(
                    f"{item}: a {name} without a recording{', removed' if prune else ': --prune removes it'}", soft_wrap=True
                )
        paper.print(f"{done.good} recordings are good")
    if done.faults:
        raise Damaged(
            f"{len(done.faults)} of {done.good + len(done.faults)} recordings did not pass", "`vault restore` takes files back"
        )


@verbs.command()
def backup(context: typer.Context, place: Place, json: Json = False) -> None:
    """Copy sealed files and catalogue, never a key: nobody opens a backup without this computer's keys."""
    from press1.vault import care

    with opened(context) as vault:
        name, copied, removed = care.backup(vault, place)
    if wants_json(context, json):
        print_json({"catalogue": name, "copied": copied, "removed": removed})
    else:
        paper.print(f"{name}: {copied} new files; {removed} removed there because they were destroyed here", soft_wrap=True)


@verbs.command()
def restore(
    context: typer.Context,
    place: Place,
    catalogue: Annotated[str | None, typer.Option(help="Of several in the backup; the newest, if left out.")] = None,
    json: Json = False,
) -> None:
    """Take back what is missing. What was destroyed since the backup stays destroyed."""
    from press1.vault import care

    with opened(context) as vault:
        done = care.restore(vault, place, catalogue)
    if wants_json(context, json):
        print_json(vars(done))
        return
    for ident in done.back:
        paper.print(f"{ident}  restored", soft_wrap=True)
    for ident, reason in done.destroyed:
        paper.print(f"{ident}  was destroyed ({reason}): not restored", soft_wrap=True)
    for ident in done.keyless:
        paper.print(f"{ident}  its key is not here: not restored; pull it again while the box holds it", soft_wrap=True)
    paper.print(f"{len(done.back)} restored, {len(done.here)} were here")


@verbs.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Where everything is, how much there is, and what is due."""
    with opened(context) as vault:
        facts = _facts(vault)
    if wants_json(context, json):
        print_json(facts)
        return
    for name, value in facts.items():
        paper.print(f"{name.replace('_', ' ')}: {value}", soft_wrap=True, markup=False)


def _facts(vault: Any) -> dict[str, Any]:
    from sqlalchemy.engine import make_url

    entries, now = vault.catalogue.entries(), vault.now()
    swept = vault.catalogue.fact("swept")
    return {
        "vault": str(vault.config.folder),
        "catalogue": make_url(vault.config.catalogue).render_as_string(hide_password=True),
        "store": vault.config.store,
        "keys": vault.config.keys if vault.config.keys == "keyring" else str(vault.config.keys_folder / "keys"),
        "recordings": len(entries),
        "bytes": sum(entry.size for entry in entries),
        "held": sum(entry.hold is not None for entry in entries),
        "due": sum(entry.expires <= now and entry.hold is None for entry in entries),
        "reviews_due": sum(entry.hold is not None and entry.hold.review <= now for entry in entries),
        "next_end": iso(min((entry.expires for entry in entries), default=0)) if entries else None,
        "destroyed": len(vault.tombstones.stones),
        "files_left": len(vault.catalogue.unfinished()),
        "last_sweep": iso(int(swept)) if swept else None,
        "boxes": {row["id"]: iso(row["synced"]) for row in vault.catalogue.boxes()},
    }


@verbs.command("install-timer")
def install_timer(
    context: typer.Context,
    into: Annotated[Path | None, typer.Option(help="Folder for the systemd units; the user's, if left out.")] = None,
) -> None:
    """Have this computer sweep every hour: writes a systemd timer, or prints the Windows task or cron line."""
    place = folder(context)
    configuration.load(place)
    if os.name == "nt":
        paper.print(f"run this once:\n  {timer.windows_task(place)}", soft_wrap=True, markup=False)
    elif sys.platform == "linux":
        lines = timer.install(place, into)
        paper.print("written; start it with:\n  " + "\n  ".join(lines), soft_wrap=True, markup=False)
    elif into:
        raise Usage("there is no systemd here", "leave out --into: a line for cron is printed")
    else:
        paper.print(f"add this line with `crontab -e`:\n  {timer.cron_line(place)}", soft_wrap=True, markup=False)
