"""A box without line, card or flash for the link's tests: a byte pipe, services over plain dicts, and a host's side."""

import hashlib
import io

from core import cbor
from core.errors import Gone, Malformed, Refused
from crypto.hkdf import extract
from link import frames
from link.server import Server
from link.session import SECRET, SIGNED, Direction, proof


class Page:
    """A listing that is done at once."""

    def __init__(self, items, more):
        self.items = items
        self.more = more
        self.after = items[-1]["id"] if items else b""

    def step(self):
        return True


class Pipe:
    """The part of the hal that the link uses; `sent` is what the box wrote. `accept` bounds one write."""

    def __init__(self):
        self.waiting = b""
        self.sent = b""
        self.accept = 1 << 20
        self.error = None

    def link_read(self, buf):
        if self.error:
            raise self.error
        n = min(len(buf), len(self.waiting))
        buf[:n] = self.waiting[:n]
        self.waiting = self.waiting[n:]
        return n

    def link_write(self, buf, n):
        n = min(n, self.accept)
        self.sent += bytes(buf[:n])
        return n


class Job:
    """Done after `steps` steps."""

    def __init__(self, result=None, steps=3, act=None):
        self.result = result
        self.left = 0
        self._steps = steps
        self._act = act

    def step(self):
        self._steps -= 1
        if self._steps > 0:
            return False
        if self._act:
            self._act()
        return True


