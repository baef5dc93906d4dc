"""Makes tests/vectors/journal: journal files good and tampered with, and what a check must name. `--check` only compares.

python tests/vectors/journal.py [--check]
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import cbor2

FOLDER = Path(__file__).resolve().parent / "journal"
NOVEMBER, DECEMBER = 1_795_251_600, 1_796_115_600  # 2026-11-21, 2026-12-01, both 09:00 UTC


def entry(n: int, t: int, **fields: Any) -> bytes:
    return cbor2.dumps({"n": n, "t": t, "event": "boot", "version": "0.1.0", **fields}, canonical=True)


def frames(entries: list[bytes], chain: bytes) -> tuple[list[bytes], bytes]:
    """Frames after a chain value, and the last one's."""
    out = []
    for raw in entries:
        chain = hashlib.sha256(chain + raw).digest()
        out.append(len(raw).to_bytes(2, "big") + raw + chain)
    return out, chain


def good() -> tuple[list[bytes], list[bytes], bytes]:
    """(frames of November, frames of December, last chain value): entries 1 to 9."""
    first, chain = frames([entry(n, NOVEMBER + n) for n in range(1, 6)], bytes(32))
    second, chain = frames([entry(n, DECEMBER + n) for n in range(6, 10)], chain)
    return first, second, chain


def cases() -> dict[str, dict[str, Any]]:
    """By name: files (hex by name) and findings ([kind, n])."""
    first, second, chain = good()
    edited = bytearray(first[2])
    edited[-40] ^= 1
    rewritten, last = frames([entry(n, NOVEMBER + n, version="9.9.9" if n == 3 else "0.1.0") for n in range(1, 6)], bytes(32))
    told, _ = frames(
        [entry(8, DECEMBER, event="fault", fault="journal", detail="entries 6 to 7 are not on this card")], b"\x77" * 32
    )
    rows = {
        "good": ([first, second], []),
        "good_padded": ([[*first, bytes(65536 - sum(map(len, first)))], second], []),
        "edit": ([[*first[:2], bytes(edited), *first[3:]], second], [["altered", 3]]),
        "edit_and_chain": ([rewritten, second], [["altered", 6]]),
        "drop": ([[*first[:2], *first[3:]], second], [["missing", 4]]),
        "drop_month_end": ([first[:3], second], [["missing", 6]]),
        "drop_told": ([first, told], []),
        "reorder": ([[first[0], first[2], first[1], *first[3:]], second], [["missing", 3], ["order", 2], ["missing", 4]]),
        "truncate": ([first, [*second[:3], second[3][:-7]]], [["truncated", 8]]),
        "truncate_first_month": ([[*first[:4], first[4][:20]], second], [["truncated", 4], ["missing", 6]]),
        "swap_months": ([second, first], [["month", 6], ["month", 7], ["month", 8], ["month", 9], ["missing", 6], ["order", 1]]),
        "stray": ([first, [*second, bytes(40), b"stray"]], [["damaged", 9]]),
        "garbage": ([[*first[:3], b"\x00\x10" + b"\xff" * 48, *first[3:]], second], [["damaged", 3], ["missing", 6]]),
        "cut_at_an_entry": ([first, second[:3]], []),
    }
    del last
    out = {}
    for name, (months, findings) in rows.items():
        files = {month + ".P1J": b"".join(parts).hex() for month, parts in zip(("202611", "202612"), months, strict=True)}
        if name == "good_padded":
            files["202611.P1J"] = files["202611.P1J"].rstrip("0")  # and zeros up to `padded`
        out[name] = {
            "files": files,
            "findings": findings,
            "head": [9, chain.hex()],
            "head_fits": name.startswith("good") or name == "edit",
        }
    out["good_padded"]["padded"] = 65536
    return out


def texts() -> dict[str, str]:
    return {name + ".json": json.dumps(case, indent=1, sort_keys=True) + "\n" for name, case in cases().items()}


def main() -> int:
    wanted = texts()
    if "--check" not in sys.argv:
        FOLDER.mkdir(exist_ok=True)
        for name, text in wanted.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"vectors: {len(wanted)} journals in tests/vectors/journal")
        return 0
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    return 0 if there == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
