"""How an export may be written. Apart from `sound.py`, because that loads NumPy, and most commands do without."""

from dataclasses import dataclass
from pathlib import Path

from press1.errors import Usage

FORMATS = ("wav", "flac", "opus")
LAYOUTS = ("stereo", "mono", "split")
OPUS_RATES = (8000, 16_000, 48_000)
SIDES = ("far", "near")


@dataclass(frozen=True)
class Style:
    """How to write: one of FORMATS, one of LAYOUTS, and for Opus one of OPUS_RATES."""

    format: str = "wav"
    layout: str = "stereo"
    opus_rate: int = 8000

    def __post_init__(self) -> None:
        for value, choice in ((self.format, FORMATS), (self.layout, LAYOUTS), (self.opus_rate, OPUS_RATES)):
            if value not in choice:
                raise Usage(f"no such way to export: {value}", f"one of {', '.join(map(str, choice))}")

    @property
    def exact(self) -> bool:
        """The files hold every sample of both channels, so they can be checked against what was signed."""
        return self.format != "opus" and self.layout != "mono"

    def paths(self, out: Path) -> tuple[Path, ...]:
        """The files that `out` stands for: itself, or out.far.wav and out.near.wav."""
        if self.layout != "split":
            return (out,)
        return tuple(out.with_name(f"{out.stem}.{side}{out.suffix}") for side in SIDES)
