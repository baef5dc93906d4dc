"""Ed25519 (RFC 8032, section 5.1), in extended homogeneous coordinates, in steps."""

from micropython import const

from core.errors import Malformed
from crypto.field import P, inverse, power
from crypto.job import Job
from crypto.sha512 import sha512

# Section 5.1: the constants of the curve.
D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
L = 2**252 + 27742317777372353535851937790883648493
_ROOT = const(19681161376707505956807079304988542015446066515923890162744021073123829784752)  # of -1
_BX = const(15112221349535400772501151409588531511454012693041857206046113283949847762202)
_BY = const(46316835694926478169428394003475163141307993866256225615783033603165251855960)
_BASE = (_BX, _BY, 1, _BX * _BY % P)
_NEUTRAL = const((0, 1, 1, 0))


def _add(p, q):
    """Section 5.1.4: complete addition, nine multiplications."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    a = (y1 - x1) * (y2 - x2) % P
    b = (y1 + x1) * (y2 + x2) % P
    c = t1 * t2 % P * (2 * D) % P
    d = 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _double(p):
    """Section 5.1.4: eight multiplications."""
    x1, y1, z1, _ = p
    a = x1 * x1 % P
    b = y1 * y1 % P
    c = 2 * z1 * z1 % P
    h = a + b
    e = h - (x1 + y1) * (x1 + y1) % P
    g = a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiply(scalar, point):
    """scalar * point in steps: fixed windows of four bits, an addition each, zero included."""
    table = [_NEUTRAL]
    for _ in range(15):
        table.append(_add(table[-1], point))
        if len(table) % 5 == 0:
            yield
    result = _NEUTRAL
    for shift in range(252, -1, -4):
        result = _double(_double(_double(_double(result))))
        result = _add(result, table[scalar >> shift & 15])
        yield
    return result


def _encode(point):
    """Section 5.1.2: y, and the lowest bit of x on top, in 32 bytes; in steps."""
    x, y, z, _ = point
    reciprocal = yield from inverse(z)
    x, y = x * reciprocal % P, y * reciprocal % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _square_root(u, v):
    """Section 5.1.3, steps 2 and 3: a root of u/v, or None; in steps."""
    v3 = v * v % P * v % P
    root = yield from power(u * v3 % P * v3 % P * v % P, (P - 5) // 8)
    x = u * v3 % P * root % P
    if (v * x % P * x - u) % P:
        x = x * _ROOT % P
    return None if (v * x % P * x - u) % P else x


def _decode(data):
    """Section 5.1.3; in steps. Raises Malformed when `data` is no point."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(data) != 32 or y % P != y:
        raise Malformed("ed25519 point")
    x = yield from _square_root((y * y - 1) % P, (D * y * y + 1) % P)
    if x is None or (x == 0 and sign):
        raise Malformed("ed25519 point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _expand(seed):
    """Section 5.1.5, steps 1 and 2: the secret scalar, and the prefix for the nonce."""
    if len(seed) != 32:
        raise ValueError("ed25519 seed")
    digest = sha512(seed)
    scalar = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    return scalar, digest[32:]


def _hash(*parts):
    return int.from_bytes(sha512(*parts), "little") % L


def _public(seed):
    point = yield from _multiply(_expand(seed)[0], _BASE)
    return (yield from _encode(point))


def _sign(seed, message, public):
    """Section 5.1.6; `public` is computed when it is None, at twice the time."""
    scalar, prefix = _expand(seed)
    if public is None:
        public = yield from _public(seed)
    r = _hash(prefix, message)
    commitment = yield from _encode((yield from _multiply(r, _BASE)))
    k = _hash(commitment, public, message)
    return commitment + ((r + k * scalar) % L).to_bytes(32, "little")


def _verify(public, message, signature):
    """Section 5.1.7, without the cofactor."""
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        raise Malformed("ed25519 signature")
    x, y, z, t = yield from _decode(public)
    k = _hash(signature[:32], public, message)
    left = yield from _multiply(s, _BASE)
    right = yield from _multiply(k, (P - x, y, z, P - t))
    if (yield from _encode(_add(left, right))) != signature[:32]:
        raise Malformed("ed25519 signature")


class PublicJob(Job):
    """The public key (32 bytes) of a 32-byte seed."""

    def __init__(self, seed):
        super().__init__(_public(seed))


class SignJob(Job):
    """The signature (64 bytes).

    `public` spares half the time. It must belong to `seed`: signing one message under two
    public keys gives the secret away, so pass only what was stored beside the seed.
    """

    def __init__(self, seed, message, public=None):
        super().__init__(_sign(seed, message, public))


class VerifyJob(Job):
    """Raises Malformed, in `step`, unless the signature is good."""

    def __init__(self, public, message, signature):
        super().__init__(_verify(public, message, signature))


def public_key(seed):
    """The public key (32 bytes) of a 32-byte seed, at once."""
    return PublicJob(seed).run()


def sign(seed, message):
    """The signature (64 bytes), at once."""
    return SignJob(seed, message).run()


def verify(public, message, signature):
    """Raises Malformed unless the signature is good."""
    VerifyJob(public, message, signature).run()
