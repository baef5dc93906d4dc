"""Mutated frames, 20,000 of them (`make fuzz`: a million): the box answers or counts, and then still serves its owner."""

import gc
import os
import time

from link_fakes import Host
from strict import eq
from test_link_frames import Lcg

ROUNDS = int(os.getenv("FUZZ_FRAMES") or 20_000)
_CAPTURE_US = 300_000  # of the line that the smallest board holds while the loop is away (docs/memory.md)
_GROWTH = 16_384  # bytes of heap that may be held at the end and were not at the beginning
ID = b"\x04" * 16
MESSAGES = (
    {"q": "info"},
    {"q": "ls", "after": b"", "limit": 3},
    {"q": "pull", "id": ID, "offset": 0, "window": 2},
    {"q": "ack", "o": 4096},
    {"q": "secret", "id": ID},
    {"q": "time", "set": 1_795_000_000},
    {"q": "journal", "since": 0, "limit": 3},
    {"q": "policy", "policy": {"profile": "x"}},
    {"q": "prompt", "id": "p", "offset": 0, "data": b"abc"},
    {"q": "receipts", "done": [ID]},
    {"q": "hello", "v": 1, "nonce": b"h" * 32},
    {"q": "auth", "role": "owner", "key": b"o" * 16, "proof": bytes(32)},
    {"q": "enrol", "owners": [b"o" * 32], "technician": bytes(32), "auditor": bytes(32), "time": 1, "entropy": bytes(32)},
)
VALUES = (None, True, -1, 0, 1 << 63, "", "x" * 70, b"", bytes(16), bytes(32), [], [[[[]]]], {}, {"q": {"q": []}})


def _mutated(random, frame):
    """Bytes changed, cut, doubled or put in, on the wire."""
    data = bytearray(frame)
    for _ in range(1 + random.next(3)):
        at = random.next(len(data))
        what = random.next(4)
        if what == 0:
            data[at] ^= 1 + random.next(255)
        elif what == 1:
            data = data[:at] + b"\x00"
        elif what == 2:
            data = data[:at] + data[at // 2 :]
        else:
            data = data[:at] + bytes([random.next(256)]) + data[at:]
    return bytes(data)


def _damaged(random, message):
    """A sound frame with a message that nobody would send."""
    message = dict(message)
    names = list(message)
    name = names[random.next(len(names))]
    what = random.next(3)
    if what == 0:
        del message[name]
    else:
        message[name if what == 1 else "extra"] = VALUES[random.next(len(VALUES))]
    return message


class Watch:
    """Stands between the loop and the link. A step takes one request at most, so the loop is back for the next block of the line."""

    def __init__(self, server):
        self._step, self._handle = server.step, server._handle
        server.step, server._handle = self.step, self.handle
        self._requests = 0
        self.steps = self.worst_us = 0  # of the processor's time: others may be running here

    def handle(self):
        self._requests += 1
        self._handle()

    def step(self):
        self._requests = 0
        at = time.clock()
        self._step()
        self.worst_us = max(self.worst_us, int((time.clock() - at) * 1_000_000))
        self.steps += 1
        assert self._requests <= 1, "two requests in one step"


def test_mutated_frames():
    random = Lcg(20261121)
    host = Host()
    watch = Watch(host.server)
    began = time.ticks_ms()
    gc.collect()
    held = gc.mem_alloc()
    for _ in range(ROUNDS):
        if host.server.session is None or host.h2b is None:
            host.pipe.sent = b""
            host.pipe.waiting = b"\x00"
            host.run(ms=150)
            host.login()
        message = MESSAGES[random.next(len(MESSAGES))]
        if random.next(2):
            host.run(_mutated(random, host.sealed(message)), steps=3)
        elif random.next(2):
            host.run(host.sealed(_damaged(random, message)), steps=3, ms=400)
        else:
            host.run(host.plain(_damaged(random, message)), steps=3, ms=400)
        host.box.prompt = b""
        host.box.noted = host.box.noted[-1:]
    host.run(b"\x00", ms=150)
    host.pipe.sent = b""
    host.login()
    eq(host.ask({"q": "info"})["r"], "info")
    assert host.server.drops() > ROUNDS // 20
    gc.collect()
    grown = gc.mem_alloc() - held
    seconds = max(1, time.ticks_diff(time.ticks_ms(), began)) / 1000
    told = (ROUNDS, seconds, ROUNDS / seconds, watch.steps, watch.worst_us / 1000, host.server.drops(), grown)
    print(
        "fuzz: %d frames in %.0f s (%.0f/s), %d steps, the longest %.1f ms; %d dropped, heap grown by %d bytes, no fault" % told
    )
    assert grown < _GROWTH and watch.worst_us < _CAPTURE_US


def test_pure_noise():
    random = Lcg(7)
    host = Host()
    for _ in range(500):
        host.run(bytes(random.next(256) for _ in range(200)), steps=2)
    host.run(b"\x00")
    host.login()
    eq(host.ask({"q": "info"})["r"], "info")


def test_pull_sustains_two_megabaud():
    size = 2_000_000
    host = Host((0,))
    host.box.files[ID] = bytes(size)
    host.login()
    host.pipe.waiting = host.sealed({"q": "pull", "id": ID, "offset": 0, "window": 16})
    at = time.ticks_ms()
    sent = 0
    while host.server.stream.ready() or sent == 0:
        host.server.step()
        sent += len(host.pipe.sent)
        host.pipe.sent = b""
        host.server.stream.ack(host.server.stream._sent)
    rate = sent * 1000 // max(1, time.ticks_diff(time.ticks_ms(), at))
    print("pull: %d kB/s" % (rate // 1000))
    assert sent > size and rate > 400_000, rate  # twice what 2,000,000 baud carries: the line is the limit
