"""One key slot: 64 bytes in NOR flash, whose states each clear one bit in place (table in docs/memory.md)."""

from binascii import crc32

import micropython
from micropython import const

ID = const(0)  # 16 bytes
SECRET = const(16)  # 32 bytes
SECRET_CHECK = const(48)  # CRC-32 of bytes 0 to 47; zeroed with the secret
EXPIRY = const(52)  # 4 bytes, seconds
FILED = const(56)  # 2 bytes, days: the folder the file stands in (its first expiry)
PURPOSES = const(58)
FLAGS = const(59)  # bit 7 signed, bit 6 pulled (cleared: yes); low nibble: why it was erased, F: it was not
CHECK = const(60)  # 3 bytes over id, expiry, filed and purposes
STATE = const(63)
KEY_BYTES = const(36)  # secret and its check: what zeroing programs

# State bits, cleared in place.
PREPARED = const(0x01)
LIVE = const(0x02)
ERASING = const(0x04)
ZEROED = const(0x08)
UNLINKED = const(0x10)
RECEIPTED = const(0x20)
UNLINKING = const(0x40)  # the file was found and is being removed
MOVED = const(0x80)  # superseded by a changed copy

# Flag bits, cleared in place.
SIGNED = const(0x80)
PULLED = const(0x40)
REASON = const(0x0F)

REASONS = ("", "expired", "withdrawn", "stopped", "erased", "unused", "moved")
_DAY_S = const(86400)


@micropython.viper
def live_check(unit: ptr8) -> int:
    """Low 24 bits of FNV-1a over id, expiry, filed and purposes: prime and start value reduced modulo 2^24."""
    h = 0x1C9DC5
    i = 0
    while i < 59:
        if i == 16:
            i = 52  # the secret is not part of it: it is gone when the check is still needed
        h = (h ^ unit[i]) * 0x193
        i += 1
    return h & 0xFFFFFF


def terms(expiry, filed, purposes):
    """Bytes 52 to 58."""
    return expiry.to_bytes(4, "big") + filed.to_bytes(2, "big") + bytes((purposes,))


def build(id16, secret, terms_=None, flags=0xFF):
    """A whole unit, prepared; with `terms_` (of `terms`) it carries them and the flags too, ready to go live."""
    unit = bytearray(b"\xff" * 64)
    unit[ID:SECRET] = id16
    unit[SECRET:SECRET_CHECK] = secret
    unit[SECRET_CHECK:EXPIRY] = crc32(unit[:SECRET_CHECK]).to_bytes(4, "big")
    if terms_:
        unit[EXPIRY:FLAGS] = terms_
        unit[FLAGS] = flags
        unit[CHECK:STATE] = live_check(unit).to_bytes(3, "big")
    unit[STATE] = 0xFF & ~PREPARED
    return unit


class Slot:
    """A slot's fields, parsed from `unit` (64 bytes); `number` counts units from the start of the partition.

    `state`: unused prepared live moved erasing zeroed unlinked receipted; `filed` is a day (seconds // 86400);
    `finished`: nothing is left to do.
    """

    def __init__(self, number, unit):
        self.number = number
        self.id = bytes(unit[ID:SECRET])
        self.expiry = int.from_bytes(unit[EXPIRY:FILED], "big")
        self.filed = int.from_bytes(unit[FILED:PURPOSES], "big")
        self.purposes = unit[PURPOSES]
        self.flags = unit[FLAGS]
        code = self.flags & REASON
        self.reason = REASONS[code] if code < len(REASONS) else ""
        bits = unit[STATE]
        self.bits = bits
        self.state = _state(bits)
        self.signed = not self.flags & SIGNED
        self.pulled = not self.flags & PULLED
        self.was_live = not bits & LIVE
        self.unlinking = not bits & UNLINKING
        self.unlinked = not bits & UNLINKED
        self.receipted = not bits & RECEIPTED
        self.finished = not bits & (ZEROED | UNLINKED | RECEIPTED)
        self.good = live_check(unit) == int.from_bytes(unit[CHECK:STATE], "big")

    @property
    def filed_time(self):
        """Any time on the day whose folder holds the file."""
        return self.filed * _DAY_S


_NAMES = (
    (RECEIPTED, "receipted"),
    (UNLINKED, "unlinked"),
    (ZEROED, "zeroed"),
    (ERASING, "erasing"),
    (MOVED, "moved"),
    (LIVE, "live"),
    (PREPARED, "prepared"),
)


def _state(bits):
    for bit, name in _NAMES:
        if not bits & bit:
            return name
    return "unused"
