"""Dates of UTC seconds since 1970. MicroPython's own `time.gmtime` counts from 1970 on one port and from 2000 on another."""

from micropython import const

_DAY_S = const(86400)
_ERA = const(146097)  # days of 400 years
_BEFORE = const(719468)  # days from 0000-03-01 to 1970-01-01


def date(t):
    """(year, month, day). Gregorian; years begin in March, so that the leap day is their last."""
    days = t // _DAY_S + _BEFORE
    era, day = days // _ERA, days % _ERA
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    month = month + 3 if month < 10 else month - 9
    return year + 400 * era + (month <= 2), month, day + 1
