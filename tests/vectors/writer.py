"""A writer of sealed recordings for the vectors alone: not the firmware's code, not the host tools', and able to write wrongly.

Everything repeats: secrets are hashes of names, and HPKE takes its ephemeral key from them.
"""

import hashlib
import hmac
import zlib
from collections.abc import Callable
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

CREATED = 1795251600  # 2026-11-21T09:00:00Z
END = CREATED + 90 * 86400
FIRST = 100_000
AUDIO, GAP, EVENT = 1, 2, 3


def secret(name: str) -> bytes:
    """32 bytes that belong to a name."""
    return hashlib.sha256(b"press1 vectors " + name.encode()).digest()


BOX = Ed25519PrivateKey.from_private_bytes(secret("box"))
BOX_KEY = BOX.public_key().public_bytes_raw()
BOX_ID = hashlib.sha256(BOX_KEY).digest()[:16]
OWNER = X25519PrivateKey.from_private_bytes(secret("owner"))
DEPUTY = X25519PrivateKey.from_private_bytes(secret("deputy"))


def dumps(value: Any) -> bytes:
    """Deterministic CBOR; all our keys are text."""
    return cbor2.dumps(value, canonical=True)


# HPKE, RFC 9180, base mode, with a given ephemeral key


def _extract(salt: bytes, suite: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(prk: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """One block is enough: nothing here is longer than 32 bytes."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labeled + b"\x01", "sha256")[:length]


def hpke_seal(public: X25519PublicKey, info: bytes, plaintext: bytes, ephemeral: X25519PrivateKey) -> bytes:
    """enc || ciphertext || tag."""
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"
    enc = ephemeral.public_key().public_bytes_raw()
    eae = _extract(b"", kem, b"eae_prk", ephemeral.exchange(public))
    shared = _expand(eae, kem, b"shared_secret", enc + public.public_bytes_raw(), 32)
    context = b"\x00" + _extract(b"", suite, b"psk_id_hash", b"") + _extract(b"", suite, b"info_hash", info)
    prk = _extract(shared, suite, b"secret", b"")
    key, nonce = _expand(prk, suite, b"key", context, 32), _expand(prk, suite, b"base_nonce", context, 12)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, plaintext, b"")


def envelope(owner: X25519PrivateKey, info: bytes, plaintext: bytes, name: str) -> dict[str, bytes]:
    """One row of `envelopes`."""
    public = owner.public_key()
    key = hashlib.sha256(public.public_bytes_raw()).digest()[:16]
    ephemeral = X25519PrivateKey.from_private_bytes(secret("ephemeral " + name + key.hex()))
    return {"key": key, "sealed": hpke_seal(public, info, plaintext, ephemeral)}


def audio(samples: int, seed: int = 1) -> bytes:
    """A-law pairs that look like nothing in particular."""
    out = b""
    while len(out) < 2 * samples:
        out += hashlib.sha256(b"audio %d %d" % (seed, len(out))).digest()
    return out[: 2 * samples]


def consent(**changes: Any) -> dict[str, Any]:
    """Good evidence, with changes."""
    good = {
        "by": "key", "prompt": "training-consent.da", "prompt_hash": secret("prompt"), "prompt_sample": 800,
        "offer_sample": 90_000, "decision_sample": 99_990, "first_sample": FIRST, "key": "1", "side": "far",
        "level": -105, "twist": 12,
    }  # fmt: skip
    return {**good, **changes}


def notice(**changes: Any) -> dict[str, Any]:
    """What was heard, with changes."""
    good = {"prompt": "training-consent.da", "prompt_hash": secret("prompt"), "prompt_sample": 800, "samples": 99_190}
    return {**good, **changes}


def line(**changes: Any) -> dict[str, Any]:
    """The line test of the phone, with changes."""
    return {"hash": secret("line profile")[:16], "tested": CREATED - 86_400, **changes}


def end(reason: str = "hangup", sample: int = 0) -> tuple[int, bytes]:
    """The final event."""
    return EVENT, dumps({"event": "end", "reason": reason, "sample": sample})


class Recording:
    """A recording under construction; the hooks change what a correct writer would write, before it is authenticated or after."""

    def __init__(
        self, name: str, records: list[tuple[int, bytes]] | None = None, owners: tuple[X25519PrivateKey, ...] = (OWNER,)
    ) -> None:
        self.name = name
        self.records = records if records is not None else [(AUDIO, audio(1600)), end(sample=FIRST + 1600)]
        self.id = secret("id " + name)[:16]
        self.file_secret, self.slot_secret = secret("file " + name), secret("slot " + name)
        self.kind = 0
        self.final: int | None = -1  # which record carries the flag
        self.trailer: bool = True
        self.signer = BOX
        rows = [envelope(owner, b"press1/v1/owner" + BOX_ID + self.id, self.file_secret, name) for owner in owners]
        self.header: dict[str, Any] = {
            "id": self.id, "call": secret("call")[:16], "part": 1, "box": BOX_ID, "box_key": BOX_KEY,
            "profile": "training-consent", "direction": "in",
            "purposes": [{"purpose": "training", "basis": "consent", "end": END}],
            "consent": consent(), "notice": notice(), "rate": [8000, 1], "codec": "G.711A", "channels": ["far", "near"],
            "line": line(), "first_sample": FIRST, "envelopes": rows,
        }  # fmt: skip
        self.expires = END
        self.encode: Callable[[Any], bytes] = dumps
        self.padding = b"\x00"
        self.head_length: int | None = None
        self.header_length: int | None = None
        self.preamble: dict[int, bytes] = {}  # offset: bytes, before the CRC
        self.record_headers: dict[int, dict[int, bytes]] = {}  # record: {offset: bytes}, before the tag
        self.units: Callable[[list[bytes]], list[bytes]] = list  # records after they were sealed, before they are hashed
        self.totals: dict[int, bytes] = {}  # offset: bytes in the trailer, before the signature
        self.after: dict[int, bytes] = {}  # offset: bytes in the trailer, after the signature, before the CRC
        self.whole: Callable[[bytes], bytes] = bytes  # the finished file

    def head(self) -> bytes:
        body = self.encode(self.header)
        size = self.head_length or -(-(64 + len(body)) // 4096) * 4096
        pre = bytearray(b"P1REC\r\n\x1a" + b"\x00\x01" + bytes(2) + self.id)
        pre += CREATED.to_bytes(8, "big") + self.expires.to_bytes(8, "big")
        pre += (
            (len(body) if self.header_length is None else self.header_length).to_bytes(4, "big")
            + size.to_bytes(4, "big")
            + bytes(8)
        )
        _patch(pre, self.preamble)
        pre += zlib.crc32(pre).to_bytes(4, "big")
        return bytes(pre) + body + self.padding * (size - 64 - len(body))

    def keys(self, head: bytes) -> tuple[bytes, bytes]:
        """enc_key, mac_key."""
        prk = hmac.digest(hashlib.sha256(head).digest(), self.file_secret + self.slot_secret, "sha256")
        enc, mac = (hmac.digest(prk, b"press1/v1/content/" + label + b"\x01", "sha256") for label in (b"enc", b"mac"))
        return enc, mac

    def seal(self, head: bytes, index: int, kind: int, payload: bytes) -> bytes:
        enc, mac = self.keys(head)
        final = self.final is not None and index == self.final % len(self.records)
        unit = bytearray(bytes([kind, final]) + len(payload).to_bytes(2, "big") + index.to_bytes(4, "big"))
        counter = bytes(8) + index.to_bytes(4, "big") + bytes(4)
        cipher = Cipher(algorithms.AES256(enc), modes.CTR(counter)).encryptor()
        unit += cipher.update(payload.ljust(4056, b"\x00"))
        _patch(unit, self.record_headers.get(index, {}))
        return bytes(unit) + hmac.digest(mac, bytes(unit), "sha256")

    @property
    def plain(self) -> bytes:
        return b"".join(payload for kind, payload in self.records if kind == AUDIO)

    def build(self) -> bytes:
        head = self.head()
        units = self.units([self.seal(head, i, kind, payload) for i, (kind, payload) in enumerate(self.records)])
        return self.whole(head + b"".join(units) + (self._trailer(head, units) if self.trailer else b""))

    def _trailer(self, head: bytes, units: list[bytes]) -> bytes:
        closed = self.kind == 0
        samples = sum(int.from_bytes(unit[2:4], "big") // 2 for unit in units if unit[0] == AUDIO)
        gaps = sum(_gap(payload) for kind, payload in self.records if kind == GAP) if closed else 0
        out = bytearray(b"P1END\r\n\x1a" + b"\x00\x01" + bytes([self.kind, 0]) + len(units).to_bytes(4, "big"))
        out += samples.to_bytes(8, "big") + gaps.to_bytes(8, "big") + (CREATED + 600).to_bytes(8, "big")
        out += hashlib.sha256(head).digest() + hashlib.sha256(b"".join(units)).digest()
        out += hashlib.sha256(self.plain).digest() if closed else bytes(32)
        _patch(out, self.totals)
        out += self.signer.sign(b"press1/v1/recording\x00" + bytes(out)) + bytes(308)
        _patch(out, self.after)
        return bytes(out) + zlib.crc32(out).to_bytes(4, "big")

    def key_file(self, owners: tuple[X25519PrivateKey, ...] = (OWNER,)) -> bytes:
        """`<id>.key`."""
        info = b"press1/v1/slot" + BOX_ID + self.id
        rows = [envelope(owner, info, self.slot_secret, "slot " + self.name) for owner in owners]
        return dumps({"format": "press1/key", "version": 1, "id": self.id, "box": BOX_ID, "envelopes": rows})


def _gap(payload: bytes) -> int:
    try:
        return int(cbor2.loads(payload)["samples"])
    except (cbor2.CBORDecodeError, KeyError, TypeError):
        return 0


def _patch(out: bytearray, changes: dict[int, bytes]) -> None:
    for offset, data in changes.items():
        out[offset : offset + len(data)] = data
