"""A journal of three months, made up, for reports: calls that end every way, draws, deletions on time and late, a hold, clock events."""

import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2

from press1 import profiles
from press1.policy import kept

DAY = 86_400
START = 1_788_220_800  # 2026-09-01T00:00:00Z
END = START + 91 * DAY
KEEP_S = 30 * DAY
POLICY = hashlib.sha256(b"policy").digest()
PROMPT = hashlib.sha256(b"prompt").digest()


class Journal:
    """Entries in order of time once `all` is asked for."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, t: int, event: str, **fields: Any) -> None:
        self.rows.append({"t": t, "event": event, **fields})

    def all(self) -> list[dict[str, Any]]:
        return [{"n": n, **row} for n, row in enumerate(sorted(self.rows, key=lambda row: row["t"]), 1)]


def ident(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]


def made(share: int = 20, calls_a_day: int = 6) -> Journal:
    """Training drawn for `share` per cent, asked; recordings kept for 30 days."""
    out, chance = Journal(), random.Random(7)
    out.add(START, "boot", version="0.1.0", cause="power", trusted=False)
    out.add(START + 60, "clock", **{"from": 0, "to": START + 60, "by": "technician"})
    out.add(START + 120, "session", role="owner", ok=True)
    out.add(START + 121, "policy", hash=POLICY, profile="training-consent")
    for day in range(90):
        for number in range(calls_a_day if day % 7 < 5 else 0):
            call(out, START + day * DAY + 8 * 3600 + number * 4000, f"{day}.{number}", share, chance)
    return out


def call(out: Journal, at: int, name: str, share: int, chance: random.Random) -> None:
    """One call: drawn or not, asked, answered one of several ways."""
    about = {"call": ident("call" + name)}
    hit = chance.random() < share / 100
    out.add(at, "draw", **about, purpose="training", share=share, drawn=hit)
    if not hit:
        out.add(at, "left_out", **about, purpose="training", reason="draw")
        out.add(at, "unrecorded", **about, reason="left_out")
        return
    out.add(at + 17, "prompt", **about, prompt="training-consent.da", hash=PROMPT, samples=136_000, offer=True)
    answer = chance.choice(("yes", "yes", "yes", "no", "silence", "regret"))
    if answer in ("no", "silence"):
        out.add(at + 19, "refusal", **about, reason="key" if answer == "no" else "timeout")
        return
    out.add(at + 19, "consent", **about, prompt="training-consent.da", sample=152_000, by="key")
    one = {"id": ident(name)}
    out.add(at + 19, "start", **one, **about, part=1, expires=at + 19 + KEEP_S, purposes=["training"])
    out.add(at + 199, "stop", **one, **about, part=1, reason="hangup", samples=1_440_000, records=356)
    if answer == "regret":
        out.add(at + 190, "withdrawal", **about, by="key")
        erase(out, at + 190, name, "withdrawn")
    elif at + 19 + KEEP_S < END:
        erase(out, at + 20 + KEEP_S, name, "expired")


def erase(out: Journal, at: int, name: str, reason: str) -> None:
    out.add(at, "erase", id=ident(name), reason=reason, slot=at, file=at, pulled=False)


def files(entries: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Month files with a good chain."""
    months: dict[str, bytes] = {}
    chain = bytes(32)
    for entry in entries:
        raw = cbor2.dumps(entry, canonical=True)
        chain = hashlib.sha256(chain + raw).digest()
        month = datetime.fromtimestamp(entry["t"], UTC).strftime("%Y%m")
        months[month] = months.get(month, b"") + len(raw).to_bytes(2, "big") + raw + chain
    paths = []
    for month, data in months.items():
        paths.append(folder / f"{month}.P1J")
        paths[-1].write_bytes(data)
    return paths


class _Words:
    id, language, samples, offer, hash = "training-consent.da", "da", 136_000, 120_000, PROMPT
    text = "Må vi optage samtalen til oplæring? Tast 1, hvis vi må."


def keep(home: Path, text: str | None = None) -> None:
    """What this computer would have kept when it loaded the policy."""
    kept.keep(home, POLICY, text or profiles.text("training-consent"), [_Words()])  # type: ignore[list-item]
