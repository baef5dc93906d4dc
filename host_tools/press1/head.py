"""Head of a sealed recording: preamble and header (docs/format.md, sections 2 and 3), parsed and checked."""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO

from press1 import cbor
from press1.errors import Damaged

UNIT = 4096
PREAMBLE_MAGIC = b"P1REC\r\n\x1a"
PREAMBLE = struct.Struct(">8sHH16sQQII8sI")
MAX_HEAD = 65_536
PURPOSES = ("dispute", "documentation", "threat", "training")
BASES = ("authority", "balancing", "consent", "legal-obligation", "vital-interest")
DIRECTIONS = ("in", "out", "unknown")


@dataclass(frozen=True)
class Purpose:
    """What a recording may be used for, on which basis, until when (time)."""

    purpose: str
    basis: str
    end: int


@dataclass(frozen=True)
class Consent:
    """Evidence of the consent; samples count from off-hook."""

    by: str
    prompt: str
    prompt_hash: bytes
    prompt_sample: int
    offer_sample: int
    decision_sample: int
    first_sample: int
    key: str
    side: str
    level: int
    twist: int


@dataclass(frozen=True)
class Notice:
    """The prompt that was heard, and how much of it."""

    prompt: str
    prompt_hash: bytes
    prompt_sample: int
    samples: int


@dataclass(frozen=True)
class Line:
    """The line test that told the channels apart: the hash of its profile, and when it was run (time)."""

    hash: bytes
    tested: int


@dataclass(frozen=True)
class Envelope:
    """`file_secret`, sealed to one recipient."""

    key: bytes
    sealed: bytes


@dataclass(frozen=True)
class Head:
    """Preamble and header of one part; `raw` is all of it as stored."""

    raw: bytes
    id: bytes
    created: int
    expires: int
    call: bytes
    part: int
    box: bytes
    box_key: bytes
    profile: str
    direction: str
    purposes: tuple[Purpose, ...]
    consent: Consent | None
    notice: Notice | None
    rate: tuple[int, int]
    line: Line | None
    first_sample: int
    envelopes: tuple[Envelope, ...]

    @property
    def length(self) -> int:
        """Bytes before the first record."""
        return len(self.raw)

    @property
    def hash(self) -> bytes:
        """SHA-256 of preamble, header and padding."""
        return hashlib.sha256(self.raw).digest()


def _need(good: bool, text: str) -> None:
    if not good:
        raise Damaged(text)


class _Map:
    """A CBOR map whose keys must all be known, present and of their type."""

    def __init__(self, value: Any, name: str, keys: tuple[str, ...]) -> None:
        _need(type(value) is dict, f"{name} is no map")
        _need(set(value) == set(keys), f"{name} has missing or unknown keys")
        self._value = value
        self._name = name

    def any(self, key: str) -> Any:
        return self._value[key]

    def uint(self, key: str) -> int:
        value = self._value[key]
        _need(type(value) is int and value >= 0, f"{self._name}.{key} is no unsigned number")
        return value

    def integer(self, key: str) -> int:
        value = self._value[key]
        _need(type(value) is int, f"{self._name}.{key} is no number")
        return value

    def text(self, key: str, choice: tuple[str, ...] = ()) -> str:
        value = self._value[key]
        _need(type(value) is str, f"{self._name}.{key} is no text")
        _need(not choice or value in choice, f"{self._name}.{key} is none of the values of version 1")
        return value

    def octets(self, key: str, length: int) -> bytes:
        value = self._value[key]
        _need(type(value) is bytes and len(value) == length, f"{self._name}.{key} is not {length} bytes")
        return value

    def array(self, key: str) -> list[Any]:
        value = self._value[key]
        _need(type(value) is list and len(value) > 0, f"{self._name}.{key} is no list, or an empty one")
        return value


_HEADER = (
    "id", "call", "part", "box", "box_key", "profile", "direction", "purposes", "consent", "notice", "rate", "codec",
    "channels", "line", "first_sample", "envelopes",
)  # fmt: skip
_CONSENT = tuple(Consent.__dataclass_fields__)


def read_head(file: BinaryIO) -> Head:
    """Head of the file, read from its beginning; Damaged unless it is one of version 1, in every detail."""
    first = file.read(PREAMBLE.size)
    _need(len(first) == PREAMBLE.size, "too short for a recording")
    magic, version, zero, ident, created, expires, header_length, head_length, zeros, crc = PREAMBLE.unpack(first)
    _need(magic == PREAMBLE_MAGIC, "no Press1 recording (wrong magic)")
    _need(crc == zlib.crc32(first[:-4]), "preamble checksum is wrong")
    _need(version == 1, f"recording of version {version}: this program reads version 1")
    _need(zero == 0 and not any(zeros), "reserved bytes of the preamble are in use")
    fits = PREAMBLE.size + header_length <= head_length <= MAX_HEAD and head_length % UNIT == 0 and head_length > 0
    _need(fits, "lengths in the preamble make no sense")
    raw = first + file.read(head_length - PREAMBLE.size)
    _need(len(raw) == head_length, "recording ends inside its head")
    end = PREAMBLE.size + header_length
    _need(not any(raw[end:]), "padding behind the header is not zero")
    return _header(raw, raw[PREAMBLE.size : end], ident, created, expires)


