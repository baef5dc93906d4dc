"""A steady tone near 420 Hz (dial tone, 350 to 450 Hz) that may be louder than a key pressed over it."""

import micropython

# Indices of `steady`: the level compared with, hops it has held, least energy of d meanwhile.
STEADY = micropython.const(3)


@micropython.viper
def follow(state: ptr32, ring: ptr32, steady: ptr32, gain: int):
    """Keeps in state[7] the energy of d (over six hops, >> 12) that a dial tone alone has, or 0.

    A tone counts when the 420 Hz bin has held within 1 dB for 150 ms and makes up two thirds of that energy; `gain`
    is the energy of d for unit power of that bin, Q17.
    """
    first = state[3] + 12
    level = 0
    k = 0
    while k < 5:
        level += ring[544 + ((first + k) & 15)] >> 3
        k += 1
    reference = steady[0]
    off = level - reference
    # The mean follows slowly, because two tones beat by 15 % in 30 ms.
    steady[0] = reference + (off >> 3)
    off ^= off >> 31
    state[7] = 0
    if level < 1000 or off > (reference >> 2):
        steady[0] = level
        steady[1] = 0
        steady[2] = 1 << 29
        return
    first += 15
    energy = 0
    k = 0
    while k < 6:
        n = (first + k) & 15
        e = ring[512 + n]
        n = 12 - 2 * ring[528 + n]
        if k == 0 or k == 5:
            n += 1
        energy += e >> n
        k += 1
    if energy < steady[2]:
        steady[2] = energy
    if steady[1] < 30:
        steady[1] += 1
        return
    # Energy of d for this level: level * gain / 2, from the constants of `quantities`; >> 12 like `energy`.
    if ((level >> 7) * (gain >> 3) >> 3) * 3 > steady[2] * 2:
        state[7] = steady[2]
