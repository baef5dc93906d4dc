"""Messages and sessions of docs/protocol.md, sections 1 and 2, on the host's side. No I/O."""

import hashlib
import hmac
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from press1 import cbor, frames
from press1.errors import Damaged, NoBox

PLAIN, SIGNED, SECRET = 1, 2, 3
HEAD = frames.HEAD
TAG = 16
VERSION = 1


class LinkLost(NoBox):
    """The session cannot go on: a frame was lost or altered, or the box forgot the session. `hello` opens another."""


def _hkdf(salt: bytes, ikm: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(ikm)


def role_key(private: X25519PrivateKey, dh_key: bytes, box: bytes, role: str) -> bytes:
    """Section 2.2; 32 bytes. Damaged for a `dh_key` that no honest box sends."""
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(dh_key))
    except ValueError as error:
        raise Damaged("the box's key is not usable") from error
    return _hkdf(box, shared, b"press1/v1/role/" + role.encode())


def proof(side: str, key: bytes, role: str, box: bytes, host_nonce: bytes, box_nonce: bytes) -> bytes:
    """Section 2.3, for `side` "host" or "box"; 32 bytes."""
    text = b"press1/v1/" + side.encode() + role.encode() + box + host_nonce + box_nonce
    return hmac.digest(key, text, hashlib.sha256)


def box_id(box_key: bytes) -> bytes:
    """First 16 bytes of SHA-256 of the box's Ed25519 public key."""
    return hashlib.sha256(box_key).digest()[:16]


def verify(box_key: bytes, domain: str, signature: bytes, *parts: bytes) -> None:
    """Check a signature of the box; Damaged when it is not the box's."""
    message = b"press1/v1/" + domain.encode() + b"\x00" + b"".join(parts)
    try:
        Ed25519PublicKey.from_public_bytes(box_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise Damaged(f"signature over {domain} is not the box's") from error


def plain(message: dict[str, Any]) -> bytes:
    """The frame of a plain request."""
    return frames.encode(bytes([PLAIN]) + bytes(4) + cbor.dumps(message))


def read_plain(body: bytes) -> dict[str, Any] | None:
    """The message of a plain frame; None for another kind or one that makes no sense."""
    if body[:HEAD] != bytes([PLAIN]) + bytes(4):
        return None
    try:
        message = cbor.loads(body[HEAD:])
    except Damaged:
        return None
    return message if isinstance(message, dict) else None


class Direction:
    """Keys and counter of one direction; the counter is that of the last frame."""

    def __init__(self, salt: bytes, key: bytes, label: str) -> None:
        self._mac = _hkdf(salt, key, f"press1/v1/session/{label}-mac".encode())
        self._enc = _hkdf(salt, key, f"press1/v1/session/{label}-enc".encode())
        self.counter = 0

    def tag(self, body: bytes) -> bytes:
        """Tag over a body without tag."""
        return hmac.digest(self._mac, body, hashlib.sha256)[:TAG]

    def crypt(self, data: bytes) -> bytes:
        """Encrypt or decrypt the message of the current counter."""
        first = bytes(8) + self.counter.to_bytes(4, "big") + bytes(4)
        return Cipher(algorithms.AES(self._enc), modes.CTR(first)).encryptor().update(data)


class Session:
    """The host's end of an open session; `as_box` plays the other end."""

    def __init__(self, key: bytes, host_nonce: bytes, box_nonce: bytes, *, as_box: bool = False) -> None:
        salt = host_nonce + box_nonce
        self._out, self._in = Direction(salt, key, "h2b"), Direction(salt, key, "b2h")
        if as_box:
            self._out, self._in = self._in, self._out

    def seal(self, message: dict[str, Any], kind: int = SIGNED) -> bytes:
        """The next frame."""
        self._out.counter += 1
        data = cbor.dumps(message)
        if kind == SECRET:
            data = self._out.crypt(data)
        body = bytes([kind]) + self._out.counter.to_bytes(4, "big") + data
        return frames.encode(body + self._out.tag(body))

    def open(self, body: bytes) -> dict[str, Any]:
        """The message of a body; LinkLost when it is not the next frame of the other side, unaltered."""
        kind, counter = body[0], int.from_bytes(body[1:HEAD], "big")
        signed, tag = body[:-TAG], body[-TAG:]
        self._in.counter += 1
        if kind not in (SIGNED, SECRET) or len(signed) < HEAD or counter != self._in.counter:
            raise LinkLost("the line lost a frame")
        if not hmac.compare_digest(self._in.tag(signed), tag):
            raise LinkLost("a frame was altered on the line")
        data = signed[HEAD:]
        message = cbor.loads(self._in.crypt(data) if kind == SECRET else data)
        if not isinstance(message, dict):
            raise Damaged("the box answered with no map")
        return message
