"""The cases of tests/vectors/p1r: each a recording and what a reader must say of it (README.md names the fields)."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from writer import AUDIO, DEPUTY, END, EVENT, FIRST, GAP, OWNER, Recording, audio, consent, dumps, end, line, notice, secret

MULTI: list[tuple[int, bytes]] = [
    (AUDIO, audio(2028)),
    (AUDIO, audio(700, 2)),
    (GAP, dumps({"samples": 4800, "reason": "lost"})),
    (AUDIO, audio(80, 3)),
    (EVENT, dumps({"event": "something-of-tomorrow", "sample": FIRST + 9, "more": [1, None, True, "x", b"y", -7, {"z": 2**40}]})),
    end("mark", FIRST + 2728 + 4800 + 80),
]


class Case:
    """A recording, and what a reader must say of it."""

    def __init__(
        self, name: str, about: str, verify: str, opened: str | None = None, records: Any = None, **options: Any
    ) -> None:
        self.name = name
        self.recording = Recording(name, records, **options)
        self.expected: dict[str, Any] = {"about": about, "verify": verify}
        self.expected["open"] = opened or ("cut" if verify == "unsigned" else verify)
        self.set_plain(self.recording.plain)

    def set_plain(self, sound: bytes) -> None:
        """A-law that the reader gets; nothing for a recording that must be refused."""
        good = self.expected["open"] != "damaged"
        self.expected["plain_sha256"] = hashlib.sha256(sound).hexdigest() if good else None

    def change(self, **fields: Any) -> "Case":
        """Set attributes of the recording."""
        for name, value in fields.items():
            assert hasattr(self.recording, name), name
            setattr(self.recording, name, value)
        return self

    def header(self, **fields: Any) -> "Case":
        """Set header fields."""
        self.recording.header.update(fields)
        return self


def _swap(units: list[bytes]) -> list[bytes]:
    return [units[1], units[0], *units[2:]]


def _flip(index: int, offset: int) -> Callable[[list[bytes]], list[bytes]]:
    """One bit of a record changes after it was sealed, before everything is signed: the box signs what it finds."""

    def flip(units: list[bytes]) -> list[bytes]:
        unit = bytearray(units[index])
        unit[offset] ^= 4
        units[index] = bytes(unit)
        return units

    return flip


def good() -> Iterator[Case]:
    yield Case("complete_small", "one audio record, the final record, a signature", "complete")
    yield Case("complete_records", "all record types, an event of a later version", "complete", records=MULTI)
    yield Case("complete_silent", "nothing but the final record", "complete", records=[end("stopped", FIRST)])
    yield Case("complete_recipients", "two recipients", "complete", owners=(OWNER, DEPUTY))
    case = Case("complete_no_consent", "a basis without consent has no evidence", "complete")
    rows = [
        {"purpose": "documentation", "basis": "balancing", "end": END - 5},
        {"purpose": "threat", "basis": "vital-interest", "end": END},
    ]
    yield case.header(consent=None, purposes=rows, direction="out", first_sample=0)
    case = Case("complete_threat", "a threat recorded before any prompt was heard", "complete")
    rows = [{"purpose": "threat", "basis": "vital-interest", "end": END}]
    yield case.header(consent=None, notice=None, purposes=rows, first_sample=160)
    case = Case("complete_button", "spoken yes, attested by button", "complete")
    yield case.header(consent=consent(by="button", key="", side="local", level=0, twist=0))
    yield Case("complete_no_line_test", "nobody has tested the phone's line", "complete").header(line=None)
    case = Case("complete_part_2", "a later part, at a fractional rate", "complete")
    yield case.header(part=2, first_sample=FIRST + 7_200_000, rate=[15625, 2])
    case = Case("complete_large_head", "a header of more than one unit", "complete", owners=(OWNER, DEPUTY))
    more = [{"key": secret(f"k{i}")[:16], "sealed": secret(f"s{i}") * 2 + bytes(16)} for i in range(40)]
    yield case.header(envelopes=case.recording.header["envelopes"] + more)
    yield Case("cut_found", "signed as found: no final record", "cut", records=MULTI[:3]).change(kind=1, final=None)
    yield Case("cut_found_final", "power lost between the final record and the signature", "cut").change(kind=1)
    yield Case("cut_found_empty", "found with no record at all", "cut", records=[]).change(kind=1, final=None)
    stray = Case("cut_found_stray", "stray bytes behind a trailer that was written over a torn record", "cut", records=MULTI[:2])
    yield stray.change(kind=1, final=None, whole=lambda data: data + b"\xee" * 4607)
    torn = Case("cut_found_torn", "the last record is torn: its tag is wrong, it is left out", "cut", records=MULTI[:2])
    torn.change(kind=1, final=None, units=_flip(1, 2000))
    torn.set_plain(MULTI[0][1])
    yield torn
    torn = Case(
        "cut_found_torn_header", "the last record is torn: its header is rubbish, it is left out", "cut", records=MULTI[:2]
    )
    torn.change(kind=1, final=None, units=lambda units: [units[0], b"\x77" * 4096])
    torn.set_plain(MULTI[0][1])
    yield torn
    yield Case("unsigned", "no trailer: taken off a card before the box had booted again", "unsigned", records=MULTI[:2]).change(
        trailer=False, final=None
    )
    case = Case("unsigned_tail", "no trailer, and a tail shorter than a record", "unsigned", records=MULTI[:2])
    yield case.change(trailer=False, final=None, whole=lambda data: data + b"\x01" * 4095)


def bad_preamble() -> Iterator[Case]:
    yield Case("preamble_magic", "another magic", "damaged").change(preamble={0: b"P2"})
    yield Case("preamble_version", "version 2", "damaged").change(preamble={8: b"\0\2"})
    yield Case("preamble_reserved_10", "reserved bytes in use", "damaged").change(preamble={10: b"\0\1"})
    yield Case("preamble_reserved_52", "reserved bytes in use", "damaged").change(preamble={59: b"\1"})
    yield Case("preamble_crc", "wrong CRC", "damaged").change(whole=lambda data: data[:60] + bytes(4) + data[64:])
    yield Case("preamble_erased", "the preamble was overwritten: the recording was erased", "damaged").change(
        whole=lambda data: bytes(64) + data[64:]
    )
    yield Case("preamble_header_length", "the header is longer than the head", "damaged").change(header_length=4033)
    yield Case("preamble_head_length", "a head that is no multiple of 4,096", "damaged").change(head_length=4100)
    yield Case("preamble_head_too_long", "a head of more than 65,536 bytes", "damaged").change(head_length=69632)
    yield Case("preamble_expires", "expires and the latest end differ", "damaged").change(expires=END + 1)
    yield Case("padding_not_zero", "padding that is not zero, authenticated and signed", "damaged").change(padding=b"\x01")


def bad_header() -> Iterator[Case]:
    yield Case("header_id", "header and preamble name different recordings", "damaged").header(id=bytes(16))
    yield Case("header_box", "the box id is not that of the box key", "damaged").header(box=bytes(16))
    yield Case("header_unknown_key", "an unknown key", "damaged").header(more=1)
    missing = Case("header_missing_key", "a missing key", "damaged")
    del missing.recording.header["profile"]
    yield missing
    yield Case("header_codec", "another codec", "damaged").header(codec="G.711U")
    yield Case("header_channels", "channels in another order", "damaged").header(channels=["near", "far"])
    yield Case("header_line_hash", "a hash of another length", "damaged").header(line=line(hash=bytes(32)))
    yield Case("header_line_tested", "a negative time", "damaged").header(line=line(tested=-1))
    yield Case("header_line_more", "an unknown key", "damaged").header(line=line(phone="x"))
    yield Case("header_rate", "a rate that is no fraction", "damaged").header(rate=[8000, 0])
    yield Case("header_part", "part 0", "damaged").header(part=0)
    yield Case("header_direction", "an unknown direction", "damaged").header(direction="sideways")
    yield Case("header_no_envelope", "no envelope", "damaged").header(envelopes=[])
    yield Case("header_envelope_short", "a short envelope", "damaged").header(envelopes=[{"key": bytes(16), "sealed": bytes(79)}])
    row = {"purpose": "training", "basis": "consent", "end": END}
    yield Case("purposes_none", "no purpose", "damaged").header(purposes=[])
    yield Case("purposes_unsorted", "purposes out of order", "damaged").header(
        purposes=[row, {**row, "purpose": "documentation"}]
    )
    yield Case("purposes_twice", "a purpose twice", "damaged").header(purposes=[row, row])
    yield Case("purposes_unknown", "an unknown purpose", "damaged").header(purposes=[{**row, "purpose": "fun"}])
    yield Case("purposes_basis", "an unknown basis", "damaged").header(purposes=[{**row, "basis": "because"}])
    cbor = {
        "unsorted": lambda header: _reversed_map(header),
        "long_integer": lambda header: dumps(header).replace(b"\x64part\x01", b"\x64part\x18\x01"),
        "float": lambda header: dumps({**header, "part": 1.0}),
        "indefinite": lambda header: b"\xbf" + dumps(header)[1:] + b"\xff",
        "twice": lambda header: bytes([dumps(header)[0] + 1]) + dumps({"part": 1})[1:] + dumps(header)[1:],
        "tag": lambda header: b"\xd9\xd9\xf7" + dumps(header),
        "tail": lambda header: dumps(header) + b"\x00",
        "cut": lambda header: dumps(header)[:-1],
    }
    for name, encode in cbor.items():
        yield Case("cbor_" + name, f"CBOR that is not deterministic: {name.replace('_', ' ')}", "damaged").change(encode=encode)


def _reversed_map(header: dict[str, Any]) -> bytes:
    rows = [dumps(key) + dumps(value) for key, value in header.items()]
    return bytes([0xA0 + len(rows)]) + b"".join(sorted(rows, reverse=True))


def bad_consent() -> Iterator[Case]:
    yield Case("consent_before_offer", "decided before the key offer had been spoken", "damaged").header(
        consent=consent(decision_sample=89_999)
    )
    yield Case("consent_after_first", "stored from before the decision", "damaged").header(consent=consent(decision_sample=FIRST))
    yield Case("consent_first_differs", "part 1 begins elsewhere than the evidence says", "damaged").header(
        first_sample=FIRST + 1
    )
    yield Case("consent_later_part_before", "part 2 begins before the consent", "damaged").header(part=2, first_sample=FIRST - 1)
    yield Case("consent_missing", "basis consent without evidence", "damaged").header(consent=None)
    rows = [{"purpose": "documentation", "basis": "authority", "end": END}]
    yield Case("consent_unneeded", "evidence where no purpose rests on consent", "damaged").header(purposes=rows)
    case = Case("notice_missing", "announced, but nothing says with which prompt", "damaged")
    yield case.header(consent=None, notice=None, purposes=rows)
    case = Case("notice_negative", "a negative number of samples was heard", "damaged")
    yield case.header(notice=notice(samples=-1))
    yield Case("consent_local_key", "a key pressed on the employee's side", "damaged").header(consent=consent(side="local"))
    yield Case("consent_no_key", "by key, without a key", "damaged").header(consent=consent(key=""))
    yield Case("consent_button_key", "by button, with a key", "damaged").header(consent=consent(by="button", side="local"))
    yield Case("consent_by", "by something else", "damaged").header(consent=consent(by="nod"))
    yield Case("consent_negative", "a negative sample number", "damaged").header(consent=consent(prompt_sample=-1))


def bad_records() -> Iterator[Case]:
    yield Case("record_order", "two records change places", "damaged", records=MULTI).change(units=_swap)
    yield Case("record_hole", "a record is missing", "damaged", records=MULTI).change(units=lambda units: units[:1] + units[2:])
    yield Case("record_twice", "a record stands twice", "damaged", records=MULTI).change(units=lambda units: [*units[:1], *units])
    yield Case("record_first_missing", "the first record is missing", "damaged", records=MULTI).change(
        units=lambda units: units[1:]
    )
    yield Case("record_after_final", "a record follows the final one", "damaged", records=MULTI).change(final=4)
    yield Case("record_no_final", "closed without a final record", "damaged", records=MULTI).change(final=None)
    yield Case("record_type", "an unknown type", "damaged").change(record_headers={0: {0: b"\x04"}})
    yield Case("record_flags", "an unknown flag", "damaged").change(record_headers={0: {1: b"\x02"}})
    yield Case("record_length", "a length beyond the payload", "damaged").change(record_headers={0: {2: b"\x0f\xda"}})
    yield Case("record_odd", "audio of an odd length", "damaged").change(record_headers={0: {2: b"\x00\x03"}})
    yield Case("record_tag", "a record altered before the box signed it", "complete", "damaged", records=MULTI).change(
        units=_flip(1, 100)
    )
    yield Case("record_tag_last", "the final record altered before the box signed it", "complete", "damaged").change(
        units=_flip(-1, 100)
    )
    yield Case("record_tag_found", "a record, not the last, with a wrong tag", "cut", "damaged", records=MULTI[:3]).change(
        kind=1, final=None, units=_flip(1, 100)
    )
    yield Case("record_altered", "a record altered after the box signed it", "damaged").change(
        whole=lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
    )
    other = Recording("other")
    yield Case("record_spliced", "a record of another recording, signed", "complete", "damaged").change(
        units=lambda units: [other.seal(other.head(), 0, *other.records[0]), *units[1:]]
    )
    gap = dumps({"samples": 5, "reason": "lost", "more": 1})
    yield Case("gap_unknown_key", "a gap with an unknown key", "complete", "damaged", records=[(GAP, gap), end()])
    yield Case("gap_cbor", "a gap that is no CBOR", "complete", "damaged", records=[(GAP, b"\xff"), end()])
    yield Case("event_no_name", "an event without a name", "complete", "damaged", records=[(EVENT, dumps({"sample": 1})), end()])
    yield Case(
        "event_no_sample", "an event without a sample", "complete", "damaged", records=[(EVENT, dumps({"event": "x"})), end()]
    )


def bad_trailer() -> Iterator[Case]:
    yield Case("trailer_magic", "neither a record nor a trailer", "damaged").change(after={2: b"X"})
    yield Case("trailer_crc", "wrong CRC", "damaged").change(whole=lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    yield Case("trailer_version", "version 2", "damaged").change(totals={8: b"\0\2"})
    yield Case("trailer_kind", "an unknown kind", "damaged").change(totals={10: b"\2"})
    yield Case("trailer_reserved_11", "a reserved byte in use", "damaged").change(totals={11: b"\1"})
    yield Case("trailer_reserved_200", "reserved bytes in use", "damaged").change(after={507: b"\1"})
    yield Case("trailer_records", "another number of records", "damaged").change(totals={12: b"\0\0\0\3"})
    yield Case("trailer_audio_samples", "another number of samples", "damaged").change(totals={16: (1601).to_bytes(8, "big")})
    yield Case("trailer_gap_samples", "another number of lost samples", "complete", "damaged").change(
        totals={24: (1).to_bytes(8, "big")}
    )
    yield Case("trailer_head_hash", "hash of another head", "damaged").change(totals={40: bytes(32)})
    yield Case("trailer_records_hash", "hash of other records", "damaged").change(totals={72: bytes(32)})
    yield Case("trailer_plain_hash", "hash of another sound", "complete", "damaged").change(totals={104: bytes(32)})
    yield Case("trailer_found_gaps", "found, and yet it counts lost samples", "damaged", records=MULTI[:3]).change(
        kind=1, final=None, totals={24: (4800).to_bytes(8, "big")}
    )
    yield Case("trailer_found_plain", "found, and yet it knows the sound", "damaged", records=MULTI[:2]).change(
        kind=1, final=None, totals={104: secret("x")}
    )
    yield Case("trailer_signature", "a signature altered", "damaged").change(after={136: bytes(64)})
    yield Case("trailer_other_box", "signed by another box", "damaged").change(
        signer=Ed25519PrivateKey.from_private_bytes(secret("other box"))
    )
    yield Case("trailer_after", "a byte after the trailer", "damaged").change(whole=lambda data: data + b"\0")
    yield Case("trailer_after_found", "too many bytes after the trailer", "damaged", records=MULTI[:2]).change(
        kind=1, final=None, whole=lambda data: data + bytes(4608)
    )
    yield Case("trailer_missing", "a final record, and no trailer", "damaged").change(trailer=False)


def cut_short() -> Iterator[Case]:
    for name, size in (("empty", 0), ("preamble", 63), ("head", 4095), ("trailer", -1), ("trailer_half", -400)):
        yield Case("short_" + name, "cut short: " + name.replace("_", " "), "damaged").change(whole=lambda data, n=size: data[:n])


def all_cases() -> Iterator[Case]:
    """Every case but the firmware's own."""
    for group in (good, bad_preamble, bad_header, bad_consent, bad_records, bad_trailer, cut_short):
        yield from group()
