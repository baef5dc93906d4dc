"""A call as a picture: both channels on the line, what was recorded of them, and the days after (PNG)."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import soundfile

from press1.timeline import Moments, Sheet, language

mpl.use("Agg")  # no display
import matplotlib.pyplot as plt

_COLUMNS = 1600  # a waveform is drawn as the range of each column
_PROMPT, _OFFER, _KEY, _RECORDED = "#4c78a8", "#f58518", "#d62728", "#54a24b"


def draw(sheet: Sheet, path: Path) -> None:
    """Write the picture."""
    figure, axes = plt.subplots(5, 1, figsize=(14, 9), height_ratios=[3, 3, 3, 3, 1.2], layout="constrained")
    figure.suptitle(sheet.title, fontsize=14)
    ear, line, recording = (_load(wav) for wav in (sheet.ear, sheet.line, sheet.recording))
    end = max(_seconds(ear), _seconds(line))
    _waveform(axes[0], ear, 0, 0.0, "#333333", "Earpiece:\ncaller and prompts")
    _waveform(axes[1], line, 0, 0.0, "#333333", "To the caller:\nemployee and prompts")
    _waveform(axes[2], recording, 0, sheet.first_s, _RECORDED, "Recorded:\ncaller (far)")
    _waveform(axes[3], recording, 1, sheet.first_s, _RECORDED, "Recorded:\nemployee (near)")
    for axis in axes[:4]:
        axis.set_xlim(0, end)
        _marks(axis, sheet.moments)
    _captions(axes[0], sheet.moments)
    for axis in axes[2:4]:
        _caption(axis, sheet.first_s / 2, 0.5, "nothing is stored", "#777777", "center")
    axes[3].set_xlabel("seconds from lifting the handset")
    _days(axes[4], sheet)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _load(path: Path) -> tuple[np.ndarray, int]:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return samples, rate


def _seconds(wav: tuple[np.ndarray, int]) -> float:
    return len(wav[0]) / wav[1]


def _waveform(axis: Any, wav: tuple[np.ndarray, int], channel: int, start: float, colour: str, label: str) -> None:
    samples, rate = wav[0][:, channel], wav[1]
    step = max(1, len(samples) // _COLUMNS)
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    times = start + np.arange(len(whole)) * step / rate
    axis.fill_between(times, whole.min(axis=1), whole.max(axis=1), color=colour, linewidth=0.4)
    axis.set_ylim(-0.75, 0.75)
    axis.set_yticks([])
    axis.set_ylabel(label, rotation=0, ha="right", va="center")
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)


def _marks(axis: Any, moments: Moments) -> None:
    """Prompts, key offers, keys and the recorded span, on every waveform."""
    for span in moments.prompts:
        axis.axvspan(span.start, span.end, color=_PROMPT, alpha=0.15, linewidth=0)
    for span in moments.recorded:
        axis.axvspan(span.start, span.end, color=_RECORDED, alpha=0.12, linewidth=0)
    for offer in moments.offers:
        axis.axvline(offer, color=_OFFER, linestyle="--", linewidth=1.5)
    for key in moments.keys:
        axis.axvline(key, color=_KEY, linewidth=1.8)


def _captions(axis: Any, moments: Moments) -> None:
    """Words above the first waveform; two heights, so that neighbours do not overlap."""
    for span in moments.prompts:
        _caption(axis, (span.start + span.end) / 2, 1.02, f"{language(span.name)} prompt", _PROMPT, "center")
    for offer in moments.offers:
        _caption(axis, offer, 1.13, "key offer", _OFFER, "right")
    for key in moments.keys:
        _caption(axis, key, 1.13, "  key press = consent", _KEY, "left")
    for span in moments.recorded:
        _caption(axis, (span.start + span.end) / 2, 1.02, "recorded and sealed", _RECORDED, "center")


def _caption(axis: Any, x: float, y: float, text: str, colour: str, side: Any) -> None:
    axis.text(x, y, text, color=colour, ha=side, va="bottom", fontsize=10, transform=axis.get_xaxis_transform())


def _days(axis: Any, sheet: Sheet) -> None:
    """The life of the recording in days."""
    axis.set_xlim(0, sheet.days)
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    axis.barh(0.5, sheet.kept_days, height=0.5, color=_RECORDED, alpha=0.5)
    axis.text(sheet.kept_days / 2, 0.5, "sealed on the card, its key in the box", ha="center", va="center", fontsize=10)
    axis.axvline(sheet.kept_days, color=_KEY, linewidth=2.5)
    axis.text(sheet.kept_days - 0.6, 1.02, "key destroyed, file unlinked", color=_KEY, ha="right", va="bottom", fontsize=10)
    axis.set_ylabel("After\nthe call", rotation=0, ha="right", va="center")
    axis.set_xlabel("days")
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
