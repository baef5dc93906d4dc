"""Verify a vault, back it up, restore it. A backup holds sealed files and the catalogue, never a key: what was destroyed stays so."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import container
from press1.errors import Damaged, Gone, Press1Error, Usage
from press1.vault.entry import Entry, Hold, Purpose
from press1.vault.store import Store
from press1.vault.vault import Vault

_CATALOGUES = "catalogue"
Progress = Callable[[int], object]


@dataclass
class Verified:
    """`faults`: (id, what is wrong); `objects`: stored files without an entry; `keys`: keys without an entry."""

    good: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def verify(
    vault: Vault, private: X25519PrivateKey | None = None, prune: bool = False, progress: Progress = lambda _: None
) -> Verified:
    """Check every recording: file, signature, key; with the owner's key, that it opens. `prune` removes what belongs to no entry."""
    out, entries = Verified(), vault.catalogue.entries()
    for entry in entries:
        try:
            _verify_one(vault, entry, private)
            out.good += 1
        except Press1Error as error:
            out.faults.append((entry.id, str(error)))
        progress(entry.size)
    with vault.changing():  # an import elsewhere has a file and a key before it has an entry
        ids = vault.catalogue.ids()
        pending = {row["id"] for row in vault.catalogue.unfinished()}
        out.objects = sorted(name for name in vault.store.names() if name[3:35] not in ids | pending)
        out.keys = sorted((vault.keeper.names() or set()) - ids)
        if prune:
            for name in out.objects:
                vault.store.delete(name)
            for ident in out.keys:
                vault.keeper.delete(ident)
    return out


def _verify_one(vault: Vault, entry: Entry, private: X25519PrivateKey | None) -> None:
    if not vault.keeper.has(entry.id):
        raise Gone("its key is gone: nothing opens it any more")
    if vault.store.sha256(entry.object) != entry.sha256:
        raise Damaged("the stored file is altered")
    with vault.open(entry) as file:
        report = container.verify(file)
        if report.head.id.hex() != entry.id:
            raise Damaged("the stored file is another recording")
    if private is not None:
        keys = vault.key(entry)
        with vault.open(entry) as file:
            for _ in container.Contents(file, report, container.file_secret(report.head, private), keys.open(private)):
                pass


# Backup


def backup(vault: Vault, url: str, progress: Progress = lambda _: None) -> tuple[str, int, int]:
    """Copy what is new to `url`; (name of the catalogue there, files copied, files removed because they were destroyed here)."""
    place = Store(url)
    entries, there, copied = vault.catalogue.entries(), place.names(), 0
    for entry in entries:
        if entry.object not in there:
            _copy(vault.store, place, entry)
            copied += 1
        progress(entry.size)
    name = f"{_CATALOGUES}/{vault.now():012d}.json"
    document = {
        "format": "press1/vault-backup",
        "version": 1,
        "vault": vault.config.id,
        "time": vault.now(),
        "entries": [_row(e) for e in entries],
    }
    place.write(name, json.dumps(document).encode())
    gone = [stone for stone in vault.tombstones.stones if f"{stone[:2]}/{stone}.p1r" in there]
    for stone in gone:
        place.delete(f"{stone[:2]}/{stone}.p1r")
    return name, copied, len(gone)


def _copy(source: Store, target: Store, entry: Entry) -> None:
    with source.open(entry.object) as file:
        if target.put(entry.object, file) != entry.sha256:
            raise Damaged(f"{entry.id}: the file is not the one that was imported", "`press1 vault verify` tells more")


def _row(entry: Entry) -> dict[str, Any]:
    return {**entry.facts(), "wrapped": base64.b64encode(entry.wrapped).decode()}


@dataclass
class Restored:
    """Ids that came back; that were destroyed since (id, reason); whose keys are not here; that were here already."""

    back: list[str] = field(default_factory=list)
    destroyed: list[tuple[str, str]] = field(default_factory=list)
    keyless: list[str] = field(default_factory=list)
    here: list[str] = field(default_factory=list)


def restore(vault: Vault, url: str, name: str | None = None) -> Restored:
    """Take back what is missing, from the newest catalogue in the backup or the one named. What was destroyed stays destroyed."""
    place, out = Store(url), Restored()
    entries = list(_entries(place, name or _newest(place), vault.config.id))
    with vault.changing():
        for entry in entries:
            _restore_one(vault, place, entry, out)
    return out


def _newest(place: Store) -> str:
    names = place.listed(_CATALOGUES, ".json")
    if not names:
        raise Usage("there is no backup at this place", "name the place that `press1 vault backup` was given")
    return names[-1]


def _entries(place: Store, name: str, vault: str) -> Iterator[Entry]:
    try:
        with place.open(name) as file:
            document = json.loads(file.read())
        if (document["format"], document["version"]) != ("press1/vault-backup", 1):
            raise Damaged("the backup's catalogue is of another version")
        if document["vault"] != vault:
            raise Usage("this is the backup of another vault", "its keys are with that vault")
        for row in document["entries"]:
            purposes = tuple(Purpose(**one) for one in row.pop("purposes"))
            hold = row.pop("hold")
            wrapped = base64.b64decode(row.pop("wrapped"))
            yield Entry(**row, wrapped=wrapped, purposes=purposes, hold=Hold(**hold) if hold else None)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged("the backup's catalogue is damaged", "--catalogue names an older one") from error


def _restore_one(vault: Vault, place: Store, entry: Entry, out: Restored) -> None:
    if entry.id in vault.tombstones.stones:
        out.destroyed.append((entry.id, vault.tombstones.stones[entry.id].reason))
        return
    present = vault.catalogue.get(entry.id)
    if not vault.keeper.has(entry.id):
        out.keyless.append(entry.id)
        return
    if present is None or not _stored(vault, entry):
        _copy(place, vault.store, entry)
    if present is None:
        vault.catalogue.add(entry)
        out.back.append(entry.id)
    else:
        out.here.append(entry.id)


def _stored(vault: Vault, entry: Entry) -> bool:
    try:
        return vault.store.sha256(entry.object) == entry.sha256
    except Gone:
        return False
