"""X25519 (RFC 7748): a fixed ladder over Python integers, in steps."""

from micropython import const

from core.errors import Malformed
from crypto.field import P, inverse
from crypto.job import Job

BASE = b"\x09" + bytes(31)  # section 4.1: u = 9
_A24 = const(121665)  # section 5: (486662 - 2) / 4
_BITS = const(5)  # scalar bits a step, at nine multiplications each


def _decode_scalar(k):
    """Section 5, decodeScalar25519: clamp 32 bytes to an integer."""
    if len(k) != 32:
        raise ValueError("x25519 private key")
    number = int.from_bytes(k, "little")
    return number & (2**254 - 8) | 2**254


def _decode_u(u):
    """Section 5, decodeUCoordinate: the top bit is ignored."""
    if len(u) != 32:
        raise Malformed("x25519 public key")
    return int.from_bytes(u, "little") & (2**255 - 1)


def multiply(k, u):
    """X25519(k, u) as a generator that yields between steps and returns 32 bytes.

    A point of small order gives 32 zero bytes, as the specification says; see `shared`.
    """
    scalar, x1 = _decode_scalar(k), _decode_u(u)
    x2, z2, x3, z3 = 1, 0, x1, 1
    swap = 0
    for t in range(254, -1, -1):
        bit = scalar >> t & 1
        if swap != bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) * (da + cb) % P, (da - cb) * (da - cb) % P * x1 % P
        x2, z2 = aa * bb % P, e * (aa + _A24 * e) % P
        if t % _BITS == 0:
            yield
    if swap:
        x2, z2 = x3, z3
    reciprocal = yield from inverse(z2)
    return (x2 * reciprocal % P).to_bytes(32, "little")


def shared(k, u):
    """Section 6.1: as `multiply`, for Diffie-Hellman; raises Malformed on an all-zero secret."""
    secret = yield from multiply(k, u)
    if not any(secret):
        raise Malformed("x25519 public key")
    return secret


class X25519Job(Job):
    """X25519(k, u) for Diffie-Hellman; `result` is the shared secret (32 bytes)."""

    def __init__(self, k, u):
        super().__init__(shared(k, u))


def x25519(k, u):
    """X25519(k, u) at once (32 bytes), all-zero result included."""
    return Job(multiply(k, u)).run()


def public_key(k):
    """The public key (32 bytes) of a private key of 32 random bytes, at once."""
    return x25519(k, BASE)
