"""A paper as PDF on A4, with DejaVu Sans, which has the letters of every name that is likely to be met."""

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from press1.errors import Usage
from press1.report.paper import Block, Bullets, Facts, Heading, Paper, Picture, Table, Text

if TYPE_CHECKING:
    from fpdf import FPDF

_FONT = "DejaVu"
_BLUE, _BLACK, _GREY = (31, 78, 121), (22, 22, 22), (80, 80, 80)
_FRAMES = {"good": ((238, 247, 240), (42, 122, 59)), "warning": ((253, 241, 234), (163, 60, 0))}
_LINE = 5.2  # mm
_MARGIN = 18.0
_NEED = 32.0  # mm that must be left below a heading


def render(paper: Paper) -> bytes:
    """The file. Usage where a package is missing."""
    page = _new(paper)
    page.set_font(_FONT, "B", 19)
    page.set_text_color(*_BLACK)
    page.multi_cell(0, 8.5, paper.title, align="L", new_x="LMARGIN", new_y="NEXT")
    _write(page, paper.lead, 11, _GREY)
    for block in paper.blocks:
        _block(page, block)
    return bytes(page.output())


def _new(paper: Paper) -> "FPDF":
    try:
        import matplotlib as mpl
        from fpdf import FPDF
    except ModuleNotFoundError as error:
        raise Usage(f"this needs the Python package {error.name}", "pip install 'press1[report]'") from error

    class Page(FPDF):
        """With a foot line."""

        def footer(self) -> None:
            self.set_y(-13)
            self.set_font(_FONT, "", 8)
            self.set_text_color(*_GREY)
            self.cell(0, 5, f"{paper.footer}   {self.page_no()}/{{nb}}", align="C")

    page = Page(format="A4")
    page.set_title(paper.title)
    page.set_lang(paper.language)
    page.set_producer("press1")
    page.set_creation_date(datetime.now(UTC))
    page.set_margins(_MARGIN, 16)
    page.set_auto_page_break(True, 18)
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    page.add_font(_FONT, "", fonts / "DejaVuSans.ttf")
    page.add_font(_FONT, "B", fonts / "DejaVuSans-Bold.ttf")
    page.add_page()
    return page


def _write(page: "FPDF", text: str, size: float = 10, colour: tuple[int, int, int] = _BLACK) -> None:
    page.set_font(_FONT, "", size)
    page.set_text_color(*colour)
    page.multi_cell(0, _LINE * size / 10, text, align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(1.5)


def _block(page: "FPDF", block: Block) -> None:
    match block:
        case Heading(text, small):
            _heading(page, text, small)
        case Text(text, kind) if kind in _FRAMES:
            _framed(page, text, *_FRAMES[kind])
        case Text(text, kind):
            _write(page, text, *((8.5, _GREY) if kind == "note" else (10, _BLACK)))
        case Bullets(items):
            for item in items:
                _item(page, item)
            page.ln(1.5)
        case Facts(rows, share):
            _table(page, rows, (share, 100 - share), head=False)
        case Table(head, rows, widths):
            _table(page, [head, *rows], widths, head=True)
        case Picture(png, _, (width, height)):
            if page.will_page_break(height):
                page.add_page()
            page.image(io.BytesIO(png), w=min(width, page.epw), alt_text=block.alt)
            page.ln(3)


def _heading(page: "FPDF", text: str, small: bool) -> None:
    page.ln(2 if small else 5)
    if page.will_page_break(_NEED):
        page.add_page()
    page.set_font(_FONT, "B", 11 if small else 13.5)
    page.set_text_color(*(_BLACK if small else _BLUE))
    page.multi_cell(0, 6.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    if not small:
        page.set_draw_color(*_BLUE)
        page.line(page.l_margin, page.get_y(), page.w - page.r_margin, page.get_y())
    page.ln(2)


def _framed(page: "FPDF", text: str, fill: tuple[int, int, int], edge: tuple[int, int, int]) -> None:
    page.set_font(_FONT, "", 10)
    page.set_text_color(*_BLACK)
    page.set_fill_color(*fill)
    page.set_draw_color(*edge)
    page.multi_cell(0, _LINE, text, align="L", fill=True, border=1, padding=(2, 3), new_x="LMARGIN", new_y="NEXT")
    page.ln(2.5)


def _item(page: "FPDF", text: str) -> None:
    page.set_font(_FONT, "", 10)
    page.set_text_color(*_BLACK)
    page.cell(5, _LINE, "•")
    page.multi_cell(0, _LINE, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _halved(text: str, digits: int) -> str:
    """Ids and hashes of twice so many digits on two even lines of their own."""
    found = rf"( ?)\b([0-9a-f]{{{digits}}})([0-9a-f]{{{digits}}})\b"
    return re.sub(found, lambda hit: ("\n" if hit[1] else "") + f"{hit[2]}\n{hit[3]}", text)


def _table(page: "FPDF", rows: Sequence[Sequence[str]], widths: Sequence[int], head: bool) -> None:
    from fpdf.fonts import FontFace

    page.set_font(_FONT, "", 8.5)
    page.set_text_color(*_BLACK)
    page.set_draw_color(187, 187, 187)
    page.set_fill_color(255, 255, 255)
    style = FontFace(emphasis="BOLD", fill_color=(232, 238, 244))
    more: dict[str, Any] = {"col_widths": tuple(widths)} if widths else {}
    with page.table(
        first_row_as_headings=head,
        headings_style=style,
        line_height=4.4,
        padding=(1, 1.5),
        text_align="LEFT",
        v_align="TOP",
        **more,
    ) as table:
        for cells in rows:
            row = table.row()
            for number, cell in enumerate(cells):
                row.cell(
                    _halved(cell, 16 if number == 0 else 32),
                    style=FontFace(emphasis="BOLD") if number == 0 and not head else None,
                )
    page.ln(3)
