"""Walks over pages of key slots: viper, no allocation in a page. `page` is 4,096 bytes; unit 0 is the header.

Times are compared as two 16-bit halves: 32-bit values are signed in viper and heap objects outside it on the chip.
"""

import micropython
from micropython import const

from store.region import UNITS

# Indices of the survey's output.
UNUSED = const(0)
LIVE_COUNT = const(1)
PREPARED_COUNT = const(2)
FINISHED_COUNT = const(3)
OTHER_COUNT = const(4)  # erasing, zeroed and not yet finished, torn
MIN_HIGH = const(5)
MIN_LOW = const(6)
SURVEY = const(7)

HORIZON = const(366)  # days that `leaving` tells apart
PURPOSE_BITS = const(4)  # that `tally` counts

# state & 0x8F: moved, zeroed, erasing, live, prepared
_LIVE = const(0x8C)
_PREPARED = const(0x8E)
_DONE = const(0x38)  # zeroed, unlinked, receipted all cleared

# (mask, value) for `find_id`
KEYED = (0x8D, 0x8C)  # live or prepared
SUPERSEDED = (0x88, 0x08)  # moved and not yet zeroed


@micropython.viper
def blank(page: ptr8, unit: int) -> bool:
    """All 64 bytes are FF."""
    at = unit * 64
    i = 0
    while i < 64:
        if page[at + i] != 0xFF:
            return False
        i += 1
    return True


@micropython.viper
def first_blank(page: ptr8) -> int:
    """Lowest blank unit from 1 on, or -1."""
    unit = 1
    while unit < 64:
        at = unit * 64
        i = 63
        while i >= 0 and page[at + i] == 0xFF:
            i -= 1
        if i < 0:
            return unit
        unit += 1
    return -1


@micropython.viper
def first_due(page: ptr8, unit: int, high: int, low: int) -> int:
    """First live unit from `unit` on with expiry <= high << 16 | low, or -1."""
    while unit < 64:
        at = unit * 64
        if page[at + 63] & 0x8F == _LIVE:
            h = page[at + 52] << 8 | page[at + 53]
            if h < high or (h == high and (page[at + 54] << 8 | page[at + 55]) <= low):
                return unit
        unit += 1
    return -1


@micropython.viper
def find_id(page: ptr8, id16: ptr8, mask: int, value: int) -> int:
    """First unit under this id whose state byte has `state & mask == value` (KEYED, SUPERSEDED), or -1."""
    unit = 1
    while unit < 64:
        at = unit * 64
        if page[at + 63] & mask == value:
            i = 0
            while i < 16 and page[at + i] == id16[i]:
                i += 1
            if i == 16:
                return unit
        unit += 1
    return -1


@micropython.viper
def next_with(page: ptr8, unit: int, mask: int, value: int) -> int:
    """First unit from `unit` on whose state byte has `state & mask == value`, or -1."""
    while unit < 64:
        if page[unit * 64 + 63] & mask == value:
            return unit
        unit += 1
    return -1


@micropython.viper
def survey(page: ptr8, out: ptr16):
    """Counts the page's units by kind into `out` (array('H') of SURVEY) with the earliest expiry of a live one (FFFF, FFFF: none)."""
    i = 0
    while i < 5:
        out[i] = 0
        i += 1
    min_high = 0xFFFF
    min_low = 0xFFFF
    unit = 1
    while unit < 64:
        at = unit * 64
        state = page[at + 63]
        kind = 4
        if state == 0xFF:
            i = 62
            while i >= 0 and page[at + i] == 0xFF:
                i -= 1
            if i < 0:
                kind = 0
        elif state & 0x8F == _LIVE:
            kind = 1
            h = page[at + 52] << 8 | page[at + 53]
            low = page[at + 54] << 8 | page[at + 55]
            if h < min_high or (h == min_high and low < min_low):
                min_high = h
                min_low = low
        elif state & 0x8F == _PREPARED:
            kind = 2
        elif state & _DONE == 0:
            kind = 3
        out[kind] = out[kind] + 1
        unit += 1
    out[5] = min_high
    out[6] = min_low


@micropython.viper
def next_odd(page: ptr8, unit: int) -> int:
    """First unit from `unit` on that a boot must set right, or -1.

    That is: torn, prepared, begun and not zeroed, zeroed with bits left in the secret, or live with a bad check.
    """
    while unit < 64:
        at = unit * 64
        state = page[at + 63]
        if state == 0xFF:
            i = 62
            while i >= 0 and page[at + i] == 0xFF:
                i -= 1
            if i >= 0:
                return unit
        elif state & 8 != 0:  # not zeroed: in order only when live, unreasoned and with a good check
            if state & 0x8F != _LIVE or page[at + 59] & 15 != 15:
                return unit
            h = 0x1C9DC5
            i = 0
            while i < 59:
                if i == 16:
                    i = 52
                h = (h ^ page[at + i]) * 0x193
                i += 1
            if h & 0xFFFFFF != (page[at + 60] << 16 | page[at + 61] << 8 | page[at + 62]):
                return unit
        else:
            i = 16
            while i < 52:
                if page[at + i] != 0:
                    return unit
                i += 1
        unit += 1
    return -1


@micropython.viper
def next_unsigned(page: ptr8, unit: int) -> int:
    """First unit from `unit` on that is live and whose file is not marked signed, or -1."""
    while unit < 64:
        if page[unit * 64 + 63] & 0x8F == _LIVE and page[unit * 64 + 59] & 0x80:
            return unit
        unit += 1
    return -1


def unsigned(table):
    """Numbers of the live slots of a SlotTable whose file is not marked signed; a page at a time: a table may hold thousands."""
    found = []
    for page in table.live_pages():
        unit = next_unsigned(table.page, 1)
        while unit > 0:
            found.append(page * UNITS + unit)
            unit = next_unsigned(table.page, unit + 1)
    return found


@micropython.viper
def tally(page: ptr8, out: ptr16):
    """Adds to `out` (array('H') of PURPOSE_BITS) the live units of the page that carry each purpose."""
    unit = 1
    while unit < 64:
        if page[unit * 64 + 63] & 0x8F == _LIVE:
            purposes = page[unit * 64 + 58]
            bit = 0
            while bit < 4:
                out[bit] = out[bit] + (purposes >> bit & 1)
                bit += 1
        unit += 1


@micropython.viper
def leaving(page: ptr8, first: int, out: ptr16):
    """Adds to `out` (array('H') of HORIZON), by days from day `first`, the live units filed under that day and not held."""
    unit = 1
    while unit < 64:
        at = unit * 64
        if page[at + 63] & 0x8F == _LIVE and page[at + 58] & 8 == 0:
            day = (page[at + 56] << 8 | page[at + 57]) - first
            if day < 0:
                day = 0
            if day < 366:
                out[day] = out[day] + 1
        unit += 1
