"""AES-256 in counter mode (NIST SP 800-38A, section 6.5), built on ECB: `cryptolib` has no CTR."""

import micropython
from cryptolib import aes
from micropython import const

_ECB = const(1)
_BLOCK = const(16)  # bytes
_BLOCKS = const(64)  # of key stream at once
_STREAM = const(1024)  # bytes of them
_MOST = const(4064)  # a record's payload rounded up


def crypt(key, counter, data):
    """Encrypt or decrypt bytes of any length; `counter` is the first counter block (16 bytes)."""
    count = (len(data) + _BLOCK - 1) // _BLOCK
    first = int.from_bytes(counter, "big")
    blocks = b"".join(((first + i) & (2**128 - 1)).to_bytes(16, "big") for i in range(count))
    stream = bytearray(count * _BLOCK)
    aes(key, _ECB).encrypt(blocks, stream)
    out = bytearray(data)
    _xor(out, 0, stream, len(out))
    return bytes(out)


class RecordCtr:
    """Counter mode in place, for records; nothing is allocated after the constructor.

    The counter block is 8 zero bytes, the record index and the block number (4 bytes each,
    big-endian). An index must be encrypted once under a key.
    """

    def __init__(self, key):
        self._cipher = aes(key, _ECB)
        self._stream = bytearray(_STREAM)

    def crypt(self, buf, start, length, index):
        """Encrypt or decrypt `buf[start:start + length]`, at most 4,064 bytes, of record `index`."""
        if length > _MOST:
            raise ValueError("record length")
        stream, first = self._stream, 0
        while length > 0:
            _count(stream, index, first, _BLOCKS)
            self._cipher.encrypt(stream, stream)
            count = min(length, _STREAM)
            _xor(buf, start, stream, count)
            start += count
            length -= count
            first += _BLOCKS


@micropython.viper
def _count(stream: ptr32, index: int, first: int, blocks: int):
    """Counter blocks from number `first` on, big-endian in little-endian words; blocks stay below 65,536."""
    high = index << 24 | (index & 0xFF00) << 8 | (index >> 8) & 0xFF00 | (index >> 24) & 0xFF
    for i in range(first, first + blocks):
        stream[0] = 0
        stream[1] = 0
        stream[2] = high
        stream[3] = i << 24 | (i >> 8) << 16
        stream = ptr32(int(stream) + 16)


@micropython.viper
def _xor(buf: ptr8, start: int, stream: ptr8, length: int):
    """buf[start:start + length] ^= stream, by words where `buf` is aligned (xtensa faults else)."""
    target = ptr8(int(buf) + start)
    whole = 0
    if int(target) & 3 == 0:
        words = ptr32(int(target))
        source = ptr32(int(stream))
        for i in range(length >> 2):
            words[i] = words[i] ^ source[i]
        whole = length & ~3
    for i in range(whole, length):
        target[i] = target[i] ^ stream[i]
