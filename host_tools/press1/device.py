"""A box as an object: every request of docs/protocol.md as a typed method."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from press1 import answers, journal, protocol
from press1.conversation import REPLY_S, TRIES, Conversation, Hello, typed
from press1.errors import Damaged, Press1Error
from press1.protocol import LinkLost

ROLES = ("owner", "technician", "auditor")
_ENROL_S = 4.0  # one try
_STILL_S = 120.0  # a box that is silent, or no further, for so long does not finish
_SLOW_S = 60.0  # formatting a card, erasing flash
_POLL_S = 0.2  # while the box enrols
_LIST = 32
_PIECE = 2048
_WINDOW = 16  # data frames of 4,096 bytes under way
_ITEM = {
    **dict.fromkeys(("part", "created", "expires", "seconds", "bytes"), int),
    **dict.fromkeys(("purposes", "basis"), list),
    "direction": str,
    "state": str,
    "hold": bool,
}


class Device(Conversation):
    """`hello`, `auth`, then any request. What a box answers is checked for its types before it is believed."""

    def info(self) -> dict[str, Any]:
        """The map of section 5."""
        return {name: value for name, value in self.ask("info").items() if name != "r"}

    def card(self) -> dict[str, Any]:
        """`present`, `state`, `total`, `free`."""
        reply = self.ask("card")
        kinds = {"present": bool, "state": str, "total": int, "free": int}
        return {name: typed(reply, name, kind) for name, kind in kinds.items()}

    def ls(self) -> list[dict[str, Any]]:
        """All recordings that the box holds."""
        items: list[dict[str, Any]] = []
        after = b""
        while True:
            reply = self.ask("ls", after=after, limit=_LIST)
            found = typed(reply, "items", list)
            items += map(_item, found)
            if not reply.get("more"):
                return items
            after = typed(reply, "after", bytes, 16)

    def time(self, to: int | None = None, confirm: bool = False) -> dict[str, Any]:
        """Read the clock, or set it; `time`, `trusted`, `safe`."""
        reply = self.ask("time", **({} if to is None else {"set": to, "confirm": confirm}))
        return {"time": typed(reply, "time", int), "trusted": typed(reply, "trusted", bool), "safe": typed(reply, "safe", int)}

    def journal(self, since: int, limit: int = 1000) -> Iterator[bytes]:
        """Frames of the journal in pieces as the box sends them, entries from `since` on; the caller parses and checks."""
        while True:
            reply = self.ask("journal", since=since, limit=limit)
            piece = typed(reply, "frames", bytes)
            if not piece:
                return
            yield piece
            since = journal.last(piece) + 1
            if not reply.get("more"):
                return

    def journal_head(self) -> tuple[int, bytes]:
        """Number and chain value of the newest entry, signature checked."""
        assert self.about
        reply = self.ask("journal", head=True)
        n, chain = typed(reply, "n", int), typed(reply, "chain", bytes, 32)
        protocol.verify(self.about.box_key, "journal", typed(reply, "sig", bytes, 64), n.to_bytes(8, "big"), chain)
        return n, chain

    def receipts(self, done: list[tuple[bytes, str]], have: list[bytes]) -> list[dict[str, Any]]:
        """Hand over (id, reason) of what the vault has erased, and ids whose receipts it has stored (at most 32 each); receipts it
        has not."""
        ids, why = [ident for ident, _ in done], [reason for _, reason in done]
        items: list[dict[str, Any]] = typed(self.ask("receipts", done=ids, why=why, have=have), "items", list)
        return items

    def format_card(self) -> None:
        """Make the card empty; the consent button must be held."""
        self.ask("format", _SLOW_S)

    def load_policy(self, policy: dict[str, Any]) -> bytes:
        """Load a policy; its hash as the box journals it."""
        digest: bytes = typed(self.ask("policy", _SLOW_S, policy=policy), "hash", bytes, 32)
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
        slot: bytes = typed(self.ask("secret", id=ident), "slot", bytes, 32)
        return slot

    # Rights

    def hold(self, ident: bytes, until: int, reason: str) -> None:
        """Keep a recording until `until` at least (S23); `reason` of at most 120 characters is journalled."""
        self.ask("hold", id=ident, until=until, reason=reason)

    def release(self, ident: bytes) -> None:
        """End its hold; RefusedByBox where there is none."""
        self.ask("release", id=ident)

    def erase(self, ident: bytes, reason: str = "erased") -> None:
        """Destroy a recording now; `reason`: erased, withdrawn, unused (S31, S37), or moved: a copy was proved elsewhere."""
        self.ask("erase", id=ident, reason=reason)

    def used(self, ident: bytes) -> None:
        """Mark a recording as used for its purpose (S37)."""
        self.ask("used", id=ident)

    def object_to(self, ident: bytes, ground: str) -> None:
        """Journal an objection (S25); `ground` has at most 120 characters."""
        self.ask("objection", id=ident, ground=ground)

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
                if failures >= TRIES:
                    raise
                self.again()

    def _stream(self, ident: bytes, offset: int, window: int) -> Iterator[tuple[bytes, int]]:
        size = typed(
            self._once({"q": "pull", "id": ident, "offset": offset, "window": window}, REPLY_S, protocol.SIGNED), "size", int
        )
        acknowledged = offset
        while offset < size:
            message = next(self._messages(REPLY_S))
            if "error" in message:
                raise answers.error(message)
            if "d" not in message:
                continue
            piece = typed(message, "d", bytes)
            if message.get("o") != offset or not piece or offset + len(piece) > size:
                raise LinkLost("the box sent another piece than the next")
            offset += len(piece)
            if offset == size or offset - acknowledged >= window * 4096 // 2:
                self._send({"q": "ack", "o": offset})
                acknowledged = offset
            yield piece, size

    # Enrolment

    def enrol(
        self, owners: list[bytes], technician: bytes, auditor: bytes, now: int, left: Callable[[int], object] = lambda _: None
    ) -> Hello:
        """Make the box this owner's: it destroys all slots and makes new keys. RefusedByBox while the button is not held.

        Thousands of recordings take minutes: `left` hears how many are still to be destroyed.
        """
        message = {
            "q": "enrol",
            "owners": owners,
            "technician": technician,
            "auditor": auditor,
            "time": now,
            "entropy": os.urandom(32),
        }
        self._follow_enrolment(message, left)
        about = self.hello()
        if not about.provisioned:
            raise Press1Error("the box did not finish its enrolment", "repeat `press1 provision`")
        return about

    def _follow_enrolment(self, message: dict[str, Any], left: Callable[[int], object]) -> None:
        """Ask until the box has finished, or has come no further for too long."""
        end, begun, fewest = time.monotonic() + _STILL_S, False, -1
        while time.monotonic() < end:
            reply = next(self._plain(message, _ENROL_S), {})
            if begun and reply.get("error") == "button":
                return  # done, and the reply that said so was lost: hello tells
            if "error" in reply and reply["error"] != "session":
                raise answers.error(reply)
            if reply.get("r") == "enrol":
                begun = True
                if not reply.get("wait"):
                    return
                count = reply.get("left")  # an older box does not say
                if type(count) is int and (fewest < 0 or 0 <= count < fewest):
                    fewest, end = count, time.monotonic() + _STILL_S
                    left(count)
            time.sleep(_POLL_S)


def _item(item: Any) -> dict[str, Any]:
    """An item of `ls` with the right types."""
    if not isinstance(item, dict):
        raise Damaged("the box listed something that is no recording")
    kept: dict[str, Any] = {name: typed(item, name, bytes, 16) for name in ("id", "call")}
    kept["used"] = item.get("used") is True
    return {**kept, **{name: typed(item, name, kind) for name, kind in _ITEM.items()}}
