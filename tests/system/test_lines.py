"""Whole calls by what the line does: keys that never arrive, keys of the wrong person, voices over keys, a live room, a slow card."""

import numpy as np

from press1 import container
from test_calls import alaw, box, exported, fresh, header_of, play, written  # noqa: F401  # fixtures

NOTHING_KEPT = ["waiting", "refused", "idle"]


def nothing_is_kept(played, reason):
    """Nothing was recorded, and the journal says why."""
    assert not played.of("gate") and not played.journal("start") and not played.journal("consent")
    assert [entry["reason"] for entry in played.journal("refusal")] == [reason]
    assert played.listing() == [] and played.live_slots() == 0


def test_a_phone_with_silent_keys_cannot_say_yes(play):  # noqa: F811
    played = play("silent_keys")
    assert played.of("key") == [] and played.states()[-3:] == NOTHING_KEPT
    nothing_is_kept(played, "timeout")


def test_an_employee_who_presses_1_consents_to_nothing(play):  # noqa: F811
    played = play("employee_one")
    keys = played.of("key")
    assert [round(one["t"]) for one in keys] == [16, 19, 21, 41]
    assert all(one["side"] == "local" and not one["counted"] and one["meaning"] == "ignored" for one in keys)
    assert played.states()[-3:] == NOTHING_KEPT
    nothing_is_kept(played, "timeout")


def test_a_caller_who_talks_over_the_prompt_and_presses_1(play):  # noqa: F811
    played = play("talking")
    early, accepted = played.of("key")
    assert (early["side"], early["counted"], early["meaning"]) == ("far", False, "early")
    assert (accepted["side"], accepted["counted"], accepted["meaning"]) == ("far", True, "accept")
    assert played.states() == ["lifted", "announcing", "offering", "granted", "idle"]
    opened, closed = played.of("gate")
    assert opened["open"] and accepted["sample"] < opened["sample"] <= accepted["sample"] + 320 and not closed["open"]
    (stopped,) = [one for one in played.of("prompt") if one["what"] == "stopped"]
    assert stopped["t"] - accepted["t"] <= 0.020
    (item,) = played.listing()
    assert item["state"] == "complete" and item["purposes"] == ["training"]


def test_a_caller_who_talks_while_the_box_waits_and_presses_1(play):  # noqa: F811
    played = play("talking_later")
    (key,) = played.of("key")
    assert key["counted"] and key["side"] == "far" and abs(key["sample"] - 21.9 * 8000) < 800
    assert played.states()[-3:] == ["waiting", "granted", "idle"]
    assert len(played.listing()) == 1


def test_a_live_microphone_on_the_hook_is_no_call(play):  # noqa: F811
    """S1: the room talks, keys sound, a tone rings; the box hears none of it."""
    played = play("live_microphone")
    for event in ("state", "key", "prompt", "gate", "fault"):
        assert played.of(event) == []
    assert {one["entry"]["event"] for one in played.of("journal")} <= {"boot"}
    media = written(played.box)
    assert b"training-consent" in media  # the search sees what is there
    for channel in ("far", "near"):
        track = played.track(channel)
        for start in range(0, len(track) - 24, 2000):
            part = track[start : start + 24]
            assert np.abs(part).max() < 300 or part.tobytes() not in media
    assert played.listing() == [] and played.live_slots() == 0


def test_a_card_slower_than_the_buffer_leaves_a_gap_and_both_channels_whole(play, tmp_path):  # noqa: F811
    """1.6 s at the card with a second of buffer: 0.6 s are lost, counted, and silent in the export; a stall of 0.4 s costs nothing."""
    played = play("stall")
    opened, closed = played.of("gate")
    lost = round(0.6 * 8000)
    channels, shown = exported(played.box, tmp_path / "pulled")
    (recording,) = (tmp_path / "pulled").glob("*.p1r")
    trailer = container.verify_file(recording).trailer
    whole = closed["sample"] - opened["sample"]
    assert trailer and (trailer.gap_samples, trailer.audio_samples) == (lost, whole - lost)
    assert header_of(shown)["first_sample"] == opened["sample"] and channels.shape == (whole, 2)
    first = opened["sample"]
    heard = np.stack([np.pad(played.track(side), (0, 400000))[first : first + whole] for side in ("far", "near")], 1)
    missing = np.flatnonzero((channels != alaw(heard)).any(axis=1))  # A-law has no zero, so each sample of the gap differs
    assert len(missing) == lost == missing[-1] - missing[0] + 1
    assert not channels[missing].any()
    assert 25.0 <= (first + missing[0]) / 8000 <= 27.6  # the stall is at the first write after 25 s
