"""How steadily the strongest tone of a group turns over five hops (30 ms).

With z_k the bin at hop k: E = sum |z_k|^2, r = sum z_k conj(z_k-1), u = r/|r|, and the coherent power
P = |sum z_k u^-k|^2 / 5, so that P = E for a pure tone; the angle of u beyond the nominal one is its offset.
"""

import micropython


@micropython.viper
def tones(state: ptr32, ring: ptr32, constants: ptr32, found: ptr32, least: int) -> int:
    """Finds in each group the bin with the largest coherent power, P/E above 0.63 and within 2.4 % of nominal.

    `least` is the least sum of |z >> 16|^2. Writes for the low group at 0 and the high one at 8: bin 0-7, P, E, shift
    of z, offset in 1e-5, u in Q14; P and E are of z >> shift and below 2^30. Returns 0 if a group has no such bin.
    """
    top = 1
    top <<= 31
    first = state[3] + 12
    b = 0
    while b < 8:
        out = (b & 4) << 1
        # Sums of power tell which bins are worth a look: not below half of the group's largest.
        strongest = 0
        last = b + 4
        n = b
        while n < last:
            e = 0
            k = 0
            while k < 5:
                e += ring[320 + ((first + k) & 15) * 8 + n] >> 3
                k += 1
            found[16 + n] = e
            if e > strongest:
                strongest = e
            n += 1
        if strongest < least:
            return 0
        strongest >>= 1
        seen = 0
        k = 0
        while k < 5:
            seen |= ring[448 + ((first + k) & 15) * 4 + (b >> 2)]
            k += 1
        shift = 0
        while seen >= 8192:
            seen >>= 1
            shift += 1
        found[out + 3] = shift
        best = 0
        while b < last:
            if found[16 + b] > strongest:
                e = 0
                rr = 0
                ri = 0
                pr = 0
                pi = 0
                k = 0
                while k < 5:
                    at = ((first + k) & 15) * 20 + b * 2
                    zr = ((ring[at] ^ top) - top) >> shift
                    zi = ((ring[at + 1] ^ top) - top) >> shift
                    e += zr * zr + zi * zi
                    rr += zr * pr + zi * pi
                    ri += zr * pi - zi * pr
                    pr = zr
                    pi = zi
                    k += 1
                # A cheap first test: |r| at least 0.45 E.
                x = rr >> 15
                y = ri >> 15
                n = e >> 15
                if e > best and n > 0 and 5 * (x * x + y * y) > n * n:
                    # u = r / |r| in Q14
                    x = rr
                    y = ri
                    n = (x ^ (x >> 31)) | (y ^ (y >> 31))
                    while n >= 16384:
                        n >>= 1
                        x >>= 1
                        y >>= 1
                    n = x * x + y * y
                    root = 0
                    bit = 1 << 28
                    while bit > n:
                        bit >>= 2
                    while bit:
                        if n >= root + bit:
                            n -= root + bit
                            root = (root >> 1) + bit
                        else:
                            root >>= 1
                        bit >>= 2
                    ur = (x << 14) // root
                    ui = (y << 14) // root
                    # Extra phase a hop over the nominal one, as an angle in Q12.
                    n = b * 8
                    cr = (constants[n] ^ top) - top
                    ci = (constants[n + 1] ^ top) - top
                    x = (ur * cr + ui * ci) >> 14
                    y = (ui * cr - ur * ci) >> 14
                    offset = 100000
                    if x > 0:
                        a = y
                        if y < 0:
                            a = 0 - y
                        # atan t = t (pi/4 + 0.273 (1 - t)) for 0 <= t <= 1, error below 0.004
                        if a <= x:
                            t = (a << 12) // x
                            angle = (t * (3217 + ((1118 * (4096 - t)) >> 12))) >> 12
                        else:
                            t = (x << 12) // a
                            angle = 6434 - ((t * (3217 + ((1118 * (4096 - t)) >> 12))) >> 12)
                        offset = (angle * constants[n + 2]) >> 12
                        if y < 0:
                            offset = 0 - offset
                    if offset <= 2400 and offset >= 0 - 2400:
                        vr = 16384
                        vi = 0
                        x = 0
                        y = 0
                        k = 0
                        while k < 5:
                            at = ((first + k) & 15) * 20 + b * 2
                            zr = ((ring[at] ^ top) - top) >> shift
                            zi = ((ring[at + 1] ^ top) - top) >> shift
                            x += (zr * vr - zi * vi) >> 14
                            y += (zr * vi + zi * vr) >> 14
                            n = (vr * ur - vi * ui) >> 14
                            vi = (vr * ui + vi * ur) >> 14
                            vr = n
                            k += 1
                        x >>= 1
                        y >>= 1
                        p = ((x * x + y * y) // 5) << 2
                        if p > best and (p >> 6) * 100 > (e >> 6) * 63:
                            best = p
                            found[out] = b
                            found[out + 1] = p
                            found[out + 2] = e
                            found[out + 4] = offset
                            found[out + 5] = ur
                            found[out + 6] = ui
            b += 1
        if best == 0:
            return 0
    return 1


@micropython.viper
def still_on(state: ptr32, ring: ptr32, held: ptr32) -> int:
    """Whether both tones of `held` (low bin, its least |z >> 16|^2, high bin, its least) are above their least now."""
    at = 320 + state[3] * 8
    if ring[at + held[0]] < held[1] or ring[at + held[2]] < held[3]:
        return 0
    return 1
