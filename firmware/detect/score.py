"""What tells a key from speech: features in log2 units (Q8, 256 = 3.01 dB) and a linear score.

All of it runs only when both groups hold a coherent tone.
"""

import micropython

# Indices into `feature`.
SNR_LOW = micropython.const(0)  # P / (E - P) of the low tone
SNR_HIGH = micropython.const(1)
RESIDUE = micropython.const(2)  # both tones against what they leave in the eight bins
PURITY = micropython.const(3)  # both tones against everything else in the line signal
LOW_WITNESS = micropython.const(4)  # low tone against 420 Hz
HIGH_WITNESS = micropython.const(5)  # high tone against 1850 Hz
RISE_LOW = micropython.const(6)  # low tone against the quietest of its bin 30 to 75 ms ago
RISE_HIGH = micropython.const(7)
LEVEL_LOW = micropython.const(8)  # (amplitude / full scale)^2
LEVEL_HIGH = micropython.const(9)
OFFSET_LOW = micropython.const(10)  # of nominal, 1e-5
OFFSET_HIGH = micropython.const(11)
FEATURES = micropython.const(12)


@micropython.viper
def quantities(found: ptr32, power: ptr32, leak: ptr32, constants: ptr32, energy: ptr32, state: ptr32, lin: ptr32):
    """Fills `lin` with linear powers, each a mantissa below 2^30.

    0 P low, 1 E-P low, 2 P high, 3 E-P high, 4 tones and 5 what is left of the bins at one scale,
    6 tones and 7 the rest of the energy of d at one scale.
    """
    top = 1
    top <<= 31
    # Energy of d over six hops, half weight at the ends like the windows' own sum.
    exponent = 0
    i = 0
    while i < 6:
        if energy[i * 2 + 1] > exponent:
            exponent = energy[i * 2 + 1]
        i += 1
    total = 0
    slot = state[4]
    first = slot + 1
    if first == 6:
        first = 0
    i = 0
    while i < 6:
        n = energy[i * 2] >> (3 + 2 * (exponent - energy[i * 2 + 1]))
        if i == slot or i == first:
            n >>= 1
        total += n
        i += 1
    lshift = found[3]
    hshift = found[11]
    scale = lshift
    if hshift > scale:
        scale = hshift
    tones = 0
    left = 0
    on_d = 0
    g = 0
    while g < 2:
        at = g * 8
        b = found[at]
        p = found[at + 1]
        e = found[at + 2]
        rest = e - p
        if rest < (e >> 10):
            rest = e >> 10
        lin[g * 2] = p
        lin[g * 2 + 1] = rest + 1
        # Other bins of the group less the tone's own leakage at its offset.
        offset = (found[at + 4] ^ top) - top
        rest >>= 3
        j = 0
        while j < 4:
            if g * 4 + j != b:
                n = (b * 4 + j) * 3
                x = (((leak[n + 1] ^ top) - top) * offset) >> 10
                n = leak[n] + x + ((((leak[n + 2] ^ top) - top) * ((offset * offset) >> 10)) >> 10)
                n = (power[g * 4 + j] >> 3) - (((p >> 14) * n) >> 3)
                rest += n
            j += 1
        n = e >> 13
        if rest < n:
            rest = n
        n = scale - found[at + 3]
        tones += (p >> 3) >> (2 * n)
        left += rest >> (2 * n)
        # Tone energy on d: P * k * 2^(2 (shift - exponent) - 25), k in Q17.
        n = 25 - 2 * (found[at + 3] - exponent)
        x = (((constants[b * 8 + 4] ^ top) - top) * offset) >> 10
        x += (((constants[b * 8 + 5] ^ top) - top) * ((offset * offset) >> 10)) >> 10
        p = (p >> 14) * (constants[b * 8 + 3] + x)
        if n < 0:
            p <<= 0 - n
        elif n < 31:
            p >>= n
        else:
            p = 0
        on_d += p
        g += 1
    lin[4] = tones + 1
    lin[5] = left + 1
    lin[6] = on_d + 1
    n = total - on_d
    if n < (total >> 10):
        n = total >> 10
    lin[7] = n + 1


