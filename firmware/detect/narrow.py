"""How much of a block is one tone of 400 to 450 Hz, or a pair of call progress tones: 80 ms at a time, integers only.

The signal is summed by fours (2 kHz), under a Hann window its bins lie 12.5 Hz apart. Their power is compared with
the energy of d[n] = x[n] - x[n-2] at the full rate, on which hum counts little and speech, keys and aliases much.
"""

from array import array
from math import cos, log, pi, sin

import micropython
from micropython import const

from detect.tones import BINS_HZ

BLOCK = const(160)
COUNT = const(7)  # bins
SPAN = const(160)  # quarter-rate samples a window holds: four blocks

# Indices of the integer state. 1, 2: the last two samples; 3: shift of the window.
SLOT = const(0)
SHIFT = const(3)

# Mean of the squared Hann window over its outer blocks against its inner ones is 1 : 12.2.
_ENERGY_OF_SINE = const(2080)  # (1 + 12 + 12 + 1) * 160 / 2, for amplitude 1 on x


def table(rate):
    """Hann window times cos and sin of each bin about the window's centre, Q10, pairs; `rate` in Hz before summing.

    The window's first half: cosines are the same in the other, sines turned round. Raised by 2^15, so that 16 bits without sign do.
    """
    out = array("H", bytes(2 * COUNT * SPAN))
    for b in range(COUNT):
        step = 2 * pi * BINS_HZ[b] * 4 / rate
        for n in range(SPAN // 2):
            window = 1024 * sin(pi * (n + 0.5) / SPAN) ** 2
            at = b * SPAN + n * 2
            out[at] = 32768 + _nearest(window * cos(step * (n + 0.5 - SPAN / 2)))
            out[at + 1] = 32768 + _nearest(window * sin(step * (n + 0.5 - SPAN / 2)))
    return out


def gains(rate):
    """Energy on d, weighted over the blocks, for unit power of each bin: Q4.

    A sine of amplitude A gives bin power A^2 G^2 (1024 * 80 / 2 / 2^14)^2 where G is the gain of summing fours.
    """
    out = array("i", bytes(4 * COUNT))
    for b in range(COUNT):
        w = pi * BINS_HZ[b] / rate
        summed = (sin(4 * w) / sin(w)) ** 2 * 6.25
        out[b] = _nearest(16 * _ENERGY_OF_SINE * 4 * sin(2 * w) ** 2 / summed)
    return out


def floor_q8(rate, peak):
    """256 log2 of the weighted energy of d for a sine of 425 Hz with this amplitude."""
    return _nearest(256 * log(_ENERGY_OF_SINE * 4 * sin(2 * pi * 425 / rate) ** 2 * peak * peak) / log(2))


@micropython.viper
def take(block: ptr16, ring: ptr32, state: ptr32, energy: ptr32):
    """Sums 160 samples by fours into the next slot of `ring`; energy of d >> exponent and the exponent into `energy`."""
    slot = (state[0] + 1) & 3
    state[0] = slot
    top = 1
    top <<= 31
    old = (state[1] ^ top) - top
    new = (state[2] ^ top) - top
    at = slot * 40
    seen = 0
    i = 0
    while i < 160:
        total = 0
        k = 0
        while k < 4:
            x = (block[i + k] ^ 32768) - 32768
            total += x
            d = x - old
            seen |= d ^ (d >> 31)
            old = new
            new = x
            k += 1
        ring[at] = total
        at += 1
        i += 4
    shift = 0
    while seen >= 2048:
        seen >>= 1
        shift += 1
    old = (state[1] ^ top) - top
    last = (state[2] ^ top) - top
    total = 0
    i = 0
    while i < 160:
        x = (block[i] ^ 32768) - 32768
        d = (x - old) >> shift
        total += d * d
        old = last
        last = x
        i += 1
    state[1] = old
    state[2] = last
    energy[slot * 2] = total
    energy[slot * 2 + 1] = shift


@micropython.viper
def bins(ring: ptr32, state: ptr32, table: ptr16, work: ptr32, power: ptr32):
    """Power of each bin over the window, below 2^30, of sums >> state[3]."""
    top = 1
    top <<= 31
    seen = 0
    i = 0
    while i < 160:
        v = (ring[i] ^ top) - top
        seen |= v ^ (v >> 31)
        i += 1
    shift = 0
    while seen >= 4096:
        seen >>= 1
        shift += 1
    state[3] = shift
    at = ((state[0] + 1) & 3) * 40
    to = at - 1 if at else 159
    sums = 0
    differences = 0
    i = 0
    while i < 80:  # folded about the centre
        v = ((ring[at] ^ top) - top) >> shift
        w = ((ring[to] ^ top) - top) >> shift
        work[i] = v + w
        work[i + 80] = v - w
        sums += v + w
        differences += v - w
        at += 1
        if at == 160:
            at = 0
        to = to - 1 if to else 159
        i += 1
    sums <<= 15
    differences <<= 15
    b = 0
    while b < 7:
        re = 0 - sums
        im = 0 - differences
        folded = ptr32(work)
        n = 0
        while n < 20:
            re += folded[0] * table[0] + folded[1] * table[2] + folded[2] * table[4] + folded[3] * table[6]
            im += folded[80] * table[1] + folded[81] * table[3] + folded[82] * table[5] + folded[83] * table[7]
            folded = ptr32(int(folded) + 16)
            table = ptr16(int(table) + 16)
            n += 1
        power[b] = re
        re = ((power[b] ^ top) - top) >> 14
        power[b] = im
        im = ((power[b] ^ top) - top) >> 14
        power[b] = re * re + im * im
        b += 1


@micropython.viper
def groups(power: ptr32, gain: ptr32, out: ptr32):
    """Energy on d of 350 Hz, of 400 to 450 Hz, of 480 Hz, of 620 Hz, each >> 8; the four inner bins count a tone 1.2 times."""
    total = 0
    b = 0
    while b < 7:
        t = ((power[b] >> 8) * gain[b]) >> 4
        if b == 0:
            out[0] = t
        elif b < 5:
            total += t
        else:
            out[b - 3] = t
        b += 1
    out[1] = total - (total >> 3) - (total >> 5)


@micropython.viper
def weighted(energy: ptr32, state: ptr32, out: ptr32):
    """Energy of d over the window >> 5, mantissa into out[0], exponent (of d) into out[1]."""
    exponent = 0
    i = 0
    while i < 4:
        if energy[i * 2 + 1] > exponent:
            exponent = energy[i * 2 + 1]
        i += 1
    slot = state[0]
    first = (slot + 1) & 3
    total = 0
    i = 0
    while i < 4:
        e = energy[i * 2] >> (5 + 2 * (exponent - energy[i * 2 + 1]))
        if i != slot and i != first:
            e *= 12
        total += e
        i += 1
    out[0] = total
    out[1] = exponent


def _nearest(x):
    return int(x + 0.5) if x >= 0 else -int(0.5 - x)
