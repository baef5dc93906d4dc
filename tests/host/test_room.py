"""The free-space forecast in words."""

import pytest

from press1.cli.info import room

FOUND = {"over": 7, "recordings": 12, "bytes": 3_400_000, "keep": 90, "days": 34, "by": "card"}
RATE = "at the rate of the last 7 days (12 recordings, 3.4 MB a day, kept 90 days)"


@pytest.mark.parametrize(
    ("change", "card", "said"),
    [
        ({}, True, f"for 34 days {RATE}, then the card is full"),
        ({"days": 0}, True, f"for less than a day {RATE}, then the card is full"),
        ({"days": 1}, True, f"for 1 day {RATE}, then the card is full"),
        ({"by": "slots"}, True, f"for 34 days {RATE}, then no key slot is free"),
        ({"days": None, "by": ""}, True, f"for more than a year {RATE}"),
        ({"days": None, "by": ""}, False, f"not known while the card is away; {RATE[7:]}"),
        (
            {"over": 1},
            True,
            "for 34 days at the rate of one day (12 recordings, 3.4 MB a day, kept 90 days), then the card is full",
        ),
    ],
)
def test_a_forecast(change, card, said):
    assert room({**FOUND, **change}, card) == said


def test_nothing_known():
    assert room(None, True).startswith("nothing was recorded")
