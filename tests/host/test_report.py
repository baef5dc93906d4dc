"""The accountability report (S48): its numbers against a journal whose numbers are known, and its papers."""

import random
import re
from datetime import date
from html.parser import HTMLParser
from math import comb
from pathlib import Path

import journal_rig as rig
import pytest
from journal_rig import DAY, END, START, ident

import press1.__main__ as main
from press1 import profiles
from press1.report import attention, pages, paper, pdf, sampling, source, spoken
from press1.report.facts import Facts
from press1.rights.cases import CaseLog

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Text, pictures and tables' cells; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.text, self.pictures = [], "", []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.pictures.append(dict(attrs)["alt"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += "" if "style" in self.open else data + " "


def facts(tmp_path: Path, journal: rig.Journal, start: int = START, end: int = END) -> Facts:
    found = source.from_files(rig.files(journal.all(), tmp_path))
    return Facts(found, tmp_path / "home", start, end, END)


def said(found: Facts) -> list[str]:
    return [name for name, _ in attention.lines(found, "en")]


def test_calls_are_counted_once_by_how_they_ended(tmp_path):
    journal = rig.made()
    found = facts(tmp_path, journal)
    draws = [row for row in journal.rows if row["event"] == "draw"]
    events = [row["event"] for row in journal.rows]
    outcomes = found.tally.outcomes
    assert sum(outcomes.values()) == len(draws) == 390
    assert outcomes["withdrawn"] == events.count("withdrawal") and outcomes["refused"] == events.count("refusal")
    assert outcomes["recorded"] + outcomes["withdrawn"] == events.count("start") == found.tally.recordings["training"]
    assert outcomes["leftout"] == events.count("unrecorded") and outcomes["unrecorded"] == 0
    assert found.tally.draws == {("training", 20): (sum(row["drawn"] for row in draws), 390)}


def test_the_period_bounds_what_is_counted(tmp_path):
    found = facts(tmp_path, rig.made(), START + 7 * DAY, START + 14 * DAY)
    assert len(found.tally.calls) == 30 and found.tally.total("opened") == 0
    assert [row.profile for row in found.policies] == ["training-consent"]  # loaded before, in force still


def test_nothing_needs_attention_where_all_went_well(tmp_path):
    rig.keep(tmp_path / "home")
    found = facts(tmp_path, rig.made())
    assert said(found) == []
    assert found.overdue == [] and max(life.late_s for life in found.erased) == 1


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda j: j.add(END - 9, "clock", lost=True), "a_clock"),
        (lambda j: j.add(END - 9, "fault", fault="record", detail="x"), "a_fault"),
        (lambda j: j.add(END - 9, "session", role="owner", ok=False), "a_rejected"),
        (lambda j: j.add(END - 9, "threat", call=ident("t"), reason="threat"), "a_threat"),
        (lambda j: j.add(END - 9, "objection", call=ident("t"), ground="stated"), "a_objection"),
        (lambda j: j.add(END - 9, "policy", hash=bytes(32), profile="unknown"), "a_policy"),
    ],
)
def test_what_happened_once_is_named_first(tmp_path, change, key):
    rig.keep(tmp_path / "home")
    journal = rig.made()
    change(journal)
    assert said(facts(tmp_path, journal)) == [key]


def test_refused_sessions_are_counted_not_their_entries(tmp_path):
    journal = rig.made()
    journal.add(END - 9, "session", role="owner", ok=False, times=1)
    journal.add(END - 8, "session", role="owner", ok=False, times=1200)
    journal.add(END - 7, "session", role="", ok=False)  # of an older box
    assert facts(tmp_path, journal).tally.total("session") == 1202


def expired(journal: rig.Journal) -> dict:
    return next(row for row in journal.rows if row["event"] == "erase" and row["reason"] == "expired")


def test_a_late_erasure_is_named_with_its_delay(tmp_path):
    rig.keep(tmp_path / "home")
    journal = rig.made()
    late = expired(journal)
    late["t"] = late["slot"] = late["slot"] + 7200
    journal.add(late["t"] - 5, "boot", version="0.1.0", cause="power", trusted=True)
    found = facts(tmp_path, journal)
    assert said(found) == ["a_late"]
    text = Page(paper.as_bytes(pages.write(found, "en"), ".html").decode()).text
    assert f"2 h 0 min (recording {late['id'].hex()[:8]}, the box was off or restarted meanwhile)" in text


def test_what_was_moved_is_not_what_was_erased_on_request(tmp_path):
    rig.keep(tmp_path / "home")
    journal = rig.made()
    expired(journal)["reason"] = "moved"
    text = Page(paper.as_bytes(pages.write(facts(tmp_path, journal), "en"), ".html").decode()).text
    counted = [re.search(f"{name}[^|0-9]*([0-9]+)", text)[1] for name in ("Moved from the box", "Erased by the owner on request")]
    assert counted == ["1", "0"]


def test_what_was_never_erased_is_overdue_unless_it_is_held(tmp_path):
    rig.keep(tmp_path / "home")
    journal = rig.made()
    gone = expired(journal)
    journal.rows.remove(gone)
    assert said(facts(tmp_path, journal)) == ["a_overdue"]
    journal.add(gone["t"] - DAY, "hold", id=gone["id"], until=END - DAY, reason="dispute")
    assert said(facts(tmp_path, journal)) == ["a_overdue", "a_hold"]
    journal.rows[-1]["until"] = END + DAY
    assert said(facts(tmp_path, journal)) == []
    journal.add(END - 2 * DAY, "release", id=gone["id"], reason="released")
    assert said(facts(tmp_path, journal)) == ["a_overdue"]


