"""How steadily the strongest tone of a group turns over five hops (30 ms).

With z_k the bin at hop k: E = sum |z_k|^2, r = sum z_k conj(z_k-1), u = r/|r|, and the coherent power
P = |sum z_k u^-k|^2 / 5, so that P = E for a pure tone; the angle of u beyond the nominal one is its offset.
"""

import micropython


@micropython.viper
def group(which: int, z: ptr32, state: ptr32, mask: ptr32, constants: ptr32, power: ptr32, found: ptr32):
    """Finds the bin with the largest coherent power within 2.9 % of nominal in the low (0) or high (1) group.

    Writes E of the four bins into `power`, and into `found` at which*8: bin 0-7 or -1, P, E, shift of z,
    offset in 1e-5. All powers are of z >> shift and below 2^30.
    """
    top = 1
    top <<= 31
    first = (state[3] + 12) & 15
    seen = 0
    k = 0
    while k < 5:
        seen |= mask[which * 16 + ((first + k) & 15)]
        k += 1
    shift = 0
    while seen >= 8192:
        seen >>= 1
        shift += 1
    best = 0
    out = which * 8
    found[out] = -1
    found[out + 3] = shift
    b = which * 4
    last = b + 4
    while b < last:
        e = 0
        rr = 0
        ri = 0
        pr = 0
        pi = 0
        k = 0
        while k < 5:
            at = ((first + k) & 15) * 20 + b * 2
            zr = ((z[at] ^ top) - top) >> shift
            zi = ((z[at + 1] ^ top) - top) >> shift
            e += zr * zr + zi * zi
            rr += zr * pr + zi * pi
            ri += zr * pi - zi * pr
            pr = zr
            pi = zi
            k += 1
        power[b] = e
        # Worth a closer look only if |r| is at least 0.45 E and most of the group's power could be here.
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
            if offset <= 2900 and offset >= 0 - 2900:
                vr = 16384
                vi = 0
                sr = 0
                si = 0
                k = 0
                while k < 5:
                    at = ((first + k) & 15) * 20 + b * 2
                    zr = ((z[at] ^ top) - top) >> shift
                    zi = ((z[at + 1] ^ top) - top) >> shift
                    sr += (zr * vr - zi * vi) >> 14
                    si += (zr * vi + zi * vr) >> 14
                    n = (vr * ur - vi * ui) >> 14
                    vi = (vr * ui + vi * ur) >> 14
                    vr = n
                    k += 1
                sr >>= 1
                si >>= 1
                p = ((sr * sr + si * si) // 5) << 2
                if p > best:
                    best = p
                    found[out] = b
                    found[out + 1] = p
                    found[out + 2] = e
                    found[out + 4] = offset
        b += 1


@micropython.viper
def still_on(z: ptr32, state: ptr32, held: ptr32) -> int:
    """Whether both tones of `held` (low bin, its least |z >> 16|^2, high bin, its least) are above their least now."""
    top = 1
    top <<= 31
    base = state[3] * 20
    g = 0
    while g < 4:
        at = base + held[g] * 2
        zr = ((z[at] ^ top) - top) >> 16
        zi = ((z[at + 1] ^ top) - top) >> 16
        if zr * zr + zi * zi < held[g + 1]:
            return 0
        g += 2
    return 1
