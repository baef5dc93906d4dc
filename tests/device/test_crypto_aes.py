"""Counter mode against SP 800-38A, and the record form against it."""

from binascii import unhexlify

from crypto import aes_ctr
from strict import eq, no_alloc, raises, vectors

KEY = bytes(range(32))
PATTERN = bytes(i * 11 & 255 for i in range(4200))


def counter(index, block=0):
    return bytes(8) + index.to_bytes(4, "big") + block.to_bytes(4, "big")


def test_vectors():
    for name, case in vectors("rfc/aes_ctr_"):
        key, first = unhexlify(case["key"]), unhexlify(case["counter"])
        plaintext, ciphertext = unhexlify(case["plaintext"]), unhexlify(case["ciphertext"])
        eq((name, aes_ctr.crypt(key, first, plaintext)), (name, ciphertext))
        eq((name, aes_ctr.crypt(key, first, ciphertext)), (name, plaintext))


def test_record_form_is_the_same_mode():
    record = aes_ctr.RecordCtr(KEY)
    for index in (0, 1, 255, 256, 0x12345678, 0xFFFFFFFF):
        buf = bytearray(PATTERN[:4096])
        record.crypt(buf, 8, 4056, index)
        want = aes_ctr.crypt(KEY, counter(index), PATTERN[8:4064])
        eq((index, bytes(buf)), (index, PATTERN[:8] + want + PATTERN[4064:4096]))


def test_record_form_at_any_place_and_length():
    record = aes_ctr.RecordCtr(KEY)
    for start in (0, 1, 2, 3, 8):
        for length in (0, 1, 3, 4, 15, 16, 17, 320, 4063, 4064):
            buf = bytearray(PATTERN)
            record.crypt(buf, start, length, 7)
            want = aes_ctr.crypt(KEY, counter(7), PATTERN[start : start + length])
            eq((start, length, bytes(buf)), (start, length, PATTERN[:start] + want + PATTERN[start + length :]))


def test_record_form_in_a_view():
    buf = bytearray(PATTERN)
    aes_ctr.RecordCtr(KEY).crypt(memoryview(buf)[5:], 8, 100, 3)
    eq(bytes(buf[13:113]), aes_ctr.crypt(KEY, counter(3), PATTERN[13:113]))


def test_decrypts_what_it_encrypted():
    record, buf = aes_ctr.RecordCtr(KEY), bytearray(PATTERN[:4096])
    record.crypt(buf, 8, 4056, 5)
    assert bytes(buf) != PATTERN[:4096]
    record.crypt(buf, 8, 4056, 5)
    eq(bytes(buf), PATTERN[:4096])


def test_refuses_more_than_a_record():
    with raises(ValueError):
        aes_ctr.RecordCtr(KEY).crypt(bytearray(4096), 0, 4065, 0)


def test_allocates_nothing():
    record, buf, lock = aes_ctr.RecordCtr(KEY), bytearray(PATTERN[:4096]), no_alloc()
    with lock:
        record.crypt(buf, 8, 4056, 0)
        record.crypt(buf, 8, 4056, 1)
    want = aes_ctr.crypt(KEY, counter(1), aes_ctr.crypt(KEY, counter(0), PATTERN[8:4064]))
    eq(bytes(buf[8:4064]), want)
