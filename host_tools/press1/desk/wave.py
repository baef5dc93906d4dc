"""A call as a picture: both channels, and where consent was given. Inline SVG without styles, as the page's content policy wants it."""

from dataclasses import dataclass

from press1.desk.sound import Sound

WIDTH, LANE, GAP = 640, 58, 12
_TOP = 28
_LEAD = 96  # units before the recording, where nothing is stored
_COLUMNS = 320


@dataclass(frozen=True)
class Lane:
    """One channel: `path` of its outline, `middle` of the lane, in SVG units."""

    path: str
    middle: float


@dataclass(frozen=True)
class Wave:
    """What the template draws."""

    width: int
    height: int
    top: int
    bottom: int
    lead: int
    lanes: tuple[Lane, Lane]
    ticks: tuple[tuple[float, str], ...]
    consent: bool


def draw(sound: Sound) -> Wave:
    """The picture of a sound."""
    loud = sound.peaks(_COLUMNS)
    full = max(0.05, *loud[0], *loud[1])
    lanes = tuple(_lane(values, full, _TOP + LANE / 2 + number * (LANE + GAP)) for number, values in enumerate(loud))
    bottom = _TOP + 2 * LANE + GAP
    return Wave(
        WIDTH, bottom + 30, _TOP, bottom, _LEAD, (lanes[0], lanes[1]), _ticks(sound.seconds), sound.head.consent is not None
    )


def _x(share: float) -> float:
    return _LEAD + share * (WIDTH - _LEAD - 4)


def _lane(values: list[float], full: float, middle: float) -> Lane:
    """A filled outline: up along the peaks, back along their mirror image."""
    count = len(values)
    heights = [max(0.6, value / full * LANE / 2) for value in values]
    there = [f"{_x(at / count):.1f},{middle - height:.1f}" for at, height in enumerate(heights)]
    back = [f"{_x(at / count):.1f},{middle + heights[at]:.1f}" for at in range(count - 1, -1, -1)]
    return Lane("M" + "L".join(there + back) + "Z", middle)


def _ticks(seconds: float) -> tuple[tuple[float, str], ...]:
    """About six times along the bottom."""
    steps = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
    step = next((step for step in steps if seconds / step <= 7), steps[-1])
    return tuple((_x(at / seconds), f"{at // 60}:{at % 60:02d}") for at in range(0, int(seconds) + 1, step)) if seconds else ()
