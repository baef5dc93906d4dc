"""ChaCha20-Poly1305 (RFC 8439): for envelopes of some dozen bytes."""

import struct
from array import array

import micropython
from micropython import const

from core.errors import Malformed
from crypto.hmac import equal

_BLOCK = const(64)  # bytes
_TAG = const(16)
_P = const(2**130 - 5)
_CLAMP = const(0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF)  # section 2.5

# Section 2.3: words of the four column rounds, then of the four diagonal rounds.
_QUARTERS = const(
    b"\x00\x04\x08\x0c\x01\x05\x09\x0d\x02\x06\x0a\x0e\x03\x07\x0b\x0f"
    b"\x00\x05\x0a\x0f\x01\x06\x0b\x0c\x02\x07\x08\x0d\x03\x04\x09\x0e"
)


@micropython.viper
def _double_round(x: ptr32, quarters: ptr8):
    """Section 2.1, eight times. Loads from ptr32 are 32 bits wide on every build."""
    for i in range(0, 32, 4):
        a = quarters[i]
        b = quarters[i + 1]
        c = quarters[i + 2]
        d = quarters[i + 3]
        for turn in range(2):
            x[a] = x[a] + x[b]
            x[d] = x[d] ^ x[a]
            word = uint(x[d])
            x[d] = int(word << 8 | word >> 24) if turn else int(word << 16 | word >> 16)
            x[c] = x[c] + x[d]
            x[b] = x[b] ^ x[c]
            word = uint(x[b])
            x[b] = int(word << 7 | word >> 25) if turn else int(word << 12 | word >> 20)


@micropython.viper
def _add_words(x: ptr32, y: ptr32):
    for i in range(16):
        x[i] = x[i] + y[i]


def block(key, counter, nonce):
    """Section 2.3: 64 bytes of key stream from key (32 bytes), counter and nonce (12 bytes)."""
    start = array("I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
    words = array("I", start)
    for _ in range(10):
        _double_round(words, _QUARTERS)
    _add_words(words, start)
    return bytes(words)


def xor(key, counter, nonce, data):
    """Section 2.4: encrypt or decrypt."""
    out = bytearray(data)
    for at in range(0, len(out), _BLOCK):
        stream = block(key, counter + at // _BLOCK, nonce)
        for i in range(min(_BLOCK, len(out) - at)):
            out[at + i] ^= stream[i]
    return bytes(out)


def poly1305(key, message):
    """Section 2.5: one-time tag (16 bytes) under a 32-byte key."""
    r = int.from_bytes(key[:16], "little") & _CLAMP
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at : at + 16] + b"\x01", "little")) * r % _P
    total += int.from_bytes(key[16:], "little")
    return (total & (2**128 - 1)).to_bytes(16, "little")


def _tag(key, nonce, aad, ciphertext):
    """Section 2.8: the tag over both parts, each padded to 16 bytes, and their lengths."""
    lengths = struct.pack("<QQ", len(aad), len(ciphertext))
    message = aad + bytes(-len(aad) % 16) + ciphertext + bytes(-len(ciphertext) % 16) + lengths
    return poly1305(block(key, 0, nonce)[:32], message)


def seal(key, nonce, plaintext, aad=b""):
    """Section 2.8: ciphertext and tag, 16 bytes longer than the plaintext."""
    ciphertext = xor(key, 1, nonce, plaintext)
    return ciphertext + _tag(key, nonce, aad, ciphertext)


def unseal(key, nonce, sealed, aad=b""):
    """Section 2.8, the other way: the plaintext; raises Malformed on a wrong tag."""
    ciphertext = sealed[:-_TAG]
    if len(sealed) < _TAG or not equal(sealed[-_TAG:], _tag(key, nonce, aad, ciphertext)):
        raise Malformed("chacha20poly1305 tag")
    return xor(key, 1, nonce, ciphertext)
