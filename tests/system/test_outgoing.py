"""Outgoing calls on the whole product: a prompt waits for a person."""

from test_calls import box, fresh, play  # noqa: F401  # fixtures


def test_the_prompt_waits_for_an_answer_and_not_for_ringing(play):  # noqa: F811
    played = play("outgoing")
    (started,) = [one for one in played.of("prompt") if one["what"] == "started"]
    assert 16.3 < started["t"] < 17.5
    assert played.states()[-4:] == ["offering", "waiting", "granted", "idle"] or "granted" in played.states()
    (item,) = played.listing()
    assert item["direction"] == "out"


def test_a_busy_line_is_not_asked(play):  # noqa: F811
    played = play("busy")
    assert played.states() == ["lifted", "idle"] and played.of("prompt") == [] and played.of("gate") == []
    assert played.listing() == []
