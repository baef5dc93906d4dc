"""Run by MicroPython: answers questions about the primitives, one JSON list a line, `[name, hex...]`."""

import json
import sys
from binascii import hexlify, unhexlify

from core.errors import Malformed
from crypto import aes_ctr, chacha20poly1305, ed25519, hkdf, hmac, hpke, sha512, x25519


def record_mac(key, message):
    out = bytearray(32)
    hmac.RecordMac(key).tag(message, 0, len(message), out, 0)
    return out


def verify(public, message, signature):
    try:
        ed25519.verify(public, message, signature)
        return b"\x01"
    except Malformed:
        return b"\x00"


ANSWERS = {
    "sha512": sha512.sha512,
    "record_mac": record_mac,
    "hkdf": lambda salt, ikm, info: hkdf.hkdf(salt, ikm, info, 77),
    "aes_ctr": aes_ctr.crypt,
    "aead": chacha20poly1305.seal,
    "x25519": x25519.x25519,
    "ed25519": ed25519.sign,
    "verify": verify,
    "hpke": hpke.seal,
}

with open(sys.argv[1]) as questions:
    for line in questions:
        name, *arguments = json.loads(line)
        print(hexlify(ANSWERS[name](*(unhexlify(text) for text in arguments))).decode())
