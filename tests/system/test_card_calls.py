"""The card in call scripts: one that keeps the box waiting, and one that somebody filled."""

import os

import pytest

from test_calls import Played, box, fresh

__all__ = ("box", "fresh")  # fixtures

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the simulator needs pseudo-terminals"),
    pytest.mark.timeout(290),
]


@pytest.fixture
def play(box, tmp_path):
    return lambda name: Played(name, box, tmp_path / "out")


def test_a_stall_of_0_8_s_costs_no_sample_and_a_longer_one_is_counted(play):
    played = play("card_stall")
    opened, closed = (one["sample"] for one in played.of("gate"))
    (stop,) = played.journal("stop")
    lost = closed - opened - stop["samples"]
    assert 0.4 * 8000 <= lost <= 0.6 * 8000  # what 1.5 s are more than the buffer's second; nothing for the 0.8 s
    (item,) = played.listing()
    assert item["state"] == "complete"


def test_a_full_card_refuses_and_nothing_older_gives_way(play):
    played = play("card_full")
    assert [entry["reason"] for entry in played.journal("unrecorded")] == ["full"]
    assert "warning" in [one["lamp"] for one in played.of("lamp")]
    (start,) = played.journal("start")
    (item,) = played.listing()
    assert item["id"] == start["id"] and item["state"] == "complete"
