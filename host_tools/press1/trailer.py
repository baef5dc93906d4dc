"""Trailer of a sealed recording (docs/format.md, section 6): parsed, and its signature checked, without any secret."""

import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from press1.errors import Damaged
from press1.head import UNIT

TRAILER = struct.Struct(">8sHBBIQQQ32s32s32s64s308sI")
MAGIC = b"P1END\r\n\x1a"
CLOSED, FOUND = 0, 1
SIGNED_BYTES = 136
SIGNATURE_DOMAIN = b"press1/v1/recording\x00"
MAX_STRAY = TRAILER.size + UNIT  # behind a trailer that was signed as found


@dataclass(frozen=True)
class Trailer:
    """Totals and signature of a part (section 6)."""

    kind: int
    records: int
    audio_samples: int
    gap_samples: int
    closed: int
    head_hash: bytes
    records_hash: bytes
    plain_hash: bytes
    signature: bytes


def read_trailer(unit: bytes, file: BinaryIO) -> Trailer:
    """The trailer at the beginning of `unit`, and whether what follows it may follow it."""
    if len(unit) < TRAILER.size:
        raise Damaged("recording ends inside its trailer")
    raw = unit[: TRAILER.size]
    magic, version, kind, zero, *fields, zeros, crc = TRAILER.unpack(raw)
    if magic != MAGIC:
        raise Damaged("neither a record nor a trailer: bytes are altered or missing")
    if crc != zlib.crc32(raw[:-4]):
        raise Damaged("trailer checksum is wrong")
    if version != 1 or kind not in (CLOSED, FOUND) or zero or any(zeros):
        raise Damaged("trailer of an unknown version or kind")
    stray = len(unit) - TRAILER.size
    if stray or kind == FOUND:
        stray += len(file.read(MAX_STRAY))
    elif file.read(1):
        stray = 1
    if stray >= MAX_STRAY or (kind == CLOSED and stray):
        raise Damaged("bytes follow the trailer")
    return Trailer(kind, *fields)


def check_signature(trailer: Trailer, box_key: bytes) -> None:
    """Raises Damaged unless the box that owns the Ed25519 key signed the totals."""
    signed = TRAILER.pack(
        MAGIC, 1, trailer.kind, 0, trailer.records, trailer.audio_samples, trailer.gap_samples, trailer.closed,
        trailer.head_hash, trailer.records_hash, trailer.plain_hash, trailer.signature, b"", 0,
    )[:SIGNED_BYTES]  # fmt: skip
    try:
        Ed25519PublicKey.from_public_bytes(box_key).verify(trailer.signature, SIGNATURE_DOMAIN + signed)
    except (InvalidSignature, ValueError):
        raise Damaged("the signature is not the box's") from None
