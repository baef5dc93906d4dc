"""`press1 inspect`: what a recording says about itself, without any key."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from press1.cli.context import Json, iso, paper, print_json, wants_json
from press1.errors import Usage
from press1.head import PREAMBLE, PREAMBLE_MAGIC, Consent, Head, read_head

_HEADER_LENGTH_AT, _HEADER_LENGTH_END = 44, 48


def inspect(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Recording (.p1r).")],
    json: Json = False,
) -> None:
    """Show preamble and header: when, why, on which consent, sealed to whom. It checks the head alone; `verify` checks all."""
    try:
        with open(file, "rb") as source:
            head = read_head(source)
    except OSError as error:
        raise Usage(f"cannot read {file}: {error.strerror}") from error
    if wants_json(context, json):
        print_json({"file": str(file), "preamble": preamble(head), "header": header(head)})
        return
    paper.print(_table(head))


def preamble(head: Head) -> dict[str, Any]:
    """The preamble's fields by their names in docs/format.md."""
    return {
        "magic": PREAMBLE_MAGIC,
        "version": 1,
        "id": head.id,
        "created": head.created,
        "expires": head.expires,
        "header_length": int.from_bytes(head.raw[_HEADER_LENGTH_AT:_HEADER_LENGTH_END], "big"),
        "head_length": head.length,
        "crc": int.from_bytes(head.raw[PREAMBLE.size - 4 : PREAMBLE.size], "big"),
    }


def header(head: Head) -> dict[str, Any]:
    """The header's fields by their names in docs/format.md."""
    return {
        "id": head.id,
        "call": head.call,
        "part": head.part,
        "box": head.box,
        "box_key": head.box_key,
        "profile": head.profile,
        "direction": head.direction,
        "purposes": [asdict(row) for row in head.purposes],
        "consent": asdict(head.consent) if head.consent else None,
        "notice": asdict(head.notice) if head.notice else None,
        "rate": list(head.rate),
        "codec": "G.711A",
        "channels": ["far", "near"],
        "line": asdict(head.line) if head.line else None,
        "first_sample": head.first_sample,
        "envelopes": [asdict(row) for row in head.envelopes],
    }


def evidence(consent: Consent | None, rate: tuple[int, int]) -> str:
    """One sentence on how consent was given."""
    if consent is None:
        return "none: no purpose rests on consent"

    def at(sample: int) -> str:
        return f"{sample * rate[1] / rate[0]:.3f} s"

    how = f"caller pressed {consent.key}" if consent.by == "key" else "spoken yes, attested by button"
    if consent.by == "key":
        how += f" ({consent.level / 10:.1f} dBm0, twist {consent.twist / 10:.1f} dB)"
    return (
        f"{how} at {at(consent.decision_sample)}, after prompt {consent.prompt} (key offer at {at(consent.offer_sample)}); "
        f"stored from {at(consent.first_sample)}"
    )


def channels(head: Head) -> str:
    """Whether anybody has checked who is heard in which channel."""
    if head.line is None:
        return "far for the other party, near for the employee; not checked by a line test"
    return f"far is the other party, near the employee; checked by line test on {iso(head.line.tested)} (profile {head.line.hash.hex()})"


def _table(head: Head) -> Table:
    table = Table(show_header=False, box=None)
    rate = f"{head.rate[0]}/{head.rate[1]} Hz" if head.rate[1] > 1 else f"{head.rate[0]} Hz"
    purposes = [f"{row.purpose} (basis {row.basis}) until {iso(row.end)}" for row in head.purposes]
    rows = {
        "id": head.id.hex(),
        "call": f"{head.call.hex()}, part {head.part}",
        "created": iso(head.created),
        "expires": iso(head.expires),
        "purposes": "\n".join(purposes),
        "consent": evidence(head.consent, head.rate),
        "profile": f"{head.profile}, call {head.direction}",
        "sound": f"A-law, far and near, {rate}, from sample {head.first_sample}",
        "channels": channels(head),
        "box": head.box.hex(),
        "sealed to": "\n".join(row.key.hex() for row in head.envelopes),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def register(app: typer.Typer) -> None:
    """Hang `inspect` under the main command."""
    app.command()(inspect)