@micropython.viper
def witnesses(z: ptr32, state: ptr32, mask: ptr32, lin: ptr32):
    """Power of the two witness bins over five hops into lin[8:10], at the shift left in lin[15]."""
    top = 1
    top <<= 31
    first = (state[3] + 12) & 15
    seen = 0
    k = 0
    while k < 5:
        seen |= mask[32 + ((first + k) & 15)]
        k += 1
    shift = 0
    while seen >= 8192:
        seen >>= 1
        shift += 1
    lin[15] = shift
    b = 16
    while b < 20:
        e = 0
        k = 0
        while k < 5:
            at = ((first + k) & 15) * 20 + b
            zr = ((z[at] ^ top) - top) >> shift
            zi = ((z[at + 1] ^ top) - top) >> shift
            e += zr * zr + zi * zi
            k += 1
        lin[b >> 1] = e + 1
        b += 2


@micropython.viper
def before(z: ptr32, state: ptr32, found: ptr32, lin: ptr32):
    """Least power of each found bin, two hops together, 30 to 75 ms ago, at the bin's own shift, into lin[10:12]."""
    top = 1
    top <<= 31
    g = 0
    while g < 2:
        at = found[g * 8] * 2
        shift = found[g * 8 + 3]
        least = 1 << 29
        last = 1 << 28
        k = 6
        while k < 16:
            n = at + ((state[3] - k) & 15) * 20
            zr = ((z[n] ^ top) - top) >> shift
            zi = ((z[n + 1] ^ top) - top) >> shift
            # Earlier and louder than now: as good as any power above it.
            e = 1 << 28
            if (zr ^ (zr >> 31)) < 8192 and (zi ^ (zi >> 31)) < 8192:
                e = zr * zr + zi * zi
            if last + e < least:
                least = last + e
            last = e
            k += 1
        lin[10 + g] = least + 1
        g += 1


@micropython.viper
def logs(values: ptr32, count: int):
    """Replaces positive values by 256 log2(value), error below 2; log2(1+f) = f + 0.344 f (1-f)."""
    i = 0
    while i < count:
        v = values[i]
        n = 15
        while v >= 65536:
            v >>= 1
            n += 1
        while v < 32768:
            v <<= 1
            n -= 1
        f = v - 32768
        f += (((f * (32768 - f)) >> 15) * 11266) >> 15
        values[i] = (n << 8) + (f >> 7)
        i += 1


@micropython.viper
def features(found: ptr32, lin: ptr32, out: ptr32, level_offset: int):
    """Turns the logs of `quantities` and `witnesses` into the feature vector, not yet clipped."""
    out[0] = lin[0] - lin[1]
    out[1] = lin[2] - lin[3]
    out[2] = lin[4] - lin[5]
    out[3] = lin[6] - lin[7]
    low = lin[0] + 512 * found[3]
    high = lin[2] + 512 * found[11]
    seen = 512 * lin[15]
    out[4] = low - lin[8] - seen
    out[5] = high - lin[9] - seen
    # P sums five hops, 256 log2 5 = 594; the quiet before sums two, 256.
    out[6] = lin[0] - lin[10] - 338
    out[7] = lin[2] - lin[11] - 338
    out[8] = low - 594 + level_offset
    out[9] = high - 594 + level_offset
    out[10] = found[4]
    out[11] = found[12]


@micropython.viper
def linear(feature: ptr32, weights: ptr32, count: int) -> int:
    """Sum of weight (Q8) times feature clipped to its limits, plus the bias; `weights` holds (weight, low, high)."""
    top = 1
    top <<= 31
    total = (weights[0] ^ top) - top
    i = 0
    while i < count:
        v = (feature[i] ^ top) - top
        n = i * 3
        w = (weights[n + 1] ^ top) - top
        low = (weights[n + 2] ^ top) - top
        high = (weights[n + 3] ^ top) - top
        if v < low:
            v = low
        if v > high:
            v = high
        total += (w * v) >> 8
        i += 1
    return total
