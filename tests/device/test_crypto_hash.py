"""SHA-256 compression, SHA-512, HMAC, HKDF and the DRBG against their specifications."""

import hashlib
from binascii import unhexlify

from core.errors import NoEntropy
from crypto import drbg, hkdf, sha256
from crypto.hmac import RecordMac, equal, hmac_sha256
from crypto.sha512 import sha512
from strict import eq, no_alloc, raises, vectors

PATTERN = bytes(i * 7 & 255 for i in range(4400))


def test_sha512_vectors():
    for name, case in vectors("rfc/sha512_"):
        eq((name, sha512(unhexlify(case["message"]))), (name, unhexlify(case["digest"])))


def test_sha512_joins_its_parts():
    eq(sha512(PATTERN[:100], PATTERN[100:300]), sha512(PATTERN[:300]))


def test_sha256_compression_agrees_with_hashlib():
    work, state, out = sha256.workspace(), sha256.initial(), bytearray(40)
    message = PATTERN[3 : 3 + 119]
    padded = PATTERN[:3] + message + b"\x80" + (119 * 8).to_bytes(8, "big")
    sha256.compress(work, state, padded, 3, 2)
    sha256.digest_into(state, out, 4)
    eq(bytes(out), bytes(4) + hashlib.sha256(message).digest() + bytes(4))


def test_hmac_vectors():
    for name, case in vectors("rfc/hmac_rfc"):
        tag = unhexlify(case["tag"])
        got = hmac_sha256(unhexlify(case["key"]), unhexlify(case["message"]))
        eq((name, got[: len(tag)]), (name, tag))


def test_hmac_joins_its_parts():
    eq(hmac_sha256(b"key", b"ab", b"", b"c"), hmac_sha256(b"key", b"abc"))


def test_record_mac_vectors():
    for name, case in vectors("rfc/hmac_rfc"):
        message, tag, out = unhexlify(case["message"]), unhexlify(case["tag"]), bytearray(32)
        RecordMac(unhexlify(case["key"])).tag(message, 0, len(message), out, 0)
        eq((name, bytes(out[: len(tag)])), (name, tag))


def test_record_mac_at_every_length_around_a_block():
    key = PATTERN[:32]
    mac = RecordMac(key)
    for start in (0, 1, 5):
        for length in list(range(131)) + [4056, 4064, 4095, 4096]:
            out = bytearray(b"\xee" * 40)
            mac.tag(PATTERN, start, length, out, 3)
            want = b"\xee" * 3 + hmac_sha256(key, PATTERN[start : start + length]) + b"\xee" * 5
            eq((start, length, bytes(out)), (start, length, want))


def test_record_mac_into_its_own_record():
    record = bytearray(PATTERN[:4096])
    RecordMac(b"k" * 32).tag(record, 0, 4064, record, 4064)
    eq(bytes(record), PATTERN[:4064] + hmac_sha256(b"k" * 32, PATTERN[:4064]))


def test_record_mac_allocates_nothing():
    mac, record, lock = RecordMac(b"k" * 32), bytearray(PATTERN[:4096]), no_alloc()
    with lock:
        mac.tag(record, 0, 4064, record, 4064)
    eq(bytes(record[4064:]), hmac_sha256(b"k" * 32, PATTERN[:4064]))


def test_running_hash_update_allocates_nothing():
    running, record, lock = hashlib.sha256(), bytearray(PATTERN[:4096]), no_alloc()
    with lock:
        running.update(record)
        running.update(record)
    eq(running.digest(), hashlib.sha256(PATTERN[:4096] + PATTERN[:4096]).digest())


def test_equal():
    assert equal(b"", b"") and equal(b"ab", bytearray(b"ab"))
    for other in (b"ac", b"bb", b"a", b"abc", b""):
        assert not equal(b"ab", other)


def test_hkdf_vectors():
    for name, case in vectors("rfc/hkdf_"):
        salt, ikm = unhexlify(case["salt"]), unhexlify(case["ikm"])
        info, length = unhexlify(case["info"]), case["length"]
        prk = hkdf.extract(salt, ikm)
        eq((name, prk), (name, unhexlify(case["prk"])))
        eq((name, hkdf.expand(prk, info, length)), (name, unhexlify(case["okm"])))
        eq((name, hkdf.hkdf(salt, ikm, info, length)), (name, unhexlify(case["okm"])))


def test_hkdf_limit():
    eq(len(hkdf.expand(b"k" * 32, b"", 255 * 32)), 255 * 32)
    with raises(ValueError):
        hkdf.expand(b"k" * 32, b"", 255 * 32 + 1)


def test_drbg_vectors():
    for name, case in vectors("rfc/hmac_drbg_"):
        part = {key: unhexlify(value) for key, value in case.items() if key not in ("source", "additional")}
        made = drbg.HmacDrbg(part["entropy"], part["nonce"], part["personalization"])
        if "reseed" in part:
            made.reseed(part["reseed"], part["reseed_additional"])
        for additional in case["additional"]:
            got = made.generate(len(part["output"]), unhexlify(additional))
        eq((name, got), (name, part["output"]))


def test_drbg_refuses_a_short_seed():
    with raises(NoEntropy):
        drbg.HmacDrbg(bytes(31))
    made = drbg.HmacDrbg(bytes(32))
    with raises(NoEntropy):
        made.reseed(bytes(31))


def test_drbg_refuses_too_large_a_request():
    made = drbg.HmacDrbg(bytes(32))
    with raises(ValueError):
        made.generate(65537)


def test_drbg_asks_for_a_reseed():
    made = drbg.HmacDrbg(bytes(32))
    made._requests = drbg.RESEED_INTERVAL
    made.generate(1)
    with raises(NoEntropy):
        made.generate(1)
    made.reseed(b"e" * 32)
    eq(len(made.generate(33)), 33)


def test_drbg_outputs_differ():
    made = drbg.HmacDrbg(bytes(32))
    seen = {made.generate(16) for _ in range(50)}
    eq(len(seen), 50)
