"""HMAC-SHA-256 (RFC 2104, test cases in RFC 4231)."""

import hashlib

import micropython
from micropython import const

from crypto import sha256

_BLOCK = const(64)  # bytes
_DIGEST = const(32)
_IPAD = const(0x36)
_OPAD = const(0x5C)


def _padded(key, pad):
    """RFC 2104, section 2, steps 1, 2 and 5: the key as one block, xor `pad`."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    block = bytearray(_BLOCK)
    _xor_pad(key, len(key), block, pad)
    return block


@micropython.viper
def _xor_pad(key: ptr8, length: int, block: ptr8, pad: int):
    for i in range(64):
        block[i] = pad ^ key[i] if i < length else pad


def hmac_sha256(key, *parts):
    """Tag (32 bytes) of the parts, joined."""
    inner = hashlib.sha256(_padded(key, _IPAD))
    for part in parts:
        inner.update(part)
    outer = hashlib.sha256(_padded(key, _OPAD))
    outer.update(inner.digest())
    return outer.digest()


def equal(a, b):
    """Compare two byte strings in a time that depends on their length only."""
    if len(a) != len(b):
        return False
    difference = 0
    for x, y in zip(a, b):
        difference |= x ^ y
    return difference == 0


class RecordMac:
    """HMAC-SHA-256 under one key, many times, with nothing allocated after the constructor."""

    def __init__(self, key):
        self._work = sha256.workspace()
        self._state = sha256.initial()
        self._last = bytearray(2 * _BLOCK)
        self._outer_block = bytearray(_BLOCK)
        _close(self._outer_block, _DIGEST, 1, _BLOCK + _DIGEST)
        self._inner = self._absorb(_padded(key, _IPAD))
        self._outer = self._absorb(_padded(key, _OPAD))

    def _absorb(self, block):
        """The state after one block: what all messages under the key begin with."""
        state = sha256.initial()
        sha256.compress(self._work, state, block, 0, 1)
        return state

    def tag(self, buf, start, length, out, offset):
        """Write the tag of `buf[start:start + length]` into `out` at `offset` (32 bytes)."""
        state = self._state
        sha256.copy_words(self._inner, state, 8)
        whole = length >> 6
        sha256.compress(self._work, state, buf, start, whole)
        rest = length & 63
        blocks = 1 if rest < 56 else 2  # FIPS 180-4, section 5.1.1: a bit and 8 length bytes
        _copy(buf, start + (whole << 6), self._last, rest)
        _close(self._last, rest, blocks, _BLOCK + length)
        sha256.compress(self._work, state, self._last, 0, blocks)
        sha256.digest_into(state, self._outer_block, 0)
        sha256.copy_words(self._outer, state, 8)
        sha256.compress(self._work, state, self._outer_block, 0, 1)
        sha256.digest_into(state, out, offset)


@micropython.viper
def _copy(source: ptr8, start: int, target: ptr8, count: int):
    for i in range(count):
        target[i] = source[start + i]


@micropython.viper
def _close(block: ptr8, used: int, blocks: int, length: int):
    """FIPS 180-4, section 5.1.1: pad after `used` bytes; `length` bytes were hashed in all."""
    end = blocks << 6
    for i in range(used, end):
        block[i] = 0
    block[used] = 0x80
    block[end - 4] = length >> 21
    block[end - 3] = length >> 13
    block[end - 2] = length >> 5
    block[end - 1] = length << 3
