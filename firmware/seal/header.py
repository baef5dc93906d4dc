"""The head of a sealed file (docs/format.md, sections 2 and 3): preamble, CBOR header, padding to whole units."""

import hashlib

from micropython import const

from core import cbor
from store import preamble

UNIT = const(4096)
_PREAMBLE = const(64)


def box_id(box_key):
    """First 16 bytes of SHA-256 of the Ed25519 public key."""
    return hashlib.sha256(box_key).digest()[:16]


def line(profile):
    """`line`: what was tested of the channels, and when. None without a line profile."""
    if profile is None:
        return None
    return {"hash": hashlib.sha256(cbor.encode(profile)).digest()[:16], "tested": profile["tested"]}


def expires(purposes):
    """The latest end of the call's purposes."""
    return max(row["end"] for row in purposes)


def fields(made, call, part, first_sample, box_key, rate):
    """The header map.

    `made`: EnvelopeSet; `call`: map of call, direction, profile, purposes, consent, notice, line; `rate`: (numerator, denominator).
    """
    return {
        "id": made.id,
        "call": call["call"],
        "part": part,
        "box": box_id(box_key),
        "box_key": box_key,
        "profile": call["profile"],
        "direction": call["direction"],
        "purposes": call["purposes"],
        "consent": call["consent"],
        "notice": call["notice"],
        "rate": list(rate),
        "codec": "G.711A",
        "channels": ["far", "near"],
        "line": call["line"],
        "first_sample": first_sample,
        "envelopes": made.envelopes,
    }


def build(header, created, end):
    """`head` as a bytearray of whole units."""
    body = cbor.encode(header)
    size = (_PREAMBLE + len(body) + UNIT - 1) // UNIT * UNIT
    head = bytearray(size)
    head[:_PREAMBLE] = preamble.build(header["id"], created, end, len(body), size)
    head[_PREAMBLE : _PREAMBLE + len(body)] = body
    return head
