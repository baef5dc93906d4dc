"""A sealed call of any length for the bench, written by docs/format.md with keys made on the spot."""

import hashlib
import hmac
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from press1 import audio, cbor, keyfile, keys
from press1.container import AUDIO, EVENT, FINAL, PAYLOAD, RECORD_HEADER
from press1.head import PREAMBLE, PREAMBLE_MAGIC, UNIT
from press1.trailer import MAGIC, SIGNATURE_DOMAIN, SIGNED_BYTES, TRAILER

RATE = 8000
_PART_S = 900  # docs/format.md, section 7
_NOTICE = {"prompt": "documentation.da", "prompt_hash": bytes(32), "prompt_sample": 0, "samples": 90_000}
_CREATED, _KEEP_S = 1_795_251_600, 90 * 86_400


def speech(seconds: int) -> bytes:
    """A-law pairs of coloured noise that comes and goes, so that FLAC and Opus have the work that speech gives them."""
    rng = np.random.default_rng(20261121)
    noise = np.cumsum(rng.normal(0, 300, (RATE * 10, 2)), 0)
    noise -= np.linspace(noise[0], noise[-1], len(noise))
    loud = np.clip(np.sin(np.arange(len(noise)) / RATE * 2)[:, None] * [1, -1], 0, 1)
    once = audio.encode((np.clip(noise, -9000, 9000) * loud).astype(np.int16))
    return (once * (seconds // 10 + 1))[: 2 * RATE * seconds]


def write(folder: Path, seconds: int, owner: X25519PrivateKey) -> list[Path]:
    """The parts of one call with their key files."""
    box, call = Ed25519PrivateKey.generate(), os.urandom(16)
    paths = []
    for number, start in enumerate(range(0, seconds, _PART_S), 1):
        part = _Part(box, call, number, 100_000 + start * RATE, owner)
        paths.append(part.write(folder, speech(min(_PART_S, seconds - start))))
    return paths


class _Part:
    def __init__(self, box: Ed25519PrivateKey, call: bytes, number: int, first: int, owner: X25519PrivateKey) -> None:
        self._box, self._id, self._secrets = box, os.urandom(16), (os.urandom(32), os.urandom(32))
        box_key = box.public_key().public_bytes_raw()
        self._box_id, self._owner = hashlib.sha256(box_key).digest()[:16], keys.raw_public(owner)
        self._header = {
            "id": self._id, "call": call, "part": number, "box": self._box_id, "box_key": box_key, "profile": "documentation",
            "direction": "in", "purposes": [{"purpose": "documentation", "basis": "balancing", "end": _CREATED + _KEEP_S}],
            "consent": None, "notice": _NOTICE, "rate": [RATE, 1], "codec": "G.711A", "channels": ["far", "near"], "line": None,
            "first_sample": first,
            "envelopes": [{"key": keys.fingerprint(self._owner), "sealed": self._sealed(b"press1/v1/owner", self._secrets[0])}],
        }  # fmt: skip

    def _sealed(self, label: bytes, secret: bytes) -> bytes:
        return keys.seal(self._owner, label + self._box_id + self._id, secret)

    def _head(self) -> bytes:
        body = cbor.dumps(self._header)
        size = -(-(PREAMBLE.size + len(body)) // UNIT) * UNIT
        fields = (PREAMBLE_MAGIC, 1, 0, self._id, _CREATED, _CREATED + _KEEP_S, len(body), size, b"")
        raw = PREAMBLE.pack(*fields, 0)[:-4]
        return (raw + zlib.crc32(raw).to_bytes(4, "big") + body).ljust(size, b"\0")

    def write(self, folder: Path, alaw: bytes) -> Path:
        """`<id>.p1r` and `<id>.key`."""
        path = folder / f"{self._id.hex()}.p1r"
        head, total, count = self._head(), hashlib.sha256(), 0
        with open(path, "wb") as file:
            file.write(head)
            for unit in self._records(head, alaw):
                file.write(unit)
                total.update(unit)
                count += 1
            file.write(self._trailer(head, count, alaw, total.digest()))
        keyfile.save(path.with_suffix(".key"), keyfile.wrap(self._id, self._box_id, self._secrets[1], [self._owner]))
        return path

    def _records(self, head: bytes, alaw: bytes) -> Iterator[bytes]:
        salt = hashlib.sha256(head).digest()
        enc, mac = (
            HKDF(hashes.SHA256(), 32, salt=salt, info=b"press1/v1/content/" + label).derive(b"".join(self._secrets))
            for label in (b"enc", b"mac")
        )
        pieces = [(AUDIO, alaw[at : at + PAYLOAD]) for at in range(0, len(alaw), PAYLOAD)]
        pieces.append((EVENT, cbor.dumps({"event": "end", "reason": "length", "sample": 0})))
        for index, (kind, data) in enumerate(pieces):
            cipher = Cipher(algorithms.AES256(enc), modes.CTR(bytes(8) + index.to_bytes(4, "big") + bytes(4))).encryptor()
            flags = FINAL if index == len(pieces) - 1 else 0
            unit = RECORD_HEADER.pack(kind, flags, len(data), index) + cipher.update(data.ljust(PAYLOAD, b"\0"))
            yield unit + hmac.digest(mac, unit, "sha256")

    def _trailer(self, head: bytes, count: int, alaw: bytes, total: bytes) -> bytes:
        hashed = (hashlib.sha256(head).digest(), total, hashlib.sha256(alaw).digest())
        fields = (MAGIC, 1, 0, 0, count, len(alaw) // 2, 0, _CREATED + 4000, *hashed)
        signature = self._box.sign(SIGNATURE_DOMAIN + TRAILER.pack(*fields, b"", b"", 0)[:SIGNED_BYTES])
        raw = TRAILER.pack(*fields, signature, b"", 0)[:-4]
        return raw + zlib.crc32(raw).to_bytes(4, "big")