def _header(raw: bytes, body: bytes, ident: bytes, created: int, expires: int) -> Head:
    fields = _Map(cbor.loads(body), "header", _HEADER)
    _need(fields.octets("id", 16) == ident, "header and preamble name different recordings")
    box_key = fields.octets("box_key", 32)
    _need(fields.octets("box", 16) == hashlib.sha256(box_key).digest()[:16], "box id does not belong to the box key")
    _need(fields.text("codec") == "G.711A", "codec is not G.711 A-law")
    _need(fields.any("channels") == ["far", "near"], "channels are not far, near")
    purposes = _purposes(fields)
    _need(expires == max(p.end for p in purposes), "preamble and purposes end at different times")
    head = Head(
        raw=raw,
        id=ident,
        created=created,
        expires=expires,
        call=fields.octets("call", 16),
        part=fields.uint("part"),
        box=fields.octets("box", 16),
        box_key=box_key,
        profile=fields.text("profile"),
        direction=fields.text("direction", DIRECTIONS),
        purposes=purposes,
        consent=_consent(fields.any("consent")),
        notice=_notice(fields.any("notice")),
        rate=_rate(fields),
        line=_line(fields.any("line")),
        first_sample=fields.uint("first_sample"),
        envelopes=_envelopes(fields),
    )
    _check_consent(head)
    return head


def _purposes(fields: _Map) -> tuple[Purpose, ...]:
    out = []
    for value in fields.array("purposes"):
        row = _Map(value, "purpose", ("purpose", "basis", "end"))
        out.append(Purpose(row.text("purpose", PURPOSES), row.text("basis", BASES), row.uint("end")))
    names = [row.purpose for row in out]
    _need(all(a < b for a, b in pairwise(names)), "purposes are not sorted")
    return tuple(out)


def _rate(fields: _Map) -> tuple[int, int]:
    rate = fields.array("rate")
    _need(len(rate) == 2 and all(type(number) is int and number > 0 for number in rate), "sample rate is no fraction")
    return rate[0], rate[1]


def _envelopes(fields: _Map) -> tuple[Envelope, ...]:
    rows = [_Map(value, "envelope", ("key", "sealed")) for value in fields.array("envelopes")]
    return tuple(Envelope(row.octets("key", 16), row.octets("sealed", 80)) for row in rows)


def _consent(value: Any) -> Consent | None:
    if value is None:
        return None
    row = _Map(value, "consent", _CONSENT)
    numbers = {name: row.uint(name) for name in _CONSENT if name.endswith("_sample")}
    return Consent(
        by=row.text("by", ("key", "button")),
        prompt=row.text("prompt"),
        prompt_hash=row.octets("prompt_hash", 32),
        key=row.text("key"),
        side=row.text("side", ("far", "local")),
        level=row.integer("level"),
        twist=row.integer("twist"),
        **numbers,
    )


def _notice(value: Any) -> Notice | None:
    if value is None:
        return None
    row = _Map(value, "notice", tuple(Notice.__dataclass_fields__))
    return Notice(row.text("prompt"), row.octets("prompt_hash", 32), row.uint("prompt_sample"), row.uint("samples"))


def _line(value: Any) -> Line | None:
    if value is None:
        return None
    row = _Map(value, "line", ("hash", "tested"))
    return Line(row.octets("hash", 16), row.uint("tested"))


def _check_consent(head: Head) -> None:
    """The MUSTs of section 3 that stand between fields."""
    _need(head.part >= 1, "part numbers begin at 1")
    unheard = head.notice is None and any(row.purpose != "threat" for row in head.purposes)
    _need(not unheard, "nothing says which prompt was heard")
    consent = head.consent
    needed = any(row.basis == "consent" for row in head.purposes)
    _need((consent is not None) == needed, "consent evidence and purposes do not go together")
    if consent is None:
        return
    _need(consent.decision_sample >= consent.offer_sample, "consent was given before the key offer")
    _need(consent.first_sample > consent.decision_sample, "recording begins before the consent")
    if head.part == 1:
        _need(head.first_sample == consent.first_sample, "part 1 does not begin where the evidence says")
    _need(head.first_sample >= consent.first_sample, "a part begins before the consent")
    if consent.by == "key":
        _need(consent.side == "far" and len(consent.key) == 1, "consent by key without the caller's key")
    else:
        _need((consent.side, consent.key, consent.level, consent.twist) == ("local", "", 0, 0), "button evidence names a key")
