"""The vectors in tests/vectors/rfc against other implementations, so that no wrong one can hide.

These are pyca/cryptography (OpenSSL and its own HPKE) and Python's hmac and hashlib; the device's
primitives meet the same files in tests/device/test_crypto_*.py.
"""

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke, poly1305
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

FOLDER = Path(__file__).resolve().parents[1] / "vectors/rfc"


def cases(prefix: str) -> list:
    """Parameters (name, case) of every file that begins with `prefix`."""
    paths = sorted(FOLDER.glob(prefix + "*.json"))
    assert paths, prefix
    return [pytest.param(json.loads(path.read_text()), id=path.stem) for path in paths]


def octets(case: dict, *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def test_every_case_names_its_source_and_is_checked_here():
    prefixes = (
        "aes_ctr_",
        "chacha20_",
        "chacha20poly1305_",
        "ed25519_",
        "hkdf_",
        "hmac_drbg_",
        "hmac_rfc",
        "hpke_",
        "poly1305_",
        "sha512_",
        "x25519_",
    )
    for path in FOLDER.iterdir():
        assert path.name.startswith(prefixes), path.name
        assert json.loads(path.read_text())["source"], path.name


@pytest.mark.parametrize("case", cases("x25519_rfc"))
def test_x25519(case):
    k, u = octets(case, "scalar", "u")
    for _ in range(case.get("iterations", 1)):
        peer = X25519PublicKey.from_public_bytes(u)
        k, u = X25519PrivateKey.from_private_bytes(k).exchange(peer), k
    assert k.hex() == case["output"]


@pytest.mark.parametrize("case", cases("x25519_small_order"))
def test_x25519_small_order(case):
    k, u = octets(case, "scalar", "u")
    with pytest.raises(ValueError, match="shared key"):
        X25519PrivateKey.from_private_bytes(k).exchange(X25519PublicKey.from_public_bytes(u))


@pytest.mark.parametrize("case", cases("ed25519_"))
def test_ed25519(case):
    public, message, signature = octets(case, "public", "message", "signature")
    if "error" in case:
        with pytest.raises((InvalidSignature, ValueError)):
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["seed"]))
    assert private.public_key().public_bytes_raw() == public
    assert private.sign(message) == signature


@pytest.mark.parametrize("case", cases("chacha20_"))
def test_chacha20(case):
    key, nonce, plaintext = octets(case, "key", "nonce", "plaintext")
    full = case["counter"].to_bytes(4, "little") + nonce
    cipher = Cipher(algorithms.ChaCha20(key, full), mode=None).encryptor()
    assert cipher.update(plaintext).hex() == case["ciphertext"]


@pytest.mark.parametrize("case", cases("poly1305_"))
def test_poly1305(case):
    key, message = octets(case, "key", "message")
    assert poly1305.Poly1305.generate_tag(key, message).hex() == case["tag"]


@pytest.mark.parametrize("case", cases("chacha20poly1305_"))
def test_chacha20poly1305(case):
    key, nonce, aad, sealed = octets(case, "key", "nonce", "aad", "sealed")
    if "error" in case:
        with pytest.raises(InvalidTag):
            ChaCha20Poly1305(key).decrypt(nonce, sealed, aad)
        return
    assert ChaCha20Poly1305(key).encrypt(nonce, bytes.fromhex(case["plaintext"]), aad) == sealed


@pytest.mark.parametrize("case", cases("hkdf_"))
def test_hkdf(case):
    ikm, salt, info, prk, okm = octets(case, "ikm", "salt", "info", "prk", "okm")
    assert HKDF(hashes.SHA256(), case["length"], salt, info).derive(ikm) == okm
    assert HKDFExpand(hashes.SHA256(), case["length"], info).derive(prk) == okm


@pytest.mark.parametrize("case", cases("hmac_rfc"))
def test_hmac(case):
    key, message, tag = octets(case, "key", "message", "tag")
    assert hmac.digest(key, message, "sha256")[: len(tag)] == tag


@pytest.mark.parametrize("case", cases("sha512_"))
def test_sha512(case):
    assert hashlib.sha512(bytes.fromhex(case["message"])).hexdigest() == case["digest"]


@pytest.mark.parametrize("case", cases("aes_ctr_"))
def test_aes_ctr(case):
    key, counter, plaintext = octets(case, "key", "counter", "plaintext")
    cipher = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
    assert cipher.update(plaintext).hex() == case["ciphertext"]


@pytest.mark.parametrize("case", [case for case in cases("hpke_") if "error" not in case.values[0]])
def test_hpke(case):
    key, nonce, aad, info = octets(case, "key", "base_nonce", "aad", "info")
    ciphertext = bytes.fromhex(case["ciphertext"])
    assert ChaCha20Poly1305(key).decrypt(nonce, ciphertext, aad).hex() == case["plaintext"]
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["recipient_private"]))
    assert private.public_key().public_bytes_raw().hex() == case["recipient_public"]
    if not aad:  # pyca's HPKE takes no aad
        suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        opened = suite.decrypt(bytes.fromhex(case["enc"]) + ciphertext, private, info)
        assert opened.hex() == case["plaintext"]


def hmac_drbg(case: dict) -> bytes:
    """SP 800-90A, 10.1.2, over Python's hmac; the last output asked for."""
    key, value = bytes(32), b"\x01" * 32

    def update(data: bytes) -> None:
        nonlocal key, value
        for mark in (b"\x00", b"\x01")[: 2 if data else 1]:
            key = hmac.digest(key, value + mark + data, "sha256")
            value = hmac.digest(key, value, "sha256")

    update(b"".join(octets(case, "entropy", "nonce", "personalization")))
    if "reseed" in case:
        update(b"".join(octets(case, "reseed", "reseed_additional")))
    out = b""
    for additional in map(bytes.fromhex, case["additional"]):
        if additional:
            update(additional)
        out = b""
        while len(out) < len(case["output"]) // 2:
            value = hmac.digest(key, value, "sha256")
            out += value
        update(additional)
    return out[: len(case["output"]) // 2]


@pytest.mark.parametrize("case", cases("hmac_drbg_"))
def test_hmac_drbg(case):
    assert hmac_drbg(case).hex() == case["output"]
