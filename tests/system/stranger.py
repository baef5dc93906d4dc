"""A reader of sealed recordings written from docs/format.md alone: CPython, `cryptography`, `cbor2`; nothing of Press1.

    python stranger.py RECORDING                        check without any secret
    python stranger.py RECORDING KEYFILE OWNER.pem      open; A-law goes to standard output

It reads whole files into memory and favours plainness over speed.
"""

import hashlib
import hmac
import sys
import zlib

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


class Bad(Exception):
    """The file is not a recording that section 6 calls complete or cut."""


def must(condition, text):
    if not condition:
        raise Bad(text)


def number(data):
    return int.from_bytes(data, "big")


# CBOR, as the introduction demands it


def encode(value):
    """RFC 8949 section 4.2.1."""

    def head(major, n):
        if n < 24:
            return bytes([major << 5 | n])
        size = next(s for s in (1, 2, 4, 8) if n < 1 << 8 * s)
        return bytes([major << 5 | 23 + size.bit_length()]) + n.to_bytes(size, "big")

    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if type(value) is int:
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if type(value) is bytes:
        return head(2, len(value)) + value
    if type(value) is str:
        return head(3, len(value.encode())) + value.encode()
    if type(value) is list:
        return head(4, len(value)) + b"".join(map(encode, value))
    must(type(value) is dict, "CBOR: type that is not used")
    return head(5, len(value)) + b"".join(k + v for k, v in sorted((encode(k), encode(v)) for k, v in value.items()))


def decode(data):
    try:
        value = cbor2.loads(data)
        again = encode(value)
    except Bad:
        raise
    except Exception as error:
        raise Bad("CBOR does not decode") from error
    must(again == data, "CBOR is not deterministic")
    return value


# Sections 2 and 3

HEADER = [
    "id", "call", "part", "box", "box_key", "profile", "direction", "purposes", "consent", "notice", "rate", "codec",
    "channels", "line", "first_sample", "envelopes",
]  # fmt: skip
CONSENT = [
    "by", "prompt", "prompt_hash", "prompt_sample", "offer_sample", "decision_sample", "first_sample", "key", "side",
    "level", "twist",
]  # fmt: skip


def is_uint(value):
    return type(value) is int and value >= 0


def is_bytes(value, size):
    return type(value) is bytes and len(value) == size


def has_keys(value, keys):
    return type(value) is dict and set(value) == set(keys)


def read_head(data):
    """(header map, head bytes)."""
    must(len(data) >= 64 and data[:8] == b"P1REC\r\n\x1a", "magic")
    must(number(data[60:64]) == zlib.crc32(data[:60]), "preamble CRC")
    must(number(data[8:10]) == 1, "version")
    must(data[10:12] == bytes(2) and data[52:60] == bytes(8), "reserved bytes")
    header_length, head_length = number(data[44:48]), number(data[48:52])
    must(head_length % 4096 == 0 and 64 + header_length <= head_length <= 65536, "lengths")
    head = data[:head_length]
    must(len(head) == head_length, "head is cut")
    must(not any(head[64 + header_length :]), "padding")
    header = decode(head[64 : 64 + header_length])
    check_header(header)
    must(header["id"] == data[12:28], "id")
    must(max(row["end"] for row in header["purposes"]) == number(data[36:44]), "expires")
    return header, head


def check_header(header):
    must(has_keys(header, HEADER), "header keys")
    must(is_bytes(header["id"], 16) and is_bytes(header["call"], 16), "ids")
    must(is_uint(header["part"]) and header["part"] >= 1, "part")
    must(is_bytes(header["box_key"], 32), "box_key")
    must(header["box"] == hashlib.sha256(header["box_key"]).digest()[:16], "box")
    must(type(header["profile"]) is str and header["direction"] in ("in", "out", "unknown"), "profile, direction")
    must(header["codec"] == "G.711A" and header["channels"] == ["far", "near"], "codec, channels")
    rate = header["rate"]
    must(type(rate) is list and len(rate) == 2 and all(is_uint(n) and n for n in rate), "rate")
    must(is_uint(header["first_sample"]), "first_sample")
    rows = header["envelopes"]
    must(type(rows) is list and rows, "envelopes")
    for row in rows:
        must(has_keys(row, ["key", "sealed"]) and is_bytes(row["key"], 16) and is_bytes(row["sealed"], 80), "envelope")
    check_line(header["line"])
    check_purposes(header["purposes"])
    check_notice(header)
    check_consent(header)


