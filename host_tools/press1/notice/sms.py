"""The information by SMS where it is not spoken (S29): its text, and a log that it was given. Somebody else's service sends it."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from press1.errors import Usage
from press1.notice import texts
from press1.policy import Policy, durations

# GSM 03.38 basic alphabet, as far as names and sentences need it; each counts one of 160, the extension two.
_BASIC = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà") | {
    chr(code) for start, count in ((48, 10), (65, 26), (97, 26)) for code in range(start, start + count)
}
_EXTENDED = set("^{}\\[~]|€")
_KEPT_DIGITS = 4  # of a number: enough to find a case by, too few to call


@dataclass(frozen=True)
class Sms:
    """`segments`: what a telephone company charges for."""

    text: str
    segments: int


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    at: str  # ISO 8601, UTC
    to: str  # last digits of the number
    call: str  # the call's id, or ""
    profile: str
    language: str
    text: str
    hash: str  # SHA-256 of the text


def write(policy: Policy, language: str) -> Sms:
    """The text: who, that it is recorded, why, how to say no, for how long, and where the rest stands."""
    words = texts(language)
    how = "sms_consent" if len(policy.asked) == len(policy.purposes) else "sms_free" if _free(policy) else "sms_told"
    text = words["sms"].format(
        company=policy.company[language],
        purposes=words["and"].join(words[f"word_{purpose.purpose}"] for purpose in policy.purposes),
        how=words[how],
        keep=durations.said(max(purpose.keep_s + purpose.review_s for purpose in policy.purposes), language),
        address=policy.address,
    )
    return Sms(text, segments(text))


def _free(policy: Policy) -> bool:
    return any(purpose.opt_out for purpose in policy.announced)


def segments(text: str) -> int:
    """Messages that a text takes: 160 signs of the GSM alphabet or 70 others, 153 or 67 each where there are several."""
    plain = all(sign in _BASIC or sign in _EXTENDED for sign in text)
    length = sum(2 if plain and sign in _EXTENDED else 1 for sign in text) if plain else len(text.encode("utf-16-be")) // 2
    single, several = (160, 153) if plain else (70, 67)
    return 1 if length <= single else -(-length // several)


def log(path: Path, policy: Policy, language: str, number: str, call: str = "", now: datetime | None = None) -> Entry:
    """Append to the log that the text went to a number, of which the last digits are kept. Usage for what is no number."""
    digits = [sign for sign in number if sign.isdigit()]
    if not 6 <= len(digits) <= 15 or set(number) - set("+0123456789 -()"):
        raise Usage("that is no telephone number", "such as +45 70 00 00 00")
    text = write(policy, language).text
    entry = Entry(
        at=(now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        to="…" + "".join(digits[-_KEPT_DIGITS:]),
        call=call,
        profile=policy.profile,
        language=language,
        text=text,
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )
    _append(path, json.dumps(asdict(entry), ensure_ascii=False) + "\n")
    return entry


def _append(path: Path, line: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Usage(f"cannot write {path}: {error.strerror}", "name another --log") from error


def entries(path: Path) -> Iterator[Entry]:
    """What the log says, oldest first; nothing where there is none."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        yield Entry(**json.loads(line))
