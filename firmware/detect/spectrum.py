"""Windowed complex bins of the line signal, hop by hop, integers only.

Viper loads `ptr32` without sign on 64-bit machines; sums of products are right modulo 2^32 all the same, and
`(v ^ top) - top` restores the sign where it matters.

`work` holds two hops of samples (0-79), |d| of the hop being filled, d[n] = x[n] - x[n-2] (80-119), and the folded
window: sums (120-159), differences (160-199), and what each adds up to (200, 201). `ring` holds the last 16 hops: see the offsets below.
"""

import micropython

# Indices of `state`.
FILL = micropython.const(0)  # samples in the hop being filled
HOP = micropython.const(1)
CUR = micropython.const(2)  # offset of that hop in `work`, 0 or 40
SLOT = micropython.const(3)  # newest hop in `ring`
SPREAD = micropython.const(4)  # OR of |d| so far
LAST = micropython.const(5)  # the two samples before
DIAL = micropython.const(7)  # background energy to take out, see background.py

# Offsets in `ring`; z is ten complex bins a hop.
_POWER = micropython.const(320)  # |z >> 16|^2 of the eight DTMF bins
_SIZE = micropython.const(448)  # OR of the magnitudes in the low, the high and the witness bins, four a hop
_ENERGY = micropython.const(512)  # sum of (|d| >> exponent)^2, below 2^29.4
_EXPONENT = micropython.const(528)
_DIAL = micropython.const(544)  # |z >> 16|^2 of the bin at 420 Hz
RING = micropython.const(560)
WORK = micropython.const(202)


@micropython.viper
def take(state: ptr32, work: ptr32, block: ptr16, at: int, end: int) -> int:
    """Copies from `block` until the hop is full or `end` is reached; returns samples copied."""
    fill = state[0]
    n = state[1] - fill
    if n > end - at:
        n = end - at
    state[0] = fill + n
    to = state[2] + fill
    fill += 80
    spread = state[4]
    x1 = state[5]
    x2 = state[6]
    top = 1
    top <<= 31
    x1 = (x1 ^ top) - top
    x2 = (x2 ^ top) - top
    end = at + n
    while at < end:
        x = (block[at] ^ 32768) - 32768
        d = x - x2
        x2 = x1
        x1 = x
        d ^= d >> 31
        spread |= d
        work[to] = x
        work[fill] = d
        to += 1
        fill += 1
        at += 1
    state[4] = spread
    state[5] = x1
    state[6] = x2
    return n


@micropython.viper
def fold(state: ptr32, work: ptr32, ring: ptr32):
    """Opens the next slot, folds the two newest hops about their seam into it, and measures the energy of d."""
    slot = (state[3] + 1) & 15
    state[3] = slot
    shift = 0
    spread = state[4]
    while spread >= 4096:
        spread >>= 1
        shift += 1
    cur = state[2]
    state[2] = 40 - cur
    state[0] = 0
    state[4] = 0
    old = 40 - cur + state[1]
    total = 0
    sums = 0
    differences = 0
    i = 120
    end = i + state[1]
    while i < end:
        old -= 1
        a = work[cur]
        b = work[old]
        work[i] = a + b
        work[i + 40] = a - b
        sums += a + b
        differences += a - b
        d = work[i - 40] >> shift
        total += d * d
        cur += 1
        i += 1
    work[200] = sums
    work[201] = differences
    ring[512 + slot] = total
    ring[528 + slot] = shift


@micropython.viper
def bins(folded: ptr32, table: ptr16, total: int, ring: ptr32, slot: int):
    """Writes ten complex bins of `work` into the slot, with their powers and magnitudes.

    A tone of amplitude A gives |z| = A * 1024 * hop / 2, below 2^31 for any int16 input. The table is raised by
    2^15, which is taken back by the sums. `total` is there to be in a register.
    """
    top = 1
    top <<= 31
    seen = 0
    folded = ptr32(int(folded) + 480)
    sums = 0 - (folded[80] << 15)
    differences = 0 - (folded[81] << 15)
    at = slot * 20
    b = 0
    while b < 20:
        total = differences if b & 1 else sums
        n = 0
        while n < 2:
            total += (
                folded[0] * table[0] + folded[1] * table[1] + folded[2] * table[2] + folded[3] * table[3]
                + folded[4] * table[4] + folded[5] * table[5] + folded[6] * table[6] + folded[7] * table[7]
                + folded[8] * table[8] + folded[9] * table[9] + folded[10] * table[10] + folded[11] * table[11]
                + folded[12] * table[12] + folded[13] * table[13] + folded[14] * table[14] + folded[15] * table[15]
                + folded[16] * table[16] + folded[17] * table[17] + folded[18] * table[18] + folded[19] * table[19]
            )  # fmt: skip
            folded = ptr32(int(folded) + 80)
            table = ptr16(int(table) + 40)
            n += 1
        ring[at] = total
        total = (ring[at] ^ top) - top
        seen |= total ^ (total >> 31)
        if b & 1:
            folded = ptr32(int(folded) - 320)
            total >>= 16
            re = ((ring[at - 1] ^ top) - top) >> 16
            n = b >> 1
            if n < 8:
                ring[320 + slot * 8 + n] = re * re + total * total
            if n == 8:
                ring[544 + slot] = re * re + total * total
            if n == 3 or n == 7 or n == 9:
                ring[448 + slot * 4 + (n >> 2)] = seen
                seen = 0
        at += 1
        b += 1