def check_line(line):
    if line is not None:
        must(has_keys(line, ["hash", "tested"]) and is_bytes(line["hash"], 16) and is_uint(line["tested"]), "line")


def check_purposes(rows):
    must(type(rows) is list and rows, "purposes")
    for row in rows:
        must(has_keys(row, ["purpose", "basis", "end"]) and is_uint(row["end"]), "purpose")
        must(row["purpose"] in ("documentation", "training", "threat", "dispute"), "purpose")
        must(row["basis"] in ("consent", "balancing", "legal-obligation", "vital-interest", "authority"), "basis")
    names = [row["purpose"] for row in rows]
    must(names == sorted(set(names)), "purposes are not sorted")


def check_notice(header):
    notice = header["notice"]
    if notice is None:
        must(all(row["purpose"] == "threat" for row in header["purposes"]), "notice")
        return
    must(has_keys(notice, ["prompt", "prompt_hash", "prompt_sample", "samples"]), "notice keys")
    must(type(notice["prompt"]) is str and is_bytes(notice["prompt_hash"], 32), "notice prompt")
    must(is_uint(notice["prompt_sample"]) and is_uint(notice["samples"]), "notice samples")


def check_consent(header):
    consent = header["consent"]
    on_consent = any(row["basis"] == "consent" for row in header["purposes"])
    must((consent is not None) == on_consent, "consent is null exactly where no purpose rests on it")
    if consent is None:
        return
    must(has_keys(consent, CONSENT), "consent keys")
    must(all(is_uint(consent[key]) for key in CONSENT if key.endswith("_sample")), "consent samples")
    must(type(consent["prompt"]) is str and is_bytes(consent["prompt_hash"], 32), "prompt")
    must(type(consent["level"]) is int and type(consent["twist"]) is int and type(consent["key"]) is str, "key")
    must(consent["decision_sample"] >= consent["offer_sample"], "decision before the offer")
    must(consent["first_sample"] > consent["decision_sample"], "recording before the decision")
    if header["part"] == 1:
        must(header["first_sample"] == consent["first_sample"], "first sample of part 1")
    must(header["first_sample"] >= consent["first_sample"], "part before the consent")
    if consent["by"] == "key":
        must(len(consent["key"]) == 1 and consent["side"] == "far", "consent by key")
    else:
        must(consent["by"] == "button", "consent by")
        must((consent["key"], consent["side"], consent["level"], consent["twist"]) == ("", "local", 0, 0), "by button")


# Sections 5 and 6, without a secret


def split(data, head):
    """(records, trailer or None, what stands behind the trailer)."""
    records, at = [], len(head)
    while at + 4096 <= len(data) and data[at] != 0x50:
        records.append(data[at : at + 4096])
        at += 4096
    if at < len(data) and data[at] == 0x50:
        must(at + 512 <= len(data), "trailer is cut")
        return records, data[at : at + 512], data[at + 512 :]
    return records, None, b""


def well_formed(record, index):
    kind, flags, length = record[0], record[1], number(record[2:4])
    return number(record[4:8]) == index and kind in (1, 2, 3) and flags < 2 and length <= 4056 and not (kind == 1 and length % 2)


