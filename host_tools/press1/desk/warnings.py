"""What the owner should look at, from what boxes and vault say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from press1 import linetest
from press1.desk.link import Seen
from press1.rights.cases import Case
from press1.rights.review import Due

_LITTLE_CARD = 0.1  # of its size
_FEW_SLOTS = 100
_SOON_DAYS = 7


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
    yield from _room(info, name)
    if info.get("lapsed"):
        yield Warning("warn_lapsed", {"box": name})
    if linetest.silent_phone(info):
        yield Warning("warn_silent_keys", {"box": name, "day": info["line"]["tested"]})
    if info.get("lamp") == "fault" or info.get("state") == "fault":
        yield Warning("warn_fault", {"box": name})


def _room(info: dict[str, Any], name: str) -> Iterator[Warning]:
    """Card and slots as they are; else what the rate of the last days will make of them."""
    card, slots, forecast = info.get("card") or {}, info.get("slots", {}).get("free", _FEW_SLOTS), info.get("forecast") or {}
    little = card.get("total") and card["free"] < _LITTLE_CARD * card["total"]
    if not card.get("present", True):
        yield Warning("warn_notfat" if card.get("state") == "notfat" else "warn_card", {"box": name})
    elif little:
        yield Warning("warn_space", {"box": name, "free": card["free"]})
    if slots < _FEW_SLOTS:
        yield Warning("warn_slots", {"box": name, "n": slots})
    days = forecast.get("days")
    if days is not None and days < _SOON_DAYS and not little and slots >= _FEW_SLOTS:
        yield Warning("warn_room", {"box": name, "room": days})


def of_reviews(rows: list[Due]) -> Iterator[Warning]:
    """What a person must look at; one line a call."""
    for call in dict.fromkeys(row.found.call for row in rows):
        row = next(row for row in rows if row.found.call == call)
        yield Warning(f"warn_review_{row.why}", {"when": row.found.created, "call": call})


def of_cases(cases: list[Case]) -> Iterator[Warning]:
    """Objections that wait for somebody."""
    for case in cases:
        if case.kind == "objection" and case.open:
            yield Warning("warn_case", {"case": case.number, "day": case.opened})
