"""What the box's error codes (docs/protocol.md, section 7) mean to the person at the host."""

from typing import Any

from press1.errors import Gone, NoBox, Press1Error, RefusedByBox
from press1.protocol import LinkLost


class ButtonNeeded(RefusedByBox):
    """The consent button must be held while this is asked."""


_RESTART = "power it off and on; if it stays so, replace the board"
VALUES = "use the identity of a role that may do it, or values within its bounds"
_CODES: dict[str, tuple[type[Press1Error], str, str]] = {
    "refused": (RefusedByBox, "the box refuses this", VALUES),
    "busy": (RefusedByBox, "a call, or its sealing, is in progress", "repeat when the handset is down"),
    "button": (ButtonNeeded, "the consent button is not held", "hold the consent button on the box and repeat"),
    "clock": (RefusedByBox, "the box's clock is not trusted", "set it with `press1 time --set now`"),
    "gone": (Gone, "the box holds no such recording: erased or expired", "`press1 ls` shows what it holds"),
    "nocard": (RefusedByBox, "the box has no readable card", "insert the card and repeat"),
    "notfat": (RefusedByBox, "the card holds no FAT file system", "`press1 card format` makes one; it erases the card"),
    "full": (RefusedByBox, "the card, or the table of keys, is full", "pull and erase recordings, or use a larger card"),
    "unprovisioned": (NoBox, "the box has no owner yet", "`press1 provision` gives it one"),
    "session": (LinkLost, "the box ended the session", "repeat the command"),
    "notready": (RefusedByBox, "the box is not ready for this", "repeat in a moment"),
    "entropy": (RefusedByBox, "the box's source of randomness fails its tests", _RESTART),
    "selftest": (RefusedByBox, "the box fails its self test", _RESTART),
}


def error(reply: dict[str, Any]) -> Press1Error:
    """The exception for a reply with `error`."""
    code, say = str(reply.get("error")), _printable(reply.get("say"))
    if code in _CODES:
        kind, message, hint = _CODES[code]
        return kind(f"{message} ({say})" if say and say != code else message, hint)
    return Press1Error(f"the box answers {_printable(code)}: {say}", "box and host tools may be of different versions")


_STATES = {"absent": "nocard", "notfat": "notfat"}


def need_card(card: dict[str, Any]) -> None:
    """Raises RefusedByBox when an empty list only means that the box cannot read its card; `card`: the map in `info`."""
    if not card.get("present", True):
        raise error({"error": _STATES.get(str(card.get("state")), "nocard")})


def _printable(text: object) -> str:
    """A box is not trusted with the terminal: one short line without control characters."""
    return "".join(sign for sign in str(text or "")[:120] if sign.isprintable())
