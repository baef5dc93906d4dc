"""Circuit symbols as SVG text; coordinates in pixels, y downwards."""

_STYLE = """text{font-family:DejaVu Sans,Arial,sans-serif;font-size:13px;fill:#111}
.b{font-weight:bold}.i{font-style:italic;fill:#444}.s{font-size:10.5px;fill:#444}.g{font-size:20px;font-weight:bold}
line,path,polyline,circle,rect{stroke:#111;stroke-width:1.6;fill:none}.f{fill:#111}.w{fill:#fff}.p{fill:#f1f1f1}.d{stroke-dasharray:5 4}"""


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def sheet(width, height, body):
    """A whole drawing on white."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    paper = f'<rect x="0" y="0" width="{width}" height="{height}" style="fill:#fff;stroke:none"/>'
    return f"{head}\n<style>{_STYLE}</style>\n{paper}\n{body}</svg>\n"


def label(x, y, text, anchor="start", bold=False, italic=False, small=False, big=False):
    """Text whose baseline begins, is centred or ends at x, y."""
    style = " ".join(name for name, on in (("b", bold), ("i", italic), ("s", small), ("g", big)) if on)
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" class="{style}">{_escape(text)}</text>\n'


def line(x1, y1, x2, y2, dashed=False):
    """A straight wire."""
    style = ' class="d"' if dashed else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"{style}/>\n'


def wire(*points):
    """A wire over several points."""
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}"/>\n'


def dot(x, y):
    """A joint."""
    return f'<circle cx="{x}" cy="{y}" r="3.5" class="f"/>\n'


def box(x, y, width, height, title, below, small=False, pale=False):
    """A part."""
    fill = "p" if pale else "w"
    out = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" class="{fill}"/>\n'
    out += label(x + width / 2, y + (16 if small else 20), title, "middle", bold=True)
    return out + (label(x + width / 2, y + (16 if small else 38), below, "middle", small=True) if below and not small else "")


def ground(x, y):
    """Ground, hanging from x, y."""
    out = line(x, y, x, y + 10)
    for i, half in enumerate((11, 7, 3)):
        out += line(x - half, y + 10 + 4 * i, x + half, y + 10 + 4 * i)
    return out


def capacitor(x, y, name):
    """40 wide."""
    plates = line(x + 17, y - 11, x + 17, y + 11) + line(x + 23, y - 11, x + 23, y + 11)
    return line(x, y, x + 17, y) + plates + line(x + 23, y, x + 40, y) + label(x + 20, y - 15, name, "middle")


def capacitor_down(x, y1, y2, name):
    """Between two heights."""
    mid = (y1 + y2) / 2
    plates = line(x - 11, mid - 3, x + 11, mid - 3) + line(x - 11, mid + 3, x + 11, mid + 3)
    return line(x, y1, x, mid - 3) + plates + line(x, mid + 3, x, y2) + label(x + 14, mid + 20, name)


def resistor(x, y, name):
    """50 wide."""
    body = f'<rect x="{x + 10}" y="{y - 7}" width="30" height="14" class="w"/>\n'
    return line(x, y, x + 50, y) + body + label(x + 25, y - 11, name, "middle", small=len(name) < 4)


def resistor_down(x, y1, y2, name):
    """Between two heights."""
    mid = (y1 + y2) / 2
    body = f'<rect x="{x - 7}" y="{mid - 16}" width="14" height="32" class="w"/>\n'
    return line(x, y1, x, y2) + body + label(x + 12, mid + 20, name)


def transformer(x, top, bottom, name, ratio):
    """60 wide, coils between two heights."""
    height = (bottom - top) / 4
    left = f"M{x} {top} h14 " + " ".join(f"a6 {height / 2} 0 0 1 0 {height}" for _ in range(4)) + " h-14"
    right = f"M{x + 60} {top} h-14 " + " ".join(f"a6 {height / 2} 0 0 0 0 {height}" for _ in range(4)) + " h14"
    core = line(x + 28, top, x + 28, bottom) + line(x + 32, top, x + 32, bottom)
    return f'<path d="{left}"/>\n<path d="{right}"/>\n' + core + label(x + 30, top - 15, name, "middle", bold=True) + label(
        x + 30, top - 3, ratio, "middle", small=True)  # fmt: skip


def contact(x, y):
    """A contact, open at rest, 40 wide."""
    ends = f'<circle cx="{x + 4}" cy="{y}" r="3" class="w"/>\n<circle cx="{x + 36}" cy="{y}" r="3" class="w"/>\n'
    return line(x + 6, y - 2, x + 33, y - 13) + ends


def button(x, y):
    """A push button, 40 wide."""
    ends = f'<circle cx="{x + 6}" cy="{y}" r="3" class="w"/>\n<circle cx="{x + 34}" cy="{y}" r="3" class="w"/>\n'
    return (
        line(x, y, x + 3, y)
        + line(x + 37, y, x + 40, y)
        + ends
        + line(x + 5, y - 7, x + 35, y - 7)
        + line(x + 20, y - 7, x + 20, y - 12)
    )


def diode_right(x, y, name):
    """50 wide, conducts to the right."""
    body = f'<path d="M{x + 18} {y - 8} v16 l14 -8 z" class="f"/>\n' + line(x + 32, y - 8, x + 32, y + 8)
    return line(x, y, x + 50, y) + body + label(x + 25, y - 13, name, "middle")


def diode_up(x, y1, y2, name):
    """Between two heights, conducts upwards."""
    mid = (y1 + y2) / 2
    body = f'<path d="M{x - 8} {mid + 7} h16 l-8 -14 z" class="f"/>\n' + line(x - 8, mid - 7, x + 8, mid - 7)
    return line(x, y1, x, y2) + body + label(x - 14, mid + 5, name, "end")


def mosfet(x, y, name):
    """N-channel; gate at x, y; drain and source 42 to the right, 18 above and 40 below."""
    out = line(x, y, x + 24, y) + line(x + 24, y - 14, x + 24, y + 14) + line(x + 30, y - 16, x + 30, y + 16)
    out += line(x + 30, y - 12, x + 42, y - 12) + line(x + 42, y - 18, x + 42, y - 12)
    return out + line(x + 30, y + 12, x + 42, y + 12) + line(x + 42, y + 12, x + 42, y + 40) + label(x + 52, y + 18, name)
