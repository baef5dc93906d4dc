"""Windowed complex bins of the line signal: one call a hop, integers only.

Viper loads `ptr32` without sign on 64-bit machines; sums of products are right modulo 2^32 all the same, and
`(v ^ top) - top` restores the sign where it matters.
"""

import micropython

# Indices of the integer state shared by the kernels.
FILL = micropython.const(0)  # samples in the current hop
HOP = micropython.const(1)
CUR = micropython.const(2)  # offset of the current half in the sample buffer
SLOT = micropython.const(3)  # z ring position of the newest hop, 0-15
ESLOT = micropython.const(4)  # energy ring position of the newest hop, 0-5


@micropython.viper
def take(state: ptr32, samples: ptr16, block: ptr16, at: int, end: int) -> int:
    """Copies from `block` until the hop is full or `end` is reached; returns samples copied."""
    fill = state[0]
    base = state[2]
    n = state[1] - fill
    if n > end - at:
        n = end - at
    i = 0
    while i < n:
        samples[base + fill + i] = block[at + i]
        i += 1
    state[0] = fill + n
    return n


@micropython.viper
def fold(state: ptr32, samples: ptr16, even: ptr32, odd: ptr32, energy: ptr32):
    """Folds the two newest hops about their seam, and measures the energy of d[n] = x[n] - x[n-2].

    The energy ring holds, for each of six hops, the sum of squares of d >> exponent (at most 2^29.4) and the exponent.
    """
    hop = state[1]
    cur = state[2]
    old = 40 - cur
    tail = old + hop
    d1 = (samples[tail - 2] ^ 32768) - 32768
    d2 = (samples[tail - 1] ^ 32768) - 32768
    mask = 0
    i = 0
    while i < hop:
        a = (samples[cur + i] ^ 32768) - 32768
        tail -= 1
        b = (samples[tail] ^ 32768) - 32768
        even[i] = a + b
        odd[i] = a - b
        d = a - d1
        d1 = d2
        d2 = a
        mask |= d ^ (d >> 31)
        i += 1
    shift = 0
    while mask >= 4096:
        mask >>= 1
        shift += 1
    tail = old + hop
    d1 = (samples[tail - 2] ^ 32768) - 32768
    d2 = (samples[tail - 1] ^ 32768) - 32768
    total = 0
    i = 0
    while i < hop:
        a = (samples[cur + i] ^ 32768) - 32768
        d = (a - d1) >> shift
        total += d * d
        d1 = d2
        d2 = a
        i += 1
    slot = state[4] + 1
    if slot == 6:
        slot = 0
    state[4] = slot
    energy[slot * 2] = total
    energy[slot * 2 + 1] = shift


@micropython.viper
def bins(even: ptr32, odd: ptr32, table: ptr32, z: ptr32, state: ptr32, mask: ptr32):
    """Writes the complex bins of this hop into the next slot of `z`, and per group the OR of their magnitudes.

    A tone of amplitude A gives |z| = A * 1024 * hop / 2, below 2^31 for any int16 input.
    """
    slot = (state[3] + 1) & 15
    state[3] = slot
    at = slot * 20
    top = 1
    top <<= 31
    seen = 0
    b = 0
    while b < 10:
        re = 0
        im = 0
        n = 0
        e = ptr32(even)
        o = ptr32(odd)
        while n < 10:
            re += e[0] * table[0] + e[1] * table[2] + e[2] * table[4] + e[3] * table[6]
            im += o[0] * table[1] + o[1] * table[3] + o[2] * table[5] + o[3] * table[7]
            e = ptr32(int(e) + 16)
            o = ptr32(int(o) + 16)
            table = ptr32(int(table) + 32)
            n += 1
        z[at] = re
        z[at + 1] = im
        re = (z[at] ^ top) - top
        im = (z[at + 1] ^ top) - top
        seen |= (re ^ (re >> 31)) | (im ^ (im >> 31))
        at += 2
        b += 1
        if b == 4:
            mask[slot] = seen
            seen = 0
        if b == 8:
            mask[16 + slot] = seen
            seen = 0
    mask[32 + slot] = seen


@micropython.viper
def turn(state: ptr32):
    """Makes the hop just measured the older half, and starts a new one."""
    state[2] = 40 - state[2]
    state[0] = 0
