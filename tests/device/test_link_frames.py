"""Frames: what is encoded comes back, what is not a frame costs a counter and no memory."""

import binascii

from link import frames
from strict import eq, no_alloc


class Lcg:
    """Numerical Recipes' generator, so that a failure repeats."""

    def __init__(self, seed):
        self.state = seed

    def next(self, below):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 8) % below


def _framed(body):
    room = bytearray(body) + bytearray(4)
    out = bytearray(frames.ENCODED_LIMIT)
    return bytes(out[: frames.encode(room, len(body), out)])


def _bodies(receiver, data):
    found, at = [], 0
    while at < len(data):
        at = receiver.feed(data, at, len(data))
        if receiver.length:
            found.append(bytes(receiver.body[: receiver.length]))
    return found


def _samples():
    random = Lcg(1)
    for size in (5, 6, 249, 250, 251, 252, 253, 254, 255, 256, 504, 505, 4130, frames.LIMIT):
        yield bytes(size)
        yield b"\x07" * size
        yield bytes(random.next(256) for _ in range(size))


def test_round_trip_at_every_group_boundary():
    for body in _samples():
        coded = _framed(body)
        assert 0 not in coded[:-1] and coded[-1] == 0
        receiver = frames.Receiver()
        eq(_bodies(receiver, coded), [body])
        eq(receiver.dropped, 0)


def test_a_body_within_its_own_frame_gives_the_same_bytes():
    for body in _samples():
        room = memoryview(bytearray(frames.ENCODED_LIMIT))
        room[frames.LEAD : frames.LEAD + len(body)] = body
        size = frames.encode(room[frames.LEAD :], len(body), room)
        eq(bytes(room[:size]), _framed(body))
    eq(frames.LEAD + frames.LIMIT + 4, frames.ENCODED_LIMIT)


def test_known_frame():
    body = b"\x01\x00\x00\x00\x00\xa0"
    crc = binascii.crc32(body).to_bytes(4, "big")
    assert 0 not in crc
    eq(_framed(body), b"\x02\x01\x01\x01\x01\x06\xa0" + crc + b"\x00")


def test_a_byte_at_a_time():
    receiver = frames.Receiver()
    body = bytes(range(256)) * 3
    found = []
    for byte in _framed(body):
        receiver.feed(bytes([byte]), 0, 1)
        if receiver.length:
            found.append(bytes(receiver.body[: receiver.length]))
    eq(found, [body])


def test_empty_frames_are_free():
    receiver = frames.Receiver()
    eq(_bodies(receiver, bytes(50)), [])
    eq(receiver.dropped, 0)


def test_every_flipped_byte_is_dropped_and_the_next_frame_comes():
    coded = _framed(bytes(range(60)))
    good = _framed(b"after")
    for at in range(len(coded)):
        broken = bytearray(coded)
        broken[at] ^= 0x41
        receiver = frames.Receiver()
        eq(_bodies(receiver, bytes(broken) + b"\x00" + good)[-1:], [b"after"])
        assert receiver.dropped >= 1


def test_every_cut_is_dropped():
    coded = _framed(bytes(range(60)))
    for size in range(1, len(coded) - 1):
        receiver = frames.Receiver()
        eq(_bodies(receiver, coded[:size] + b"\x00" + _framed(b"after")), [b"after"])
        eq(receiver.dropped, 1)


def test_too_long_is_dropped():
    receiver = frames.Receiver()
    for _ in range(40):
        eq(_bodies(receiver, b"\x55" * 1000), [])
    eq(_bodies(receiver, b"\x00" + _framed(b"after")), [b"after"])
    eq(receiver.dropped, 1)


def test_too_short_for_a_head_is_dropped():
    receiver = frames.Receiver()
    for size in range(5):
        eq(_bodies(receiver, _framed(bytes(size))), [])
    eq(receiver.dropped, 5)


def test_nothing_is_allocated():
    receiver = frames.Receiver()
    room, out = bytearray(4134), bytearray(frames.ENCODED_LIMIT)
    noise = bytes(Lcg(2).next(256) for _ in range(2000))
    lock = no_alloc()
    with lock:
        size = frames.encode(room, 4130, out)
        at = 0
        while at < 2000:
            at = receiver.feed(noise, at, 2000)
        receiver.feed(b"\x00", 0, 1)
        receiver.feed(out, 0, size)
    eq(receiver.length, 4130)
