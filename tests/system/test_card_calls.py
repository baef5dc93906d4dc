"""The card in call scripts: stalls, a card that somebody filled, and one that was out when its recordings' time was up."""

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


def test_a_full_card_refuses_and_an_absent_one_keeps_no_key(play):
    played = play("card_full")
    assert [entry["reason"] for entry in played.journal("unrecorded")] == ["full"]
    assert "warning" in [one["lamp"] for one in played.of("lamp")]
    erased = [entry for entry in played.journal("erase") if entry["reason"] == "expired"]
    assert len(erased) == 1 and erased[0]["file"] is None  # the key went on time, without the card
    (start,) = played.journal("start")
    assert erased[0]["slot"] - start["expires"] <= 60
    assert [entry["id"] for entry in played.journal("unlinked")] == [erased[0]["id"]]
    assert played.listing() == [] and played.live_slots() == 0
