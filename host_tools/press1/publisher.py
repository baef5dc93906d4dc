"""The publisher's Ed25519 key: who may sign updates. Images carry the public half."""

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from press1.errors import Usage, WrongKey
from press1.keys import PASSPHRASE_VARIABLE, place

_RAW = serialization.Encoding.Raw, serialization.PublicFormat.Raw


def raw_public(private: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return private.public_key().public_bytes(*_RAW)


def new(path: Path, passphrase: bytes) -> bytes:
    """Write a new private key to `path` (PKCS 8, PEM, encrypted unless the passphrase is empty) and `path`.pub. Its public key.

    Neither file may exist.
    """
    beside = place(path)
    private = Ed25519PrivateKey.generate()
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Usage(f"{path} exists", "a publisher's key is not replaced by accident: choose another name") from error
    except OSError as error:
        raise Usage(f"cannot write {path}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    public = raw_public(private)
    beside.write_text(public.hex() + "\n", encoding="ascii")
    return public


def load_private(path: Path, ask: Callable[[], str]) -> Ed25519PrivateKey:
    """The private key; its passphrase comes from $PRESS1_PASSPHRASE, else from `ask`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error
    key: object
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError:
        key = _unlocked(data, path, ask)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Usage(f"{path} is no private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Usage(f"{path} is no publisher's key", "`press1 update key` makes one")
    return key


def _unlocked(data: bytes, path: Path, ask: Callable[[], str]) -> object:
    try:
        return serialization.load_pem_private_key(data, (os.environ.get(PASSPHRASE_VARIABLE) or ask()).encode())
    except (ValueError, TypeError) as error:
        raise WrongKey(f"the passphrase does not open {path}") from error


def load_public(path: Path) -> bytes:
    """The 32 bytes in a `.pub` file."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise Usage(f"{path} is no publisher's public key") from error
    if len(key) != 32:
        raise Usage(f"{path} is no publisher's public key")
    return key
