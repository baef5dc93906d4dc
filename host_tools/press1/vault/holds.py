"""Holds between vault and box (S23): one that was placed here while the box was away is sent when it comes, and so is its end.

A hold that the box has from somebody else is left alone; so is one that was sent, and ended there by somebody else.
"""

from typing import TYPE_CHECKING, Any

from press1.device import Device
from press1.errors import Gone, RefusedByBox

if TYPE_CHECKING:
    from press1.vault.exchange import Exchanged
    from press1.vault.vault import Vault

REASON_MAX = 120  # characters that the box takes
Row = dict[str, Any]


def settle(device: Device, vault: "Vault", items: list[Row], out: "Exchanged") -> None:
    """Send what is to be sent; `items` is read anew where that changed it. It may break off anywhere and be repeated."""
    assert device.about
    there, rows, box = {item["id"].hex(): item for item in items}, _rows(vault), device.about.box.hex()
    before = len(out.kept) + len(out.released)
    for ident, holds in rows.items():
        if ident not in there:
            if ident in vault.tombstones.stones and vault.tombstones.stones[ident].box == box:
                vault.catalogue.release_told(ident, vault.now())  # destroyed on both sides
            continue
        try:
            _one(device, vault, there[ident], holds, out)
        except Gone:  # it went meanwhile
            continue
        except RefusedByBox as error:
            out.fault = str(error)
    if len(out.kept) + len(out.released) > before:
        items[:] = device.ls()


def _rows(vault: "Vault") -> dict[str, list[Row]]:
    """Unsettled holds by recording."""
    found: dict[str, list[Row]] = {}
    for row in vault.catalogue.unsettled_holds():
        found.setdefault(row["recording"], []).append(row)
    return found


def _one(device: Device, vault: "Vault", item: Row, holds: list[Row], out: "Exchanged") -> None:
    ident = item["id"].hex()
    last, sent = holds[-1], any(row["told"] is not None for row in holds)
    if last["released"] is not None:
        if item["hold"]:
            device.release(item["id"])
            out.released.append(ident)
    elif not last["told"]:
        if (item["hold"] and not sent) or last["review"] <= vault.now():
            return  # somebody else's hold is there; or the review is overdue, and the box takes no date that has passed
        vault.catalogue.hold_told(ident, 0)  # first: a reply that is lost must not make it somebody else's
        device.hold(item["id"], last["review"], last["reason"][:REASON_MAX])
        vault.catalogue.hold_told(ident, vault.now())
        out.kept.append(ident)
    vault.catalogue.release_told(ident, vault.now())