def recording(number, size):
    """Bytes that show where they come from."""
    block = hashlib.sha256(bytes([number])).digest()
    return (block * (size // 32 + 1))[:size]


class Box:
    """Fake services; attributes are the box's whole state."""

    def __init__(self, sizes=(0, 1, 4096, 9000, 70000)):
        self.update = 0
        self.done = None
        self.box = {"box": b"B" * 16, "box_key": b"K" * 32, "dh_key": b"D" * 32}
        self.keys = {}
        self.call = self.button = False
        self.files = {bytes([i]) * 16: recording(i, size) for i, size in enumerate(sizes)}
        self.noted = []
        self.prompt = b""
        self.clock = 1_795_000_000
        self.formatted = 0
        self.signing_steps = 3

    def identity(self):
        return self.box

    def version(self):
        return "0.1.0"

    def rate(self):
        return (8000, 1)

    def nonce(self):
        self.noted.append("nonce")
        return hashlib.sha256(b"nonce%d" % len(self.noted)).digest()

    def sign(self, message):
        return Job(hashlib.sha256(message).digest() * 2, self.signing_steps)

    def role_key(self, role, key):
        return self.keys.get((role, key))

    def session(self, role):
        self.noted.append(("session", role, True))

    def rejected(self, role, times):
        self.noted.append(("session", role, False, times))

    def refused(self, role, request):
        self.noted.append(("refused", role, request))

    def enrol(self, owners, technician, auditor, time, entropy):
        def act():
            if entropy == bytes(32):
                raise Refused("weak entropy")
            self.noted.append(("enrol", owners, technician, auditor, time))

        return Job(act=act)

    def in_call(self):
        return self.call

    def button_held(self):
        return self.button

    def info(self):
        return {"box": self.box["box"], "time": self.clock}

    def card(self):
        return {"present": True, "state": "ready", "total": 64, "free": 32}

    def listing(self, after, limit):
        ids = sorted(i for i in self.files if i > after)
        return Page([self._item(i) for i in ids[:limit]], len(ids) > limit)

    def _item(self, i):
        item = {"id": i, "call": i, "part": 1, "created": self.clock, "expires": self.clock + 60, "seconds": 5}
        item.update({"purposes": ["training"], "basis": ["consent"], "direction": "in", "hold": False})
        item.update({"state": "complete", "bytes": len(self.files[i])})
        return item

    def open_recording(self, id16):
        if id16 not in self.files:
            raise Gone("no such recording")
        return io.BytesIO(self.files[id16]), len(self.files[id16])

    def slot_secret(self, id16, key):
        if id16 not in self.files:
            raise Gone("no such recording")
        self.noted.append(("pull", id16, key))
        return hashlib.sha256(id16).digest()

    def _known(self, id16):
        if id16 not in self.files:
            raise Gone("no such recording")

    def hold(self, id16, until, reason):
        self._known(id16)
        self.noted.append(("hold", id16, until, reason))

    def release(self, id16):
        self._known(id16)

    def erase(self, id16, reason):
        self._known(id16)
        self.noted.append(("erase", id16, reason))

    def used(self, id16):
        self._known(id16)

    def objection(self, id16, ground):
        self._known(id16)
        self.noted.append(("objection", id16, ground))

    def time(self):
        return {"time": self.clock, "trusted": True, "safe": self.clock}

    def set_time(self, t, role, confirm):
        if role == "technician" and abs(t - self.clock) > 600:
            raise Refused("a technician corrects ten minutes")
        self.clock = t

    def journal(self, since, limit, size):
        out, chain = b"", bytes(32)
        for n in range(1, 6):
            entry = cbor.encode({"n": n, "t": self.clock, "event": "boot"})
            chain = hashlib.sha256(chain + entry).digest()
            if n >= since:
                out += len(entry).to_bytes(2, "big") + entry + chain
        self.chain = chain
        return out, False

    def journal_head(self):
        self.journal(0, 99, 9999)
        return 5, self.chain

    def receipts(self, done, have):
        self.noted.append(("done", done))
        return [{"id": bytes(16), "box": self.box["box"], "reason": "expired", "slot": 1, "file": None, "pulled": False}]

    def load_policy(self, policy):
        if "profile" not in policy:
            raise Malformed("no profile")
        return hashlib.sha256(cbor.encode(policy)).digest()

    def put_prompt(self, name, offset, data, last):
        if offset == 0:
            self.prompt = b""
        if offset != len(self.prompt):
            raise Malformed("a hole")
        self.prompt += data
        if last and hashlib.sha256(self.prompt).digest() != last["hash"]:
            raise Malformed("hash")
        return len(self.prompt)

    def update_status(self):
        return {"version": "0", "use": "", "trial": False, "tries": 0, "offset": self.update, "ready": ""}

    def put_update(self, offset, data, role):
        def keep():
            self.update = offset + len(data)

        return Job(act=keep)

    def do_update(self, what):
        self.done = what

    def selftest(self, part):
        if part != "one":
            raise Malformed("no such part")
        return Job([{"name": "a", "ok": True, "value": 1, "unit": "us"}])

    def selftest_parts(self):
        return ["one"]

    def line(self, step, argument, role):
        self.noted.append(("line", step, argument, role))
        return {"phase": "off", "left": 0, "section": 0, "samples": 0}

    def format_card(self):
        self.formatted += 1


class Host:
    """The other end, in the box's own process; `ask` gives the reply's map."""

    def __init__(self, sizes=(0, 1, 4096, 9000, 70000)):
        self.update = 0
        self.done = None
        self.pipe = Pipe()
        self.box = Box(sizes)
        self.now_ms = 1000
        self.server = Server(self.pipe, self.box, lambda: self.now_ms)
        self._receiver = frames.Receiver()
        self._room = bytearray(frames.LIMIT + 4)
        self._frame = bytearray(frames.ENCODED_LIMIT)
        self.h2b = self.b2h = None

    def frame(self, body):
        self._room[: len(body)] = body
        return bytes(self._frame[: frames.encode(self._room, len(body), self._frame)])

    def plain(self, message):
        return self.frame(b"\x01\x00\x00\x00\x00" + cbor.encode(message))

    def sealed(self, message, kind=SIGNED):
        data = cbor.encode(message)
        self.h2b.counter += 1
        body = bytearray(bytes([kind]) + self.h2b.counter.to_bytes(4, "big") + data)
        if kind == SECRET:
            self.h2b.crypt(body, len(data))
        return self.frame(bytes(body) + self.h2b.tag(body))

    def run(self, data=b"", steps=12, ms=0):
        """Give the box bytes, let it step, return the bodies that it sent."""
        self.pipe.waiting += data
        for _ in range(steps):
            self.now_ms += ms
            self.server.step()
        sent, self.pipe.sent = self.pipe.sent, b""
        bodies, at = [], 0
        while at < len(sent):
            at = self._receiver.feed(sent, at, len(sent))
            if self._receiver.length:
                bodies.append(bytes(self._receiver.body[: self._receiver.length]))
        return bodies

    def read(self, body):
        """The message of a body, its tag and counter checked."""
        if body[0] == 1:
            assert body[1:5] == bytes(4)
            return cbor.decode(body[5:])
        self.b2h.counter += 1
        assert int.from_bytes(body[1:5], "big") == self.b2h.counter
        assert self.b2h.tag(body[:-16]) == body[-16:]
        inner = bytearray(body[:-16])
        if body[0] == SECRET:
            self.b2h.crypt(inner, len(inner) - 5)
        return cbor.decode(inner[5:])

    def ask(self, message, kind=SIGNED, **keywords):
        bodies = self.run(self.sealed(message, kind) if kind != 1 else self.plain(message), **keywords)
        assert len(bodies) == 1, "%d replies" % len(bodies)
        return self.read(bodies[0])

    def login(self, role="owner", key=b"o" * 16):
        """hello and auth as `role`; the reply to auth."""
        role_key = self.box.keys.setdefault((role, key), hashlib.sha256(role.encode() + key).digest())
        hello = self.ask({"q": "hello", "v": 1, "nonce": b"h" * 32}, 1)
        shown = proof("host", role_key, role, hello["box"], b"h" * 32, hello["nonce"])
        reply = self.ask({"q": "auth", "role": role, "key": key, "proof": shown}, 1)
        prk = extract(b"h" * 32 + hello["nonce"], role_key)
        self.h2b, self.b2h = Direction(prk, b"h2b"), Direction(prk, b"b2h")
        assert reply["proof"] == proof("box", role_key, role, hello["box"], b"h" * 32, hello["nonce"])
        return reply
