"""A session of docs/protocol.md, sections 1 and 2: keys, counters, tags and encryption. Sans-I/O."""

from micropython import const

from core import cbor
from core.errors import Malformed, Press1Error
from crypto.aes_ctr import crypt
from crypto.hkdf import expand, extract
from crypto.hmac import equal, hmac_sha256

PLAIN = const(1)
SIGNED = const(2)
SECRET = const(3)
HEAD = const(5)  # kind and counter
TAG = const(16)
ROLES = ("owner", "technician", "auditor")


class SessionLost(Press1Error):
    """A wrong counter or tag: the session is over and nothing of the frame was used."""

    code = "session"


def proof(side, role_key, role, box, host_nonce, box_nonce):
    """Section 2.3: what `side` ("host" or "box") shows to prove that it holds the role key; 32 bytes."""
    return hmac_sha256(role_key, b"press1/v1/" + side.encode() + role.encode() + box + host_nonce + box_nonce)


class Direction:
    """Keys and counter of one direction."""

    def __init__(self, prk, label):
        self.mac = expand(prk, b"press1/v1/session/" + label + b"-mac", 32)
        self._enc = expand(prk, b"press1/v1/session/" + label + b"-enc", 32)
        self.counter = 0

    def tag(self, view):
        """The truncated tag over a body without tag."""
        return hmac_sha256(self.mac, view)[:TAG]

    def crypt(self, body, size):
        """Encrypt or decrypt the `size` bytes of message in `body`, in place."""
        first = bytes(8) + self.counter.to_bytes(4, "big") + bytes(4)
        body[HEAD : HEAD + size] = crypt(self._enc, first, memoryview(body)[HEAD : HEAD + size])


class Session:
    """An open session: `role`, the peer's `key` id, `open` for what came, `seal` for what goes."""

    def __init__(self, role, key, role_key, host_nonce, box_nonce):
        self.role = role
        self.key = key
        prk = extract(host_nonce + box_nonce, role_key)
        self._in = Direction(prk, b"h2b")
        self._out = Direction(prk, b"b2h")

    def open(self, body, length):
        """Check and open body[:length] in place. -> its message, a map; raises SessionLost, or Malformed for a bad message."""
        end = length - TAG
        self._in.counter += 1
        view = memoryview(body)
        if end < HEAD or int.from_bytes(body[1:HEAD], "big") != self._in.counter:
            raise SessionLost("counter")
        if not equal(self._in.tag(view[:end]), bytes(view[end:length])):
            raise SessionLost("tag")
        if body[0] == SECRET:
            self._in.crypt(body, end - HEAD)
        return message(view[HEAD:end])

    def seal(self, body, size, kind):
        """Make a frame's body of the `size` bytes of message at body[HEAD:]. -> the body's length."""
        out = self._out
        out.counter += 1
        body[0] = kind
        body[1:HEAD] = out.counter.to_bytes(4, "big")
        if kind == SECRET:
            out.crypt(body, size)
        end = HEAD + size
        body[end : end + TAG] = out.tag(memoryview(body)[:end])
        return end + TAG


def message(data):
    """The CBOR map in `data`; raises Malformed."""
    value = cbor.decode(data)
    if not isinstance(value, dict):
        raise Malformed("no map")
    return value
