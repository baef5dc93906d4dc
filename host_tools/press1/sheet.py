"""The verification sheet: one HTML page beside an exported call that says what was checked, and by which signature."""

import hashlib
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from press1 import __version__, replacing
from press1.container import COMPLETE
from press1.errors import Usage
from press1.export import Exported, Part
from press1.head import Consent, Head

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#111;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}th,td{border:1px solid #999;padding:.3em .6em;text-align:left;"
    "vertical-align:top}th{background:#eee}code{font-size:.85em;word-break:break-all}.bad{color:#900;font-weight:bold}"
)
_TEXTS = {
    "en": {
        "title": "Verification sheet",
        "made": "Made",
        "call": "Call",
        "begun": "Recorded from",
        "box": "Box",
        "key": "Box's key (Ed25519)",
        "known": "This key is known on this computer.",
        "unknown": "This key is not known on this computer: compare it with what was noted at provisioning.",
        "profile": "Profile",
        "direction": "Direction",
        "rate": "Exact sample rate",
        "channels": "Channels",
        "checked": "Far is the other party, near the employee: checked by line test on",
        "unchecked": "Far is taken for the other party, near for the employee: not checked by a line test",
        "purposes": "Purposes",
        "purpose": "Purpose",
        "basis": "Basis",
        "end": "Ends",
        "for": "Exported for",
        "any": "no stated purpose",
        "consent": "Consent",
        "notice": "Prompt that was heard",
        "files": "Files",
        "parts": "Parts",
        "part": "Part",
        "state": "State",
        "signature": "Signature",
        "good": "good, by the box's key",
        "none": "NONE: cut short before the box signed it",
        "samples": "Samples",
        "withheld": "withheld (before this purpose was granted)",
        "torn": "a torn last record was left out",
        "hash": "SHA-256 of the sound (A-law)",
        "exact": "The files were read back: they hold every sample of these parts, save what is named as withheld or left out.",
        "lossy": "The sound was checked against the signature before it was mixed or compressed; these files do not hold every sample.",
        "again": "Check again",
        "how": "The sealed recordings can be checked without any secret: press1 verify ID.p1r",
        "delete": "Delete the exported files, and this sheet, when the purpose ends.",
    },
    "da": {
        "title": "Kontrolark",
        "made": "Lavet",
        "call": "Samtale",
        "begun": "Optaget fra",
        "box": "Boks",
        "key": "Boksens nøgle (Ed25519)",
        "known": "Nøglen er kendt på denne computer.",
        "unknown": "Nøglen er ikke kendt på denne computer: sammenlign med det, der blev noteret ved ibrugtagningen.",
        "profile": "Profil",
        "direction": "Retning",
        "rate": "Nøjagtig samplingsfrekvens",
        "channels": "Kanaler",
        "checked": "Far er den anden part, near medarbejderen: kontrolleret ved linjetest den",
        "unchecked": "Far regnes for den anden part, near for medarbejderen: ikke kontrolleret ved en linjetest",
        "purposes": "Formål",
        "purpose": "Formål",
        "basis": "Grundlag",
        "end": "Slutter",
        "for": "Udleveret til",
        "any": "intet angivet formål",
        "consent": "Samtykke",
        "notice": "Besked, der blev hørt",
        "files": "Filer",
        "parts": "Dele",
        "part": "Del",
        "state": "Tilstand",
        "signature": "Signatur",
        "good": "god, med boksens nøgle",
        "none": "INGEN: afbrudt, før boksen signerede",
        "samples": "Samples",
        "withheld": "tilbageholdt (før formålet blev givet)",
        "torn": "en ufuldstændig sidste blok er udeladt",
        "hash": "SHA-256 af lyden (A-law)",
        "exact": "Filerne er læst igen: de rummer hver sample af disse dele, undtagen hvad der er nævnt som tilbageholdt eller udeladt.",
        "lossy": "Lyden blev kontrolleret mod signaturen, før den blev mikset eller komprimeret; filerne rummer ikke hver eneste sample.",
        "again": "Kontrollér igen",
        "how": "De forseglede optagelser kan kontrolleres uden hemmeligheder: press1 verify ID.p1r",
        "delete": "Slet de udleverede filer og dette ark, når formålet slutter.",
    },
}
LANGUAGES = tuple(_TEXTS)


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _table(rows: list[list[str]], head: list[str] | None = None) -> str:
    """Cells are HTML; without `head` the first cell of each row is its heading."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head or [])
    body = ""
    for row in rows:
        first = f"<td>{row[0]}</td>" if head else f'<th scope="row">{row[0]}</th>'
        body += f"<tr>{first}{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>"
    return f"<table>{f'<tr>{top}</tr>' if head else ''}{body}</table>"


def _part(part: Part, text: dict[str, str]) -> list[str]:
    report = part.report
    signed = text["good"] if report.signed else f'<span class="bad">{text["none"]}</span>'
    state = report.state if report.state == COMPLETE else f'<span class="bad">{report.state}</span>'
    notes = [str(part.frames)]
    notes += [f"{part.withheld} {text['withheld']}"] if part.withheld else []
    notes += [text["torn"]] if part.torn else []
    codes = [f"<code>{value.hex()}</code>" for value in (report.head.id, part.plain_hash)]
    return [str(report.head.part), codes[0], state, signed, "; ".join(notes), codes[1]]


def _consent(consent: Consent | None, rate: tuple[int, int]) -> str:
    if consent is None:
        return "-"
    seconds = {
        name: f"{getattr(consent, name) * rate[1] / rate[0]:.3f} s"
        for name in ("offer_sample", "decision_sample", "first_sample")
    }
    who = (
        f"key {escape(consent.key)} ({escape(consent.side)}, {consent.level / 10:.1f} dBm0)" if consent.by == "key" else "button"
    )
    prompt = f"{escape(consent.prompt)}, SHA-256 <code>{consent.prompt_hash.hex()}</code>"
    times = ", ".join(f"{name.removesuffix('_sample')} {value}" for name, value in seconds.items())
    return f"{who}; {times}; {prompt}"


def _notice(head: Head) -> str:
    if head.notice is None:
        return "-"
    seconds = head.notice.samples * head.rate[1] / head.rate[0]
    return f"{escape(head.notice.prompt)}, {seconds:.1f} s, SHA-256 <code>{head.notice.prompt_hash.hex()}</code>"


def _channels(head: Head, text: dict[str, str]) -> str:
    """Who is heard where, and whether anybody has checked it."""
    if head.line is None:
        return text["unchecked"]
    return f"{text['checked']} {_moment(head.line.tested)} (<code>{head.line.hash.hex()}</code>)"


def page(done: Exported, language: str, now: int, known: bool) -> str:
    """The sheet as HTML, in one of LANGUAGES; `known`: this computer has met the box."""
    text, head = _TEXTS[language], done.head
    facts = [
        [text["made"], f"{_moment(now)}, press1 {__version__}"],
        [text["call"], f"<code>{head.call.hex()}</code>"],
        [text["begun"], _moment(head.created)],
        [text["box"], f"<code>{head.box.hex()}</code>"],
        [text["key"], f"<code>{head.box_key.hex()}</code><br>{text['known' if known else 'unknown']}"],
        [text["profile"], escape(head.profile)],
        [text["direction"], head.direction],
        [text["rate"], f"{head.rate[0]}/{head.rate[1]} Hz"],
        [text["channels"], _channels(head, text)],
        [text["for"], done.purpose or text["any"]],
        [text["consent"], _consent(head.consent, head.rate)],
        [text["notice"], _notice(head)],
    ]
    purposes = [[row.purpose, row.basis, _moment(row.end)] for row in head.purposes]
    files = [[escape(path.name), f"<code>{_digest(path)}</code>"] for path in done.paths]
    parts = [_part(part, text) for part in done.parts]
    columns = [text[name] for name in ("part", "call", "state", "signature", "samples", "hash")]
    columns[1] = "id"
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{text["title"]} {head.call.hex()[:8]}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{text['title']}</h1>{_table(facts)}"
        f"<h2>{text['parts']}</h2>{_table(parts, columns)}<p>{text['exact' if done.style.exact else 'lossy']}</p>"
        f"<h2>{text['purposes']}</h2>{_table(purposes, [text[name] for name in ('purpose', 'basis', 'end')])}<p>{text['delete']}</p>"
        f"<h2>{text['files']}</h2>{_table(files, [text['files'], 'SHA-256'])}<h2>{text['again']}</h2><p>{text['how']}</p></body></html>\n"
    )


def write(path: Path, done: Exported, language: str, now: int, known: bool) -> None:
    """Write the sheet; Usage where that fails or the language is unknown."""
    if language not in _TEXTS:
        raise Usage(f"no sheet in {language!r}", f"languages: {', '.join(LANGUAGES)}")
    replacing.check(path, "html")
    try:
        path.write_text(page(done, language, now, known), encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot write {path}: {error.strerror}") from error
