"""Updates (docs/update.md): making one, and reading what one says before it goes to a box."""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from press1.errors import Damaged, Usage
from press1.images import bytecode

MAGIC = b"P1UPD\r\n\x1a"
DOMAIN = b"press1/v1/update\x00"
HEAD = struct.Struct(">8sHHI64s")
MAX_MANIFEST = 32_768
MAX_BYTES = 460_800
FIRST_LINE = "press1-update 1"


@dataclass(frozen=True)
class Update:
    """What an update says of itself, checked against its contents; the signature is `signed_by`'s to check."""

    version: str
    arch: str
    files: dict[str, bytes]
    manifest: bytes
    signature: bytes

    def signed_by(self, public: bytes) -> bool:
        """Whether this publisher signed it."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, DOMAIN + self.manifest)
        except (InvalidSignature, ValueError):
            return False
        return True


def manifest(version: str, arch: str, files: dict[str, bytes]) -> bytes:
    """Section 1: the signed text."""
    rows = [f"file {len(data)} {hashlib.sha256(data).hexdigest()} {path}" for path, data in sorted(files.items())]
    return ("\n".join([FIRST_LINE, f"version {version}", f"arch {arch}", f"mpy {bytecode.FORMAT}", *rows]) + "\n").encode("ascii")


def pack(text: bytes, files: dict[str, bytes], signature: bytes = bytes(64)) -> bytes:
    """The file of a manifest and its files; unsigned it is what an image holds, and no box takes it over the link."""
    return HEAD.pack(MAGIC, 1, 0, len(text), signature) + text + b"".join(files[path] for path in sorted(files))


def build(firmware: Path, version: str, private: Ed25519PrivateKey, arch: str = bytecode.CHIP) -> bytes:
    """The update that brings `firmware` (an import root) to a box. Usage where it is too large for one."""
    files = bytecode.modules(firmware, arch)
    text = manifest(version, arch, files)
    data = pack(text, files, private.sign(DOMAIN + text))
    if len(text) > MAX_MANIFEST or len(data) > MAX_BYTES:
        raise Usage(f"the update has {len(data)} bytes; a box takes {MAX_BYTES}")
    return data


def read(data: bytes) -> Update:
    """Take an update apart. Damaged where it is none, or is not whole."""
    try:
        magic, version, reserved, length, signature = HEAD.unpack_from(data)
        if (magic, version, reserved) != (MAGIC, 1, 0) or length > MAX_MANIFEST:
            raise Damaged("this is no update")
        text = data[HEAD.size : HEAD.size + length]
        lines = text.decode("ascii").split("\n")
        about = dict(line.split(" ", 1) for line in lines[1:4])
        files = _files([line.split(" ", 3) for line in lines[4:-1]], data[HEAD.size + length :])
        if lines[0] != FIRST_LINE or lines[-1] or list(about) != ["version", "arch", "mpy"]:
            raise Damaged("this is no update")
        return Update(about["version"], about["arch"], files, text, signature)
    except (struct.error, ValueError) as error:
        raise Damaged("this is no update") from error


def _files(rows: list[list[str]], payload: bytes) -> dict[str, bytes]:
    files, at = {}, 0
    for kind, size, digest, path in rows:
        piece = payload[at : at + int(size)]
        at += int(size)
        if kind != "file" or hashlib.sha256(piece).hexdigest() != digest:
            raise Damaged("the update is damaged", "fetch it again")
        files[path] = piece
    if at != len(payload):
        raise Damaged("something follows the update")
    return files
