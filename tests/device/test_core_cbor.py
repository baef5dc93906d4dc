"""core.cbor: one value, one encoding (docs/format.md)."""

from core import cbor
from core.errors import Malformed
from strict import eq, raises

# RFC 8949 appendix A, the rows whose types the format uses.
_APPENDIX_A = (
    (0, "00"), (1, "01"), (10, "0a"), (23, "17"), (24, "1818"), (25, "1819"), (100, "1864"), (1000, "1903e8"),
    (1000000, "1a000f4240"), (1000000000000, "1b000000e8d4a51000"), (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"), (-10, "29"), (-100, "3863"), (-1000, "3903e7"), (False, "f4"), (True, "f5"), (None, "f6"),
    (b"", "40"), (b"\x01\x02\x03\x04", "4401020304"), ("", "60"), ("IETF", "6449455446"), ("\u00fc", "62c3bc"),
    ([], "80"), ([1, 2, 3], "83010203"), ([1, [2, 3], [4, 5]], "8301820203820405"), ({}, "a0"),
    ({1: 2, 3: 4}, "a201020304"), ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
)  # fmt: skip

_BAD = (
    "1817", "190017", "1a00000001", "1b0000000000000001",  # longer than needed
    "5f4101ff", "7f6161ff", "9f01ff", "bf616101ff",  # indefinite lengths
    "a2616201616102", "a2616101616102",  # keys unsorted, repeated
    "f90000", "fb3ff0000000000000", "c001", "f7", "f0", "f818",  # floats, tags, other simple values
    "83", "8301", "44010203", "6461", "a1", "a161", "18", "",  # cut short
    "0000",  # bytes after the value
    "62c328",  # not UTF-8
    "a1f401", "a1f601", "a18001",  # keys that are not numbers, bytes or text
    "818181818181818181818100",  # nested too deep
    "9bffffffffffffffff", "5bffffffffffffffff", "bbffffffffffffffff",  # lengths beyond the data
)  # fmt: skip


def test_known_values_encode_and_decode():
    for value, text in _APPENDIX_A:
        eq(cbor.encode(value).hex(), text)
        eq(cbor.decode(bytes.fromhex(text)), value)


def test_map_keys_are_sorted_by_their_encoding():
    eq(cbor.encode({"b": 1, "aa": 2, "a": None, 5: 0}).hex(), "a405006161f661620162616102")


def test_everything_not_deterministic_is_refused():
    for text in _BAD:
        with raises(Malformed):
            cbor.decode(bytes.fromhex(text))


def test_what_cannot_be_encoded_is_refused():
    for value in (1.5, 1 << 64, object()):
        with raises(Malformed):
            cbor.encode(value)


def test_any_mutation_decodes_to_the_same_bytes_or_is_refused():
    source = cbor.encode({"id": b"\x01" * 16, "t": 1763715600, "list": [1, -5, "x", None, True], "m": {"k": b""}})
    seen = 0
    for at in range(len(source)):
        for bit in range(8):
            mutant = bytearray(source)
            mutant[at] ^= 1 << bit
            try:
                value = cbor.decode(mutant)
            except Malformed:
                continue
            seen += 1
            eq(cbor.encode(value), bytes(mutant))
    assert seen > 100
