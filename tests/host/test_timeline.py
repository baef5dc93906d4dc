"""The timeline's words and the picture's marks, from hand-written events."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from press1 import picture, timeline

AT = "2026-11-21T09:00:00Z"


def event(t: float, name: str, **fields: object) -> timeline.Event:
    return {"t": t, "at": AT, "event": name, **fields}


CALL = [
    event(0.0, "state", **{"state": "announcing", "from": "idle"}),
    event(0.02, "prompt", what="started", prompt="training-consent.da", sample=160),
    event(15.0, "prompt", what="offer", prompt="training-consent.da", sample=120_000),
    event(14.0, "key", digit="1", side="far", sample=112_000, level=-100, twist=0, counted=False, meaning="early"),
    event(16.0, "key", digit="1", side="far", sample=128_000, level=-100, twist=0, counted=True, meaning="accept"),
    event(16.02, "prompt", what="stopped", prompt="training-consent.da", sample=128_160),
    event(16.02, "gate", open=True, sample=128_160),
    event(30.0, "gate", open=False, sample=240_000, reason="hangup"),
    event(30.0, "journal", entry={"n": 4, "t": 1, "event": "stop", "part": 1, "records": 40, "reason": "hangup"}),
]
RECEIPT = {"n": 9, "t": 2, "event": "erase", "id": "ab" * 16, "reason": "expired", "file": 7, "slot": 7}


def test_words_follow_the_call():
    told = [words for _, _, words in timeline.rows(CALL)]
    parts = ["Danish prompt", "key offer", "does not count", "presses 1: yes", "stops at once", "128160", "240000", "40 sealed"]
    assert len(told) == len(parts)
    assert [part for part, words in zip(parts, told, strict=True) if part not in words] == []


@pytest.mark.parametrize(("file", "says"), [(7, "unlinked"), (None, "waits for the card")])
def test_a_receipt_is_told(file, says):
    assert says in timeline.told(event(0.0, "journal", entry={**RECEIPT, "file": file}))


def test_what_only_technicians_ask_about_is_left_out():
    assert timeline.told(event(0, "lamp", lamp="ready")) == ""
    assert timeline.told(event(0, "key", digit="", meaning="ignored", counted=False, side="far")) == ""


def test_moments():
    moments = timeline.moments(CALL)
    assert moments.prompts == (timeline.Span(0.02, 16.02, "training-consent.da"),)
    assert moments.offers == (15.0,)
    assert moments.keys == (16.0,)
    assert moments.recorded == (timeline.Span(16.02, 30.0, "recorded"),)


def test_a_span_without_end_lasts_to_the_last_event():
    moments = timeline.moments(CALL[:-2])
    assert moments.recorded == (timeline.Span(16.02, 16.02, "recorded"),)


def test_events_are_read_as_lines(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in CALL))
    assert timeline.load(path) == CALL


def test_the_picture_is_drawn(tmp_path: Path):
    paths = [tmp_path / name for name in ("ear.wav", "line.wav", "recording.wav")]
    for path, channels in zip(paths, (1, 1, 2), strict=True):
        soundfile.write(path, np.zeros((31 * 8000, channels)), 8000)
    sheet = timeline.Sheet("A call", *paths, 16.02, timeline.moments(CALL), 91, 90.0)
    picture.draw(sheet, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
