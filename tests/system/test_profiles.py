"""Every shipped profile on the whole product: the keys and buttons do exactly what its prompt promises (S40 to S46, S5, S11, S12, S20)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from test_calls import START, Played, pytestmark  # noqa: F401  # POSIX only, bounded time

DAY = 86400


@pytest.fixture
def play(tmp_path: Path) -> Callable[[str], Played]:
    """Plays a call of calls/profile_*.toml on a demonstration box of its own."""
    return lambda name: Played(f"profile_{name}", tmp_path / "box", tmp_path / "out")


def hosts(played: Played) -> list[list[dict]]:
    """What the script's own `ls --json` verbs printed."""
    return [json.loads(one["output"]) for one in played.of("sim") if one["what"] == "host"]


def purposes(played: Played) -> list[list[str]]:
    return [item["purposes"] for item in sorted(played.listing(), key=lambda item: item["part"])]


def test_documentation_begins_after_the_notice_and_an_objection_is_a_case(play):
    played = play("documentation")
    (ended,) = [one for one in played.of("prompt") if one["what"] == "ended"]
    opened = played.of("gate")[0]
    assert opened["open"] and opened["sample"] >= ended["sample"]
    assert [entry["ground"] for entry in played.journal("objection")] == ["stated"]
    (item,) = played.listing()
    assert item["purposes"] == ["documentation"] and item["basis"] == ["balancing"]


def test_the_fallback_for_documentation_asks(play):
    played = play("documentation_consent")
    (item,) = played.listing()
    assert item["purposes"] == ["documentation"] and item["basis"] == ["consent"]


def test_opting_out_during_the_call_erases_it(play):
    played = play("training_opt_out")
    assert played.states()[-2:] == ["withdrawn", "idle"]
    assert [entry["reason"] for entry in played.journal("erase")] == ["withdrawn"]
    assert played.listing() == [] and played.live_slots() == 0


def test_opting_out_before_the_end_of_the_notice_records_nothing(play):
    played = play("training_opt_out_before")
    assert played.states()[-2:] == ["refused", "idle"] and played.of("gate") == []
    assert played.of("prompt")[-1]["what"] == "stopped" and played.of("prompt")[-1]["t"] < 8.2
    assert played.listing() == []


def test_special_circumstances_end_on_a_stated_ground_and_not_by_key(play):
    played = play("training_special")
    (key,) = played.of("key")
    assert key["meaning"] == "ignored" and key["digit"] == ""
    (entry,) = played.journal("withdrawal")
    assert entry["by"] == "objection" and entry["t"] == START + 30
    assert played.listing() == []


def test_consent_to_training_joins_documentation_and_leaves_it_again(play):
    played = play("both_training_consent")
    assert [entry["by"] for entry in played.journal("consent")] == ["key"]
    assert [entry["purpose"] for entry in played.journal("dropped")] == ["training"]
    listed = purposes(played)
    assert len(listed) >= 2 and all(names == ["documentation"] for names in listed)
    assert [entry["purposes"] for entry in played.journal("start")][-2:] == [["documentation", "training"], ["documentation"]]


def test_opting_out_of_training_leaves_documentation(play):
    played = play("both_training_opt_out")
    assert purposes(played) == [["documentation"], ["documentation"]]
    assert played.journal("erase") == []


def test_a_stated_ground_ends_training_only(play):
    played = play("both_special")
    assert purposes(played) == [["documentation"], ["documentation"]]
    assert [entry["by"] for entry in played.journal("dropped")] == ["objection"]


def test_the_leaflets_48_hours(play):
    played = play("leaflet")
    before, after = hosts(played)
    assert len(before) == 1 and after == []
    (entry,) = played.journal("erase")
    start = played.journal("start")[0]
    assert start["expires"] == start["t"] + 2 * DAY
    assert entry["reason"] == "expired" and 0 <= entry["slot"] - start["expires"] <= 60


def test_a_spoken_yes_is_attested(play):
    played = play("spoken_yes")
    (entry,) = played.journal("consent")
    assert entry["by"] == "button"
    assert played.of("gate")[0]["t"] == pytest.approx(21.0, abs=0.1)
    assert len(played.listing()) == 1


def test_a_threat_is_recorded_whatever_came_before(play):
    played = play("threat")
    assert played.states()[-3:] == ["stopped", "granted", "idle"]
    (item,) = played.listing()
    assert item["purposes"] == ["threat"] and item["basis"] == ["vital-interest"]
    assert [entry["reason"] for entry in played.journal("threat")] == ["threat"]
    assert [one["t"] for one in played.of("gate") if one["open"]][-1] == pytest.approx(18.5, abs=0.1)


def test_sensitive_words_are_left_out_or_erased(play):
    played = play("sensitive")
    gate = [(one["open"], round(one["t"])) for one in played.of("gate")]
    assert gate == [(True, 19), (False, 26), (True, 30), (False, 44)]
    parts = [item["part"] for item in sorted(played.listing(), key=lambda item: item["part"])]
    assert parts == [1, 3]
    assert [entry["by"] for entry in played.journal("withdrawal")] == ["mark"]


def test_each_purpose_has_its_own_end(play):
    played = play("two_ends")
    listed = [[item["purposes"] for item in found] for found in hosts(played)]
    assert listed == [[["documentation", "training"]], [["documentation"]], []]
    (entry,) = played.journal("erase")
    assert entry["reason"] == "expired"
