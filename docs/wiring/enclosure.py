"""Draws docs/wiring/enclosure.svg: front, rear and plan of the case, cut-outs in millimetres. The same input gives the same bytes."""

import sys
from pathlib import Path

import symbols
from symbols import label, line

SCALE = 4.5  # pixels a millimetre
CASE_MM = (160, 110, 50)  # width, depth, height outside
SHEET = (1760, 900)
LEFT, RIGHT = 90, 960  # of the views

# What is cut out: (name, middle from the left and from the lower edge, size: one number for a hole, two for an opening), mm.
FRONT = (
    ("lamp", 16, 32, (5.1,)),
    ("consent", 40, 22, (4.5,)),
    ("stop / erase", 61, 22, (4.5,)),
    ("pause", 82, 22, (4.5,)),
    ("mark", 103, 22, (4.5,)),
    ("object", 124, 22, (4.5,)),
    ("threat", 145, 22, (4.5,)),
)
REAR = (
    ("phone", 20, 22, (12, 12)),
    ("handset", 42, 22, (12, 12)),
    ("cradle", 62, 22, (5,)),
    ("S1", 86, 22, (10,)),
    ("USB", 114, 22, (12, 8)),
    ("card", 141, 22, (14, 3)),
)
# Plan: (name, note, left, from the front, width, depth), mm inside.
PARTS = (
    ("panel strip", "6 buttons, lamp, PCF8574", 6, 6, 148, 14),
    ("T1 T2 T3 T4", "C1 to C4, R1, R2", 102, 58, 52, 30),
    ("K1 K2, pump", "R3, C5, C6, Q1", 102, 28, 52, 24),
    ("module, codec", "codec towards the taps, one ground point there", 36, 28, 62, 60),
    ("DAC", "PCM5102A", 6, 28, 26, 18),
    ("clock", "DS3231", 6, 50, 26, 14),
    ("card", "its slot behind", 6, 68, 26, 20),
)
NOTES = (
    "Case: closed, plastic, 160 x 110 x 50 outside, walls 2 to 3; any that is larger will do.",
    "Middles from the outer edges; rear as seen from behind. Measure your own jack, socket and",
    "switch before you cut: the sizes are those of usual parts, with 0.2 to 0.5 of room.",
    "Names beside buttons and openings are engraved or on a film; the rear's as they stand here.",
    "Lamp: its dome stands 3 out of the front, so that it is seen from the side and from above.",
    "Buttons: on the strip behind the front; plungers long enough to stand 1 out of it (7.3 or more",
    "with a wall of 2.5). Threat: sunk flush, so that nobody leans on it.",
    "S1: spindle cut short, under a cover that a tool opens. Card: behind a flap with a screw.",
    "Cradle: cord through a grommet, tied inside. Supply: through USB, ferrite on its cord.",
    "Screws sealed, so that an opened case shows: docs/threats.md.",
)


def mm(value):
    """Pixels, rounded so that the file stays readable."""
    return round(value * SCALE, 1)


def rect(x, y, width, height, style="w"):
    """A rectangle in pixels."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="3" class="{style}"/>\n'


def circle(x, y, diameter):
    """A round hole; diameter in millimetres."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{mm(diameter) / 2:g}" class="w"/>\n'


def tip(x, y, dx, dy):
    """An arrow's head at x, y that points along dx, dy."""
    back, half = 8, 3
    ends = [(x - back * dx + half * side * dy, y - back * dy + half * side * dx) for side in (1, -1)]
    return f'<path d="M{x:g} {y:g} L{ends[0][0]:g} {ends[0][1]:g} L{ends[1][0]:g} {ends[1][1]:g} z" class="f"/>\n'


def across(x1, x2, y, text):
    """A dimension from x1 to x2 at height y."""
    middle = (x1 + x2) / 2
    return line(x1, y, x2, y) + tip(x1, y, -1, 0) + tip(x2, y, 1, 0) + label(middle, y - 6, text, "middle")


def up(x, y1, y2, text):
    """A dimension from y1 down to y2, at x."""
    middle = (y1 + y2) / 2
    return line(x, y1, x, y2) + tip(x, y1, 0, -1) + tip(x, y2, 0, 1) + label(x - 8, middle + 4, text, "end")


