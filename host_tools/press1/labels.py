"""The label of a box: a PDF page of 62 by 29 mm, a common size of label printers."""

import hashlib
import io
from datetime import UTC, datetime

_WIDTH, _HEIGHT, _MARGIN, _CODE = 62.0, 29.0, 2.0, 25.0  # mm
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # no time in the file: the same label is the same file


def groups(data: bytes, size: int = 4) -> str:
    """Hex in groups, as people compare it."""
    text = data.hex()
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def fingerprint(box_key: bytes) -> bytes:
    """SHA-256 of the public key. Its first half is the box's id."""
    return hashlib.sha256(box_key).digest()


def code(box: bytes, box_key: bytes) -> str:
    """What the QR code says: a URI of our own, upper case, which codes shorter."""
    return f"PRESS1:{box.hex()}:{fingerprint(box_key).hex()}".upper()


def pdf(box: bytes, box_key: bytes, note: str = "") -> bytes:
    """The label."""
    import segno
    from fpdf import FPDF

    page = FPDF(unit="mm", format=(_WIDTH, _HEIGHT))
    page.set_creation_date(_EPOCH)
    page.set_producer("press1")
    page.set_auto_page_break(False)
    page.add_page()
    image = io.BytesIO()
    segno.make(code(box, box_key), error="m").save(image, kind="png", scale=8, border=2)
    page.image(image, x=0.5, y=_MARGIN, w=_CODE, h=_CODE)
    left = _CODE + 1.5
    _line(page, left, 4.5, "B", 10, "Press1")
    _line(page, left, 8.5, "", 6, "box")
    text = groups(box).split(" ")
    _code_lines(page, left, 11.0, text)
    _line(page, left, 17.3, "", 6, "SHA-256 of its key goes on")
    _code_lines(page, left, 19.8, groups(fingerprint(box_key)).split(" ")[8:])
    if note:
        _line(page, left, 27.0, "", 6.5, note.encode("latin-1", "replace").decode("latin-1")[:34])
    return bytes(page.output())


def _line(page: "object", x: float, y: float, style: str, size: float, text: str, family: str = "Helvetica") -> None:
    page.set_font(family, style, size)  # type: ignore[attr-defined]
    page.text(x, y, text)  # type: ignore[attr-defined]


def _code_lines(page: "object", x: float, y: float, words: list[str]) -> None:
    """Four groups a line."""
    for at in range(0, len(words), 4):
        _line(page, x, y + at / 4 * 2.8, "", 7, " ".join(words[at : at + 4]), "Courier")
