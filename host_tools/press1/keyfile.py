"""Key files `<id>.key` (docs/format.md, section 8): the slot secret, wrapped to the owner keys."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import cbor, keys
from press1.errors import Damaged, Gone, Usage, WrongKey
from press1.head import Envelope

_INFO = b"press1/v1/slot"
_KEYS = {"format", "version", "id", "box", "envelopes"}
_MAX_BYTES = 65_536


@dataclass(frozen=True)
class KeyFile:
    """The wrapped slot secret of one recording."""

    id: bytes
    box: bytes
    envelopes: tuple[Envelope, ...]

    def encode(self) -> bytes:
        """The bytes of the file."""
        rows = [{"key": row.key, "sealed": row.sealed} for row in self.envelopes]
        return cbor.dumps({"format": "press1/key", "version": 1, "id": self.id, "box": self.box, "envelopes": rows})

    def open(self, private: X25519PrivateKey) -> bytes:
        """The slot secret; WrongKey when the key is no recipient."""
        secret = open_envelope(self.envelopes, private, _INFO + self.box + self.id)
        if len(secret) != 32:
            raise Damaged("slot secret of a wrong length")
        return secret


def open_envelope(envelopes: tuple[Envelope, ...], private: X25519PrivateKey, info: bytes) -> bytes:
    """What was sealed to this key; WrongKey when none of the envelopes names it."""
    mark = keys.fingerprint(keys.raw_public(private))
    for row in envelopes:
        if row.key == mark:
            return keys.unseal(private, info, row.sealed)
    raise WrongKey(f"sealed to other keys, not to {mark.hex()}", "give the owner key that the box was provisioned with")


def wrap(ident: bytes, box: bytes, slot_secret: bytes, owners: list[bytes]) -> KeyFile:
    """Wrap the slot secret to the owners' public keys (32 bytes each)."""
    rows = (Envelope(keys.fingerprint(key), keys.seal(key, _INFO + box + ident, slot_secret)) for key in owners)
    return KeyFile(ident, box, tuple(rows))


def decode(data: bytes) -> KeyFile:
    """Parse a key file; Damaged unless it is one of version 1."""
    value = cbor.loads(data)
    if type(value) is not dict or set(value) != _KEYS or value["format"] != "press1/key":
        raise Damaged("no Press1 key file")
    if type(value["version"]) is not int or value["version"] != 1:
        raise Damaged("key file of another version: this program reads version 1")
    for name in ("id", "box"):
        if type(value[name]) is not bytes or len(value[name]) != 16:
            raise Damaged(f"key file: {name} is not 16 bytes")
    return KeyFile(value["id"], value["box"], _envelopes(value["envelopes"]))


def _envelopes(rows: object) -> tuple[Envelope, ...]:
    if not isinstance(rows, list) or not rows:
        raise Damaged("key file without envelopes")
    out = []
    for row in rows:
        if type(row) is not dict or set(row) != {"key", "sealed"}:
            raise Damaged("key file: envelope has missing or unknown keys")
        key, sealed = row["key"], row["sealed"]
        if type(key) is not bytes or len(key) != 16 or type(sealed) is not bytes or len(sealed) != 80:
            raise Damaged("key file: envelope of a wrong length")
        out.append(Envelope(key, sealed))
    return tuple(out)


def path_beside(recording: Path) -> Path:
    """Where the key file of a recording lies: `<id>.key` beside `<id>.p1r`."""
    return recording.with_suffix(".key")


def load(path: Path) -> KeyFile:
    """Read a key file; Gone when there is none, for then nothing opens the recording."""
    try:
        with open(path, "rb") as file:
            return decode(file.read(_MAX_BYTES))
    except FileNotFoundError:
        hint = "pull the recording again while the box still holds it; without its key nothing opens it"
        raise Gone(f"no key file {path}", hint) from None
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error


def save(path: Path, keyfile: KeyFile) -> None:
    """Write with mode 0600, at once or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(keyfile.encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
