"""The desk's parts: words, the opened sound, the picture, calls put together, warnings."""

import importlib.util
import io
import re
import string
from pathlib import Path

import numpy as np
import pytest
import soundfile

from press1 import desk, export, keyfile, keys
from press1.desk import calls, pages, sound, warnings, wave, words
from press1.desk.decisions import Decisions
from press1.desk.link import Seen
from press1.desk.office import Office
from press1.desk.place import Place
from press1.errors import Gone, Usage
from press1.rights.access import Wanted
from press1.use import NotForThis
from press1.vault.entry import Entry, Hold, Purpose

_spec = importlib.util.spec_from_file_location("vector_writer", Path(__file__).parents[1] / "vectors" / "writer.py")
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)
HERE = Path(desk.__file__).parent
NOW = 1_795_251_600


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things():
    danish, english = words.texts("da"), words.texts("en")
    assert list(danish) == list(english)
    for name, text in english.items():
        assert fields(text) == fields(danish[name]), name
        assert text.strip() == text != "" and danish[name] != ""


def test_every_text_is_used_and_every_used_text_is_there():
    source = "".join(path.read_text(encoding="utf-8") for path in (*HERE.glob("*.py"), *HERE.glob("templates/*")))
    named = set(re.findall(r"""["']([a-z_]+)["']""", source))
    groups = {name + "_" for name in re.findall(r'\bof\(\s*"([a-z]+)"', source)} | {
        "call_",
        "evidence_",
        "unit_",
        "warn_review_",
        "why_",
    }
    known = set(words.texts("en"))
    assert not {name for name in known - named if not name.startswith(tuple(groups))}
    said = set(re.findall(r"""\bt\(\s*["']([a-z_]+)["'][,)]""", source))
    assert said <= known, said - known


def test_numbers_and_times():
    danish, english = words.Words("da"), words.Words("en")
    rooms = [danish.room(days).split(",")[0] for days in (None, 0, 1, 34)]
    assert rooms == ["til mere end et år", "til under én dag", "til én dag", "til 34 dage"]
    assert english.room(2).startswith("for 2 days")
    assert english.length(0) == "0 s" and english.length(131) == "2 min 11 s" and danish.length(3600) == "1 t"
    assert english.size(1_234_567) == "1.2 MB" and danish.size(1_234_567) == "1,2 MB" and english.size(500) == "0 kB"
    assert danish.seconds(19.031) == "19,03 s"
    assert (
        english.left(-5) == "ends now" and english.left(3600) == "1 hours left" and danish.left(90 * 86_400) == "90 dage tilbage"
    )
    assert "2026" in english.when(NOW) and "kl." in danish.when(NOW)
    assert words.chosen("da", "en") == "da" and words.chosen("xx", "da-DK,en") == "da" and words.chosen(None, "") == "en"


@pytest.fixture
def source(tmp_path):
    made = writer.Recording("desk")
    path = tmp_path / f"{made.id.hex()}.p1r"
    path.write_bytes(made.build())
    kept = keyfile.wrap(made.id, writer.BOX_ID, made.slot_secret, [keys.raw_public(writer.OWNER)])
    keyfile.save(keyfile.path_beside(path), kept)
    return export.from_path(path)


def test_the_player_hears_what_an_export_writes(source, tmp_path):
    out = tmp_path / "out.wav"
    export.export([source], writer.OWNER, out)
    heard = sound.load([source], writer.OWNER, None, 0)
    (tmp_path / "heard.wav").write_bytes(heard.wav(0, heard.wav_bytes))
    ours, rate = soundfile.read(tmp_path / "heard.wav", dtype="int16")
    theirs, their_rate = soundfile.read(out, dtype="int16")
    assert rate == their_rate and heard.signed
    stored = np.abs(theirs) > 8  # silence that was not stored is written as 0 there, as A-law's smallest here
    assert ours.shape == theirs.shape and np.array_equal(ours[stored], theirs[stored])


def test_any_piece_of_the_wav_fits_the_whole(source):
    heard = sound.load([source], writer.OWNER, None, 0)
    whole = heard.wav(0, heard.wav_bytes)
    assert len(whole) == heard.wav_bytes
    for start, end in ((0, 1), (0, 44), (10, 50), (43, 45), (44, 48), (45, 46), (47, 1001), (len(whole) - 3, len(whole))):
        assert heard.wav(start, end) == whole[start:end], (start, end)


