"""Frames and sessions on the host: round trip, resynchronisation, whatever mutates."""

import hashlib
import zlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from press1 import frames, protocol
from press1.errors import Damaged, Press1Error

BODIES = (
    st.binary(min_size=5, max_size=1200)
    | st.integers(5, frames.LIMIT).map(bytes)
    | st.integers(240, 520).map(lambda n: b"\x07" * n)
)
MESSAGES = st.dictionaries(
    st.text(max_size=8), st.integers(0, 2**63) | st.binary(max_size=300) | st.text(max_size=20), max_size=6
)
KEY, HOST_NONCE, BOX_NONCE = b"k" * 32, b"h" * 32, b"b" * 32


@given(BODIES)
def test_round_trip(body):
    frame = frames.encode(body)
    assert frame.endswith(b"\x00") and 0 not in frame[:-1]
    assert frames.Receiver().feed(frame) == [body]


@given(st.lists(BODIES, max_size=4), st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_any_cut_into_reads(bodies, sizes):
    data = b"".join(map(frames.encode, bodies))
    receiver, found, at = frames.Receiver(), [], 0
    while at < len(data):
        size = sizes[at % len(sizes)]
        found += receiver.feed(data[at : at + size])
        at += size
    assert found == bodies and receiver.dropped == 0


@given(st.binary(max_size=300), BODIES)
def test_noise_then_zero_resynchronises(noise, body):
    receiver = frames.Receiver()
    assert receiver.feed(noise + b"\x00" + frames.encode(body))[-1:] == [body]


@given(BODIES, st.data())
def test_mutated_frames_are_dropped(body, data):
    frame = bytearray(frames.encode(body))
    at = data.draw(st.integers(0, len(frame) - 2))
    frame[at] ^= data.draw(st.integers(1, 255))
    receiver = frames.Receiver()
    assert body not in receiver.feed(bytes(frame) + b"\x00")


def test_known_frame():
    body = b"\x01\x00\x00\x00\x00\xa0"
    assert frames.encode(body) == b"\x02\x01\x01\x01\x01\x06\xa0" + zlib.crc32(body).to_bytes(4, "big") + b"\x00"


def test_memory_is_bounded():
    receiver = frames.Receiver()
    for _ in range(50):
        receiver.feed(b"\x55" * 10_000)
    assert len(receiver._rest) <= 2 * frames.LIMIT


def _pair():
    return protocol.Session(KEY, HOST_NONCE, BOX_NONCE), protocol.Session(KEY, HOST_NONCE, BOX_NONCE, as_box=True)


@given(st.lists(st.tuples(MESSAGES, st.sampled_from([protocol.SIGNED, protocol.SECRET])), max_size=5))
def test_sessions_talk(messages):
    host, box = _pair()
    for message, kind in messages:
        (body,) = frames.Receiver().feed(host.seal(message, kind))
        assert box.open(body) == message
        (body,) = frames.Receiver().feed(box.seal(message, kind))
        assert host.open(body) == message


def test_secret_messages_do_not_show():
    host, _ = _pair()
    assert b"slot secret" not in host.seal({"q": "slot secret"}, protocol.SECRET)
    assert b"slot secret" in host.seal({"q": "slot secret"})


@given(MESSAGES, st.data())
def test_altered_session_frames_end_the_session(message, data):
    host, box = _pair()
    (body,) = frames.Receiver().feed(host.seal(message))
    at, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(1, 255))
    with pytest.raises(Press1Error):
        box.open(body[:at] + bytes([body[at] ^ bit]) + body[at + 1 :])


def test_replay_and_reflection():
    host, box = _pair()
    (body,) = frames.Receiver().feed(host.seal({"q": "info"}))
    box.open(body)
    with pytest.raises(protocol.LinkLost):
        box.open(body)
    with pytest.raises(protocol.LinkLost):
        _pair()[0].open(body)


@given(st.binary(max_size=60))
def test_read_plain_never_raises(data):
    protocol.read_plain(data)
    protocol.read_plain(bytes([1, 0, 0, 0, 0]) + data)


def test_role_keys_agree_with_rfc_5869_by_hand():
    """Both sides from one shared secret; extract and expand written out."""
    import hmac

    host, box = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    shared = box.exchange(host.public_key())
    prk = hmac.digest(b"B" * 16, shared, hashlib.sha256)
    want = hmac.digest(prk, b"press1/v1/role/owner\x01", hashlib.sha256)
    assert protocol.role_key(host, box.public_key().public_bytes_raw(), b"B" * 16, "owner") == want


def test_a_zero_dh_key_is_refused():
    with pytest.raises(Damaged):
        protocol.role_key(X25519PrivateKey.generate(), bytes(32), b"B" * 16, "owner")


def test_verify():
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    protocol.verify(public, "hello", key.sign(b"press1/v1/hello\x00abc"), b"a", b"bc")
    with pytest.raises(Damaged):
        protocol.verify(public, "hello", key.sign(b"press1/v1/hello\x00abc"), b"abd")
    with pytest.raises(Damaged):
        protocol.verify(b"short", "hello", bytes(64), b"abc")
