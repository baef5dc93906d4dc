"""What tells a key from speech: features in log2 units (Q8, 256 = 3.01 dB) and a small network that weighs them.

All of it runs only when both groups hold a coherent tone.
"""

import micropython

# Indices into `feature`.
SNR_LOW = micropython.const(0)  # P / (E - P) of the low tone
SNR_HIGH = micropython.const(1)
RESIDUE_LOW = micropython.const(2)  # low tone against what is left in the low bins
RESIDUE_HIGH = micropython.const(3)
PURITY = micropython.const(4)  # both tones against everything else in the line signal
LOW_WITNESS = micropython.const(5)  # low tone against 420 Hz
HIGH_WITNESS = micropython.const(6)  # high tone against 1850 Hz
RISE_LOW = micropython.const(7)  # low tone against the quietest of its bin 30 to 75 ms ago
RISE_HIGH = micropython.const(8)
LONG_LOW = micropython.const(9)  # P / (E - P) over ten hops
LONG_HIGH = micropython.const(10)
TWIST = micropython.const(11)  # high minus low
OFFSET_LOW = micropython.const(12)  # absolute offset from nominal, 1e-5
OFFSET_HIGH = micropython.const(13)
OFFSET_BOTH = micropython.const(14)  # absolute difference of the two
LEVEL_LOW = micropython.const(15)  # (amplitude / full scale)^2; the score leaves the levels alone
LEVEL_HIGH = micropython.const(16)
FEATURES = micropython.const(17)


@micropython.viper
def quantities(state: ptr32, ring: ptr32, found: ptr32, constants: ptr32, leak: ptr32, lin: ptr32):
    """Fills `lin` with linear powers, each a mantissa below 2^30.

    0 P low, 1 E-P low, 2 P high, 3 E-P high, 4 what is left of the low and 5 of the high bins (>> 3), 6 tones and
    7 the rest of the energy of d at one scale. A dial tone that both tones rose 10 dB out of is no rest.
    """
    top = 1
    top <<= 31
    # Energy of d over six hops, half weight at the ends like the windows' own sum.
    exponent = 0
    first = state[3] + 11
    i = 0
    while i < 6:
        n = ring[528 + ((first + i) & 15)]
        if n > exponent:
            exponent = n
        i += 1
    total = 0
    i = 0
    while i < 6:
        n = (first + i) & 15
        n = ring[512 + n] >> (3 + 2 * (exponent - ring[528 + n]))
        if i == 0 or i == 5:
            n >>= 1
        total += n
        i += 1
    on_d = 0
    risen = 1
    g = 0
    while g < 2:
        at = g * 8
        b = found[at]
        p = found[at + 1]
        e = found[at + 2]
        shift = found[at + 3]
        if found[16 + b] < 3 * lin[10 + g]:
            risen = 0
        rest = e - p
        if rest < (e >> 10):
            rest = e >> 10
        lin[g * 2] = p
        lin[g * 2 + 1] = rest + 1
        # Other bins of the group less the tone's own leakage at its offset.
        offset = (found[at + 4] ^ top) - top
        square = (offset * offset) >> 10
        rest >>= 3
        j = 0
        while j < 4:
            if g * 4 + j != b:
                n = (b * 4 + j) * 3
                x = (((leak[n + 1] ^ top) - top) * offset) >> 10
                x += leak[n] + ((((leak[n + 2] ^ top) - top) * square) >> 10)
                n = found[16 + g * 4 + j]
                if shift <= 16:
                    n <<= 2 * (16 - shift)
                else:
                    n >>= 2 * (shift - 16)
                rest += n - (((p >> 14) * x) >> 3)
            j += 1
        n = e >> 13
        if rest < n:
            rest = n
        lin[4 + g] = rest + 1
        # Tone energy on d: P * k * 2^(2 (shift - exponent) - 25), k in Q17.
        n = 25 - 2 * (shift - exponent)
        x = (((constants[b * 8 + 4] ^ top) - top) * offset) >> 10
        x += (((constants[b * 8 + 5] ^ top) - top) * square) >> 10
        p = (p >> 14) * (constants[b * 8 + 3] + x)
        if n < 0:
            p <<= 0 - n
        elif n < 31:
            p >>= n
        else:
            p = 0
        on_d += p
        g += 1
    lin[6] = on_d + 1
    n = state[7]
    if risen and n:
        lin[8] = 1
        shift = 2 * exponent - 9
        if shift < 0:
            n <<= 0 - shift
        else:
            n >>= shift
        total -= n
    n = total - on_d
    if n < (total >> 10):
        n = total >> 10
    lin[7] = n + 1


