"""SHA-256 compression (FIPS 180-4, sections 4.1.2, 5.3.3 and 6.2.2) that allocates nothing.

For what must run under a locked heap. Anything else uses `hashlib`, which is
faster but allocates its object and its digest.
"""

from array import array

import micropython
from micropython import const

# FIPS 180-4, section 4.2.2: first 32 bits of the fractional parts of the cube roots of the primes.
_K = const((
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
))  # fmt: skip

# Section 5.3.3: initial hash value.
_H = const((0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19))


_work = []


def workspace():
    """Array of 264 words that `compress` works in: W, K, and the histories of a and e. All share one: nothing in it lasts."""
    if not _work:
        _work.append(array("I", (0,) * 64 + _K + (0,) * 136))
    return _work[0]


def initial():
    """Array of 8 words: H(0)."""
    return array("I", _H)


# The variables b, c, d are earlier values of a, and f, g, h of e; so both are kept as histories
# and nothing is moved: round t reads a[t..t+3] (words 128 on) and e[t..t+3] (words 196 on) and
# writes a[t+4], e[t+4]. Loads from a ptr32 are 32 bits wide everywhere, so no sum needs a mask.
# rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25) is computed as its right shifts, nested, xor its left
# shifts, nested; the other three functions likewise. 1.0 million instructions for 65 blocks on
# xtensawin; every spared temporary counts, hence the order of the sums.
@micropython.viper
def compress(w: ptr32, state: ptr32, data: ptr8, offset: int, blocks: int):
    """Section 6.2.2 over `blocks` 64-byte blocks of `data` from `offset`; updates `state`."""
    start = int(w)
    data = ptr8(int(data) + offset)
    for _ in range(blocks):
        w = ptr32(start)
        end = start + 64
        while int(w) < end:
            w[0] = data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3]
            data = ptr8(int(data) + 4)
            w = ptr32(int(w) + 4)
        w = ptr32(start)
        end = start + 192
        while int(w) < end:
            x = uint(w[1])
            s0 = ((x >> 11 ^ x) >> 4 ^ x) >> 3 ^ (x << 11 ^ x) << 14
            x = uint(w[14])
            s1 = ((x >> 2 ^ x) >> 7 ^ x) >> 10 ^ (x << 2 ^ x) << 13
            w[16] = int(s1 + s0) + w[9] + w[0]
            w = ptr32(int(w) + 4)
        w = ptr32(start)
        w[131] = state[0]
        w[130] = state[1]
        w[129] = state[2]
        w[128] = state[3]
        w[199] = state[4]
        w[198] = state[5]
        w[197] = state[6]
        w[196] = state[7]
        end = start + 256
        while int(w) < end:
            x = uint(w[199])
            s1 = ((x >> 14 ^ x) >> 5 ^ x) >> 6 ^ ((x << 5 ^ x) << 14 ^ x) << 7
            t1 = ((w[198] ^ w[197]) & int(x) ^ w[197]) + int(s1) + w[196] + w[0] + w[64]
            w[200] = t1 + w[128]
            x = uint(w[131])
            s0 = ((x >> 9 ^ x) >> 11 ^ x) >> 2 ^ ((x << 11 ^ x) << 9 ^ x) << 10
            w[132] = ((w[130] ^ w[129]) & (w[130] ^ int(x)) ^ w[130]) + int(s0) + t1
            w = ptr32(int(w) + 4)
        state[0] = state[0] + w[131]
        state[1] = state[1] + w[130]
        state[2] = state[2] + w[129]
        state[3] = state[3] + w[128]
        state[4] = state[4] + w[199]
        state[5] = state[5] + w[198]
        state[6] = state[6] + w[197]
        state[7] = state[7] + w[196]


@micropython.viper
def digest_into(state: ptr32, out: ptr8, offset: int):
    """Write the 8 state words big-endian to `out` at `offset`."""
    for i in range(8):
        word = state[i]
        at = offset + (i << 2)
        out[at] = word >> 24
        out[at + 1] = word >> 16
        out[at + 2] = word >> 8
        out[at + 3] = word


@micropython.viper
def copy_words(source: ptr32, target: ptr32, count: int):
    """Copy `count` words; a slice assignment would allocate its slice."""
    for i in range(count):
        target[i] = source[i]
