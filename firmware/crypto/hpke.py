"""HPKE (RFC 9180), base mode, single shot, sender's side only.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305: suite 0x0020, 0x0001, 0x0003.
"""

from crypto import chacha20poly1305, hkdf, x25519
from crypto.job import Job

_KEM_SUITE = b"KEM\x00\x20"  # section 4.1
_SUITE = b"HPKE\x00\x20\x00\x01\x00\x03"  # section 5.1
_MODE_BASE = b"\x00"


def _labeled_extract(suite, salt, label, ikm):
    """Section 4."""
    return hkdf.extract(salt, b"HPKE-v1" + suite + label + ikm)


def _labeled_expand(suite, prk, label, info, length):
    """Section 4."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hkdf.expand(prk, labeled, length)


def derive_private(ikm):
    """Section 7.1.3, DeriveKeyPair for X25519: the private key of 32 or more random bytes."""
    prk = _labeled_extract(_KEM_SUITE, b"", b"dkp_prk", ikm)
    return _labeled_expand(_KEM_SUITE, prk, b"sk", b"", 32)


def _encapsulate(recipient, ephemeral):
    """Section 4.1, Encap, in steps: shared secret and encapsulated key, 32 bytes each."""
    dh = yield from x25519.shared(ephemeral, recipient)
    enc = yield from x25519.multiply(ephemeral, x25519.BASE)
    prk = _labeled_extract(_KEM_SUITE, b"", b"eae_prk", dh)
    return _labeled_expand(_KEM_SUITE, prk, b"shared_secret", enc + recipient, 32), enc


def _key_schedule(shared_secret, info):
    """Section 5.1, base mode without a PSK: key (32 bytes) and base nonce (12 bytes)."""
    psk_id_hash = _labeled_extract(_SUITE, b"", b"psk_id_hash", b"")
    info_hash = _labeled_extract(_SUITE, b"", b"info_hash", info)
    context = _MODE_BASE + psk_id_hash + info_hash
    secret = _labeled_extract(_SUITE, shared_secret, b"secret", b"")
    key = _labeled_expand(_SUITE, secret, b"key", context, 32)
    return key, _labeled_expand(_SUITE, secret, b"base_nonce", context, 12)


def _seal(recipient, info, aad, plaintext, ephemeral):
    """Section 6.1, SealBase; the sequence number of a single shot is 0, so the nonce is as is."""
    shared_secret, enc = yield from _encapsulate(recipient, ephemeral)
    key, nonce = _key_schedule(shared_secret, info)
    yield
    return enc + chacha20poly1305.seal(key, nonce, plaintext, aad)


class SealJob(Job):
    """Seal to a recipient's public key (32 bytes).

    `ephemeral` is the ephemeral private key: 32 fresh random bytes, used once. `result` is
    enc (32 bytes) || ciphertext || tag (16 bytes). Raises Malformed on a bad public key.
    """

    def __init__(self, recipient, info, aad, plaintext, ephemeral):
        super().__init__(_seal(recipient, info, aad, plaintext, ephemeral))


def seal(recipient, info, aad, plaintext, ephemeral):
    """As `SealJob`, at once."""
    return SealJob(recipient, info, aad, plaintext, ephemeral).run()
