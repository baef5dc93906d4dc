"""The firmware's link over a pseudo-terminal, with real keys and made-up recordings: `micropython link_box.py FOLDER`.

Standard input is the terminal's master, both ways. Files in FOLDER are the world: `call` (off-hook) and `button` (held)
exist or not, `old` and `stuck` make an enrolment long, `sizes` holds recording sizes, `noted` collects what the box would journal.
"""

import hashlib
import json
import os
import select
import sys
import time

from crypto import ed25519, hkdf, x25519
from link.server import Server
from link_fakes import Box

FOLDER = sys.argv[1]
OLD = 60
SIZES = {1: 1, 2: 4096, 3: 9001, 4: 300_000, 5: 2_000_000}


def exists(name):
    try:
        os.stat(FOLDER + "/" + name)
        return True
    except OSError:
        return False


class Terminal:
    def __init__(self):
        self._file = sys.stdin.buffer

    def link_read(self, buf):
        return self._file.readinto(buf) or 0

    def link_write(self, buf, n):
        return self._file.write(memoryview(buf)[:n]) or 0


class Enrol:
    """`old` recordings, one in 50 ms unless the box is `stuck`; then keys in a few steps, so that `wait` is seen."""

    def __init__(self, box, peers, now):
        self.left = OLD if exists("old") else 0
        self.keys = 3
        self.box, self.peers, self.now = box, peers, now

    def step(self):
        if self.left:
            time.sleep_ms(50)
            self.left -= not exists("stuck")
            return False
        self.keys -= 1
        if self.keys == 0:
            self.box.become(self.peers, self.now)
        return self.keys <= 0


class LinkBox(Box):
    def __init__(self):
        super().__init__(())
        self.box = {"box": b"", "box_key": b"", "dh_key": b""}
        for number, size in SIZES.items():
            block = hashlib.sha256(bytes([number])).digest()
            self.files[bytes([number]) * 16] = (block * (size // 32 + 1))[:size]

    def become(self, peers, now):
        self.seed, private = os.urandom(32), os.urandom(32)
        box_key = ed25519.public_key(self.seed)
        box = hashlib.sha256(box_key).digest()[:16]
        self.box = {"box": box, "box_key": box_key, "dh_key": x25519.public_key(private)}
        self.keys = {}
        for role, key in peers:
            prk = hkdf.extract(box, x25519.x25519(private, key))
            self.keys[role, hashlib.sha256(key).digest()[:16]] = hkdf.expand(prk, b"press1/v1/role/" + role.encode(), 32)
        self.clock = now

    def enrol(self, owners, technician, auditor, time, entropy):
        peers = [("owner", key) for key in owners] + [("technician", technician), ("auditor", auditor)]
        return Enrol(self, peers, time)

    def sign(self, message):
        return ed25519.SignJob(self.seed, message)

    def in_call(self):
        return exists("call")

    def button_held(self):
        return exists("button")

    def random(self, n):
        return os.urandom(n)

    def session(self, role):
        self.note("session", role, True)

    def rejected(self, role, times):
        self.note("session", role, False, times)

    def slot_secret(self, id16, key):
        secret = super().slot_secret(id16, key)
        self.note("pull", id16.hex(), key.hex())
        return secret

    def note(self, *words):
        with open(FOLDER + "/noted", "a") as file:
            file.write(json.dumps(words) + "\n")


def main():
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    server = Server(Terminal(), LinkBox())
    while not exists("stop"):
        server.step()
        if not server.stream.ready() and server._later is None:
            poll.poll(5)


main()
