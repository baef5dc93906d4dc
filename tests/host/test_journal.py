"""The journal's chain as the host checks it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press1 import cbor, journal
from press1.errors import Damaged


def frames(count=6, first=1, value=bytes(32)):
    """(list of frames, last chain value)."""
    out = []
    for n in range(first, first + count):
        entry = cbor.dumps({"n": n, "t": 1_795_251_600 + n, "event": "boot", "version": "0.1.0"})
        value = hashlib.sha256(value + entry).digest()
        out.append(len(entry).to_bytes(2, "big") + entry + value)
    return out, value


def numbers(chain, *pieces):
    return [entry["n"] for entry in chain.entries(pieces)]


def test_a_good_chain_in_pieces():
    rows, value = frames()
    chain = journal.Chain()
    assert numbers(chain, b"".join(rows[:2]), b"".join(rows[2:])) == [1, 2, 3, 4, 5, 6]
    chain.check_head(6, value)
    assert journal.last(b"".join(rows)) == 6


def test_from_the_middle_the_first_is_the_anchor():
    rows, value = frames()
    chain = journal.Chain(3)
    assert numbers(chain, b"".join(rows[2:])) == [3, 4, 5, 6]
    chain.check_head(6, value)


@given(st.data())
def test_any_altered_byte_shows(data):
    rows, value = frames()
    raw = bytearray(b"".join(rows))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))

    def read():
        chain = journal.Chain()
        numbers(chain, bytes(raw))
        chain.check_head(6, value)

    with pytest.raises(Damaged):
        read()


def test_missing_numbers_are_told_and_what_follows_is_an_anchor():
    rows, value = frames()
    chain = journal.Chain()
    assert numbers(chain, b"".join(rows[:2] + rows[4:])) == [1, 2, 5, 6]
    assert chain.missing == [(3, 4)]
    chain.check_head(6, value)


def test_moved_entries():
    rows, _ = frames()
    for wrong in ([rows[1], rows[0]], rows[:1] * 2, rows[:3] + rows[1:]):
        with pytest.raises(Damaged):
            numbers(journal.Chain(), b"".join(wrong))


def test_head_of_another_or_longer_journal():
    rows, value = frames()
    for n, end in ((6, bytes(32)), (5, value), (7, value)):
        chain = journal.Chain()
        numbers(chain, b"".join(rows))
        with pytest.raises(Damaged):
            chain.check_head(n, end)


def test_cut_inside_an_entry():
    rows, _ = frames()
    with pytest.raises(Damaged, match="inside"):
        numbers(journal.Chain(), b"".join(rows)[:-1])
