"""A conversation with a box over any transport: who is there, a session, one request after the other."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import answers, keys, protocol
from press1.errors import Damaged, NoBox, WrongKey
from press1.frames import Receiver
from press1.protocol import LinkLost
from press1.transport import Transport

HELLO_S = 4.0  # one try: a signature takes the chip a second
TRIES = 3
REPLY_S = 10.0


@dataclass(frozen=True)
class Hello:
    """What a box says about itself; the signature has been checked. All byte strings are empty while it has no owner."""

    box: bytes
    box_key: bytes
    dh_key: bytes
    provisioned: bool
    version: str
    rate: tuple[int, int]


def typed(reply: dict[str, Any], name: str, kind: type, size: int | None = None) -> Any:
    """What a reply has under `name`, of exactly this type, and for bytes and lists of this size; Damaged otherwise."""
    value = reply.get(name)
    if type(value) is not kind or (isinstance(value, (bytes, list)) and size not in (None, len(value))):
        raise Damaged(f"the box answered with a bad {name}")
    return value


class Conversation:
    """`hello`, `auth`, then requests. A session that the line broke is opened again by itself."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.about: Hello | None = None
        self.identity: tuple[str, X25519PrivateKey] | None = None
        self._receiver = Receiver()
        self._waiting: list[bytes] = []
        self._nonces = (b"", b"")
        self._session: protocol.Session | None = None

    # Frames

    def _bodies(self, seconds: float) -> Iterator[bytes]:
        """Bodies as they come, until `seconds` have passed without the caller having had enough."""
        end = time.monotonic() + seconds
        while True:
            while self._waiting:
                yield self._waiting.pop(0)
            left = end - time.monotonic()
            if left <= 0:
                return
            self._waiting += self._receiver.feed(self.transport.read(left))

    def _plain(self, message: dict[str, Any], seconds: float) -> Iterator[dict[str, Any]]:
        """Send a plain request; plain replies as they come."""
        self.transport.write(b"\x00" + protocol.plain(message))
        for body in self._bodies(seconds):
            reply = protocol.read_plain(body)
            if reply is not None:
                yield reply

    # Opening a session

    def hello(self) -> Hello:
        """Who is there. NoBox when nothing answers; Damaged when the signature is not the box's."""
        self._session = None
        forged: Damaged | None = None
        for _ in range(TRIES):
            nonce = os.urandom(32)
            for reply in self._plain({"q": "hello", "v": protocol.VERSION, "nonce": nonce}, HELLO_S):
                if "error" in reply and reply["error"] != "session":
                    raise answers.error(reply)
                if reply.get("r") == "hello":
                    try:
                        return self._greeted(reply, nonce)
                    except Damaged as error:
                        forged = error  # or it answers an earlier nonce: wait for the next
        if forged:
            raise forged
        raise NoBox(f"no box answers on {self.transport.port}", "is it powered, and is this its port?")

    def _greeted(self, reply: dict[str, Any], nonce: bytes) -> Hello:
        rate = typed(reply, "rate", list, 2)
        provisioned = typed(reply, "provisioned", bool)
        box, box_key, dh_key = (typed(reply, name, bytes) for name in ("box", "box_key", "dh_key"))
        box_nonce = typed(reply, "nonce", bytes, 32)
        if provisioned:
            if box != protocol.box_id(box_key):
                raise Damaged("box id and box key do not belong together")
            protocol.verify(box_key, "hello", typed(reply, "sig", bytes, 64), nonce, box_nonce, dh_key)
        self._nonces = (nonce, box_nonce)
        if not all(type(number) is int and number > 0 for number in rate):
            raise Damaged("the box answered with a bad rate")
        self.about = Hello(box, box_key, dh_key, provisioned, typed(reply, "version", str)[:40], (rate[0], rate[1]))
        return self.about

    def auth(self, role: str, private: X25519PrivateKey) -> None:
        """Open a session as `role`, after `hello`. WrongKey unless both know each other's keys."""
        about = self.about
        if about is None or not about.provisioned:
            raise answers.error({"error": "unprovisioned"})
        key = protocol.role_key(private, about.dh_key, about.box, role)
        context = (key, role, about.box, *self._nonces)
        message = {
            "q": "auth",
            "role": role,
            "key": keys.fingerprint(keys.raw_public(private)),
            "proof": protocol.proof("host", *context),
        }
        for reply in self._plain(message, REPLY_S):
            if reply.get("error") == "refused":
                raise WrongKey(
                    f"the box does not know this key as its {role}", "give the --identity it was provisioned with, and its --role"
                )
            if "error" in reply:
                raise answers.error(reply)
            if reply.get("r") == "auth":
                if reply.get("proof") != protocol.proof("box", *context):
                    raise WrongKey("the box cannot prove that it is the one this key was enrolled with")
                self._session = protocol.Session(key, *self._nonces)
                self.identity = (role, private)
                return
        raise LinkLost("the box does not answer")

    def again(self) -> None:
        """A new session with the same box as before; WrongKey when another one answers."""
        before = self.about
        if before is None or self.identity is None:
            raise NoBox("no session has been open")
        if self.hello() != before:
            raise WrongKey("another box answers now", "plug the first one in again")
        self.auth(*self.identity)

    # Requests

    def _send(self, message: dict[str, Any], kind: int = protocol.SIGNED) -> None:
        if self._session is None:
            raise LinkLost("no session is open")
        self.transport.write(self._session.seal(message, kind))

    def _messages(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Session messages as they come; LinkLost when the box says that the session is over, or after `seconds`."""
        for body in self._bodies(seconds):
            if body[0] == protocol.PLAIN:
                if (protocol.read_plain(body) or {}).get("error") == "session":
                    raise LinkLost("the box ended the session")
            elif self._session is not None:
                yield self._session.open(body)
        raise LinkLost("the box does not answer", "is it powered and plugged in?")

    def _once(self, message: dict[str, Any], seconds: float, kind: int) -> dict[str, Any]:
        self._send(message, kind)
        for reply in self._messages(seconds):
            if "error" in reply:
                raise answers.error(reply)
            if reply.get("r") == message["q"]:
                return reply
        raise LinkLost("the box does not answer")  # pragma: no cover  # _messages ends by raising

    def ask(self, name: str, seconds: float = REPLY_S, kind: int = protocol.SIGNED, **arguments: Any) -> dict[str, Any]:
        """One request, repeated once in a new session when the line broke the first."""
        message = {"q": name, **arguments}
        try:
            return self._once(message, seconds, kind)
        except LinkLost:
            self.again()
            return self._once(message, seconds, kind)

    def close(self) -> None:
        """Release the port."""
        self.transport.close()