@micropython.viper
def surroundings(state: ptr32, ring: ptr32, found: ptr32, lin: ptr32):
    """Powers beside and before the tones.

    Into lin[8:10] the two witness bins over five hops, at the shift left in lin[16]; into lin[10:12] the least power
    of each found bin, two hops together, 30 to 75 ms ago, as |z >> 16|^2; into lin[12:16] P and E-P of each found bin
    over ten hops.
    """
    top = 1
    top <<= 31
    first = state[3] + 12
    seen = 0
    k = 0
    while k < 5:
        seen |= ring[450 + ((first + k) & 15) * 4]
        k += 1
    shift = 0
    while seen >= 8192:
        seen >>= 1
        shift += 1
    lin[16] = shift
    b = 16
    while b < 20:
        e = 0
        k = 0
        while k < 5:
            at = ((first + k) & 15) * 20 + b
            zr = ((ring[at] ^ top) - top) >> shift
            zi = ((ring[at + 1] ^ top) - top) >> shift
            e += zr * zr + zi * zi
            k += 1
        lin[b >> 1] = e + 1
        b += 2
    g = 0
    while g < 2:
        b = 320 + found[g * 8]
        least = 1 << 29
        last = 1 << 28
        k = 1
        while k < 11:
            e = ring[b + ((state[3] + k) & 15) * 8]
            if last + e < least:
                least = last + e
            last = e
            k += 1
        lin[10 + g] = least + 1
        ur = (found[g * 8 + 5] ^ top) - top
        ui = (found[g * 8 + 6] ^ top) - top
        vr = 16384
        vi = 0
        x = 0
        y = 0
        e = 0
        k = 7
        while k < 17:
            n = (state[3] + k) & 15
            e += ring[b + n * 8] >> 3
            n = n * 20 + found[g * 8] * 2
            zr = ((ring[n] ^ top) - top) >> 16
            zi = ((ring[n + 1] ^ top) - top) >> 16
            x += (zr * vr - zi * vi) >> 14
            y += (zr * vi + zi * vr) >> 14
            n = (vr * ur - vi * ui) >> 14
            vi = (vr * ui + vi * ur) >> 14
            vr = n
            k += 1
        x >>= 4
        y >>= 4
        p = ((x * x + y * y) // 5) << 4
        e -= p
        if e < (p >> 10):
            e = p >> 10
        lin[12 + g * 2] = p + 1
        lin[13 + g * 2] = e + 1
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
    """Turns the logs of `quantities` and `surroundings` into the feature vector, not yet clipped."""
    out[0] = lin[0] - lin[1]
    out[1] = lin[2] - lin[3]
    # What is left is an eighth: 256 log2 8 = 768.
    out[2] = lin[0] - lin[4] - 768
    out[3] = lin[2] - lin[5] - 768
    out[4] = lin[6] - lin[7]
    low = lin[0] + 512 * found[3]
    high = lin[2] + 512 * found[11]
    seen = 512 * lin[16]
    out[5] = low - lin[8] - seen
    out[6] = high - lin[9] - seen
    # P sums five hops, 256 log2 5 = 594; the quiet before sums two, 256, and has a shift of 16, 8192.
    out[7] = low - 338 - lin[10] - 8192
    out[8] = high - 338 - lin[11] - 8192
    out[9] = lin[12] - lin[13]
    out[10] = lin[14] - lin[15]
    out[15] = low - 594 + level_offset
    out[16] = high - 594 + level_offset
    out[11] = high - low
    top = 1
    top <<= 31
    low = (found[4] ^ top) - top
    high = (found[12] ^ top) - top
    out[14] = (low - high) ^ ((low - high) >> 31)
    out[12] = low ^ (low >> 31)
    out[13] = high ^ (high >> 31)


@micropython.viper
def network(feature: ptr32, weights: ptr16, units: int, clipped: ptr32) -> int:
    """One hidden layer of rectified units over 15 clipped features; returns log odds in Q8.

    `weights` holds the output's bias (Q8), 15 pairs of clip limits, then for each unit its bias (Q10), its weight in
    the output (Q8) and 15 weights (Q20); all raised by 2^15.
    """
    top = 1
    top <<= 31
    total = weights[0] - 32768
    total <<= 10
    raised = 0
    i = 0
    while i < 15:
        v = (feature[i] ^ top) - top
        low = weights[1 + i * 2] - 32768
        high = weights[2 + i * 2] - 32768
        if v < low:
            v = low
        if v > high:
            v = high
        clipped[i] = v
        raised -= v
        i += 1
    raised <<= 15
    weights = ptr16(int(weights) + 62)
    n = 0
    while n < units:
        v = raised
        i = 0
        while i < 15:
            v += clipped[i] * weights[2 + i]
            i += 1
        clipped[15] = v
        v = ((clipped[15] ^ top) - top) >> 10
        v += weights[0] - 32768
        if v > 0:
            total += v * (weights[1] - 32768)
        weights = ptr16(int(weights) + 34)
        n += 1
    return total >> 10
