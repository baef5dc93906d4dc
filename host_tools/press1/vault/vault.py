"""The vault: import, open, hold, destroy. Every change is in an order that a kill at any point leaves whole.

Import: file, key, catalogue; so what the catalogue names can be opened. Destroy: tombstone, key, file, receipt; so what was decided is done
at the next opening, and the key is the first to go.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from press1 import container, keyfile
from press1.container import Report
from press1.errors import Damaged, Gone, Usage
from press1.export import Source
from press1.keyfile import KeyFile
from press1.vault import database
from press1.vault.catalogue import Catalogue
from press1.vault.config import Config
from press1.vault.entry import Entry, Hold, Purpose
from press1.vault.keeper import Ask, keeper_of
from press1.vault.lock import locked
from press1.vault.store import Store, Unreachable
from press1.vault.tombstones import Tombstone, Tombstones

_AAD = b"press1/v1/vault"
_NONCE = 12
_SHORTEST = 4  # hex digits of an id that a person may give


class Vault:
    """An open vault. `now` fixes the clock (tests)."""

    def __init__(self, config: Config, passphrase: Ask, now: int | None = None) -> None:
        self.config = config
        self._now = now
        self.keeper = keeper_of(config, passphrase)
        self.store = Store(config.store)
        self.catalogue = Catalogue(database.connect(config.catalogue))
        self._check_owner()
        with self.changing():
            pass  # finishes what was begun

    def _check_owner(self) -> None:
        """A catalogue serves one vault: two with different keys would destroy each other's recordings."""
        owner = self.catalogue.fact("vault")
        if owner is None:
            self.catalogue.set_fact("vault", self.config.id)
        elif owner != self.config.id:
            raise Usage("the catalogue belongs to another vault", "name another database with --catalogue")

    def close(self) -> None:
        """Give database connections back."""
        self.catalogue.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One process at a time; what an earlier one left unfinished is finished first."""
        with locked(self.config.keys_folder / "lock"):
            self.tombstones = Tombstones(self.config.keys_folder / "tombstones")
            for ident in self.catalogue.ids() & set(self.tombstones.stones):
                self._destroy(self._entry(ident), self.tombstones.stones[ident], "vault")
            yield

    def now(self) -> int:
        """UTC seconds by this computer's clock."""
        return int(time.time()) if self._now is None else self._now

    # Finding

    def _entry(self, ident: str) -> Entry:
        entry = self.catalogue.get(ident)
        if entry is None:
            raise Gone(f"the vault holds no recording {ident}")
        return entry

    def find(self, texts: list[str]) -> list[Entry]:
        """Recordings by the beginnings of their ids, or all parts of a call by that of its id. Gone for none, Usage for several."""
        found = [entry for text in texts for entry in self._named(text.lower())]
        return list({entry.id: entry for entry in found}.values())

    def _named(self, text: str) -> list[Entry]:
        if not _SHORTEST <= len(text) <= 32 or set(text) - set("0123456789abcdef"):
            raise Usage(f"{text!r} is no id", f"{_SHORTEST} to 32 hexadecimal digits, as `press1 vault ls` prints them")
        found = self.catalogue.named(text)
        if not found:
            self._say_gone(text)
        one = [entry for entry in found if entry.id.startswith(text)]
        if len(one) > 1 or (not one and len({entry.call for entry in found}) > 1):
            raise Usage(f"{text} is the beginning of several ids", "give more digits")
        return one or found

    def _say_gone(self, text: str) -> None:
        for stone in self.tombstones.stones.values():
            if stone.id.startswith(text):
                raise Gone(f"{stone.id} was destroyed ({stone.reason})", "`press1 vault receipts` tells when")
        raise Gone(f"the vault holds no recording {text}", "`press1 vault ls` shows what there is")

    # Import

    def take(
        self,
        path: Path,
        *,
        private: X25519PrivateKey | None = None,
        expires: int | None = None,
        purposes: list[str] | None = None,
        keep: bool = False,
    ) -> tuple[Entry, bool]:
        """Bring in `<id>.p1r` with `<id>.key` beside it; (entry, whether it is new). The files are removed unless `keep`.

        `expires` and `purposes`: what the box says now, where the header is older. With `private` every record is opened once.
        Raises Damaged, WrongKey, Gone for what was destroyed or has expired.
        """  # fmt: skip
        report = container.verify_file(path)
        keys = keyfile.load(keyfile.path_beside(path))
        _check(path, report, keys, private)
        with self.changing():
            ident = report.head.id.hex()
            self._refuse_destroyed(ident)
            entry = self.catalogue.get(ident)
            new = entry is None
            if entry is None:
                entry = self._add(path, report, keys, expires, purposes)
            elif _sha256(path) != entry.sha256:
                raise Damaged(f"{path} is not the recording of this id that the vault holds")
        if not keep:
            _remove(keyfile.path_beside(path), path)
        return entry, new

    def _refuse_destroyed(self, ident: str) -> None:
        if ident in self.tombstones.stones:
            stone = self.tombstones.stones[ident]
            raise Gone(f"{ident} was destroyed ({stone.reason}) and is not taken in again", "delete this copy, and its key file")

    def _add(self, path: Path, report: Report, keys: KeyFile, expires: int | None, purposes: list[str] | None) -> Entry:
        head, now = report.head, self.now()
        rows = tuple(Purpose(row.purpose, row.basis, row.end) for row in head.purposes)
        rows = rows if purposes is None else terms(rows, purposes, now)
        end = expires if expires is not None else max(row.end for row in rows if row.ended is None)
        if end <= now:
            raise Gone(f"{path} has expired", "delete it, and its key file")
        key = os.urandom(32)
        entry = Entry(
            id=head.id.hex(), call=head.call.hex(), part=head.part, box=head.box.hex(), created=head.created, expires=end,
            profile=head.profile, direction=head.direction, state=report.state,
            seconds=report.audio_samples * head.rate[1] // head.rate[0], size=path.stat().st_size, sha256=_sha256(path),
            wrapped=_wrap(key, keys), imported=now, purposes=rows,
        )  # fmt: skip
        with open(path, "rb") as file:
            if self.store.put(entry.object, file) != entry.sha256 or self.store.sha256(entry.object) != entry.sha256:
                raise Damaged("the store does not hold what was written to it", "is its disk failing?")
        self.keeper.put(entry.id, key)
        self.catalogue.add(entry)
        return entry

    # Opening

    def key(self, entry: Entry) -> KeyFile:
        """The recording's key file, unwrapped. Gone where the wrapping key was destroyed."""
        nonce, sealed = entry.wrapped[:_NONCE], entry.wrapped[_NONCE:]
        ident, box = bytes.fromhex(entry.id), bytes.fromhex(entry.box)
        try:
            data = ChaCha20Poly1305(self.keeper.get(entry.id)).decrypt(nonce, sealed, _AAD + box + ident)
        except (InvalidTag, ValueError):
            raise Damaged(f"the wrapped key of {entry.id} is altered") from None
        return keyfile.decode(data)

    def source(self, entry: Entry) -> Source:
        """The recording, for an export; its key never touches a disk."""
        return Source(entry.id, entry.size, lambda: self.open(entry), lambda: self.key(entry))

    def open(self, entry: Entry) -> BinaryIO:
        """The sealed file."""
        return self.store.open(entry.object)

    # Holding and destroying

    def hold(self, entry: Entry, reason: str, who: str, review: int) -> None:
        """Keep beyond the end (S23), until released; it may be used for `dispute` then."""
        now = self.now()
        if not reason.strip() or not who.strip():
            raise Usage("a hold needs a reason and a name", "--reason TEXT, --who NAME")
        if review <= now:
            raise Usage("the review must lie ahead", "--review YYYY-MM-DD")
        with self.changing():
            self._entry(entry.id)
            self.catalogue.release(entry.id, who, now)  # a new hold takes the place of the one before
            self.catalogue.hold(entry.id, Hold(reason, who, now, review))

    def release(self, entry: Entry, who: str) -> bool:
        """End the hold; whether there was one. What is due then goes with the next sweep."""
        with self.changing():
            return self.catalogue.release(entry.id, who, self.now())

    def erase(self, entry: Entry, reason: str = "erased", origin: str = "vault") -> None:
        """Destroy a recording: for good. Usage while it is held."""
        with self.changing():
            entry = self._entry(entry.id)
            if entry.hold:
                raise Usage(f"{entry.id} is held: {entry.hold.reason}", "`press1 vault release` first")
            stone = self.tombstones.add(entry.id, entry.box, self.now(), reason)
            self._destroy(entry, stone, origin)

    def _destroy(self, entry: Entry, stone: Tombstone, origin: str) -> None:
        self.keeper.delete(entry.id)
        if self.keeper.has(entry.id):
            raise Usage(f"the key of {entry.id} cannot be destroyed", "repair the keyring, and repeat: it goes first next time")
        slot = self.now()
        told = slot if origin == "box" else None  # the box knows what it destroyed itself
        row = {"id": entry.id, "box": entry.box, "reason": stone.reason, "slot": slot, "origin": origin, "told": told}
        self.catalogue.bury({**row, "file": self._unlink(entry)})

    def _unlink(self, entry: Entry) -> int | None:
        """Remove the sealed file; None while the store does not answer: `sweep` tries again."""
        try:
            self.store.delete(entry.object)
        except Unreachable:
            return None
        return self.now()


