"""ChaCha20-Poly1305 and HPKE against RFC 8439 and RFC 9180."""

from binascii import unhexlify

from core.errors import Malformed
from crypto import chacha20poly1305, hpke, x25519
from crypto.job import Job
from strict import eq, raises, vector, vectors


def fields(case):
    return {
        key: unhexlify(value) if isinstance(value, str) else value
        for key, value in case.items()
        if key not in ("source", "error")
    }


def test_chacha20_vectors():
    for name, case in vectors("rfc/chacha20_"):
        part = fields(case)
        got = chacha20poly1305.xor(part["key"], part["counter"], part["nonce"], part["plaintext"])
        eq((name, got), (name, part["ciphertext"]))


def test_poly1305_vectors():
    for name, case in vectors("rfc/poly1305_"):
        part = fields(case)
        eq((name, chacha20poly1305.poly1305(part["key"], part["message"])), (name, part["tag"]))


def test_aead_vectors():
    for name, case in vectors("rfc/chacha20poly1305_rfc"):
        part = fields(case)
        key, nonce, aad = part["key"], part["nonce"], part["aad"]
        sealed = chacha20poly1305.seal(key, nonce, part["plaintext"], aad)
        eq((name, sealed), (name, part["sealed"]))
        eq((name, chacha20poly1305.unseal(key, nonce, sealed, aad)), (name, part["plaintext"]))


def test_aead_refuses_what_is_altered():
    refused = 0
    for _, case in vectors("rfc/chacha20poly1305_"):
        if "error" in case:
            part = fields(case)
            with raises(Malformed):
                chacha20poly1305.unseal(part["key"], part["nonce"], part["sealed"], part["aad"])
            refused += 1
    eq(refused, 4)


def test_hpke_vectors():
    sealed = 0
    for name, case in vectors("rfc/hpke_"):
        if "error" not in case:
            part = fields(case)
            got = hpke.seal(part["recipient_public"], part["info"], part["aad"], part["plaintext"], part["ephemeral_private"])
            eq((name, got), (name, part["enc"] + part["ciphertext"]))
            sealed += 1
    eq(sealed, 2)


def test_hpke_derives_key_pairs():
    part = fields(vector("rfc/hpke_rfc9180_a21.json"))
    eq(hpke.derive_private(part["ephemeral_ikm"]), part["ephemeral_private"])
    eq(hpke.derive_private(part["recipient_ikm"]), part["recipient_private"])
    eq(x25519.public_key(part["recipient_private"]), part["recipient_public"])


def test_hpke_key_schedule():
    part = fields(vector("rfc/hpke_rfc9180_a21.json"))
    encapsulate = hpke._encapsulate(part["recipient_public"], part["ephemeral_private"])
    eq(Job(encapsulate).run(), (part["shared_secret"], part["enc"]))
    eq(hpke._key_schedule(part["shared_secret"], part["info"]), (part["key"], part["base_nonce"]))


def test_hpke_refuses_a_recipient_of_small_order():
    part = fields(vector("rfc/hpke_small_order.json"))
    with raises(Malformed):
        hpke.seal(part["recipient_public"], part["info"], part["aad"], part["plaintext"], part["ephemeral_private"])


def test_hpke_runs_in_steps():
    part = fields(vector("rfc/hpke_rfc9180_a21.json"))
    job = hpke.SealJob(part["recipient_public"], part["info"], part["aad"], part["plaintext"], part["ephemeral_private"])
    eq(job.result, None)
    steps = 1
    while not job.step():
        steps += 1
    assert steps > 100, steps  # two ladders and two inversions
    eq(job.result, part["enc"] + part["ciphertext"])


def test_hpke_envelope_length():
    part = fields(vector("rfc/hpke_rfc9180_a21.json"))
    sealed = hpke.seal(part["recipient_public"], b"info", b"", bytes(32), part["ephemeral_private"])
    eq(len(sealed), 80)
