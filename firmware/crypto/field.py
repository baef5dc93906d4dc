"""The field of 2^255 - 19 elements, in which X25519 and Ed25519 calculate.

Python integers do not run in constant time. That is accepted: nobody but the box can measure
it, and the one outside observer, the serial port, waits for whole jobs that run in steps
between audio blocks. The order of the operations does not depend on secrets all the same.
Nor can integers be wiped: a private key stays in the heap until its place is used again.
"""

from micropython import const

P = 2**255 - 19
_BITS = const(25)  # exponent bits a step, at most two multiplications each


def power(x, exponent):
    """x^exponent mod P, in steps; the exponent is public and below 2^255."""
    result = 1
    for bit in range(254, -1, -1):
        result = result * result % P
        if exponent >> bit & 1:
            result = result * x % P
        if bit % _BITS == 0:
            yield
    return result


def inverse(x):
    """1/x mod P, in steps (Fermat); 0 gives 0."""
    return power(x, P - 2)
