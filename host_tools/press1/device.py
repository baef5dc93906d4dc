"""A typed session with a box: every request of docs/protocol.md as a method, over any transport."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import answers, journal, keys, protocol
from press1.errors import Damaged, NoBox, Press1Error, WrongKey
from press1.frames import Receiver
from press1.protocol import LinkLost
from press1.transport import Transport

ROLES = ("owner", "technician", "auditor")
_HELLO_S = 4.0  # one try: a signature takes the chip a second
_TRIES = 3
_REPLY_S = 10.0
_SLOW_S = 60.0  # formatting a card, erasing flash
_POLL_S = 0.2  # while the box enrols
_LIST = 32
_PIECE = 2048
_WINDOW = 16  # data frames of 4,096 bytes under way


@dataclass(frozen=True)
class Hello:
    """What a box says about itself; the signature has been checked. All byte strings are empty while it has no owner."""

    box: bytes
    box_key: bytes
    dh_key: bytes
    provisioned: bool
    version: str
    rate: tuple[int, int]


def _typed(reply: dict[str, Any], name: str, kind: type, size: int | None = None) -> Any:
    value = reply.get(name)
    if type(value) is not kind or (isinstance(value, (bytes, list)) and size not in (None, len(value))):
        raise Damaged(f"the box answered with a bad {name}")
    return value


class Device:
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
        for _ in range(_TRIES):
            nonce = os.urandom(32)
            for reply in self._plain({"q": "hello", "v": protocol.VERSION, "nonce": nonce}, _HELLO_S):
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
        rate = _typed(reply, "rate", list, 2)
        provisioned = _typed(reply, "provisioned", bool)
        box, box_key, dh_key = (_typed(reply, name, bytes) for name in ("box", "box_key", "dh_key"))
        box_nonce = _typed(reply, "nonce", bytes, 32)
        if provisioned:
            if box != protocol.box_id(box_key):
                raise Damaged("box id and box key do not belong together")
            protocol.verify(box_key, "hello", _typed(reply, "sig", bytes, 64), nonce, box_nonce, dh_key)
        self._nonces = (nonce, box_nonce)
        self.about = Hello(box, box_key, dh_key, provisioned, str(reply.get("version")), (int(rate[0]), int(rate[1])))
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
        for reply in self._plain(message, _REPLY_S):
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

    def ask(self, name: str, seconds: float = _REPLY_S, kind: int = protocol.SIGNED, **arguments: Any) -> dict[str, Any]:
        """One request, repeated once in a new session when the line broke the first."""
        message = {"q": name, **arguments}
        try:
            return self._once(message, seconds, kind)
        except LinkLost:
            self.again()
            return self._once(message, seconds, kind)

    def info(self) -> dict[str, Any]:
        """The map of section 5."""
        return _without_name(self.ask("info"))

    def card(self) -> dict[str, Any]:
        """`present`, `total`, `free`."""
        return _without_name(self.ask("card"))

    def ls(self) -> list[dict[str, Any]]:
        """All recordings that the box holds."""
        items: list[dict[str, Any]] = []
        after = b""
        while True:
            reply = self.ask("ls", after=after, limit=_LIST)
            found = _typed(reply, "items", list)
            items += found
            if not reply.get("more") or not found:
                return items
            after = _typed(found[-1], "id", bytes, 16)

    def time(self, to: int | None = None, confirm: bool = False) -> dict[str, Any]:
        """Read the clock, or set it; `time`, `trusted`, `safe`."""
        return _without_name(self.ask("time", **({} if to is None else {"set": to, "confirm": confirm})))

    def journal(self, since: int, limit: int = 1000) -> Iterator[bytes]:
        """Frames of the journal in pieces as the box sends them, entries from `since` on; the caller parses and checks."""
        while True:
            reply = self.ask("journal", since=since, limit=limit)
            piece = _typed(reply, "frames", bytes)
            if not piece:
                return
            yield piece
            since += journal.count(piece)
            if not reply.get("more"):
                return

    def journal_head(self) -> tuple[int, bytes]:
        """Number and chain value of the newest entry, signature checked."""
        assert self.about
        reply = self.ask("journal", head=True)
        n, chain = _typed(reply, "n", int), _typed(reply, "chain", bytes, 32)
        protocol.verify(self.about.box_key, "journal", _typed(reply, "sig", bytes, 64), n.to_bytes(8, "big"), chain)
        return n, chain

    def receipts(self, done: list[bytes]) -> list[dict[str, Any]]:
        """Hand over ids that the vault has erased, take the box's receipts."""
        items: list[dict[str, Any]] = _typed(self.ask("receipts", done=done[:_LIST]), "items", list)
        return items

    def format_card(self) -> None:
        """Make the card empty; the consent button must be held."""
        self.ask("format", _SLOW_S)

    def load_policy(self, policy: dict[str, Any]) -> bytes:
        """Load a policy; its hash as the box journals it."""
        digest: bytes = _typed(self.ask("policy", _SLOW_S, policy=policy), "hash", bytes, 32)
        return digest

    def put_prompt(self, name: str, alaw: bytes, offer: int, text: str, language: str, digest: bytes) -> None:
        """Send a prompt; the box checks the whole against `digest`, its SHA-256."""
        last = {"offer": offer, "hash": digest, "text": text, "language": language, "samples": len(alaw)}
        try:
            self._put_pieces(name, alaw, last)
        except LinkLost:
            self.again()
            self._put_pieces(name, alaw, last)

    def _put_pieces(self, name: str, alaw: bytes, last: dict[str, Any]) -> None:
        for offset in range(0, len(alaw), _PIECE):
            piece = alaw[offset : offset + _PIECE]
            more = last if offset + len(piece) == len(alaw) else {}
            self._once({"q": "prompt", "id": name, "offset": offset, "data": piece, **more}, _SLOW_S, protocol.SIGNED)

    def secret(self, ident: bytes) -> bytes:
        """The slot secret of a recording; the box journals that it was pulled."""
        slot: bytes = _typed(self.ask("secret", id=ident), "slot", bytes, 32)
        return slot

    # Pull

    def pull(self, ident: bytes, offset: int = 0, window: int = _WINDOW) -> Iterator[tuple[bytes, int]]:
        """Pieces of a recording from `offset`, each with the size of the whole; takes itself up again after a lost frame."""
        failures = 0
        while True:
            try:
                for piece, size in self._stream(ident, offset, window):
                    offset += len(piece)
                    failures = 0
                    yield piece, size
                return
            except LinkLost:
                failures += 1
                if failures >= _TRIES:
                    raise
                self.again()

    def _stream(self, ident: bytes, offset: int, window: int) -> Iterator[tuple[bytes, int]]:
        size = _typed(
            self._once({"q": "pull", "id": ident, "offset": offset, "window": window}, _REPLY_S, protocol.SIGNED), "size", int
        )
        acknowledged = offset
        while offset < size:
            message = next(self._messages(_REPLY_S))
            if "error" in message:
                raise answers.error(message)
            if "d" not in message:
                continue
            piece = _typed(message, "d", bytes)
            if message.get("o") != offset or not piece or offset + len(piece) > size:
                raise LinkLost("the box sent another piece than the next")
            offset += len(piece)
            if offset == size or offset - acknowledged >= window * 4096 // 2:
                self._send({"q": "ack", "o": offset})
                acknowledged = offset
            yield piece, size

    # Enrolment

    def enrol(self, owners: list[bytes], technician: bytes, auditor: bytes, now: int, seconds: float = 120.0) -> Hello:
        """Make the box this owner's: it destroys all slots and makes new keys. RefusedByBox while the button is not held."""
        message = {
            "q": "enrol",
            "owners": owners,
            "technician": technician,
            "auditor": auditor,
            "time": now,
            "entropy": os.urandom(32),
        }
        end = time.monotonic() + seconds
        begun = False
        while time.monotonic() < end:
            reply = next(self._plain(message, _HELLO_S), {})
            if begun and reply.get("error") == "button":
                break  # done, and the reply that said so was lost: hello tells
            if "error" in reply and reply["error"] != "session":
                raise answers.error(reply)
            if reply.get("r") == "enrol":
                begun = True
                if not reply.get("wait"):
                    break
            time.sleep(_POLL_S)
        about = self.hello()
        if not about.provisioned:
            raise Press1Error("the box did not finish its enrolment", "repeat `press1 provision`")
        return about

    def close(self) -> None:
        """Release the port."""
        self.transport.close()


def _without_name(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reply.items() if name != "r"}