def check(data):
    """(state, header, head, records, trailer): state is `complete`, `cut` or `unsigned`; raises Bad."""
    header, head = read_head(data)
    records, trailer, stray = split(data, head)
    good = [well_formed(record, index) for index, record in enumerate(records)]
    must(all(good[:-1]), "a record is not well-formed")
    final = [index for index, record in enumerate(records) if good[index] and record[1] & 1]
    must(final in ([], [len(records) - 1]), "a record follows the final one")
    if trailer is None:
        must(not final, "the trailer is missing")
        return "unsigned", header, head, records, None
    kind = trailer[10]
    must(trailer[:8] == b"P1END\r\n\x1a" and number(trailer[508:]) == zlib.crc32(trailer[:508]), "trailer magic or CRC")
    must(trailer[8:10] == b"\0\x01" and kind < 2 and trailer[11] == 0 and not any(trailer[200:508]), "trailer version")
    must(len(stray) < (512 + 4096 if kind else 1), "bytes after the trailer")
    must(number(trailer[12:16]) == len(records), "number of records")
    must(number(trailer[16:24]) == sum(number(r[2:4]) // 2 for r in records if r[0] == 1), "audio_samples")
    must(trailer[40:72] == hashlib.sha256(head).digest(), "head_hash")
    must(trailer[72:104] == hashlib.sha256(b"".join(records)).digest(), "records_hash")
    if kind == 1:
        must(trailer[24:32] == bytes(8) and trailer[104:136] == bytes(32), "totals that cannot be known")
    else:
        must(all(good) and final, "no final record")
    try:
        signed = b"press1/v1/recording\0" + trailer[:136]
        Ed25519PublicKey.from_public_bytes(header["box_key"]).verify(trailer[136:200], signed)
    except (InvalidSignature, ValueError):
        raise Bad("signature") from None
    return "cut" if kind else "complete", header, head, records, trailer


# Opening


def derive(head, secret, label):
    prk = hmac.digest(hashlib.sha256(head).digest(), secret, "sha256")
    return HKDFExpand(hashes.SHA256(), 32, label).derive(prk)


def open_recording(data, file_secret, slot_secret):
    """(state, header, [(type, payload)]); raises Bad."""
    state, header, head, records, trailer = check(data)
    enc_key = derive(head, file_secret + slot_secret, b"press1/v1/content/enc")
    mac_key = derive(head, file_secret + slot_secret, b"press1/v1/content/mac")
    payloads = []
    for index, record in enumerate(records):
        if not hmac.compare_digest(hmac.digest(mac_key, record[:4064], "sha256"), record[4064:]):
            must(state != "complete" and index == len(records) - 1, f"tag of record {index}")
            break  # torn
        must(well_formed(record, index), f"record {index}")
        cipher = Cipher(AES256(enc_key), CTR(bytes(8) + index.to_bytes(4, "big") + bytes(4))).decryptor()
        payloads.append((record[0], cipher.update(record[8:4064])[: number(record[2:4])]))
    gap_samples = sum(read_gap(payload) for kind, payload in payloads if kind == 2)
    for kind, payload in payloads:
        if kind == 3:
            event = decode(payload)
            must(type(event) is dict and type(event.get("event")) is str and is_uint(event.get("sample")), "event")
    if state == "complete":
        must(number(trailer[24:32]) == gap_samples, "gap_samples")
        must(trailer[104:136] == hashlib.sha256(sound(payloads)).digest(), "plain_hash")
    return state, header, payloads


def read_gap(payload):
    gap = decode(payload)
    must(has_keys(gap, ["samples", "reason"]) and is_uint(gap["samples"]) and type(gap["reason"]) is str, "gap")
    return gap["samples"]


def sound(payloads):
    """All A-law bytes of a part, far and near interleaved."""
    return b"".join(payload for kind, payload in payloads if kind == 1)


def unwrap(private, rows, info):
    """Sections 4 and 8: what the envelope to this X25519 private key holds."""
    key = hashlib.sha256(private.public_key().public_bytes_raw()).digest()[:16]
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    for row in rows:
        if row["key"] == key:
            try:
                return suite.decrypt(row["sealed"], private, info=info)
            except InvalidTag:
                raise Bad("envelope") from None
    raise Bad("no envelope to this key")


def open_with_keys(data, key_file, private):
    """As `open_recording`, from the bytes of `<id>.key` and the owner's private key."""
    keys = decode(key_file)
    must(has_keys(keys, ["format", "version", "id", "box", "envelopes"]), "key file")
    must(keys["format"] == "press1/key" and keys["version"] == 1, "key file")
    header, _ = read_head(data)
    must((keys["id"], keys["box"]) == (header["id"], header["box"]), "key file of another recording")
    context = header["box"] + header["id"]
    file_secret = unwrap(private, header["envelopes"], b"press1/v1/owner" + context)
    slot_secret = unwrap(private, keys["envelopes"], b"press1/v1/slot" + context)
    return open_recording(data, file_secret, slot_secret)


def main(arguments):
    with open(arguments[0], "rb") as file:
        data = file.read()
    if len(arguments) == 1:
        print(check(data)[0])
        return
    with open(arguments[1], "rb") as file:
        key_file = file.read()
    with open(arguments[2], "rb") as file:
        private = serialization.load_pem_private_key(file.read(), None)
    state, _, payloads = open_with_keys(data, key_file, private)
    print(state, file=sys.stderr)
    sys.stdout.buffer.write(sound(payloads))


if __name__ == "__main__":
    main(sys.argv[1:])
