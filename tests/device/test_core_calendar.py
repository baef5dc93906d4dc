"""Dates of seconds since 1970."""

import time

from core.calendar import date
from strict import eq

DAY = 86400


def test_every_day_until_2106():
    """Against the unix port, which counts from 1970 too."""
    for day in range((1 << 32) // DAY):
        if date(day * DAY) != time.gmtime(day * DAY)[:3]:
            raise AssertionError(day)


def test_ends_of_days():
    for t in (951782399, 951782400, 1_800_000_000, 4107542399, 4107542400, (1 << 32) - 1):
        eq(date(t), time.gmtime(t)[:3])
    eq(date(4107542400), (2100, 3, 1))  # 2100 has no leap day
