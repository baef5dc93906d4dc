"""A small recording altered in every byte, cut at every length, mutated at random: an error of ours, never a wrong answer."""

import io
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stranger
from press1 import cbor, container, keyfile
from press1.errors import Press1Error

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "p1r"
SMALL = (FOLDER / "firmware_complete.p1r").read_bytes()
FOUND = (FOLDER / "firmware_found.p1r").read_bytes()


def accepted(data: bytes) -> str | None:
    """State by the most lenient reading of the host tools, or None."""
    try:
        return container.verify(io.BytesIO(data), salvage=True).state
    except Press1Error:
        return None


def stranger_accepts(data: bytes) -> str | None:
    try:
        return stranger.check(data)[0].replace("unsigned", "cut")
    except stranger.Bad:
        return None


@pytest.mark.parametrize("reader", [accepted, stranger_accepts])
def test_a_bit_of_every_byte_flipped(reader) -> None:
    assert reader(SMALL) == "complete"
    data = bytearray(SMALL)
    missed = []
    for offset in range(len(data)):
        data[offset] ^= 1 << offset % 8
        if reader(bytes(data)) is not None:
            missed.append(offset)
        data[offset] = SMALL[offset]
    assert not missed


@pytest.mark.parametrize("reader", [accepted, stranger_accepts])
def test_a_bit_of_every_byte_of_a_found_recording_flipped(reader) -> None:
    """One blind spot, the trailer's first byte: without it the file is an unsigned one, which a tool refuses unless told."""
    assert reader(FOUND) == "cut"
    data = bytearray(FOUND)
    missed = []
    for offset in range(len(data)):
        data[offset] ^= 1 << offset % 8
        if reader(bytes(data)) is not None:
            missed.append(offset)
        data[offset] = FOUND[offset]
    assert missed == [len(FOUND) - 512]
    with pytest.raises(Press1Error):
        container.verify(io.BytesIO(FOUND[:-512] + b"\x51" + FOUND[-511:]))


@pytest.mark.parametrize("reader", [accepted, stranger_accepts])
def test_cut_at_every_length(reader) -> None:
    """What is left is never complete; whole records without their end are cut, and refused unless told otherwise."""
    for length in range(len(SMALL)):
        state = reader(SMALL[:length])
        assert state in (None, "cut"), length
        if state == "cut":
            with pytest.raises(Press1Error):
                container.verify(io.BytesIO(SMALL[:length]))


MUTATION = st.tuples(st.integers(0, len(SMALL)), st.integers(0, 5000), st.binary(max_size=600))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([SMALL, FOUND]), st.lists(MUTATION, min_size=1, max_size=4))
def test_mutations_raise_nothing_else(data: bytes, mutations: list[tuple[int, int, bytes]]) -> None:
    for at, drop, put in mutations:
        data = data[:at] + put + data[at + drop :]
    for salvage in (False, True):
        with suppress(Press1Error):
            file = io.BytesIO(data)
            report = container.verify(file, salvage=salvage)
            list(container.Contents(file, report, bytes(32), bytes(32)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=700))
def test_headers_of_rubbish_raise_nothing_else(body: bytes) -> None:
    """A good preamble before any CBOR, or what is none."""
    pre = SMALL[:44] + len(body).to_bytes(4, "big") + (4096).to_bytes(4, "big") + bytes(8)
    data = pre + zlib.crc32(pre).to_bytes(4, "big") + body
    with pytest.raises(Press1Error):
        container.verify(io.BytesIO(data.ljust(4096, b"\0")))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.binary(max_size=40) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=30), inner, max_size=4),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_cbor_comes_back_and_is_what_the_stranger_writes(value: object) -> None:
    data = cbor.dumps(value)
    assert cbor.loads(data) == value
    assert stranger.encode(value) == data


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60))
def test_cbor_of_rubbish_raises_nothing_else(data: bytes) -> None:
    with suppress(Press1Error):
        assert cbor.dumps(cbor.loads(data)) == data


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=30))
def test_key_files_mutated_raise_nothing_else(at: int, put: bytes) -> None:
    good = keyfile.KeyFile(bytes(16), bytes(16), (keyfile.Envelope(bytes(16), bytes(80)),)).encode()
    with suppress(Press1Error):
        keyfile.decode(good[:at] + put + good[at + len(put) :])
