"""What a line test leaves behind: a JSON file, a picture, and the verdict on paper."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from press1.errors import Usage
from press1.linetest.judge import Verdict
from press1.linetest.sections import STEPS


def data(verdict: Verdict, box: bytes, rate: tuple[int, int]) -> dict[str, Any]:
    """Everything measured and concluded, for a file. Levels in dBm0, `profile` as it is stored in the box."""
    return {
        "box": box.hex(),
        "rate": list(rate),
        "tested": datetime.fromtimestamp(verdict.profile["tested"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verdict": verdict.words,
        "consent_by_key": verdict.by_key,
        "findings": [asdict(found) for found in verdict.findings],
        "profile": verdict.profile,
        "sections": {step.name: asdict(found) for step, found in zip(STEPS, verdict.sections, strict=True)},
    }


def lines(verdict: Verdict) -> list[str]:
    """The verdict, then each finding."""
    marks = {"good": "  ok  ", "note": "  note", "bad": "  BAD "}
    return [verdict.words, *(f"{marks[found.weight]} {found.text}" for found in verdict.findings)]


def write(verdict: Verdict, box: bytes, rate: tuple[int, int], folder: Path) -> list[Path]:
    """`line-test.json`, and `line-test.png` where matplotlib is installed; the files written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        told = folder / "line-test.json"
        told.write_text(json.dumps(data(verdict, box, rate), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot write to {folder}: {error.strerror}", "name a folder that you may write in") from error
    try:
        from press1.linetest import picture  # late: it loads matplotlib, which is an extra
    except ModuleNotFoundError:
        return [told]
    drawn = folder / "line-test.png"
    picture.draw(verdict, rate, f"Line test of {verdict.profile['phone'] or 'a phone'}, box {box.hex()[:8]}", drawn)
    return [told, drawn]