def test_a_draw_that_deviates_is_named(tmp_path):
    rig.keep(tmp_path / "home")
    journal = rig.made()
    for row in journal.rows:
        if row["event"] == "draw":
            row["share"] = 50
    assert said(facts(tmp_path, journal)) == ["a_share"]


def test_an_objection_with_a_case_needs_no_other(tmp_path):
    rig.keep(tmp_path / "home")
    journal, call = rig.made(), ident("t")
    journal.add(END - 99, "objection", call=call, ground="stated")
    log = CaseLog(tmp_path / "home", END - 9)
    step = log.add("objection", "opened", "service", call=call.hex())
    assert said(facts(tmp_path, journal)) == ["a_waiting"]
    log.add("objection", "assessed", "officer", step.case)
    log.add("objection", "decided", "officer", step.case, outcome="dismissed")
    assert said(facts(tmp_path, journal)) == []
    old = CaseLog(tmp_path / "home", END - 40 * DAY)
    old.add("objection", "opened", "service", call="00" * 16)
    assert said(facts(tmp_path, journal)) == ["a_open"]


def test_an_altered_journal_is_the_first_thing_said(tmp_path):
    rig.keep(tmp_path / "home")
    paths = rig.files(rig.made().all(), tmp_path)
    data = bytearray(paths[0].read_bytes())
    data[len(data) // 2] ^= 1
    paths[0].write_bytes(bytes(data))
    found = Facts(source.from_files(paths), tmp_path / "home", START, END, END)
    assert "a_chain" in said(found)
    assert "NO. Keep the card as it is." in Page(paper.as_bytes(pages.write(found, "en"), ".html").decode()).text


@pytest.mark.parametrize("language", ["da", "en"])
def test_profiles_make_a_report_in_both_languages_and_both_forms(tmp_path, language):
    for profile in ("both-special", "documentation", "leaflet-48h"):
        rig.keep(tmp_path / "home", profiles.text(profile))
        journal = rig.made(calls_a_day=1)
        for row in journal.rows:
            if row["event"] == "policy":
                row["profile"] = profile
        made = pages.write(facts(tmp_path, journal), language)
        page = Page(paper.as_bytes(made, ".html").decode())
        assert profile in page.text and "{" not in page.text and "None" not in page.text
        assert len(page.pictures) == 3 and all(page.pictures)
        assert paper.as_bytes(made, ".pdf").startswith(b"%PDF-")


def test_an_assessment_stands_in_the_report_factor_by_factor(tmp_path):
    rig.keep(tmp_path / "home", profiles.text("documentation"))
    text = Page(paper.as_bytes(pages.write(facts(tmp_path, rig.made()), "da"), ".html").decode()).text
    made = profiles.load("documentation").assessment
    assert made and made.author in text and all(factor in text for factor in made.factors.values())


def test_words_are_the_same_in_both_languages():
    assert set(pages.texts("da")) == set(pages.texts("en"))


@pytest.mark.parametrize(("calls", "share"), [(10, 0.1), (100, 0.2), (390, 0.5), (3, 0.01)])
def test_bounds_of_a_draw_are_exact(calls, share):
    low, high = sampling.bounds(calls, share)
    chance = [comb(calls, hits) * share**hits * (1 - share) ** (calls - hits) for hits in range(calls + 1)]
    assert sum(chance[:low]) <= 0.0005 < sum(chance[: low + 1])
    assert sum(chance[high + 1 :]) <= 0.0005 < sum(chance[high:])


def test_a_fair_draw_seldom_falls_outside():
    chance = random.Random(1)
    low, high = sampling.bounds(200, 0.2)
    outside = sum(not low <= sum(chance.random() < 0.2 for _ in range(200)) <= high for _ in range(1000))
    assert outside <= 6  # 0.1 % are expected at most


def test_the_command_reads_journal_files(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PRESS1_HOME", str(tmp_path / "home"))
    rig.keep(tmp_path / "home")
    options = [word for path in rig.files(rig.made().all(), tmp_path) for word in ("--journal", str(path))]
    period = ["--from", "2026-09-01", "--to", "2026-10-31"]
    assert main.run(["report", *options, *period, "--out", str(tmp_path / "report")]) == 0
    assert {path.name for path in tmp_path.glob("report.*")} == {"report.html", "report.pdf"}
    assert "1. september 2026 til 31. oktober 2026" in (tmp_path / "report.html").read_text()
    for wrong in (["--from", "2026-10-01", "--to", "2026-09-01"], ["--from", "x"], ["-l", "fr"]):
        assert main.run(["report", *options, *wrong, "--out", str(tmp_path / "other")]) == 2
    assert not list(tmp_path.glob("other*"))
    assert main.run(["report", "--out", str(tmp_path / "other.pdf"), "--journal", str(tmp_path / "205001.P1J")]) == 2


def test_hashes_stand_on_even_lines_and_days_are_written_out():
    assert pdf._halved("SHA-256: " + "a" * 64, 32) == "SHA-256:\n" + "a" * 32 + "\n" + "a" * 32
    assert pdf._halved("b" * 32, 16) == "b" * 16 + "\n" + "b" * 16
    assert pdf._halved("c" * 63 + " " + "d" * 65, 32) == "c" * 63 + " " + "d" * 65
    assert [spoken.calendar(date(2026, 1, 2), code) for code in ("da", "en")] == ["2. januar 2026", "2 January 2026"]
