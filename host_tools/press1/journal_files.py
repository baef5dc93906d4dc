"""Journal files of a card, checked without a box (docs/format.md, section 9): what was altered, dropped, moved or cut is named.

What a reader without the box's signed head cannot see is an end that was cut off between two entries, and a chain that was computed
anew from somewhere to its end: give the head, or ask the box.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from press1 import cbor
from press1.errors import Damaged, Usage

CHAIN = 32
_NAME = re.compile(r"(\d{6})\.P1J", re.IGNORECASE)
_ENTRY_MAX = 4096


@dataclass(frozen=True)
class Finding:
    """`kind`: altered, missing, order, truncated, damaged, month, head. `told`: an entry of the box itself names what is missing."""

    kind: str
    file: str
    n: int
    text: str
    told: bool = False


@dataclass(frozen=True)
class Frame:
    """One entry as it stands in a file."""

    file: str
    offset: int
    entry: dict[str, Any]
    raw: bytes
    chain: bytes

    @property
    def n(self) -> int:
        return int(self.entry["n"])


@dataclass
class Result:
    """What a check found: entries read, the last one's number and chain value, and findings in the order of the journal."""

    entries: int
    first: int
    n: int
    chain: bytes
    findings: list[Finding]

    @property
    def good(self) -> bool:
        """Nothing but gaps that the box itself tells of."""
        return all(finding.told for finding in self.findings)


def check(paths: list[Path], head: tuple[int, bytes] | None = None) -> Result:
    """Checks month files, in whatever order they are given. `head`: (n, chain value) that the box signed, where it is known."""
    findings: list[Finding] = []
    frames: list[Frame] = []
    for month, path in sorted((_month(path), path) for path in paths):
        frames += _frames(path, month, findings)
    before: Frame | None = None
    for frame in frames:
        findings += _link(before, frame)
        before = frame
    last = frames[-1] if frames else None
    result = Result(
        len(frames), frames[0].n if frames else 0, last.n if last else 0, last.chain if last else bytes(CHAIN), findings
    )
    if head and head != (result.n, result.chain):
        findings.append(
            Finding(
                "head",
                last.file if last else "",
                result.n,
                f"the box signed entry {head[0]} as the last one: the end was cut off, or altered",
            )
        )
    return result


def _month(path: Path) -> str:
    found = _NAME.fullmatch(path.name)
    if not found:
        raise Usage(f"{path.name} is no journal file", "they are called YYYYMM.P1J")
    return found[1]


def _frames(path: Path, month: str, findings: list[Finding]) -> Iterator[Frame]:
    """Frames of one file; what ends it in disorder goes to `findings`."""
    data = path.read_bytes()
    at, n = 0, 0
    while at + 2 <= len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        end = at + 2 + length + CHAIN
        if length == 0:
            break
        if length <= _ENTRY_MAX and end > len(data):
            findings.append(Finding("truncated", path.name, n, f"the file ends inside the entry after {n}"))
            return
        try:
            entry = _entry(data[at + 2 : end - CHAIN])
        except Damaged as error:
            findings.append(Finding("damaged", path.name, n, f"no entry stands after {n}: {error}"))
            return
        frame = Frame(path.name, at, entry, data[at + 2 : end - CHAIN], data[end - CHAIN : end])
        if datetime.fromtimestamp(entry["t"], UTC).strftime("%Y%m") > month:
            findings.append(Finding("month", path.name, frame.n, f"entry {frame.n} is of a later month than its file"))
        yield frame
        at, n = end, frame.n
    if any(data[at:]):
        findings.append(Finding("damaged", path.name, n, f"something stands behind the end, after entry {n}"))


def _entry(raw: bytes) -> dict[str, Any]:
    if len(raw) > _ENTRY_MAX:
        raise Damaged("longer than any entry")
    entry = cbor.loads(raw)
    whole = (
        isinstance(entry, dict)
        and type(entry.get("n")) is int
        and type(entry.get("t")) is int
        and type(entry.get("event")) is str
    )
    if not whole:
        raise Damaged("a journal entry without number, time or event")
    return entry


def _link(before: Frame | None, frame: Frame) -> Iterator[Finding]:
    """How an entry follows the one before it."""
    last = before.n if before else 0
    if frame.n <= last:
        yield Finding("order", frame.file, frame.n, f"entry {frame.n} stands after entry {last}")
    elif frame.n > last + 1 and before is None:
        yield Finding("missing", frame.file, frame.n, f"entries 1 to {frame.n - 1} are not in these files")
    elif frame.n > last + 1:
        text = f"entries {last + 1} to {frame.n - 1} are missing"
        yield Finding("missing", frame.file, frame.n, text, told=_tells(frame.entry, last + 1, frame.n - 1))
    elif hashlib.sha256((before.chain if before else bytes(CHAIN)) + frame.raw).digest() != frame.chain:
        yield Finding(
            "altered", frame.file, frame.n, f"the chain is broken at entry {frame.n}: it, or the one before it, was altered"
        )


def _tells(entry: dict[str, Any], first: int, last: int) -> bool:
    """The box's own word on numbers that never reached this card."""
    return entry["event"] == "fault" and entry.get("detail") == f"entries {first} to {last} are not on this card"
