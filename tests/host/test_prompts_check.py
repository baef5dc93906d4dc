"""The validator of S47: words by case, and sound that can be heard."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest
import soundfile

import press1.__main__ as main
from press1 import audio, profiles, prompts
from press1.errors import Usage
from press1.policy import PolicyRefused, elements, parse
from press1.policy.compact import places
from press1.prompts import check, own, templates

RATE = 8000
WORDS = """We record this call to train staff. Only our trainers listen to it. You can withdraw at any time, and we delete it. \
You have the right of access, see eksempel.dk/telefon. Press 1 to accept."""


@pytest.fixture(scope="module")
def good():
    return prompts.build("training-consent", "en")


def clip(good, samples, **changes):
    """The good prompt with other sound."""
    alaw = audio.encode(np.asarray(samples).astype(np.int16))
    return replace(good, **{"alaw": alaw, "samples": len(alaw), "offer": len(alaw), **changes})


def rows(good, samples, **changes):
    return [(item.row, item.what.partition(": ")[2]) for item in check.check_sound(clip(good, samples, **changes), asked=True)]


def test_a_good_prompt_passes(good):
    assert check.check_sound(good, asked=True) == []


@pytest.mark.parametrize(
    ("spoil", "row", "says"),
    [
        (lambda x: x * 0, "S47", "silence"),
        (lambda x: x[:RATE], "S28", "1.0 s long"),
        (lambda x: np.tile(x, 2), "S28", "33"),
        (lambda x: x * 0.2, "S47", "dBm0"),
        (lambda x: np.clip(x * 8.0, -32767, 32767), "S47", "clipped"),
        (lambda x: np.concatenate([x, np.zeros(3 * RATE)]), "S47", "pause"),
    ],
)  # fmt: skip
def test_what_cannot_be_heard_is_refused(good, spoil, row, says):
    found = rows(good, spoil(good.decode().astype(float)))
    assert any(item[0] == row and says in item[1] for item in found), found


def test_a_key_in_the_prompt_is_refused(good):
    samples = good.decode().astype(float)
    t = np.arange(1600) / RATE
    samples[40_000:41_600] = 6000 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t))
    assert ("S47", "the box would hear key 1 in it") in rows(good, samples)


def test_an_offer_before_anything_was_said_is_refused(good):
    found = check.check_sound(replace(good, offer=8000), asked=True)
    assert [item.row for item in found] == ["S5"]
    assert check.check_sound(replace(good, offer=8000), asked=False) == []


@pytest.mark.parametrize("name", profiles.shipped())
def test_shipped_prompts_and_their_fallbacks_say_what_they_must(name):
    assert check.check_words(profiles.load(name)) == []


@pytest.mark.parametrize("language", ["da", "en"])
def test_both_purposes_by_a_spoken_yes_have_words_too(language):
    """Every case that a policy can have has a template."""
    for name in profiles.shipped():
        policy = profiles.load(name)
        spoken = replace(policy, spoken=bool(policy.asked), wording="", keys={**policy.keys, "accept": ""})
        for place in places(spoken):
            wanted = elements.case(place.policy, place.rest).required
            assert set(wanted) <= templates.template(place.policy, language, place.rest).elements, place.id


def test_a_template_with_unknown_marks_is_an_error():
    assert templates.sentences(["[recorded training] We record."])[0].elements == ("recorded", "training")
    for line in ("We record.", "[reorded] We record.", "[] We record."):
        with pytest.raises(ValueError, match="no known marks"):
            templates.sentences([line])


# An owner's own voice


@pytest.fixture(scope="module")
def voice(tmp_path_factory, good):
    """A recording such as an owner makes: 44.1 kHz stereo."""
    import soxr

    path = tmp_path_factory.mktemp("voice") / "own.wav"
    samples = soxr.resample(good.decode().astype(float), RATE, 44_100) / 32768
    soundfile.write(path, np.stack([samples, samples], axis=1), 44_100)
    return path


def policy_with(voice, **changes):
    row = {"language": "en", "text": WORDS, "wav": voice.name, "offer_seconds": 14.0, **changes}
    policy, findings = parse({**tomllib.loads(profiles.text("training-consent")), "prompt": [row]})
    assert policy is not None, findings
    return replace(policy, folder=str(voice.parent))


def test_an_own_recording_is_brought_to_the_line(voice, good):
    made = prompts.build(policy_with(voice), "en")
    assert made.offer == 14 * RATE and abs(made.samples - good.samples) < 10
    assert made.level_dbm0 == pytest.approx(prompts.LEVEL_DBM0, abs=0.1)
    assert made.text == WORDS
    assert check.check_sound(made, asked=True) == []


@pytest.mark.parametrize(
    ("sound", "says"),
    [
        (np.zeros(RATE * 8), "silence"),
        (np.zeros(0), "silence"),
        (np.sign(np.sin(np.arange(RATE * 8))) * 1.0, "clipped"),
        (np.ones(RATE * 61) * 0.1, "longer than 60 s"),
        (np.sin(np.arange(RATE * 5)) * 0.3, "after the end"),
    ],
    ids=["silent", "empty", "clipped", "long", "short"],
)
def test_a_recording_that_is_no_prompt_is_refused(tmp_path, sound, says):
    path = tmp_path / "own.wav"
    soundfile.write(path, sound, RATE)
    with pytest.raises(PolicyRefused, match=says):
        own.recorded(path, 14.0, RATE)


def test_a_file_that_is_no_sound_is_usage(tmp_path):
    path = tmp_path / "own.wav"
    path.write_bytes(b"no sound")
    with pytest.raises(Usage):
        own.recorded(path, 1.0, RATE)


# The command


def run(capsys, *arguments):
    code = main.run(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_build_writes_sound_and_words(capsys, tmp_path, voice):
    own_voice = ("--wav", str(voice), "--text", WORDS, "--offer-seconds", "14", "-l", "en")
    code, out, _ = run(capsys, "prompt", "build", "training-consent", "-o", str(tmp_path), *own_voice)
    assert code == 0 and "offer at 14.0 s" in out
    assert {path.name for path in tmp_path.iterdir()} == {
        f"training-consent.{name}" for name in ("da.wav", "da.txt", "en.wav", "en.txt")
    }
    assert (tmp_path / "training-consent.en.txt").read_text(encoding="utf-8") == WORDS + "\n"


def test_build_refuses_words_that_lack_an_element(capsys, tmp_path):
    code, _, err = run(capsys, "prompt", "build", "documentation", "-o", str(tmp_path), "--text", "Vi optager samtalen.")
    assert code == 2 and "lacks an element" in err and not list(tmp_path.iterdir())


def test_check_says_what_is_missing(capsys, tmp_path, voice):
    assert run(capsys, "prompt", "check", "training-consent")[0] == 0
    code, out, _ = run(capsys, "prompt", "check", "training-consent", "--text", WORDS.replace("Press 1", "Press 2"), "-l", "en")
    assert code == 2 and "S5" in out and "press 1" in out
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(RATE * 15), RATE)
    code, out, _ = run(
        capsys, "prompt", "check", "training-consent", "--text", WORDS, "--wav", str(silent), "--offer-seconds", "9", "-l", "en"
    )  # fmt: skip
    assert code == 2 and "S47" in out and "silence" in out
    assert run(capsys, "prompt", "check", "training-consent", "--wav", str(silent))[0] == 2  # its words are needed


def test_play_writes_what_a_caller_hears(capsys, tmp_path):
    path = tmp_path / "x.wav"
    code, out, _ = run(capsys, "prompt", "play", "documentation", "-l", "en", "--out", str(path))
    assert code == 0 and "right to object" in out.replace("\n", " ")
    assert soundfile.info(path).duration == pytest.approx(12.2, abs=0.5)


def test_play_without_a_player_says_so(capsys, monkeypatch):
    monkeypatch.setattr("press1.player.PLAYERS", ())
    code, _, err = run(capsys, "prompt", "play", "documentation")
    assert code == 2 and "--out" in err
