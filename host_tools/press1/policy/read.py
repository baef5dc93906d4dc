"""From TOML to a `Policy`: whatever the file holds, the answer is a policy or findings, never a traceback."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from press1.errors import Usage
from press1.policy import durations
from press1.policy.findings import Finding, PolicyRefused
from press1.policy.form import Form
from press1.policy.model import BASES, FACTORS, LANGUAGES, PURPOSES, Assessment, OwnPrompt, Policy, Purpose

_KEEP_MIN_S, _KEEP_MAX_S = 3_600, 10 * 366 * 86_400  # what a box takes
_LARGEST = 256 << 10  # bytes of a policy file; texts that people write are far smaller
_REVIEW = "review every "


def read(path: Path) -> Policy:
    """The policy in a file; Usage for one that cannot be read, PolicyRefused with findings for one that is no policy."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Usage(f"{path} is too large for a policy", "give the policy's TOML file")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(
            f"cannot read {path}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}", "give a policy file"
        ) from error
    return parse_text(text, path)


def parse_text(text: str, path: Path) -> Policy:
    """The policy in TOML text; `path` names it, and its folder is where WAV files are looked for."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyRefused(path.name, [Finding("", f"no TOML: {error}", "mend that place")]) from error
    policy, findings = parse(found)
    if policy is None:
        raise PolicyRefused(path.name, findings)
    return replace(policy, folder=str(path.parent))


def parse(source: dict[str, Any]) -> tuple[Policy | None, list[Finding]]:
    """(policy, []) or (None, findings) from what TOML holds."""
    form = Form(source)
    values: dict[str, Any] = {
        "profile": _name(form),
        "company": form.by_language("company", "S27", 'company = "who records", as callers know the name'),
        "notice": form.text("notice", "S28", 'notice = "https://…", the page made by `press1 notice`', most=120),
        "listeners": form.by_language("listeners", "S8", 'listeners = "who will hear the recordings"'),
        "languages": _languages(form),
        "timeout_s": form.number("timeout_s", "S5", 2, 60, 6, "timeout_s = 6, seconds of silence after a prompt"),
        "starts": _date(form, "starts", "S48", "starts = 2026-12-01, the day from which the policy is in force"),
        "purposes": tuple(_purposes(form)),
        "spoken": form.flag("spoken", "S5"),
        "joined": form.flag("joined", "S2"),
        "inform": form.choice("inform", "S29", ("spoken", "sms"), "spoken"),
        "wording": form.text("wording", "S47", 'wording = "leaflet-48h"', need=False, most=40),
        "assessment": _assessment(form),
        "justification": form.table("special").reason("justification", "S35", need="special" in source),
        "authority": form.table("authority").reason("reference", "S13", need="authority" in source),
        "threat_keep_s": _keep(form.table("threat"), "S12") if "threat" in source else 0,
        "contact": form.table("contact").texts(("post", "email", "phone", "officer", "recipients"), "S27"),
        "prompts": tuple(_own_prompt(row) for row in form.rows("prompt")),
    }
    values["keys"] = _keys(form, values["purposes"], bool(values["spoken"]))
    form.close()
    return (None, form.findings) if form.findings else (Policy(**values), [])


def _name(form: Form) -> str:
    """The profile's name; it also names prompts in the box's file system."""
    write = 'profile = "a-name" of small letters, digits and hyphens'
    found = form.text("profile", "", write, most=40)
    if found and not re.fullmatch(r"[a-z0-9][a-z0-9-]*", found):
        form.find("", f"profile {found!r} is no such name", write)
    return found


def _languages(form: Form) -> tuple[str, ...]:
    write = 'languages = ["da", "en"], the first and the one after it'
    found = form.take("languages", list(LANGUAGES))
    if isinstance(found, list) and 1 <= len(found) <= 2 and all(isinstance(item, str) and item in LANGUAGES for item in found):
        return tuple(found)
    form.find("S4", "languages are one or two of da and en", write)
    return LANGUAGES


def _date(form: Form, name: str, row: str, write: str) -> date:
    found = form.take(name)
    if isinstance(found, datetime):
        found = found.date()
    if isinstance(found, date):
        return found
    form.find(row, f"{form.name(name)} is missing or no date", write)
    return date.min


def _keep(form: Form, row: str) -> int:
    """Retention in seconds; what is missing would be kept for ever."""
    written = form.take("keep")
    found = durations.seconds(written)
    if found is None or not _KEEP_MIN_S <= found <= _KEEP_MAX_S:
        what = "retention without end" if written is None else f"keep = {written!r} is no retention of an hour to ten years"
        form.find(row, f"{form.name('keep')}: {what}", f'keep = "90 days" ({durations.HINT})')
        return _KEEP_MIN_S
    return found


def _review(form: Form) -> int:
    """Seconds of `mode`, 0 for deletion (S24)."""
    found = form.text("mode", "S24", 'mode = "delete"', need=False) or "delete"
    if found == "delete":
        return 0
    length = durations.seconds(found.removeprefix(_REVIEW)) if found.startswith(_REVIEW) else None
    if length and length <= _KEEP_MAX_S:
        return length
    form.find("S24", f"mode {found!r} is unknown", 'mode = "delete", or "review every 30 days"')
    return 0


def _purposes(form: Form) -> list[Purpose]:
    rows = form.rows("purpose")
    if not rows:
        form.find("S15", "no purpose", '[[purpose]] with purpose = "documentation" or "training", basis and keep')
    found = [_purpose(row) for row in rows]
    if len({purpose.purpose for purpose in found}) < len(found):
        form.find("S15", "a purpose stands twice", "one [[purpose]] for documentation, one for training")
    return found[:2]


def _purpose(row: Form) -> Purpose:
    def basis_row(name: str) -> str:
        return "S17" if name == "documentation" else "S32"

    name = row.choice("purpose", "S15", PURPOSES)
    write = f"basis = one of {', '.join(BASES)}"
    count = 1 << 16
    return Purpose(
        purpose=name,
        basis=row.choice("basis", basis_row(name), BASES, write=write),
        keep_s=_keep(row, "S22"),
        special=row.flag("special", "S34"),
        review_s=_review(row),
        share=row.number("share", "S39", 1, 100, 100, "share = per cent of the calls, 1 to 100"),
        cap_day=row.number("cap_day", "S36", 0, count, 0, "cap_day = most recordings a day"),
        quota=row.number("quota", "S21", 0, count, 0, "quota = most recordings kept at a time"),
        why_share=row.reason("why_share", "S38"),
        why_keep=row.reason("why_keep", "S22"),
        why_basis=row.reason("why_basis", "S32"),
        law=row.reason("law", "S16"),
    )


def _assessment(form: Form) -> Assessment | None:
    if "assessment" not in form.source:
        return None
    table = form.table("assessment")
    factors = {name: table.text(name, "S18", f'{name} = "…"') for name in FACTORS}
    return Assessment(
        author=table.text("author", "S18", 'author = "name and post of the person who assessed"'),
        made=_date(table, "date", "S18", "date = 2026-11-01, the day of the assessment"),
        expires=_date(table, "expires", "S19", "expires = 2027-11-01, the day on which it must have been made anew"),
        factors=factors,
    )


def _keys(form: Form, purposes: Sequence[Purpose], spoken: bool) -> dict[str, str]:
    """Keys as written, else those of docs/policy.md; "" where the case has no such key."""
    asked, opt_out = any(p.asked for p in purposes), any(p.opt_out for p in purposes)
    usual = {"accept": "1" if asked and not spoken else "", "withdraw": "0" if asked else "", "opt_out": "2" if opt_out else ""}
    table = form.table("keys")
    return {name: _key(table, name, key) for name, key in usual.items()}


def _key(table: Form, name: str, usual: str) -> str:
    found = table.take(name, usual)
    if isinstance(found, str) and (found == "" or (len(found) == 1 and found in "0123456789*#")):
        return found
    table.find("S5", f"{table.name(name)} is no telephone key", f'{name} = "{usual or "1"}", one of 0 to 9, * and #')
    return usual


def _own_prompt(row: Form) -> OwnPrompt:
    return OwnPrompt(
        language=row.choice("language", "S47", LANGUAGES),
        direction=row.choice("direction", "S14", ("in", "out", ""), ""),
        rest=row.flag("rest", "S47"),
        text=row.text("text", "S47", 'text = "every word that is said up to the offer"', most=2_000),
        tail=row.text("tail", "S47", 'tail = "…"', need=False, most=500),
        wav=row.text("wav", "S47", 'wav = "file.wav"', need=False, most=500),
        offer_seconds=row.real("offer_seconds", "S47", "offer_seconds = where all that must be said has been said"),
    )
