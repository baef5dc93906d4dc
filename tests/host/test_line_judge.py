"""Verdicts of the line test: from measurements alone, at the limits of each rule."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press1.errors import Damaged, Usage
from press1.linetest import judge as judging
from press1.linetest import measures, report
from press1.linetest.measures import Key, Levels, Section
from press1.linetest.sections import PRESSES, STEPS

RATE = (8000, 1)
SILENCE = (None,) * measures.BANDS


def levels(dbm0: float | None) -> Levels:
    return Levels(dbm0, dbm0, 1.0 if dbm0 is not None else 0.0, SILENCE)


def keys(channel: str, level: float = -14.0, other: float | None = None, twist: float = 0.0, count: int = 6) -> tuple[Key, ...]:
    return tuple(Key(channel, digit, 4000 * n, level, twist, other) for n, digit in enumerate(PRESSES[:count]))


def measured(**change: Section) -> list[Section]:
    """A good phone: keypad in both channels, no side tone, no leak."""
    good = {
        "quiet": Section(1, 6, 0, levels(-65), levels(-66), ()),
        "far_voice": Section(2, 10, 0, levels(-20), levels(-66), ()),
        "near_voice": Section(3, 10, 0, levels(-65), levels(-18), ()),
        "far_keys": Section(4, 6, 0, levels(-18), levels(-66), keys("far")),
        "local_keys": Section(5, 6, 0, levels(-12), levels(-24), keys("far", -10, -12) + keys("near", -22, 12)),
    }
    return list({**good, **change}.values())


def judge(**change: Section) -> judging.Verdict:
    return judging.judge(measured(**change), "Desk phone", "base", 1795251600)


def texts(verdict: judging.Verdict, weight: str) -> str:
    return "; ".join(one.text for one in verdict.findings if one.weight == weight)


def test_a_good_phone():
    verdict = judge()
    assert verdict.by_key and verdict.words == "consent by key works on this phone" and not texts(verdict, "bad")
    assert verdict.profile == {
        "limit_db": 20, "local_in_band": True, "local_level": -100, "local_twist": 0, "sidetone_db": None,
        "phone": "Desk phone", "wiring": "base", "far_keys": True, "swapped": False, "tested": 1795251600,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("count", "words"), [(0, "does not pass on the caller's keys"), (1, "only 1 of 6"), (4, "only 4 of 6"), (5, "")]
)
def test_keys_that_do_not_arrive_need_the_spoken_yes(count, words):
    verdict = judge(far_keys=Section(4, 6, 0, levels(-18), levels(-66), keys("far", count=count)))
    assert verdict.by_key == (count >= 5) == verdict.profile["far_keys"]
    assert not words or (words in verdict.words and verdict.words.endswith("use the spoken-yes profile"))


def test_keys_in_near_alone_are_no_callers_keys():
    assert not judge(far_keys=Section(4, 6, 0, levels(-66), levels(-18), keys("near"))).profile["far_keys"]


def test_exchanged_taps_are_seen_and_everything_is_turned_round():
    turned = [one.exchanged() for one in measured()]
    verdict = judging.judge(turned, "Desk phone", "base", 1795251600)
    assert verdict.profile == {**judge().profile, "swapped": True}
    assert verdict.by_key and "other way round" in verdict.words and verdict.sections == tuple(measured())


@pytest.mark.parametrize(
    ("far", "near"),
    [((-20, -20), (-18, -18)), ((-66, -20), (-65, -18)), ((-20, -66), (-18, -40)), ((None, None), (None, None))],
)
def test_voices_that_cannot_be_told_apart_are_no_wiring(far, near):
    """Each pair is (far channel, near channel) while the far, the near voice speaks."""
    verdict = judge(
        far_voice=Section(2, 10, 0, levels(far[0]), levels(far[1]), ()),
        near_voice=Section(3, 10, 0, levels(near[0]), levels(near[1]), ()),
    )
    assert not verdict.by_key and not verdict.profile["swapped"] and texts(verdict, "bad")


def test_a_strong_side_tone_is_measured_and_no_exchange():
    verdict = judge(near_voice=Section(3, 10, 0, levels(-17), levels(-18), ()))
    assert verdict.by_key and verdict.profile["sidetone_db"] == 10


def test_noise_is_no_side_tone():
    noisy = Section(1, 6, 0, levels(-50), levels(-66), ())
    assert judge(quiet=noisy, near_voice=Section(3, 10, 0, levels(-46), levels(-18), ())).profile["sidetone_db"] is None
    assert judge(quiet=noisy, near_voice=Section(3, 10, 0, levels(-40), levels(-18), ())).profile["sidetone_db"] == -220


@pytest.mark.parametrize(
    ("level", "weight", "words"), [(-50, "bad", "hardly arrives"), (-38, "note", "quiet"), (-5, "note", "loud")]
)
def test_levels_out_of_range_are_said(level, weight, words):
    assert words in texts(judge(far_voice=Section(2, 10, 0, levels(level), levels(-66), ())), weight)
    assert words in texts(judge(near_voice=Section(3, 10, 0, levels(-66), levels(level), ())), weight)


def test_noise_is_said():
    assert "noise in near" in texts(judge(quiet=Section(1, 6, 0, levels(-65), levels(-40), ())), "note")


@pytest.mark.parametrize(("leak", "limit"), [(None, 20), (-36.0, 20), (-23.0, 20), (-21.0, 16), (-19.0, 16)])
def test_the_limit_lies_between_keypad_and_leak(leak, limit):
    """The keypad stands 12 dB under far in near."""
    verdict = judge(far_keys=Section(4, 6, 0, levels(-18), levels(-50), keys("far", other=leak)))
    assert verdict.by_key and verdict.profile["limit_db"] == limit


def test_a_leak_as_loud_as_the_keypad_needs_the_spoken_yes():
    verdict = judge(far_keys=Section(4, 6, 0, levels(-18), levels(-30), keys("far", other=-14.0)))
    assert not verdict.by_key and "leak into near" in verdict.words


def test_a_faint_keypad_raises_the_limit():
    faint = Section(5, 6, 0, levels(-12), levels(-36), keys("far", -10, -24) + keys("near", -34, 24))
    assert judge(local_keys=faint).profile["limit_db"] == 32


def test_a_keypad_in_the_earpiece_alone():
    ear = Section(5, 6, 0, levels(-8), levels(-66), keys("far", -8.0, twist=1.0))
    verdict = judge(local_keys=ear)
    assert verdict.by_key and "earpiece alone" in texts(verdict, "note")
    assert [verdict.profile[name] for name in ("local_in_band", "local_level", "local_twist")] == [False, -80, 10]
    alike = judge(local_keys=Section(5, 6, 0, levels(-14), levels(-66), keys("far", -11.0)))
    assert not alike.by_key and "look just like it" in alike.words


@pytest.mark.parametrize(("far", "near"), [(4, 0), (0, 4), (6, 2)])
def test_a_keypad_that_is_heard_now_and_then_is_not_known(far, near):
    heard = keys("far", -8.0, count=far) + keys("near", -20.0, count=near)
    assert "now and then" in judge(local_keys=Section(5, 6, 0, levels(-8), levels(-50), heard)).words


def test_a_keypad_without_tones():
    verdict = judge(local_keys=Section(5, 6, 0, levels(-66), levels(-66), ()))
    assert verdict.by_key and verdict.profile["local_level"] is None and "makes no tones" in texts(verdict, "note")


def test_whether_keys_arrive_is_said_first():
    verdict = judge(
        far_keys=Section(4, 6, 0, levels(-66), levels(-66), ()), far_voice=Section(2, 10, 0, levels(-50), levels(-66), ())
    )
    assert verdict.words == "this phone does not pass on the caller's keys: use the spoken-yes profile"


@pytest.mark.parametrize("number", range(5))
def test_a_section_without_audio_is_not_judged(number):
    sections = measured()
    sections[number] = replace(sections[number], seconds=1.0)
    with pytest.raises(Usage, match=STEPS[number].name):
        judging.judge(sections, "", "", 0)


def reply(**change: object) -> dict:
    channel = {"speech": -200, "mean": -231, "activity": 500, "bands": bytes(64) + b"\x50"}
    key = {"channel": "far", "digit": "1", "at": 4000, "level": -141, "twist": -3, "other": -360, "alike": True}
    return {
        "section": 2,
        "samples": 80000,
        "lost": 160,
        "far": channel,
        "near": {**channel, "speech": -999},
        "keys": [key],
        **change,
    }


def test_a_reply_becomes_decibels():
    found = measures.section(reply(), RATE)
    assert (found.number, found.seconds, found.lost, found.far.speech, found.near.speech) == (2, 10.0, 160, -20.0, None)
    assert found.far.bands == (*(None,) * 64, -20) and measures.hertz(RATE)[0] == 200 and measures.hertz(RATE)[-1] == 3400
    assert found.keys == (Key("far", "1", 4000, -14.1, -0.3, -36.0),)


def test_tones_that_are_not_alike_are_not_there():
    key = {**reply()["keys"][0], "alike": False}
    assert measures.section(reply(keys=[key]), RATE).keys[0].other is None


BAD = {
    "no samples": {"samples": None},
    "short bands": {"far": {"speech": 0, "mean": 0, "activity": 0, "bands": b"1"}},
    "levels in words": {"far": {"speech": "loud", "mean": 0, "activity": 0, "bands": bytes(65)}},
    "a key that is none": {"keys": [1]},
    "a channel that is none": {"keys": [{**reply()["keys"][0], "channel": "ear"}]},
    "a digit that is none": {"keys": [{**reply()["keys"][0], "digit": "\x1b"}]},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_measurement_is_refused(name):
    with pytest.raises(Damaged):
        measures.section(reply(**BAD[name]), RATE)


def test_report_and_picture(tmp_path):
    files = report.write(judge(), b"\x01" * 16, RATE, tmp_path / "new" / "folder")
    assert [path.name for path in files] == ["line-test.json", "line-test.png"]
    kept = json.loads(files[0].read_text())
    assert kept["profile"] == judge().profile and list(kept["sections"]) == [step.name for step in STEPS]
    assert files[1].stat().st_size > 20_000
    assert report.lines(judge())[0] == judge().words


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Usage, match="cannot write"):
        report.write(judge(), b"\x01" * 16, RATE, tmp_path / "file")


def test_lost_samples_are_said():
    assert "could not keep up" in texts(judge(quiet=Section(1, 6, 160, levels(-65), levels(-66), ())), "note")


def accepted() -> dict[str, tuple[type, int, int]]:
    """What the box takes, read from its own table."""
    tree = ast.parse((Path(__file__).parents[2] / "firmware" / "line_test.py").read_text(encoding="utf-8"))
    (table,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_PROFILE"
    ]
    return eval(compile(ast.Expression(table), "line_test.py", "eval"), {"int": int, "bool": bool, "str": str})


_level = st.none() | st.floats(-99, 6)
_levels = st.builds(Levels, _level, _level, st.floats(0, 1), st.just(SILENCE))
_key = st.builds(
    Key,
    st.sampled_from(measures.CHANNELS),
    st.sampled_from("0123456789*#ABCD"),
    st.integers(0, 10**6),
    st.floats(-50, 4),
    st.floats(-20, 20),
    st.none() | st.floats(-99, 99),
)
_section = st.builds(
    Section, st.just(1), st.just(10.0), st.integers(0, 9), _levels, _levels, st.lists(_key, max_size=16).map(tuple)
)


@given(st.lists(_section, min_size=5, max_size=5), st.text(max_size=90))
def test_whatever_was_measured_the_box_takes_the_profile(sections, phone):
    verdict = judging.judge(sections, phone, phone, 1795251600)
    table = accepted()
    assert set(verdict.profile) == set(table)
    for name, (kind, least, most) in table.items():
        value = verdict.profile[name]
        if value is None:
            assert name in ("local_level", "local_twist", "sidetone_db")
            continue
        assert type(value) is kind and least <= (len(value) if kind is str else value) <= most, name
    assert verdict.by_key == (verdict.words.startswith("consent by key works"))
    assert not verdict.by_key or verdict.profile["far_keys"]
