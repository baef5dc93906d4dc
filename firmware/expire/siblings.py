"""The other parts of a call whose erasure a power cut interrupted: what was withdrawn is withdrawn as a whole."""

from micropython import const

from core import cbor
from core.errors import Malformed
from store import preamble
from store import slot_scan as scan

_HEADER_MAX = const(8192)
_WHOLE_CALLS = const(("withdrawn", "stopped"))  # reasons that are given for a call; `withdrawn` only for what has these purposes
_ALL = const(0xFF)


def call_of(path):
    """The call id in a recording's header, or None. Raises OSError from the card."""
    with open(path, "rb") as file:
        try:
            start = preamble.parse(file.read(preamble.SIZE))
            header = cbor.decode(file.read(min(start.header_length, _HEADER_MAX)))
        except Malformed:
            return None
    return header.get("call") if isinstance(header, dict) else None


def left_over(slots, shelf, begun):
    """[(number, reason)] of live slots that belong to a call of which a slot in `begun` (numbers) was erased.

    Only parts that are not signed yet: a call is erased while it is in progress, and signed after it.
    """
    calls = {}
    for number in begun:
        slot = slots.read(number)
        if slot.reason in _WHOLE_CALLS and not slot.unlinked:
            calls[_call(shelf, slot)] = (slot.reason, _ALL if slot.reason == "stopped" else slot.purposes)
    calls.pop(None, None)
    if not calls:
        return []
    out = []
    for number in scan.unsigned(slots):
        slot = slots.read(number)
        reason, purposes = calls.get(_call(shelf, slot), ("", 0))
        if slot.purposes & ~purposes == 0:
            out.append((slot.number, reason))
    return out


def _call(shelf, slot):
    path = shelf.locate(slot.id, slot.filed_time)
    return call_of(path) if path else None
