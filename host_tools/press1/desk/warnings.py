"""What the owner should look at, from what boxes and vault say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from press1.desk.calls import Call
from press1.desk.link import Seen

_LITTLE_CARD = 0.1  # of its size
_FEW_SLOTS = 100


@dataclass(frozen=True)
class Warning:
    """`name` of the text and its values; `box`: where a button helps (`clock`), else ""."""

    name: str
    values: dict[str, Any]
    box: str = ""


def of_box(seen: Seen, name: str) -> Iterator[Warning]:
    """What a box says of itself. Fields that it does not send say nothing."""
    info = seen.info
    if not info:
        return
    if info.get("lost_power"):
        yield Warning("warn_lost_power", {"box": name}, seen.box)
    elif info.get("trusted") is False:
        yield Warning("warn_untrusted", {"box": name}, seen.box)
    card = info.get("card") or {}
    if not card.get("present", True):
        yield Warning("warn_card", {"box": name})
    elif card.get("total") and card["free"] < _LITTLE_CARD * card["total"]:
        yield Warning("warn_space", {"box": name, "free": card["free"]})
    if info.get("slots", {}).get("free", _FEW_SLOTS) < _FEW_SLOTS:
        yield Warning("warn_slots", {"box": name, "n": info["slots"]["free"]})
    if info.get("lamp") == "fault" or info.get("state") == "fault":
        yield Warning("warn_fault", {"box": name})


def of_calls(calls: list[Call], now: int) -> Iterator[Warning]:
    """Holds whose review is due."""
    for call in calls:
        if call.hold and call.hold.review <= now:
            yield Warning("warn_review", {"when": call.created, "call": call.id})
