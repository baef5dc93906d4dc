"""Plots of a report, as PNG."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from press1.errors import Usage
from press1.report import tally

if TYPE_CHECKING:
    from press1.report.deletions import Life

# Colours that are told apart by those who see few (Okabe and Ito), and hatches for paper without colour.
_LOOKS = {
    tally.RECORDED: ("#0072B2", ""),
    tally.WITHDRAWN: ("#E69F00", "//"),
    tally.REFUSED: ("#999999", ""),
    tally.LEFT_OUT: ("#D8E2EA", ""),
    tally.UNRECORDED: ("#CC79A7", ".."),
}
SIZE = (174, 62)  # mm
_ROW, _ROOM = 9, 26  # mm: of a draw, and of axis and legend


def small(rows: int) -> tuple[int, int]:
    """Size of the picture of so many draws."""
    return (SIZE[0], _ROOM + _ROW * rows)


_DAY = timedelta(days=1)


def _figure(size: tuple[int, int] = SIZE) -> Any:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise Usage(f"this needs the Python package {error.name}", "pip install 'press1[report]'") from error
    figure = Figure(figsize=(size[0] / 25.4, size[1] / 25.4), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.grid(axis="y", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": "press1"})
    return out.getvalue()


def calls(rows: Sequence[tuple[int, str]], start: int, end: int, words: Mapping[str, str]) -> bytes:
    """Calls by day, by week where there are more than 62 days; `rows`: (time, outcome)."""
    from matplotlib.ticker import MaxNLocator

    first = datetime.fromtimestamp(start, UTC)
    days = max(1, -(-(end - start) // 86_400))
    step = 1 if days <= 62 else 7
    count = -(-days // step)
    figure, axes = _figure()
    places = [first + _DAY * step * number for number in range(count)]
    floor = [0] * count
    met = {outcome for _, outcome in rows}
    for name, (colour, hatch) in _LOOKS.items():
        if name not in met:
            continue
        found = Counter(min(count - 1, (at - start) // 86_400 // step) for at, outcome in rows if outcome == name)
        heights = [found[number] for number in range(count)]
        axes.bar(
            places,
            heights,
            width=0.85 * step,
            bottom=floor,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            align="edge",
            label=words[name],
        )
        floor = [below + height for below, height in zip(floor, heights, strict=True)]
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(words["p_week" if step == 7 else "p_day"], fontsize=8)
    axes.set_xlim(first, first + _DAY * step * count)
    _dates(axes)
    axes.legend(fontsize=7, frameon=False, ncols=5, columnspacing=1.2, loc="lower left", bbox_to_anchor=(0, 1))
    return _png(figure)


def _dates(axes: Any) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter

    axes.xaxis.set_major_locator(AutoDateLocator(maxticks=9))
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))


def stored(lives: "Sequence[Life]", start: int, end: int, words: Mapping[str, str]) -> bytes:
    """How many recordings the box held, through the period."""
    from matplotlib.ticker import MaxNLocator

    changes = sorted([(life.started, 1) for life in lives] + [(life.erased, -1) for life in lives if life.erased is not None])
    count = sum(change for at, change in changes if at <= start)
    times, counts = [start], [count]
    for at, change in changes:
        if start < at < end:
            count += change
            times.append(at)
            counts.append(count)
    figure, axes = _figure()
    moments = [datetime.fromtimestamp(at, UTC) for at in (*times, end)]
    axes.step(moments, [*counts, count], where="post", color="#0072B2")
    axes.fill_between(moments, [*counts, count], step="post", color="#0072B2", alpha=0.15)
    axes.set_ylim(0, max(*counts, 1) * 1.15)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(words["p_stored"], fontsize=8)
    axes.set_xlim(moments[0], moments[-1])
    _dates(axes)
    return _png(figure)


def shares(rows: Sequence[tuple[str, float, float, float, float]], words: Mapping[str, str]) -> bytes:
    """Of each draw: name, configured share, real one, and the bounds of an honest draw, all in per cent."""
    figure, axes = _figure(small(len(rows)))
    for place, (_, wanted, real, low, high) in enumerate(rows):
        axes.plot(
            [low, high],
            [place, place],
            color="#999999",
            linewidth=7,
            solid_capstyle="butt",
            label=words["p_bounds"] if not place else None,
        )
        axes.plot(
            wanted,
            place,
            marker="|",
            markersize=16,
            color="#161616",
            linestyle="",
            label=words["p_wanted"] if not place else None,
        )
        axes.plot(
            real, place, marker="o", markersize=8, color="#0072B2", linestyle="", label=words["p_real"] if not place else None
        )
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlim(0, 100)
    axes.set_xlabel("%", fontsize=8)
    axes.legend(fontsize=7.5, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    return _png(figure)
