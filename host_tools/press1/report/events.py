"""Clock, power and faults of a period in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from press1.report import spoken

_MOST = 40  # rows; the journal has the rest


class Events:
    """`words`: of the report, in `language`."""

    def __init__(self, words: Mapping[str, str], language: str) -> None:
        self.words, self.language = words, language

    def table(self, entries: Sequence[dict[str, Any]]) -> tuple[list[list[str]], int, int]:
        """(rows, ordinary starts that are not shown, other events that are not)."""
        plain = [
            entry for entry in entries if entry["event"] == "boot" and entry.get("trusted") and entry.get("cause") != "watchdog"
        ]
        shown = [entry for entry in entries if entry not in plain]
        rows = [[spoken.moment(entry["t"], self.language), self._said(entry)] for entry in shown[:_MOST]]
        return rows, len(plain), max(0, len(shown) - _MOST)

    def _said(self, entry: dict[str, Any]) -> str:
        name = "lost" if entry["event"] == "clock" and entry.get("lost") else entry["event"]
        return self.words[f"e_{name}"].format(**(getattr(self, f"_{name}")(entry) if hasattr(self, f"_{name}") else {}))

    def _clock(self, entry: dict[str, Any]) -> dict[str, str]:
        times = [spoken.moment(entry.get(name, 0), self.language) for name in ("from", "to")]
        return {"before": times[0], "to": times[1], "by": self._word(entry.get("by"))}

    def _boot(self, entry: dict[str, Any]) -> dict[str, str]:
        return {
            "cause": self._word(entry.get("cause")),
            "trusted": self.words["trusted" if entry.get("trusted") else "untrusted"],
        }

    def _update(self, entry: dict[str, Any]) -> dict[str, str]:
        return {"what": self._word(entry.get("what")), "version": str(entry.get("version", ""))}

    def _fault(self, entry: dict[str, Any]) -> dict[str, str]:
        return {"fault": str(entry.get("fault", "")), "detail": str(entry.get("detail", ""))}

    def _word(self, value: object) -> str:
        return self.words.get(str(value), str(value))
