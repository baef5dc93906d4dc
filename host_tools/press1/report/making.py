"""From a journal and a period to the report, for command line and desk."""

from pathlib import Path

from press1.errors import Usage
from press1.policy import Policy
from press1.report import pages
from press1.report.facts import Facts
from press1.report.paper import Paper
from press1.report.source import Source

_DAY_S = 86_400
LANGUAGES = ("da", "en")


def make(
    source: Source, home: Path, now: int, language: str, first: int | None, last: int | None, given: Policy | None = None
) -> Paper:
    """The report of the days from `first` to `last` (times at which they begin; None: the journal's first day, today). Usage for none."""
    if language not in LANGUAGES:
        raise Usage(f"no language {language!r}", f"languages: {', '.join(LANGUAGES)}")
    if not source.entries:
        raise Usage("the journal is empty")
    start = source.entries[0]["t"] // _DAY_S * _DAY_S if first is None else first
    end = max(now, source.now) + 1 if last is None else last + _DAY_S
    if start >= end or start > source.now:
        raise Usage("the period is empty", "--from before --to, and not after the journal's end")
    return pages.write(Facts(source, home, start, end, now, given), language)