def size_of(cut):
    """How a cut-out's size is written."""
    return f"\u00f8 {cut[0]:g}" if len(cut) == 1 else f"{cut[0]:g} x {cut[1]:g}"


def opening(left, top, row):
    """A cut-out, its name above, its size below, and a line down to its distance from the left edge."""
    name, x, y, size = row
    px, py = left + mm(x), top + mm(CASE_MM[2] - y)
    bottom = top + mm(CASE_MM[2])
    half = mm(size[-1]) / 2
    out = line(px, py, px, bottom + 22, dashed=True)
    out += circle(px, py, size[0]) if len(size) == 1 else rect(px - mm(size[0]) / 2, py - half, mm(size[0]), mm(size[1]))
    out += label(px, py - half - 8, name, "middle", bold=True)
    out += f'<rect x="{px - 26:g}" y="{py + half + 4:g}" width="52" height="16" style="fill:#fff;stroke:none"/>\n'
    return out + label(px, py + half + 16, size_of(size), "middle", small=True) + label(px, bottom + 36, f"{x:g}", "middle")


def face(left, top, title, rows):
    """One side of the case with its cut-outs and the dimensions of both directions."""
    width, height = mm(CASE_MM[0]), mm(CASE_MM[2])
    bottom = top + height
    out = label(left, top - 44, title, bold=True) + rect(left, top, width, height)
    out += across(left, left + width, top - 14, str(CASE_MM[0])) + up(left + width + 60, top, bottom, str(CASE_MM[2]))
    out += line(left + width, top, left + width + 66, top) + line(left + width, bottom, left + width + 66, bottom)
    for row in rows:
        out += opening(left, top, row)
    for y in sorted({row[2] for row in rows}):
        at = bottom - mm(y)
        nearest = min(left + mm(row[1]) - mm(row[3][0]) / 2 for row in rows if row[2] == y)
        out += line(left - 22, at, nearest - 3, at, dashed=True) + label(left - 28, at + 4, f"{y:g}", "end")
    return out + label(left - 28, bottom + 36, "from left", "end", small=True)


def plan(left, top):
    """Inside, seen from above: front below."""
    width, depth = mm(CASE_MM[0]), mm(CASE_MM[1])
    bottom = top + depth
    out = label(left, top - 44, "Plan, lid off", bold=True) + rect(left, top, width, depth)
    inner = mm(3)
    out += rect(left + inner, top + inner, width - 2 * inner, depth - 2 * inner)
    out += across(left, left + width, top - 14, str(CASE_MM[0])) + up(left + width + 44, top, bottom, str(CASE_MM[1]))
    for name, note, x, y, w, d in PARTS:
        px, py = left + mm(x), bottom - mm(y + d)
        out += rect(px, py, mm(w), mm(d), "p") + label(px + mm(w) / 2, py + mm(d) / 2 - 2, name, "middle", bold=True)
        out += label(px + mm(w) / 2, py + mm(d) / 2 + 13, note, "middle", small=True)
    for name, x, _y, size in REAR:  # turned round: the rear is drawn as seen from behind
        middle = left + mm(CASE_MM[0] - x)
        out += line(middle - mm(size[0]) / 2, top + inner / 2, middle + mm(size[0]) / 2, top + inner / 2)
        out += label(middle, top + mm(12), name, "middle", small=True)
    return out + label(left + width / 2, bottom + 22, "front", "middle", italic=True)


def drawing():
    """The whole sheet."""
    out = label(30, 36, "Press1: enclosure", big=True) + label(
        SHEET[0] - 30, 36, "millimetres; not built yet: docs/hardware.md", "end", italic=True
    )
    out += face(LEFT, 130, "Front", FRONT)
    out += face(LEFT, 500, "Rear, seen from behind", REAR)
    out += plan(RIGHT, 130)
    for i, note in enumerate(NOTES):
        out += label(RIGHT, 690 + 21 * i, note)
    return symbols.sheet(*SHEET, out)


def main(folder):
    """Write the drawing into `folder`."""
    (folder / "enclosure.svg").write_text(drawing(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
