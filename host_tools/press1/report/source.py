"""The journal a report is made from: over the link with the box's signed head, or from files of a card."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from press1 import cbor, journal, journal_files
from press1.device import Device
from press1.errors import Damaged, Usage

Entry = dict[str, Any]
_CLOCK_SET = 1_577_836_800  # 2020: an earlier time is that of a clock that was never set


@dataclass(frozen=True)
class Source:
    """All entries, oldest first. `box`: its id, or ""; `head`: the box signed the last entry; `faults`: what is wrong with the chain;
    `missing`: (first, last) numbers that are not there; `now`: where the journal ends."""

    entries: list[Entry]
    box: str
    box_key: str
    head: bool
    chain: str
    now: int
    faults: list[str] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)

    @property
    def first(self) -> int:
        return int(self.entries[0]["n"]) if self.entries else 0

    @property
    def last(self) -> int:
        return int(self.entries[-1]["n"]) if self.entries else 0


def from_box(device: Device) -> Source:
    """The whole journal; a break in it is a finding of the report, not its end."""
    assert device.about
    chain = journal.Chain()
    entries: list[Entry] = []
    faults: list[str] = []
    try:
        entries += chain.entries(device.journal(0))
        chain.check_head(*device.journal_head())
    except Damaged as error:
        faults.append(str(error))
    now = device.time()["time"]
    about = (device.about.box.hex(), device.about.box_key.hex())
    return Source(dated(entries), *about, not faults, chain.value.hex(), now, faults, chain.missing)


def from_files(paths: Sequence[Path]) -> Source:
    """Month files of a card. No box vouches for their end."""
    try:
        result = journal_files.check(list(paths))
        entries = [entry for path in sorted(paths, key=lambda path: path.name) for entry in _read(path)]
    except OSError as error:
        raise Usage(f"cannot read {error.filename}: {error.strerror}") from error
    faults = [one.text for one in result.findings if not one.told]
    found = dated(entries)
    return Source(found, "", "", False, result.chain.hex(), found[-1]["t"] if found else 0, faults)


def _read(path: Path) -> list[Entry]:
    """Entries up to the first place that is none; the check has named it."""
    data, at, found = path.read_bytes(), 0, []
    while at + 2 <= len(data) and (length := int.from_bytes(data[at : at + 2], "big")):
        try:
            entry = cbor.loads(data[at + 2 : at + 2 + length])
        except Damaged:
            break
        if not isinstance(entry, dict) or not {"n", "t", "event"} <= set(entry):
            break
        found.append(entry)
        at += 2 + length + journal_files.CHAIN
    return found


def dated(entries: Sequence[Entry]) -> list[Entry]:
    """Entries of a clock that was not set take the time of the next one that was, or of the last one before."""
    out: list[Entry] = []
    later = None
    for entry in reversed(entries):
        later = entry["t"] if entry["t"] >= _CLOCK_SET else later
        out.append({**entry, "t": later if later is not None else entry["t"]})
    return out[::-1]
