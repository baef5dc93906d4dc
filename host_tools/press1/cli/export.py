"""`press1 export`: open recordings with the owner's key and write what was said as sound files."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from press1 import boxes, keys, replacing, sheet, use
from press1 import export as exporting
from press1.cli.context import Json, ask_passphrase, iso, notes, paper, print_json, settings, wants_json
from press1.cli.inspect import evidence, header
from press1.errors import Usage
from press1.export import Exported, Source
from press1.style import FORMATS, OPUS_RATES, Style

Out = Annotated[Path, typer.Option("--out", "-o", help="Sound file to write; its suffix says the format.")]
Identity = Annotated[Path | None, typer.Option(help="The owner's private key (.pem).")]
Format = Annotated[str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}, whatever the suffix.")]
Layout = Annotated[str, typer.Option("--layout", help="stereo (far left, near right), mono (mixed), split (a file a channel).")]
OpusRate = Annotated[int, typer.Option("--opus-rate", help=f"Of Opus: {', '.join(map(str, OPUS_RATES))} Hz.")]
Purpose = Annotated[str | None, typer.Option("--purpose", help="Open it only if it may still be used for this.")]
Sheet = Annotated[Path | None, typer.Option("--sheet", help="Write a verification sheet (HTML) there.")]
Language = Annotated[str, typer.Option("--language", help=f"Of the sheet: {', '.join(sheet.LANGUAGES)}.")]


def export(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Parts of one call (.p1r), their .key files beside them.")
    ],
    out: Out,
    identity: Identity = None,
    format: Format = None,
    layout: Layout = "stereo",
    opus_rate: OpusRate = 8000,
    purpose: Purpose = None,
    salvage: Annotated[bool, typer.Option("--salvage", help="Open a recording that was cut before the box signed it.")] = False,
    sheet_to: Sheet = None,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Join the parts of a call into a WAV, FLAC or Opus file; what was not stored is silence."""
    style = chosen_style(out, format, layout, opus_rate)
    if language not in sheet.LANGUAGES:
        raise Usage(f"no sheet in {language!r}", f"languages: {', '.join(sheet.LANGUAGES)}")
    private = owner_key(context, identity)
    done = run([exporting.from_path(path) for path in files], private, out, style, purpose, salvage)
    if sheet_to:
        write_sheet(context, sheet_to, done, language)
    tell(context, done, json)


def chosen_style(out: Path, format: str | None, layout: str, opus_rate: int) -> Style:
    """Format by the option, else by the suffix; WAV where there is none."""
    suffix = {"": "wav", ".wav": "wav", ".flac": "flac", ".opus": "opus", ".ogg": "opus"}.get(out.suffix.lower())
    if not format and not suffix:
        raise Usage(f"no sound is written as {out.suffix}", f"name it .wav, .flac or .opus, or say --format {'|'.join(FORMATS)}")
    return Style(format or suffix or "", layout, opus_rate)


def owner_key(context: typer.Context, given: Path | None) -> X25519PrivateKey:
    """The owner's private key; asks for its passphrase."""
    path = identity_path(given or settings(context).identity, settings(context).port)
    return keys.load_private(path, lambda: ask_passphrase(path))


def identity_path(given: Path | None, port: str | None) -> Path:
    """The key file: --identity here or before the verb, a folder with owner.pem in it, or the demonstration box's own."""
    if given is None and port and port.startswith("sim:"):
        given = Path(port.removeprefix("sim:")) / "host"
    if given is None:
        raise Usage("whose recording?", "--identity OWNER.pem")
    return given / "owner.pem" if given.is_dir() else given


def run(
    sources: list[Source], private: X25519PrivateKey, out: Path, style: Style, purpose: str | None, salvage: bool = False
) -> Exported:
    """Export with a bar."""
    for path in style.paths(out):
        replacing.check(path, style.format)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bars:
        task = bars.add_task("opening", total=2 * sum(source.size for source in sources))
        return exporting.export(
            sources, private, out, style=style, purpose=purpose, salvage=salvage, progress=lambda count: bars.advance(task, count)
        )


def write_sheet(context: typer.Context, path: Path, done: Exported, language: str) -> None:
    """The verification sheet, which says too whether this host has met the box."""
    known = boxes.Boxes(boxes.home(settings(context).port or "")).get(done.head.box)
    met = known is not None and known.box_key == done.head.box_key
    sheet.write(path, done, language, int(time.time()), met)


def tell(context: typer.Context, done: Exported, json: bool, named: bool = True) -> None:
    """What was written, for a person or a program; not `named`: to a file that is soon gone."""
    if wants_json(context, json):
        print_json(_row(done))
    else:
        _tell(done, named)
    if use.ended([part.report.head for part in done.parts]):
        notes.print("every purpose of this recording has ended: delete it", style="bold", soft_wrap=True)


def _row(done: Exported) -> dict[str, Any]:
    shown = header(done.head)
    return {
        "out": str(done.paths[0]),
        "files": [str(path) for path in done.paths],
        "format": done.style.format,
        "layout": done.style.layout,
        "purpose": done.purpose,
        "call": done.head.call,
        "box": done.head.box,
        "rate": done.rate,
        "rate_exact": shown["rate"],
        "frames": done.frames,
        "silence": done.silence,
        "purposes": shown["purposes"],
        "consent": shown["consent"],
        "parts": [
            {
                "file": part.name,
                "id": part.report.head.id,
                "part": part.report.head.part,
                "state": part.report.state,
                "signed": part.report.signed,
                "torn": part.torn,
                "first_sample": part.report.head.first_sample,
                "frames": part.frames,
                "withheld": part.withheld,
                "plain_hash": part.plain_hash,
            }
            for part in done.parts
        ],
    }


def _tell(done: Exported, named: bool) -> None:
    head = done.head
    names = ", ".join(str(path) for path in done.paths) if named else "the call"
    how = {"stereo": "far left, near right", "mono": "both mixed", "split": "one file a channel"}[done.style.layout]
    paper.print(f"{names}: {done.seconds:.1f} s at {done.rate} Hz, {how}", soft_wrap=True, markup=False)
    if done.silence:
        seconds = done.silence * head.rate[1] / head.rate[0]
        paper.print(f"  of it {seconds:.1f} s silence where nothing was stored, or not for this purpose", soft_wrap=True)
    for part in done.parts:
        signed = "" if part.report.signed else ", UNSIGNED"
        paper.print(f"  part {part.report.head.part}: {part.report.state}{signed}, {part.frames} samples", highlight=False)
    paper.print(f"  consent: {evidence(head.consent, head.rate)}", soft_wrap=True, markup=False)
    for row in head.purposes:
        paper.print(f"  for {row.purpose}, basis {row.basis}, until {iso(row.end)}: delete the sound then, too", markup=False)


def register(app: typer.Typer) -> None:
    """Hang `export` under the main command."""
    app.command()(export)
