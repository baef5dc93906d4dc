"""The box's self test: run over the link, judged, and set as a sheet for the file."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from press1.conversation import typed
from press1.device import Device
from press1.errors import Damaged

_PART_S = 120.0  # the slowest part on the chip: Ed25519 and HPKE, some ten seconds
_TITLES = {
    "vectors": "Cryptography, published vectors",
    "stages": "Work for one second of audio",
    "memory": "Memory",
    "card": "Memory card",
    "flash": "Key flash",
    "clock": "Clock",
    "entropy": "Randomness",
    "relay": "Relay",
    "board": "Parts of the board",
}
_STYLE = """body{font:15px/1.4 sans-serif;max-width:46em;margin:2em auto;color:#222}h1{font-size:1.5em}
h2{font-size:1.05em;margin:1.4em 0 .2em}table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #ddd;padding:.25em .5em}
td.v{text-align:right;white-space:nowrap;width:12em}td.s{width:5em;text-align:center;font-weight:bold}
.good{background:#d8f0d8;color:#0a5a0a}.bad{background:#f6d0d0;color:#8a0000}.figure{color:#777}
.verdict{padding:.5em 1em;font-weight:bold}@media print{body{margin:0}}"""


@dataclass(frozen=True)
class Report:
    """`about`: box, version, time and so on; `parts`: name and rows (`name ok value unit`) in the box's order."""

    about: dict[str, str]
    parts: list[tuple[str, list[dict[str, Any]]]]

    @property
    def faults(self) -> list[str]:
        """What is red."""
        return [f"{part}: {row['name']}" for part, rows in self.parts for row in rows if row["ok"] is False]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"about": self.about, "good": not self.faults, "faults": self.faults, "parts": dict(self.parts)}


def run(device: Device, about: dict[str, str], only: list[str], tell: Callable[[str], object]) -> Report:
    """All parts, or those of `only`."""
    parts = []
    for name in typed(device.ask("selftest"), "parts", list):
        if isinstance(name, str) and (not only or name in only):
            tell(_TITLES.get(name, name))
            parts.append((name, [_row(row) for row in typed(device.ask("selftest", _PART_S, part=name), "rows", list)]))
    return Report(about, parts)


def _row(row: Any) -> dict[str, Any]:
    """A row with the right types; texts of a box are shown as one printable line."""
    if not isinstance(row, dict) or not isinstance(row.get("ok"), bool | None):
        raise Damaged("the box answered with a bad row")
    value = row.get("value")
    return {
        "name": _line(typed(row, "name", str)),
        "ok": row["ok"],
        "value": _line(value) if isinstance(value, str) else value if isinstance(value, int) else None,
        "unit": _line(typed(row, "unit", str)),
    }


def _line(text: str) -> str:
    return "".join(sign for sign in text[:120] if sign.isprintable())


def figure(row: dict[str, Any], at: Callable[[int], str]) -> str:
    """A value as people read it; `at` writes times."""
    value, unit = row["value"], row["unit"]
    if value is None:
        return ""
    if unit == "time" and isinstance(value, int):
        return at(value)
    return f"{value:,} {unit}".replace(",", " ").strip() if isinstance(value, int) else str(value)


def word(row: dict[str, Any]) -> str:
    """good, bad, or a figure only."""
    return {True: "good", False: "bad", None: "figure"}[row["ok"]]


def sheet(report: Report, at: Callable[[int], str]) -> str:
    """The report as an HTML page that needs nothing else."""
    faults = report.faults
    verdict = f"not good: {', '.join(faults)}" if faults else "everything that was tested is good"
    body = [f"<h1>Press1 self test</h1><p class='verdict {'bad' if faults else 'good'}'>{html.escape(verdict)}</p><table>"]
    body += [f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td></tr>" for name, value in report.about.items()]
    body.append("</table>")
    for part, rows in report.parts:
        body.append(f"<h2>{html.escape(_TITLES.get(part, part))}</h2><table>")
        body += [_html_row(row, at) for row in rows]
        body.append("</table>")
    page = "".join(body)
    return f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Press1 self test</title><style>{_STYLE}</style>{page}</html>\n"


def _html_row(row: dict[str, Any], at: Callable[[int], str]) -> str:
    state = word(row)
    mark = "" if state == "figure" else state
    cells = (html.escape(row["name"]), html.escape(figure(row, at)), mark)
    return f"<tr><td>{cells[0]}</td><td class='v'>{cells[1]}</td><td class='s {state}'>{cells[2]}</td></tr>"
