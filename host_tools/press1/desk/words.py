"""What the pages say, in Danish and English, and how times, lengths and sizes are written there."""

import tomllib
from datetime import datetime
from functools import cache
from importlib import resources

LANGUAGES = ("da", "en")
NAMES = {"da": "Dansk", "en": "English"}
_MONTHS = {
    "da": ("jan.", "feb.", "mar.", "apr.", "maj", "jun.", "jul.", "aug.", "sep.", "okt.", "nov.", "dec."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_DAY_S = 86_400


@cache
def texts(language: str) -> dict[str, str]:
    """All texts of a language by name."""
    source = resources.files("press1.desk").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def chosen(cookie: str | None, accepted: str) -> str:
    """The language of the cookie, else the first of the browser's that is known, else English."""
    if cookie in LANGUAGES:
        return cookie
    wanted = (part.split(";")[0].strip().lower()[:2] for part in accepted.split(","))
    return next((code for code in wanted if code in LANGUAGES), "en")


class Words:
    """One language. Templates say `t("held")`, with values where the text has fields."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = texts(language)

    def __call__(self, name: str, **values: object) -> str:
        return self._texts[name].format(**values)

    def of(self, group: str, name: str) -> str:
        """The word for a value from elsewhere, or the value where no word is known."""
        return self._texts.get(f"{group}_{name.replace('-', '_')}", name)

    def _number(self, value: float, digits: int = 0) -> str:
        text = f"{value:.{digits}f}"
        return text.replace(".", ",") if self.language == "da" else text

    def when(self, t: int) -> str:
        """Local date and time."""
        at = datetime.fromtimestamp(t)
        month = _MONTHS[self.language][at.month - 1]
        if self.language == "da":
            return f"{at.day}. {month} {at.year} kl. {at.hour:02d}.{at.minute:02d}"
        return f"{at.day} {month} {at.year}, {at.hour:02d}:{at.minute:02d}"

    def day(self, t: int) -> str:
        """Local date."""
        at = datetime.fromtimestamp(t)
        return f"{at.day}{'.' if self.language == 'da' else ''} {_MONTHS[self.language][at.month - 1]} {at.year}"

    def length(self, seconds: float) -> str:
        """Such as 2 min 11 s."""
        whole = round(seconds)
        hours, minutes = whole // 3600, whole // 60 % 60
        parts = [(hours, self._texts["unit_h"]), (minutes, self._texts["unit_min"]), (whole % 60, self._texts["unit_s"])]
        return " ".join(f"{count} {unit}" for count, unit in parts if count) or f"0 {self._texts['unit_s']}"

    def left(self, seconds: int) -> str:
        """How long something is still kept."""
        if seconds <= 0:
            return self("left_none")
        if seconds < 2 * _DAY_S:
            return self("left_hours", n=max(1, seconds // 3600))
        return self("left_days", n=seconds // _DAY_S)

    def room(self, days: int | None) -> str:
        """For how long a box has room: its forecast's `days`."""
        if days is None:
            return self("room_long")
        return self(("room_none", "room_day")[days]) if days < 2 else self("room_days", days=days)

    def size(self, count: float) -> str:
        """Bytes as kB, MB or GB."""
        for unit, factor in (("GB", 1e9), ("MB", 1e6)):
            if count >= factor:
                return f"{self._number(count / factor, 1)} {unit}"
        return f"{self._number(count / 1e3)} kB"

    def seconds(self, value: float) -> str:
        """With two decimals."""
        return f"{self._number(value, 2)} {self._texts['unit_s']}"
