"""One record of a sealed file (docs/format.md, section 5), sealed in place in one preallocated buffer."""

import hashlib

import micropython
from micropython import const

from crypto import hkdf
from crypto.aes_ctr import RecordCtr
from crypto.hmac import RecordMac
from seal.wipe import wipe

RECORD = const(4096)
PAYLOAD = const(4056)
AUDIO, GAP, EVENT = 1, 2, 3
FINAL = const(1)

_HEADER = const(8)
_TAG = const(4064)


def content_keys(head, file_secret, slot_secret):
    """(enc_key, mac_key), section 4."""
    secret = file_secret + slot_secret
    prk = hkdf.extract(hashlib.sha256(head).digest(), secret)
    keys = (hkdf.expand(prk, b"press1/v1/content/enc", 32), hkdf.expand(prk, b"press1/v1/content/mac", 32))
    wipe(secret, prk)
    return keys


@micropython.viper
def put(src: ptr8, start: int, dst: ptr8, offset: int, count: int):
    """Copies `count` bytes without a slice."""
    for i in range(count):
        dst[offset + i] = src[start + i]


@micropython.viper
def _frame(buf: ptr8, kind: int, flags: int, length: int, index: int):
    """Record header, and zeros behind the payload."""
    buf[0] = kind
    buf[1] = flags
    buf[2] = length >> 8
    buf[3] = length
    buf[4] = index >> 24
    buf[5] = index >> 16
    buf[6] = index >> 8
    buf[7] = index
    for i in range(8 + length, 4064):
        buf[i] = 0


class RecordSealer:
    """`buf`: the 4,096 bytes; payload is put at offset 8 as plaintext and leaves `seal` as a finished record."""

    def __init__(self, enc_key, mac_key):
        self.buf = bytearray(RECORD)
        self._ctr = RecordCtr(enc_key)
        self._mac = RecordMac(mac_key)

    def fill(self, src, start, at, count):
        """`count` bytes of `src` into the payload at `at`."""
        put(src, start, self.buf, _HEADER + at, count)

    def seal(self, kind, flags, length, index):
        """Allocates nothing."""
        buf = self.buf
        _frame(buf, kind, flags, length, index)
        self._ctr.crypt(buf, _HEADER, PAYLOAD, index)
        self._mac.tag(buf, 0, _TAG, buf, _TAG)

    def wipe(self):
        """Forget the keys; the sealer is of no use afterwards."""
        wipe(self.buf)
        self._ctr = self._mac = None
