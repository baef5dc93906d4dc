"""What time does to a vault: purposes end (S30), recordings are destroyed when the last one has, holds come up for review."""

from dataclasses import dataclass, field

from press1.vault import schema as t
from press1.vault.entry import Entry
from press1.vault.store import Unreachable
from press1.vault.vault import Vault

ORDERS = ("expired", "withdrawn", "stopped", "erased")  # of a box's receipts: those that bind the vault too
_JUMP_S = 30 * 86_400  # a clock that is ahead by more may be wrong
_WAIT_S = 86_400  # time for a person, or for NTP, to put it right


@dataclass
class Swept:
    """`destroyed`: (entry, reason); `ended`: (recording, purpose); `waiting`: due but held; `reviews`: held, and the review is due;
    `files`: receipts whose file went now; `left`: whose file is still in the store; `jump`: days by which the clock seems ahead."""

    destroyed: list[tuple[Entry, str]] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    reviews: list[Entry] = field(default_factory=list)
    files: int = 0
    left: int = 0
    jump: int = 0


def sweep(vault: Vault, sure: bool = False) -> Swept:
    """Destroy what is due. When the clock has jumped since the last sweep nothing goes until it has stood so for a day, unless `sure`."""
    jump = 0 if sure else _jump(vault)
    if jump:
        return Swept(jump=jump)
    now, out = vault.now(), Swept()
    out.ended = vault.catalogue.end_purposes(now)
    orders = {row["id"]: row["reason"] for row in vault.catalogue.box_receipts(t.box_receipts.c.reason.in_(ORDERS))}
    due = {entry.id: entry for entry in vault.catalogue.entries(t.recordings.c.expires <= now)}
    due |= {ident: entry for ident in orders if (entry := vault.catalogue.get(ident))}
    for entry in due.values():
        _one(vault, entry, orders.get(entry.id), out)
    out.reviews = [entry for entry in vault.catalogue.entries() if entry.hold and entry.hold.review <= now]
    _files(vault, out)
    vault.catalogue.set_fact("swept", str(now))
    return out


def _jump(vault: Vault) -> int:
    """Days since the last sweep where that is too long to be believed at once."""
    now = vault.now()
    ahead = now - int(vault.catalogue.fact("swept") or now)
    since = now - int(vault.catalogue.fact("jumped") or 0)
    if ahead <= _JUMP_S or _WAIT_S <= since <= _JUMP_S:
        return 0
    if since > _JUMP_S or since < 0:
        vault.catalogue.set_fact("jumped", str(now))
    return ahead // 86_400


def _one(vault: Vault, entry: Entry, order: str | None, out: Swept) -> None:
    if entry.hold:
        out.waiting.append(entry)
        return
    reason = order or "expired"
    vault.erase(entry, reason, "box" if order else "vault")
    out.destroyed.append((entry, reason))


def _files(vault: Vault, out: Swept) -> None:
    """Files that the store would not give up when their keys went."""
    for row in vault.catalogue.unfinished():
        try:
            vault.store.delete(f"{row['id'][:2]}/{row['id']}.p1r")
        except Unreachable:
            out.left += 1
        else:
            vault.catalogue.removed(row["id"], vault.now())
            out.files += 1
