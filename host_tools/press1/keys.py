"""Key files of owner, technician and auditor: X25519, private part as PKCS#8 PEM with a passphrase."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from press1.errors import Usage, WrongKey

PASSPHRASE_VARIABLE = "PRESS1_PASSPHRASE"
ROLES = ("owner", "technician", "auditor")
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)  # docs/format.md, section 4
_MAX_PEM = 65_536


def raw_public(key: X25519PrivateKey | X25519PublicKey) -> bytes:
    """The 32 bytes of the public key."""
    public = key.public_key() if isinstance(key, X25519PrivateKey) else key
    return public.public_bytes_raw()


def fingerprint(public: bytes) -> bytes:
    """First 16 bytes of SHA-256 of a 32-byte public key: how files and links name it."""
    return hashlib.sha256(public).digest()[:16]


def seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """HPKE base mode, single shot: `enc` and ciphertext."""
    return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info=info)


def unseal(private: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """What `seal` sealed; WrongKey when the key does not fit or the envelope was altered."""
    try:
        return _SUITE.decrypt(sealed, private, info=info)
    except (InvalidTag, ValueError) as error:
        raise WrongKey("the key does not open this envelope", "it belongs to another recording, or was altered") from error


def place(private: Path) -> Path:
    """Where the public key of a new pair goes; Usage where either would not find room, before anybody thinks up a passphrase."""
    public = private.with_suffix(".pub")
    if public == private:
        raise Usage(f"{private} would be both keys", "name the private key, such as owner.pem")
    for path in (private, public):
        if path.exists():
            raise Usage(f"{path} exists", "choose another name: keys are never overwritten")
    if not private.parent.is_dir():
        raise Usage(f"no folder {private.parent}", "make it first, where others do not read")
    return public


def write_private(path: Path, private: X25519PrivateKey, passphrase: str | None) -> None:
    """PKCS#8 PEM with mode 0600; refuses to overwrite."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    _create(path, pem, 0o600)


def write_public(path: Path, public: bytes) -> None:
    """SubjectPublicKeyInfo PEM; refuses to overwrite."""
    key = X25519PublicKey.from_public_bytes(public)
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _create(path, pem, 0o644)


def _create(path: Path, data: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise Usage(f"{path} exists", "choose another name: keys are never overwritten") from None
    except OSError as error:
        raise Usage(f"cannot write {path}: {error.strerror}") from error


def load_private(path: Path, ask: Callable[[], str] | None = None) -> X25519PrivateKey:
    """The private key of a PEM file; the passphrase comes from $PRESS1_PASSPHRASE, else from `ask()`.

    Raises Usage for a file that is no such key, WrongKey for a wrong or missing passphrase.
    """
    pem = _read(path)
    if b"PRIVATE KEY" not in pem:
        raise Usage(f"{path} holds no private key", "give the .pem file that `press1 keys new` wrote")
    return _private(pem, path, _passphrase(ask) if b"ENCRYPTED" in pem else None)


def _passphrase(ask: Callable[[], str] | None) -> bytes:
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given is None and ask is not None:
        given = ask()
    if not given:
        raise WrongKey("this key needs its passphrase", f"set {PASSPHRASE_VARIABLE}, or run in a terminal to be asked")
    return given.encode()


def _private(pem: bytes, path: Path, passphrase: bytes | None) -> X25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError) as error:
        if passphrase is not None:
            raise WrongKey(f"wrong passphrase for {path}") from error
        raise Usage(f"{path} is no readable key file") from error
    except Exception as error:  # cryptography names unsupported ciphers and formats by classes of its own
        raise Usage(f"{path} is a key of a kind that press1 does not use") from error
    if not isinstance(key, X25519PrivateKey):
        raise Usage(f"{path} is no X25519 key", "make one with `press1 keys new`")
    return key


def load_public(path: Path) -> bytes:
    """The 32-byte public key of a `.pub` file, or of a private key file without passphrase."""
    pem = _read(path)
    if b"PRIVATE KEY" in pem:
        return raw_public(load_private(path))
    try:
        key = serialization.load_pem_public_key(pem)
    except Exception as error:  # as in _private
        raise Usage(f"{path} is no public key file") from error
    if not isinstance(key, X25519PublicKey):
        raise Usage(f"{path} is no X25519 key", "make one with `press1 keys new`")
    return raw_public(key)


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_PEM)
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error
