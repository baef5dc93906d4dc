"""What a report puts first: everything that somebody must do something about."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from press1.report import spoken
from press1.report.facts import Facts, shares

_LATE_S = 3600  # less is a call in progress, or a start
_MONTH_D = 30  # GDPR, article 12(3)
_SOON_D = 60
Line = tuple[str, dict[str, object]]


def lines(facts: Facts, language: str) -> Iterator[Line]:
    """(key of a sentence, its values)."""
    yield from _journal(facts)
    yield from _erasure(facts, language)
    for purpose, share, hits, _, low, high in shares(facts.tally):
        if not low <= hits <= high:
            yield "a_share", {"purpose": purpose, "share": share}
    yield from _cases(facts)
    yield from _policies(facts)
    yield from _box(facts)


def _journal(facts: Facts) -> Iterator[Line]:
    for text in facts.source.faults:
        yield "a_chain", {"text": text}
    for first, last in facts.source.missing:
        yield "a_missing", {"first": first, "last": last}


def _erasure(facts: Facts, language: str) -> Iterator[Line]:
    if facts.overdue:
        yield "a_overdue", {"count": len(facts.overdue)}
    latest = max((life.late_s for life in facts.erased), default=0)
    if latest > _LATE_S:
        yield "a_late", {"delay": spoken.length(latest, language)}
    for life in facts.held:
        if life.held <= facts.until:
            yield "a_hold", {"id": life.id[:8]}


def _cases(facts: Facts) -> Iterator[Line]:
    if facts.unanswered:
        yield "a_objection", {"count": facts.unanswered}
    for case in facts.cases:
        if case.open:
            days = (facts.made - case.opened) // 86_400
            yield ("a_open" if days >= _MONTH_D else "a_waiting"), {"case": case.number, "kind": case.kind, "days": days}


def _policies(facts: Facts) -> Iterator[Line]:
    today = datetime.fromtimestamp(facts.until, UTC).date()
    for row in facts.policies:
        if row.policy is None:
            yield "a_policy", {"profile": row.profile}
        elif row.end is None and row.policy.assessment:
            yield from _assessment(row.profile, row.policy.assessment.expires, today)


def _assessment(profile: str, expires: date, today: date) -> Iterator[Line]:
    if expires <= today:
        yield "a_assessment_over", {"profile": profile, "day": expires}
    elif (expires - today).days <= _SOON_D:
        yield "a_assessment", {"profile": profile, "day": expires}


def _box(facts: Facts) -> Iterator[Line]:
    found = facts.tally
    lost = sum(entry["event"] == "clock" and bool(entry.get("lost")) for entry in found.events)
    for key, count in (
        ("a_clock", lost),
        ("a_threat", found.total("threat")),
        ("a_fault", found.total("fault")),
        ("a_rejected", found.total("session")),
    ):
        if count:
            yield key, {"count": count}
