"""A paper for people: blocks of plain values, written as HTML and as PDF from the same source."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from press1 import replacing
from press1.errors import Usage


@dataclass(frozen=True)
class Heading:
    """Of a section, or of a part of one (`small`)."""

    text: str
    small: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph. `kind`: plain, note (small), good or warning (in a frame)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Facts:
    """Two columns: what, and its value; `share`: the first one's per cent of the page."""

    rows: Sequence[tuple[str, str]]
    share: int = 32


@dataclass(frozen=True)
class Table:
    """Columns with headings; `widths`: their shares of the page."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int] = ()


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: Sequence[str]


@dataclass(frozen=True)
class Picture:
    """A PNG; `alt` says what it shows, for those who do not see it."""

    png: bytes
    alt: str
    size: tuple[int, int]  # in mm, on paper


Block = Heading | Text | Facts | Table | Bullets | Picture


@dataclass
class Paper:
    """`language`: da or en."""

    title: str
    lead: str
    language: str
    footer: str
    blocks: list[Block] = field(default_factory=list)

    def add(self, *blocks: Block) -> None:
        """Append blocks."""
        self.blocks += blocks


def write(paper: Paper, path: Path) -> None:
    """Write it as `path` says by its suffix: .html or .pdf. Usage where that fails."""
    data = as_bytes(paper, path.suffix)
    replacing.check(path, path.suffix[1:])
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Usage(f"cannot write {path}: {error.strerror}", "name another --out") from error


def as_bytes(paper: Paper, suffix: str) -> bytes:
    """The file's contents; `suffix` is .html or .pdf. Usage for another."""
    if suffix == ".html":
        from press1.report import html

        return html.render(paper).encode()
    if suffix == ".pdf":
        from press1.report import pdf

        return pdf.render(paper)
    raise Usage(f"no paper is written as {suffix or 'a file without a suffix'}", "name it .html or .pdf")
