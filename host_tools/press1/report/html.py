"""A paper as one HTML file that needs nothing else."""

import base64
from collections.abc import Sequence
from html import escape
from importlib import resources

from press1.report.paper import Block, Bullets, Facts, Heading, Paper, Picture, Table, Text


def render(paper: Paper) -> str:
    """The whole page."""
    style = resources.files("press1.report").joinpath("style.css").read_text(encoding="utf-8")
    body = "\n".join(map(_block, paper.blocks))
    return f"""<!DOCTYPE html>
<html lang="{paper.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{escape(paper.title)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{escape(paper.title)}</h1>
<p class="lead">{escape(paper.lead)}</p>
</header>
<main>
{body}
</main>
<footer><p>{escape(paper.footer)}</p></footer>
</body>
</html>
"""


def _block(block: Block) -> str:
    match block:
        case Heading(text, small):
            tag = "h3" if small else "h2"
            return f"<{tag}>{escape(text)}</{tag}>"
        case Text(text, kind):
            return f'<p class="{kind}">{escape(text)}</p>'
        case Bullets(items):
            return "<ul>\n" + "".join(f"<li>{escape(item)}</li>\n" for item in items) + "</ul>"
        case Facts(rows, _):
            return f'<table class="facts">\n{"".join(_fact(*row) for row in rows)}</table>'
        case Table(head, rows, _):
            top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
            return f'<div class="wide"><table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{"".join(map(_row, rows))}</tbody></table></div>'
        case Picture(png, alt, _):
            return f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _fact(name: str, value: str) -> str:
    return f'<tr><th scope="row">{escape(name)}</th><td>{_lines(value)}</td></tr>\n'


def _row(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{_lines(cell)}</td>' for cell in cells)}</tr>\n"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
