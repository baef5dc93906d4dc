"""Ids that must never come back: an append-only file beside the keys, outside database and backups. Written before a key is destroyed.

A record is id (16 bytes), box (16), time (8), reason (1), zeros (19), CRC-32 (4), big-endian; a torn last one never counted.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

_RECORD = struct.Struct(">16s16sQB19sI")
REASONS = ("expired", "withdrawn", "stopped", "erased", "unused")


@dataclass(frozen=True)
class Tombstone:
    """The decision to destroy a recording: ids as hex, the time, and one of REASONS."""

    id: str
    box: str
    time: int
    reason: str


class Tombstones:
    """The file; `stones` by id."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.stones: dict[str, Tombstone] = {}
        data = path.read_bytes() if path.exists() else b""
        for at in range(0, len(data) - _RECORD.size + 1, _RECORD.size):
            self._read(data[at : at + _RECORD.size])

    def _read(self, raw: bytes) -> None:
        ident, box, time, reason, _, crc = _RECORD.unpack(raw)
        if crc == zlib.crc32(raw[:-4]) and reason < len(REASONS):
            self.stones[ident.hex()] = Tombstone(ident.hex(), box.hex(), time, REASONS[reason])

    def add(self, ident: str, box: str, time: int, reason: str) -> Tombstone:
        """Append, and wait for the disk; the first decision stands."""
        if ident in self.stones:
            return self.stones[ident]
        raw = _RECORD.pack(bytes.fromhex(ident), bytes.fromhex(box), time, REASONS.index(reason), b"", 0)[:-4]
        with open(self._path, "ab") as file:
            torn = file.tell() % _RECORD.size
            file.write((bytes(_RECORD.size - torn) if torn else b"") + raw + zlib.crc32(raw).to_bytes(4, "big"))
            file.flush()
            os.fsync(file.fileno())
        self._read(raw + zlib.crc32(raw).to_bytes(4, "big"))
        return self.stones[ident]
