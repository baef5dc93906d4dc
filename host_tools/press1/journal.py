"""The box's journal (docs/format.md, section 9): frames parsed, the chain checked, the end compared with the signed head."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from press1 import cbor
from press1.errors import Damaged

_CHAIN = 32
_LENGTH = 2


def last(frames: bytes) -> int:
    """Number of the last entry: the numbers say where to read on, counting frames does not (the first is 1, some may be lost)."""
    *_, (raw, _) = _split(frames)
    return _number(cbor.loads(raw))


def _number(entry: Any) -> int:
    if not isinstance(entry, dict) or type(entry.get("n")) is not int:
        raise Damaged("a journal entry without a number")
    return int(entry["n"])


def _split(frames: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(entry, chain value) of every frame; Damaged when the bytes do not end with a frame."""
    at = 0
    while at < len(frames):
        length = int.from_bytes(frames[at : at + _LENGTH], "big")
        end = at + _LENGTH + length + _CHAIN
        if at + _LENGTH > len(frames) or end > len(frames):
            raise Damaged("the journal ends inside an entry")
        yield frames[at + _LENGTH : end - _CHAIN], frames[end - _CHAIN : end]
        at = end


class Chain:
    """Checks entries asked for from `since` on. `n` and `value` are those of the last one, `first` is the first one's number;
    `missing`: (first, last) of numbers that are not there, which happens when power and card were away at once.
    """

    def __init__(self, since: int = 0) -> None:
        self._since = since
        self.first: int | None = None
        self.missing: list[tuple[int, int]] = []
        self.n = 0
        self.value = bytes(_CHAIN)

    def entries(self, pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """The entries in order. A first entry that is not the journal's first is taken as the anchor: what stood
        before it cannot be checked without it. Damaged for a break of the chain."""
        for piece in pieces:
            for raw, value in _split(piece):
                yield self._next(raw, value)

    def _next(self, raw: bytes, value: bytes) -> dict[str, Any]:
        entry = cbor.loads(raw)
        if not isinstance(entry, dict) or type(entry.get("n")) is not int or type(entry.get("event")) is not str:
            raise Damaged("a journal entry without number or event")
        linked = hashlib.sha256(self.value + raw).digest() == value
        anchor = self.first is None and (self._since > 0 or entry["n"] > 1)
        if self.first is None:
            self.first = entry["n"]
        elif entry["n"] <= self.n:
            raise Damaged(f"entry {entry['n']} stands after entry {self.n}", "keep the card: it has been altered")
        elif entry["n"] != self.n + 1:
            self.missing.append((self.n + 1, entry["n"] - 1))
            anchor = True
        if not linked and not anchor:
            raise Damaged(f"the journal's chain is broken at entry {entry['n']}", "keep the card: it has been altered")
        self.n, self.value = entry["n"], value
        return entry

    def check_head(self, n: int, value: bytes) -> None:
        """The signed head must continue or equal what was read."""
        if n < self.n or (n == self.n and value != self.value):
            raise Damaged("the journal on the card is not the one that the box signs", "keep the card: it has been altered")
        if n > self.n:
            raise Damaged(
                f"the card holds the journal up to entry {self.n} only, the box has written {n}", "was the card changed?"
            )


def plain(value: Any) -> Any:
    """A journal value for JSON: bytes as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
