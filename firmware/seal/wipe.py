"""Overwrites secrets in RAM, also in `bytes` objects that nothing else can reach."""

import micropython


@micropython.viper
def _zero(buf: ptr8, count: int):
    for i in range(count):
        buf[i] = 0


def wipe(*buffers):
    """Zero every buffer in place. Only for buffers that the caller made from random or derived bytes: a constant would change."""
    for buf in buffers:
        _zero(buf, len(buf))
