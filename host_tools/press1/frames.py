"""Frames of docs/protocol.md, section 1: COBS around body and CRC-32. No I/O."""

import zlib

from press1.errors import Press1Error

LIMIT = 4608  # bytes of a body
HEAD = 5  # kind and counter
_CRC = 4
_RUN = 254  # bytes of a full COBS group


def _groups(data: bytes) -> list[bytes]:
    """Runs without zeros, at most 254 bytes each, each with its code."""
    out = []
    runs = data.split(b"\x00")
    for run in runs[:-1]:
        while len(run) >= _RUN:
            out.append(b"\xff" + run[:_RUN])
            run = run[_RUN:]
        out.append(bytes([len(run) + 1]) + run)
    last = runs[-1]
    while len(last) > _RUN:
        out.append(b"\xff" + last[:_RUN])
        last = last[_RUN:]
    out.append(bytes([len(last) + 1]) + last)
    return out


def cobs(data: bytes) -> bytes:
    """Consistent overhead byte stuffing, without the closing zero."""
    return b"".join(_groups(data))


def uncobs(data: bytes) -> bytes | None:
    """What was stuffed, or None for bytes that no encoder writes."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        end = at + code
        if code == 0 or end > len(data):
            return None
        out += data[at + 1 : end]
        at = end
        if code < 255 and at < len(data):
            out.append(0)
    return bytes(out)


def encode(body: bytes) -> bytes:
    """The frame of a body, closing zero included."""
    if len(body) > LIMIT:
        raise Press1Error("message too long for a frame")
    return cobs(body + zlib.crc32(body).to_bytes(_CRC, "big")) + b"\x00"


def decode(coded: bytes) -> bytes | None:
    """The body of a frame without its closing zero; None when it is no frame."""
    data = uncobs(coded)
    if data is None or not HEAD + _CRC <= len(data) <= LIMIT + _CRC:
        return None
    body, crc = data[:-_CRC], data[-_CRC:]
    return body if zlib.crc32(body).to_bytes(_CRC, "big") == crc else None


class Receiver:
    """Bytes in, bodies out; `dropped` counts what was no frame. Memory stays bounded whatever arrives."""

    _KEEP = 2 * LIMIT

    def __init__(self) -> None:
        self.dropped = 0
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that end in `data`."""
        self._rest += data
        *coded, rest = self._rest.split(b"\x00")
        self._rest = rest[: self._KEEP]
        bodies = [decode(bytes(piece)) for piece in coded if piece]
        self.dropped += bodies.count(None)
        return [body for body in bodies if body is not None]
