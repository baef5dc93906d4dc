"""HKDF with SHA-256 (RFC 5869)."""

from micropython import const

from crypto.hmac import hmac_sha256

_HASH = const(32)  # bytes


def extract(salt, ikm):
    """Section 2.2: pseudorandom key (32 bytes). An empty salt stands for 32 zero bytes."""
    return hmac_sha256(salt, ikm)


def expand(prk, info, length):
    """Section 2.3: output keying material of `length` bytes; ValueError above 255 blocks."""
    if length > 255 * _HASH:
        raise ValueError("hkdf length")
    okm = block = b""
    counter = 1
    while len(okm) < length:
        block = hmac_sha256(prk, block, info, bytes((counter,)))
        okm += block
        counter += 1
    return okm[:length]


def hkdf(salt, ikm, info, length):
    """Extract, then expand."""
    return expand(extract(salt, ikm), info, length)
