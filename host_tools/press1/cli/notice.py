"""`press1 notice`: the web page of the duty to inform (S27, S28), and the SMS in place of spoken words (S29)."""

from pathlib import Path
from typing import Annotated

import typer

from press1 import boxes, notice, profiles, replacing
from press1.cli.context import notes, paper, settings
from press1.cli.policy import Source, known_language
from press1.errors import Usage
from press1.notice import sms
from press1.policy import PolicyRefused, check

LANGUAGES = ("da", "en")


def notice_(
    context: typer.Context,
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for notice.da.html and notice.en.html.")] = Path(),
    sms_to: Annotated[
        str | None, typer.Option("--sms", metavar="NUMBER", help="Print the SMS instead, and log that it was sent.")
    ] = None,
    call: Annotated[str, typer.Option(help="Id of the call, for the SMS log.")] = "",
    language: Annotated[str, typer.Option("--language", "-l", help="Language of the SMS: da or en.")] = "da",
    log: Annotated[Path | None, typer.Option(help="SMS log; sms.jsonl among what this computer keeps, if left out.")] = None,
) -> None:
    """Write the page that the prompts name, in Danish and English, from the policy; or the SMS."""
    policy = profiles.load(source)
    findings = check(policy)
    if findings:
        raise PolicyRefused(source, findings)
    if sms_to is not None:
        place = log or boxes.home(settings(context).port or "") / "sms.jsonl"
        entry = sms.log(place, policy, known_language(language), sms_to, call)
        paper.print(entry.text, soft_wrap=True)
        notes.print(f"{sms.segments(entry.text)} SMS; logged in {place}", style="dim", soft_wrap=True)
        return
    pages = {spoken: notice.page(policy, spoken, f"notice.{_other(spoken)}.html") for spoken in LANGUAGES}
    for spoken, html in pages.items():
        path = out / f"notice.{spoken}.html"
        _write(path, html)
        paper.print(str(path), soft_wrap=True)


def _other(language: str) -> str:
    return "en" if language == "da" else "da"


def _write(path: Path, text: str) -> None:
    replacing.check(path, "html")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot write {path}: {error.strerror}", "name another --out") from error


def register(app: typer.Typer) -> None:
    """Hang `notice` under the main command."""
    app.command(name="notice")(notice_)
