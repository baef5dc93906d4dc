"""The questions of `press1 policy new`: in Danish or English, each answer tried at once, to a policy's tables."""

import re
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any

from press1.policy import durations
from press1.policy.model import FACTORS, factor_title

Line = Callable[[str, str], str]  # (question, default) -> what was typed
Say = Callable[[str], object]
_NAME = r"[a-z0-9][a-z0-9-]{0,39}"
_MONTHS_S = 92 * 86_400
_DOCUMENTATION = {"1": "consent", "2": "balancing", "3": "legal-obligation", "4": "authority"}


def questions(language: str) -> dict[str, str]:
    """Texts of the questions."""
    text = resources.files("press1.policy").joinpath("ask.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)[language])


class Interview:
    """One person's answers. `line` asks and returns what was typed; `say` prints; `name`: offered as the policy's."""

    def __init__(self, language: str, line: Line, say: Say, name: str = "") -> None:
        self.language, self.name = language, name if re.fullmatch(_NAME, name) else ""
        self.words = questions(language)
        self._line, self._say = line, say

    def policy(self) -> dict[str, Any]:
        """Everything, in the order of a policy file."""
        self._say(self.words["begin"])
        found: dict[str, Any] = {
            "profile": self.text("profile", "bad_name", _NAME, default=self.name),
            "company": self.text("company"),
            "notice": self.text("notice", "bad_address", r"https://[^/\s]+/\S+"),
            "listeners": self._listeners(),
            "languages": [self.language, "en" if self.language == "da" else "da"],
            "starts": self.day("starts", date_of_today(), 0),
        }
        purposes = self._purposes(found)
        if any(row["basis"] == "consent" for row in purposes) and self.yes("spoken", False):
            found["spoken"] = True
        if not any(row["basis"] == "consent" for row in purposes) and self.yes("joined", True):
            found["joined"] = True
        found["purpose"] = purposes
        if any((row["purpose"], row["basis"]) == ("documentation", "balancing") for row in purposes):
            found["assessment"] = self._assessment()
        if self.yes("threat", False):
            found["threat"] = {"keep": self.length("threat_keep", 90)}
        contact = {name: self.text(name, need=False) for name in ("post", "email", "phone", "officer")}
        found["contact"] = {name: text for name, text in contact.items() if text}
        return found

    def _listeners(self) -> dict[str, str]:
        other = "en" if self.language == "da" else "da"
        return {self.language: self.text("listeners"), other: self.text(f"listeners_{other}")}

    def _purposes(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = self.choice("purposes", "123", "2")
        rows = []
        if wanted in "13":
            rows.append(self._documentation(found))
        if wanted in "23":
            rows.append(self._training(found, asked=bool(rows) and rows[0]["basis"] == "consent"))
        return rows

    def _documentation(self, found: dict[str, Any]) -> dict[str, Any]:
        basis = _DOCUMENTATION[self.choice("documentation", "1234", "1")]
        row: dict[str, Any] = {"purpose": "documentation", "basis": basis}
        if basis == "legal-obligation":
            row["law"] = self.text("law")
        if basis == "authority":
            found["authority"] = {"reference": self.text("reference")}
        return {**row, **self._time(row)}

    def _training(self, found: dict[str, Any], asked: bool) -> dict[str, Any]:
        """`asked`: documentation asks for consent, so training does too (S4)."""
        chosen = "1" if asked else self.choice("training", "123", "1")
        row: dict[str, Any] = {"purpose": "training", "basis": "consent" if chosen == "1" else "balancing"}
        if chosen == "2":
            row["why_basis"] = self.text("why_basis")
        if chosen == "3":
            row["special"] = True
            found["special"] = {"justification": self.text("justification")}
        row |= self._time(row)
        row["share"] = self.number("share", 1, 100, 20)
        row["why_share"] = self.text("why_share")
        if chosen != "1":
            row["cap_day"] = self.number("cap_day", 1, 10_000, 10)
        return row

    def _time(self, row: dict[str, Any]) -> dict[str, Any]:
        keep = self.length("keep", 90, purpose=self.words[f"word_{row['purpose']}"])
        found: dict[str, Any] = {"keep": keep}
        if (durations.seconds(keep) or 0) > _MONTHS_S and row["basis"] != "legal-obligation":
            found["why_keep"] = self.text("why_keep")
        reviewed = self.choice("mode", "12", "1") == "2"
        return {**found, "mode": f"review every {self.length('review', 30)}" if reviewed else "delete"}

    def _assessment(self) -> dict[str, Any]:
        self._say(self.words["assess"])
        today = date_of_today()
        head = {"author": self.text("author"), "date": today, "expires": self.day("expires", today + timedelta(days=365), 1)}
        return {**head, **{name: self._until(factor_title(name, self.language), "", _something) for name in FACTORS}}

    # One answer

    def _until(self, question: str, default: str, good: Callable[[str], bool], why: str = "") -> str:
        """Ask until the answer will do."""
        while True:
            typed = self._line(question, default).strip() or default
            if good(typed):
                return typed
            self._say(self.words["again"].format(why=why or self.words["bad_text"]))

    def text(self, key: str, bad: str = "bad_text", form: str = r"(?s).+", need: bool = True, default: str = "") -> str:
        """A text of the given form; Enter for the default, or for none where it is not needed."""
        return self._until(
            self.words[key], default, lambda typed: bool(re.fullmatch(form, typed)) or not (need or typed), self.words[bad]
        )

    def choice(self, key: str, choices: str, default: str) -> str:
        """One of single signs."""
        why = self.words["bad_choice"].format(choices=", ".join(choices))
        return self._until(self.words[key], default, lambda typed: len(typed) == 1 and typed in choices, why)

    def yes(self, key: str, default: bool) -> bool:
        """Yes or no, in the language's letters."""
        yes, no = self.words["yes"], self.words["no"]
        why = self.words["bad_choice"].format(choices=f"{yes}, {no}")
        question = f"{self.words[key]} ({yes}/{no})"
        return self._until(question, yes if default else no, lambda typed: typed.lower() in (yes, no), why).lower() == yes

    def length(self, key: str, days: int, **values: str) -> str:
        """A length of time that a box takes."""
        question, default = self.words[key].format(**values), self.words["days"].format(count=days)
        return self._until(
            question,
            default,
            lambda typed: 3_600 <= (durations.seconds(typed) or 0) <= 10 * 366 * 86_400,
            self.words["bad_length"],
        )

    def number(self, key: str, least: int, most: int, default: int) -> int:
        """A whole number."""
        why = self.words["bad_number"].format(least=least, most=most)
        return int(self._until(self.words[key], str(default), lambda typed: _within(typed, least, most), why))

    def day(self, key: str, default: date, ahead: int) -> date:
        """A date at least `ahead` days from today."""
        first = date_of_today() + timedelta(days=ahead)
        typed = self._until(
            self.words[key], default.isoformat(), lambda typed: (_date(typed) or date.min) >= first, self.words["bad_date"]
        )
        return _date(typed) or default


def date_of_today() -> date:
    """Today in UTC, as the box counts."""
    return datetime.now(UTC).date()


def _something(typed: str) -> bool:
    return bool(typed)


def _within(typed: str, least: int, most: int) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 9 and least <= int(typed) <= most


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