def test_ranges():
    for text, found in (
        ("bytes=0-99", (0, 100)),
        ("bytes=50-", (50, 1000)),
        ("bytes=0-5000", (0, 1000)),
        ("bytes=-5", None),
        ("bytes=1000-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("", None),
    ):
        assert pages._range(text, 1000) == found, text


def test_a_purpose_that_it_was_not_made_for_opens_nothing(source):
    with pytest.raises(NotForThis):
        sound.load([source], writer.OWNER, "threat", 0)
    with pytest.raises((Gone, NotForThis)):
        sound.load([source], writer.OWNER, "training", 1 << 40)


def test_the_picture_stands_inside_its_frame(source):
    heard = sound.load([source], writer.OWNER, None, 0)
    drawn = wave.draw(heard)
    for lane in drawn.lanes:
        points = [tuple(map(float, point.split(","))) for point in lane.path[1:-1].split("L")]
        assert all(drawn.lead <= x <= drawn.width and drawn.top <= y <= drawn.bottom for x, y in points)
    assert all(drawn.lead <= x <= drawn.width for x, _ in drawn.ticks)
    assert len(wave.draw(sound.Sound(heard.head, b"", 1, True)).lanes) == 2  # nothing stored


def entry(ident, call, part=1, hold=None, **more):
    row = {
        "box": "b" * 32, "created": NOW, "expires": NOW + 86_400, "profile": "training-consent", "direction": "in",
        "state": "complete", "seconds": 10, "size": 100, "sha256": "", "wrapped": b"", "imported": NOW,
        "purposes": (Purpose("training", "consent", NOW + 86_400),), "hold": hold,
    }  # fmt: skip
    return Entry(id=ident, call=call, part=part, **{**row, **more})


def item(ident, call, part=1, **more):
    row = {
        "id": bytes.fromhex(ident), "call": bytes.fromhex(call), "part": part, "created": NOW, "expires": NOW + 86_400, "seconds": 10,
        "bytes": 100, "purposes": ["training"], "basis": ["consent"], "direction": "in", "state": "complete", "hold": False,
    }  # fmt: skip
    return {**row, **more}


def test_calls_are_put_together():
    a, b, first, second, third = ("aa" * 16, "bb" * 16, "01" * 16, "02" * 16, "03" * 16)
    found = calls.together(
        [entry(first, a, created=NOW - 50)],
        [
            ("box", item(first, a, created=NOW - 50)),
            ("box", item(second, a, 2)),
            ("box", item(third, b, hold=True, purposes=["training", "dispute"])),
        ],
    )
    assert [call.id for call in found] == [b, a]
    other, one = found
    assert one.here and one.on_box and not one.whole and one.parts == 2 and one.seconds == 20
    assert not other.here and other.held and other.hold is None and other.purposes == [("training", "consent")]
    kept = calls.together([entry(first, a, hold=Hold("why", "who", NOW, NOW + 5))], [])[0]
    assert kept.held and kept.whole and not kept.on_box


def test_what_is_on_the_box_only_is_not_handed_over(tmp_path):
    office = Office(Place(tmp_path / "owner.pem", tmp_path / "vault", tmp_path))
    first, second, out = "01" * 16, "02" * 16, io.BytesIO()
    for found in (
        calls.together([], [("box", item(first, "aa" * 16))]),
        calls.together([entry(first, "aa" * 16)], [("box", item(second, "aa" * 16, 2))]),  # one of two parts
    ):
        with pytest.raises(Usage):
            Decisions(office).hand_over(found, out, Wanted("service"))
    assert office.log.cases() == [] and out.getvalue() == b""


def test_warnings():
    def names(**info):
        return [one.name for one in warnings.of_box(Seen(box="b", info={"state": "idle", **info}), "x")]

    card = {"present": True, "total": 1000, "free": 900}
    assert names(trusted=True, lost_power=False, card=card, slots={"free": 5000, "live": 1}, lamp="ready") == []
    assert names(trusted=False, lost_power=True) == ["warn_lost_power"]
    assert names(trusted=False) == ["warn_untrusted"]
    assert names(card={"present": False, "total": 0, "free": 0}) == ["warn_card"]
    assert names(card={**card, "free": 50}, slots={"free": 5, "live": 9}) == ["warn_space", "warn_slots"]
    assert names(card={"present": False, "state": "notfat", "total": 0, "free": 0}) == ["warn_notfat"]
    assert names(lapsed=True) == ["warn_lapsed"] and names(lapsed=False) == []
    assert [names(card=card, forecast={"days": days}) for days in (None, 30, 7)] == [[], [], []]
    assert names(card=card, forecast={"days": 6}) == names(card=card, forecast={"days": 0}) == ["warn_room"]
    assert names(card={**card, "free": 50}, forecast={"days": 0}) == ["warn_space"]  # once is enough
    assert names(lamp="fault") == ["warn_fault"]
    silent = {"tested": NOW, "far_keys": False}
    assert names(consent="key", line=silent) == ["warn_silent_keys"]
    assert names(consent="button", line=silent) == names(consent="key", line={**silent, "far_keys": True}) == []
    assert names(consent="key", line=None) == names(consent="key") == []


def test_what_a_person_must_look_at(tmp_path):
    held = [entry(f"0{n}" * 16, "aa" * 16, n, hold=Hold("why", "who", NOW - 9, NOW - 1)) for n in (1, 2)]
    office = Office(Place(tmp_path / "owner.pem", tmp_path / "vault", tmp_path))
    decisions = Decisions(office)
    found = list(warnings.of_reviews(decisions.due(calls.together(held, []))))
    assert [one.name for one in found] == ["warn_review_hold"] and found[0].values["call"] == "aa" * 16
    later = entry("01" * 16, "aa" * 16, hold=Hold("why", "who", NOW - 9, 1 << 40))
    assert decisions.due(calls.together([later], [])) == []
    assert list(warnings.of_cases(office.log.cases())) == []
    step = office.log.add("objection", "opened", "reception", recordings=("01" * 16,), text="no")
    assert [one.values["case"] for one in warnings.of_cases(office.log.cases())] == [step.case]
    decisions.decide(office.log.get(step.case), False, "it stays", "owner")
    assert list(warnings.of_cases(office.log.cases())) == []