def terms(rows: tuple[Purpose, ...], names: list[str], now: int) -> tuple[Purpose, ...]:
    """Purposes as the box has them now: those that it no longer names have ended. A hold there is no purpose of the recording."""
    kept = tuple(row if row.purpose in names else Purpose(row.purpose, row.basis, row.end, row.ended or now) for row in rows)
    if all(row.ended is not None for row in kept):
        return rows  # names that the header does not have: the header stands
    return kept


def _wrap(key: bytes, keys: KeyFile) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, keys.encode(), _AAD + keys.box + keys.id)


def _check(path: Path, report: Report, keys: KeyFile, private: X25519PrivateKey | None) -> None:
    if (keys.id, keys.box) != (report.head.id, report.head.box):
        raise Damaged(f"{path}: the key file beside it belongs to another recording")
    if private is not None:
        with open(path, "rb") as file:
            for _ in container.Contents(file, report, container.file_secret(report.head, private), keys.open(private)):
                pass


def _sha256(path: Path) -> str:
    import hashlib

    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(key: Path, recording: Path) -> None:
    """The key first, overwritten as far as the file system lets anyone; then the file."""
    for path, overwrite in ((key, True), (recording, False)):
        try:
            if overwrite:
                with open(path, "r+b") as file:
                    file.write(bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
            path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise Usage(f"cannot remove {path}: {error.strerror}", "it is in the vault now: delete this copy by hand") from error
