"""When there is no room left, at the rate of the last days (docs/protocol.md, `forecast`). From counts alone: no file is looked at."""

from array import array

from micropython import const

from store import slot_scan as scan
from store.region import UNITS

_DAY_S = const(86400)
_DAYS = const(7)  # looked at
_RESERVE_BYTES = const(262144)  # kept free for journal, trailers and directories (seal.parts)


class Rate:
    """What was signed on each of the last days: rows [day, recordings, bytes, seconds kept], newest last."""

    def __init__(self, rows=()):
        self.rows = [list(row) for row in rows]

    def add(self, now, size, keep_s):
        """A recording of `size` bytes was signed that stays for `keep_s`."""
        day = now // _DAY_S
        self.rows = [row for row in self.rows if day - _DAYS <= row[0] <= day]  # a clock that was set back forgets
        if not self.rows or self.rows[-1][0] != day:
            self.rows.append([day, 0, 0, 0])
        row = self.rows[-1]
        row[1] += 1
        row[2] += size
        row[3] += keep_s

    def mean(self, now):
        """(days looked at, recordings a day, bytes a day, days kept), or None: nothing was signed on them."""
        today = now // _DAY_S
        rows = [row for row in self.rows if today - _DAYS <= row[0] < today]
        over = today - rows[0][0] if rows else 1
        rows = rows or [row for row in self.rows if row[0] == today]
        count = sum(row[1] for row in rows)
        if not count:
            return None
        size, keep_s = sum(row[2] for row in rows), sum(row[3] for row in rows)
        return over, _up(count, over), _up(size, over), _up(keep_s, count * _DAY_S)


def _up(a, b):
    return (a + b - 1) // b


def _gone(slots, today):
    """By days from today: how many live recordings end, over the pages that have any."""
    out = array("H", bytes(2 * scan.HORIZON))
    for _ in slots.live_pages():
        scan.leaving(slots.page, today, out)
    return out


def _room(gone, rate, keep, each, free):
    """The last day on which `rate` a day, kept for `keep` days, still fit, where each that is gone gives back `each`; or None."""
    back = 0
    for day in range(1, scan.HORIZON):
        back += gone[day - 1] * each
        if rate * min(day, keep) - back > free:
            return day - 1
    return None


def forecast(slots, now, rate, card):
    """The map of docs/protocol.md, or None. `rate`: Rate; `card`: map `present total free`."""
    mean = rate.mean(now)
    if mean is None:
        return None
    over, recordings, size, keep = mean
    found = {"over": over, "recordings": recordings, "bytes": size, "keep": keep, "days": None, "by": ""}
    if card["present"]:
        _fill(found, slots, now, card)
    return found


def _fill(found, slots, now, card):
    live = slots.live_count()
    gone = _gone(slots, now // _DAY_S)
    each = (card["total"] - card["free"]) // live if live else 0
    rows = (
        ("card", _room(gone, found["bytes"], found["keep"], each, card["free"] - _RESERVE_BYTES)),
        ("slots", _room(gone, found["recordings"], found["keep"], 1, len(slots.pages) * (UNITS - 1) - live)),
    )
    for name, days in rows:
        if days is not None and (found["days"] is None or days < found["days"]):
            found["days"], found["by"] = days, name
