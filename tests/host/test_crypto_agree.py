"""Random inputs: the device's primitives on MicroPython give what pyca/cryptography gives."""

import hashlib
import hmac
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
CASES = 25
RANDOM = random.Random(25519)  # the same inputs on every run


def some(low: int, high: int) -> bytes:
    """Random bytes; sometimes all ones or zeros, where carries and masks go wrong."""
    size = RANDOM.randint(low, high)
    return RANDOM.choice([RANDOM.randbytes(size)] * 4 + [b"\xff" * size, bytes(size)])


def ask(tmp_path: Path, questions: list) -> list[bytes]:
    """The device's answers to `[name, bytes...]` questions, from one process."""
    file = tmp_path / "questions"
    file.write_text("".join(json.dumps([name, *(item.hex() for item in items)]) + "\n" for name, *items in questions))
    command = [MICROPYTHON, str(ROOT / "tests/host/crypto_answers.mpy.py"), str(file)]
    environ = {**os.environ, "MICROPYPATH": str(ROOT / "firmware")}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [bytes.fromhex(line) for line in done.stdout.splitlines()]


def aes(key: bytes, counter: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(data)


def x25519(k: bytes, u: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(k).exchange(X25519PublicKey.from_public_bytes(u))


EXPECTED = {
    "sha512": (lambda: [some(0, 600)], lambda m: hashlib.sha512(m).digest()),
    "record_mac": (lambda: [some(0, 100), some(0, 600)], lambda k, m: hmac.digest(k, m, "sha256")),
    "hkdf": (lambda: [some(0, 64), some(1, 64), some(0, 64)], lambda s, k, i: HKDF(hashes.SHA256(), 77, s, i).derive(k)),
    "aes_ctr": (lambda: [some(32, 32), some(16, 16), some(0, 200)], aes),
    "aead": (
        lambda: [some(32, 32), some(12, 12), some(0, 200), some(0, 40)],
        lambda k, n, p, a: ChaCha20Poly1305(k).encrypt(n, p, a),
    ),
    "x25519": (lambda: [some(32, 32), RANDOM.randbytes(32)], x25519),
    "ed25519": (lambda: [some(32, 32), some(0, 300)], lambda s, m: Ed25519PrivateKey.from_private_bytes(s).sign(m)),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_agrees(tmp_path, name):
    draw, expected = EXPECTED[name]
    inputs = [draw() for _ in range(CASES)]
    answers = ask(tmp_path, [[name, *items] for items in inputs])
    assert answers == [expected(*items) for items in inputs]


def test_an_envelope_opens_with_pyca(tmp_path):
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    owners = [X25519PrivateKey.from_private_bytes(RANDOM.randbytes(32)) for _ in range(5)]
    info, secrets = b"press1/v1/owner" + RANDOM.randbytes(32), [RANDOM.randbytes(32) for _ in owners]
    questions = [
        ["hpke", owner.public_key().public_bytes_raw(), info, b"", secret, RANDOM.randbytes(32)]
        for owner, secret in zip(owners, secrets, strict=True)
    ]
    for owner, secret, sealed in zip(owners, secrets, ask(tmp_path, questions), strict=True):
        assert len(sealed) == 80
        assert suite.decrypt(sealed, owner, info) == secret


def flipped(data: bytes) -> bytes:
    """`data` with one random bit changed."""
    bit = RANDOM.randrange(len(data) * 8)
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


def good(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_verifies_as_openssl_does(tmp_path):
    inputs = []
    for _ in range(10):
        key, message = Ed25519PrivateKey.from_private_bytes(RANDOM.randbytes(32)), RANDOM.randbytes(100)
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        inputs += [(public, message, signature), (public, message, flipped(signature))]
        inputs += [(flipped(public), message, signature), (public, flipped(message), signature)]
    answers = ask(tmp_path, [["verify", *items] for items in inputs])
    assert answers == [bytes([good(*items)]) for items in inputs]
    assert answers.count(b"\x01") == 10
