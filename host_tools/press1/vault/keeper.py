"""Wrapping keys, one a recording: kept outside database and backups, so that deleting one destroys every copy of what it wraps."""

import base64
import binascii
from collections.abc import Callable
from typing import Protocol

from press1.errors import Damaged, Gone, Usage
from press1.vault.config import Config
from press1.vault.keybag import Keybag

Ask = Callable[[], str]
LOST = "it was destroyed, or the keys are those of another computer; the box gives it again while it holds it"


class Keeper(Protocol):
    """Keys of 32 bytes by recording id (hex)."""

    def put(self, ident: str, key: bytes) -> None:
        """Keep a key durably; one of the same name is replaced."""

    def get(self, ident: str) -> bytes:
        """The key; Gone where there is none, WrongKey for a wrong passphrase."""

    def delete(self, ident: str) -> None:
        """Destroy a key; nothing where there is none."""

    def has(self, ident: str) -> bool:
        """Whether there is one; needs no passphrase."""

    def names(self) -> set[str] | None:
        """Ids of all keys; None where the system does not tell."""


class KeyringKeeper:
    """The system's keyring: Windows Credential Locker, macOS Keychain, or the desktop's Secret Service."""

    def __init__(self, vault: str) -> None:
        self._service = f"press1-vault-{vault}"

    def _do(self, verb: str, *arguments: str) -> str | None:
        import keyring  # here, because looking for a backend takes a while
        import keyring.errors

        try:
            found: str | None = getattr(keyring, verb)(self._service, *arguments)
            return found
        except keyring.errors.PasswordDeleteError:
            return None
        except keyring.errors.KeyringError as error:
            hint = "unlock it, or make a vault with `--keys file`"
            raise Usage(f"the system's keyring does not answer: {type(error).__name__}", hint) from error

    def put(self, ident: str, key: bytes) -> None:
        self._do("set_password", ident, base64.b64encode(key).decode())

    def get(self, ident: str) -> bytes:
        text = self._do("get_password", ident)
        if text is None:
            raise Gone(f"the key of {ident} is gone", LOST)
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise Damaged(f"the keyring's entry for {ident} is no key") from error

    def delete(self, ident: str) -> None:
        if self.has(ident):
            self._do("delete_password", ident)

    def has(self, ident: str) -> bool:
        return self._do("get_password", ident) is not None

    def names(self) -> set[str] | None:
        return None


def make(config: Config, passphrase: Ask) -> None:
    """Prepare the keeper of a new vault; `passphrase` is asked for a key file only."""
    if config.keys == "file":
        Keybag.create(config.keys_folder / "keys", bytes.fromhex(config.id), passphrase())
    else:
        KeyringKeeper(config.id).has("0" * 32)  # a keyring that does not answer is found out here


def keeper_of(config: Config, passphrase: Ask) -> Keeper:
    """The vault's keeper; the passphrase is asked when a key must be read, not before."""
    if config.keys == "keyring":
        return KeyringKeeper(config.id)
    return Keybag(config.keys_folder / "keys", bytes.fromhex(config.id), passphrase)
