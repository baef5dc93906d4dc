"""SHA-512 (FIPS 180-4, sections 4.1.3, 5.3.5 and 6.4), for Ed25519: `hashlib` on the chip has none.

A 64-bit word is two 32-bit halves, high half first, since 64-bit Python integers would be heap
objects on the chip.
"""

import binascii
import struct
from array import array

import micropython
from micropython import const

_BLOCK = const(128)  # bytes
_WORK = const(160 + 2 * 168)  # words: W, and the histories of a and e

# Section 4.2.3: first 64 bits of the fractional parts of the cube roots of the first 80 primes.
_K = binascii.unhexlify(
    "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b538"
    "59f111f1b605d019923f82a4af194f9bab1c5ed5da6d8118d807aa98a303024212835b0145706fbe"
    "243185be4ee4b28c550c7dc3d5ffb4e272be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235"
    "c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c65"
    "2de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5983e5152ee66dfab"
    "a831c66d2db43210b00327c898fb213fbf597fc7beef0ee4c6e00bf33da88fc2d5a79147930aa725"
    "06ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed"
    "53380d139d95b3df650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353b"
    "a2bfe8a14cf10364a81a664bbc423001c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218"
    "d69906245565a910f40e35855771202a106aa07032bbd1b819a4c116b8d2d0c81e376c085141ab53"
    "2748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373"
    "682e6ff3d6b2b8a3748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec"
    "90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532bca273eceea26619c"
    "d186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6"
    "113f9804bef90dae1b710b35131c471b28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc"
    "431d67c49c100d4c4cc5d4becb3e42b6597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817"
)

# Section 5.3.5: initial hash value.
_H = binascii.unhexlify(
    "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1"
    "510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179"
)


def sha512(*parts):
    """Digest (64 bytes) of the parts, joined; meant for messages of some hundred bytes."""
    message = b"".join(parts)
    padded = message + b"\x80" + bytes((111 - len(message)) % _BLOCK)  # section 5.1.2
    padded += struct.pack(">QQ", 0, len(message) * 8)
    work = array("I", bytes(4 * _WORK))
    k = array("I", bytes(len(_K)))
    state = array("I", bytes(len(_H)))
    _load(k, _K, 0, 160)
    _load(state, _H, 0, 16)
    for offset in range(0, len(padded), _BLOCK):
        _load(work, padded, offset, 32)
        _schedule(work, 0xFFFFFFFF)
        _rounds(work, k, state, 0xFFFFFFFF)
    return struct.pack(">16I", *state)


@micropython.viper
def _load(words: ptr32, data: ptr8, offset: int, count: int):
    """Big-endian 32-bit words from bytes."""
    for i in range(count):
        at = offset + (i << 2)
        words[i] = data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]


# Halves are kept to 32 bits with a mask, for builds whose viper integers are wider; a carry shows
# as a sum below its addend. The rotations of section 4.1.3 are written out for both halves.
@micropython.viper
def _schedule(w: ptr32, mask: uint):
    """Section 6.4.2, step 1: W(16) to W(79); word t is w[0], w[1] of the moving pointer."""
    for _ in range(64):
        xh = uint(w[28])
        xl = uint(w[29])
        hi = xh >> 19 ^ xl << 13 ^ xl >> 29 ^ xh << 3 ^ xh >> 6
        lo = (xl >> 19 ^ xh << 13 ^ xh >> 29 ^ xl << 3 ^ xl >> 6 ^ xh << 26) & mask
        xh = uint(w[2])
        xl = uint(w[3])
        hi += xh >> 1 ^ xl << 31 ^ xh >> 8 ^ xl << 24 ^ xh >> 7
        xl = (xl >> 1 ^ xh << 31 ^ xl >> 8 ^ xh << 24 ^ xl >> 7 ^ xh << 25) & mask
        lo = lo + xl & mask
        hi += uint(lo < xl)
        xl = uint(w[19])
        lo = lo + xl & mask
        hi += uint(w[18]) + uint(lo < xl)
        xl = uint(w[1])
        lo = lo + xl & mask
        w[32] = int(hi) + w[0] + int(lo < xl)
        w[33] = int(lo)
        w = ptr32(int(w) + 8)


# As in sha256.py, b, c, d and f, g, h are earlier values of a and e. At the moving pointer word
# 160 on hold d, c, b, a and word 328 on hold h, g, f, e; the round appends the new a and e.
@micropython.viper
def _rounds(w: ptr32, k: ptr32, state: ptr32, mask: uint):
    """Section 6.4.2, steps 2 to 4."""
    for i in range(0, 16, 2):
        at = 166 - i if i < 8 else 342 - i
        w[at] = state[i]
        w[at + 1] = state[i + 1]
    for _ in range(80):
        xh = uint(w[334])
        xl = uint(w[335])
        hi = xh >> 14 ^ xl << 18 ^ xh >> 18 ^ xl << 14 ^ xl >> 9 ^ xh << 23
        lo = (xl >> 14 ^ xh << 18 ^ xl >> 18 ^ xh << 14 ^ xh >> 9 ^ xl << 23) & mask
        hi += xh & uint(w[332] ^ w[330]) ^ uint(w[330])
        xl = xl & uint(w[333] ^ w[331]) ^ uint(w[331])
        lo = lo + xl & mask
        hi += uint(lo < xl)
        xl = uint(w[329])
        lo = lo + xl & mask
        hi += uint(w[328]) + uint(lo < xl)
        xl = uint(k[1])
        lo = lo + xl & mask
        hi += uint(k[0]) + uint(lo < xl)
        xl = uint(w[1])
        lo = lo + xl & mask
        hi += uint(w[0]) + uint(lo < xl)
        xl = lo + uint(w[161]) & mask
        w[336] = int(hi) + w[160] + int(xl < lo)
        w[337] = int(xl)
        xh = uint(w[166])
        xl = uint(w[167])
        hi += xh & uint(w[164] ^ w[162]) ^ uint(w[164] & w[162])
        yl = xl & uint(w[165] ^ w[163]) ^ uint(w[165] & w[163])
        lo = lo + yl & mask
        hi += uint(lo < yl)
        hi += xh >> 28 ^ xl << 4 ^ xl >> 2 ^ xh << 30 ^ xl >> 7 ^ xh << 25
        yl = (xl >> 28 ^ xh << 4 ^ xh >> 2 ^ xl << 30 ^ xh >> 7 ^ xl << 25) & mask
        lo = lo + yl & mask
        w[168] = int(hi) + int(lo < yl)
        w[169] = int(lo)
        w = ptr32(int(w) + 8)
        k = ptr32(int(k) + 8)
    for i in range(0, 16, 2):
        at = 166 - i if i < 8 else 342 - i
        xl = uint(w[at + 1])
        lo = xl + uint(state[i + 1]) & mask
        state[i] = state[i] + w[at] + int(lo < xl)
        state[i + 1] = int(lo)
