"""A table of a policy file: takes typed values, collects what is wrong, and names what nobody asked for."""

from collections.abc import Sequence
from typing import Any

from press1.policy.findings import Finding
from press1.policy.model import LANGUAGES

_MOST = 4_000  # characters of a reason: some pages


class Form:
    """`source`: a TOML table, or anything else, which counts as empty and is found fault with. `findings` is shared by sub-tables."""

    def __init__(self, source: Any, place: str = "", findings: list[Finding] | None = None) -> None:
        self.findings: list[Finding] = [] if findings is None else findings
        self._place = place
        self._taken: set[str] = set()
        self._inner: list[Form] = []
        if not isinstance(source, dict):
            self.find("", f"{place or 'the policy'} is no table", f"[{place}] with a line for each value")
        self.source: dict[str, Any] = source if isinstance(source, dict) else {}

    def name(self, key: str) -> str:
        """A key with the table it stands in."""
        return f"{self._place}.{key}" if self._place else key

    def find(self, row: str, what: str, write: str) -> None:
        """Note a fault."""
        self.findings.append(Finding(row, what, write))

    def take(self, key: str, usual: Any = None) -> Any:
        """The value as it stands."""
        self._taken.add(key)
        return self.source.get(key, usual)

    def text(self, key: str, row: str, write: str, need: bool = True, most: int = _MOST) -> str:
        """Text that says something; "" where it may be left out."""
        found = self.take(key, "")
        if not isinstance(found, str) or len(found) > most:
            self.find(row, f"{self.name(key)} is no text of up to {most} characters", write)
            return ""
        if need and not found.strip():
            self.find(row, f"{self.name(key)} is missing", write)
        return found.strip()

    def by_language(self, key: str, row: str, write: str) -> dict[str, str]:
        """A text for every language, from one for all or a table da, en."""
        found = self.take(key, "")
        each = found if isinstance(found, dict) else dict.fromkeys(LANGUAGES, found)
        texts = {language: each.get(language) for language in LANGUAGES if each.get(language)}
        good = {
            language: text.strip() for language, text in texts.items() if isinstance(text, str) and 0 < len(text.strip()) <= 120
        }
        if not good or len(good) < len(texts) or set(each) - set(LANGUAGES):
            self.find(row, f"{self.name(key)} is missing, or no text of up to 120 characters", write)
        return {language: good.get(language, next(iter(good.values()), "")) for language in LANGUAGES}

    def reason(self, key: str, row: str, need: bool = False) -> dict[str, str]:
        """A reason that people read, for every language, from one for all or a table da, en; {} where it is left out."""
        found = self.take(key, "")
        each = found if isinstance(found, dict) else dict.fromkeys(LANGUAGES, found)
        texts = [text for text in each.values() if isinstance(text, str) and len(text) <= _MOST]
        if len(texts) < len(each) or set(each) - set(LANGUAGES):
            self.find(row, f"{self.name(key)} is no text, nor one in da and en", f'{key} = "…"')
            return {}
        given = {language: each.get(language, "").strip() for language in LANGUAGES}
        first = next(filter(None, given.values()), "")
        if need and not first:
            self.find(row, f"{self.name(key)} is missing", f'{key} = "…"')
        return {language: text or first for language, text in given.items()} if first else {}

    def choice(self, key: str, row: str, choices: Sequence[str], usual: str | None = None, write: str = "") -> str:
        """One of `choices`; the last of them stands in for a fault."""
        found = self.take(key, usual)
        if isinstance(found, str) and found in choices:
            return found
        known = ", ".join(choice or '""' for choice in choices)
        what = "is missing" if found is None else f"{found!r:.40} is not known"
        self.find(row, f"{self.name(key)} {what}", write or f"{key} = one of {known}")
        return choices[-1]

    def number(self, key: str, row: str, least: int, most: int, usual: int, write: str) -> int:
        """A whole number within bounds."""
        found = self.take(key, usual)
        if isinstance(found, int) and not isinstance(found, bool) and least <= found <= most:
            return found
        self.find(row, f"{self.name(key)} is no whole number from {least} to {most}", write)
        return usual

    def real(self, key: str, row: str, write: str) -> float:
        """Seconds, 0 where left out."""
        found = self.take(key, 0.0)
        if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= 120:
            return float(found)
        self.find(row, f"{self.name(key)} is no number of seconds", write)
        return 0.0

    def flag(self, key: str, row: str) -> bool:
        """true or false, false where left out."""
        found = self.take(key, False)
        if not isinstance(found, bool):
            self.find(row, f"{self.name(key)} is neither true nor false", f"{key} = true")
        return found is True

    def texts(self, keys: Sequence[str], row: str) -> dict[str, str]:
        """Texts that may be left out."""
        return {key: self.text(key, row, f'{key} = "…"', need=False, most=300) for key in keys}

    def table(self, key: str) -> "Form":
        """A sub-table; the same object however often it is asked for."""
        found = next((inner for inner in self._inner if inner._place == self.name(key)), None)
        if found is None:
            found = Form(self.take(key, {}), self.name(key), self.findings)
            self._inner.append(found)
        return found

    def rows(self, key: str) -> list["Form"]:
        """An array of tables."""
        found = self.take(key, [])
        if not isinstance(found, list) or len(found) > 16:
            self.find("", f"{self.name(key)} is no list of up to 16 tables", f"[[{key}]]")
            return []
        rows = [Form(item, f"{self.name(key)} {number}", self.findings) for number, item in enumerate(found, 1)]
        self._inner += rows
        return rows

    def close(self) -> None:
        """What stands in the table and was never asked for is a slip of the pen."""
        for key in self.source:
            if key not in self._taken:
                self.find("", f"{self.name(str(key))[:80]} is not known", "correct the name, or leave it out")
        for inner in self._inner:
            inner.close()
