"""The line test as a picture: levels of both directions, and the spectrum of each section (PNG)."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from press1.linetest.judge import FLOOR_DBM0, Verdict
from press1.linetest.measures import Section, hertz
from press1.linetest.sections import STEPS

mpl.use("Agg")  # no display
import matplotlib.pyplot as plt

_COLOURS = {"far": "#4c78a8", "near": "#f58518"}
_BOTTOM_DBM0 = -90.0


def draw(verdict: Verdict, rate: tuple[int, int], title: str, path: Path) -> None:
    """Write the picture."""
    figure, axes = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
    figure.suptitle(f"{title}\n{verdict.words}", fontsize=13)
    _levels(axes[0][0], verdict.sections)
    for axis, step, section in zip(axes.flat[1:], STEPS, verdict.sections, strict=True):
        _spectra(axis, step.name, section, hertz(rate))
    axes[0][1].legend(loc="upper right")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def _levels(axis: Any, sections: tuple[Section, ...]) -> None:
    """Active level where there is one, else the mean, of every section and channel."""
    at = np.arange(len(sections))
    for offset, channel in ((-0.2, "far"), (0.2, "near")):
        found = [getattr(section, channel) for section in sections]
        levels = [max(FLOOR_DBM0, FLOOR_DBM0 if one.speech is None else one.speech) for one in found]
        axis.bar(
            at + offset, [level - FLOOR_DBM0 for level in levels], 0.4, bottom=FLOOR_DBM0, color=_COLOURS[channel], label=channel
        )
    axis.set_xticks(at, [step.name for step in STEPS], fontsize=8)
    axis.set_ylim(FLOOR_DBM0, 3)
    axis.set_ylabel("active level, dBm0 (ITU-T P.56)")
    axis.legend(loc="upper right")


def _spectra(axis: Any, name: str, section: Section, frequencies: list[float]) -> None:
    for channel in ("far", "near"):
        bands = [_BOTTOM_DBM0 if band is None else max(_BOTTOM_DBM0, band) for band in getattr(section, channel).bands]
        axis.plot(frequencies, bands, color=_COLOURS[channel], linewidth=1.2, label=channel)
    keys = {channel: "".join(key.digit for key in section.heard(channel)) for channel in ("far", "near")}
    heard = ", ".join(f"{channel} {digits}" for channel, digits in keys.items() if digits)
    axis.set_title(f"{name} ({section.seconds:.0f} s)" + (f", keys: {heard}" if heard else ""), fontsize=10)
    axis.set_ylim(_BOTTOM_DBM0, 5)
    axis.set_xlabel("Hz")
    axis.set_ylabel("dBm0 in a band of 50 Hz")
    axis.grid(alpha=0.3)
