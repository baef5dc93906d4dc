"""A-law: exact over all inputs, and allocation-free."""

import hashlib
from array import array

from line import alaw
from strict import eq, no_alloc

# SHA-256 of the codes of -32768 to 32767 in order, computed from the decision values of G.711 by tests/host/test_export_alaw.py.
ALL_CODES = "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"


def _all_samples():
    return array("h", range(-32768, 32768))


def test_all_inputs_give_the_codes_of_the_standard():
    out = bytearray(65536)
    alaw.encode(_all_samples(), 0, 65536, out, 0)
    eq(hashlib.sha256(out).digest().hex(), ALL_CODES)


def test_known_values():
    eq(alaw.SILENCE, 0xD5)
    out = bytearray(6)
    alaw.encode(array("h", (0, -1, 32767, -32768, 16, -16)), 0, 6, out, 0)
    eq(out, b"\xd5\x55\xaa\x2a\xd4\x55")


def test_decoding_and_encoding_again_changes_nothing():
    codes = bytes(range(256))
    values = array("h", bytes(512))
    alaw.decode(codes, 0, 256, values, 0)
    again = bytearray(256)
    alaw.encode(values, 0, 256, again, 0)
    eq(bytes(again), codes)


def test_offsets_touch_nothing_else():
    out = bytearray(b"\x11" * 12)
    alaw.interleave(array("h", (1, 2, 3000, -3000)), array("h", (1, 2, -9, 20000)), 2, 2, out, 4)
    single = bytearray(4)
    alaw.encode(array("h", (3000, -9, -3000, 20000)), 0, 4, single, 0)
    eq(out, b"\x11" * 4 + single + b"\x11" * 4)


def test_a_block_allocates_nothing():
    far, near = array("h", range(160)), array("h", range(-160, 0))
    out = bytearray(320)
    lock = no_alloc()
    with lock:
        alaw.interleave(far, near, 0, 160, out, 0)
        alaw.encode(far, 0, 160, out, 0)
        alaw.decode(out, 0, 160, far, 0)
