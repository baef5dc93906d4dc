"""The accountability report (S48) as a paper: one section a method, in the order in which an authority asks."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from press1 import __version__
from press1.policy import durations
from press1.policy.model import Purpose, factor_title
from press1.report import attention, deletions, plots, spoken, tally
from press1.report.events import Events
from press1.report.facts import Facts, InForce, shares
from press1.report.paper import Block, Bullets, Heading, Paper, Picture, Table, Text
from press1.report.paper import Facts as Rows

_COUNTED = ("consent", "refusal", "withdrawal", "dropped", "left_out", "unrecorded", "threat")
_WIDE = 50  # per cent, for labels that are sentences
_KEPT = ("documentation", "training", "threat")


@cache
def texts(language: str) -> dict[str, str]:
    """Its words."""
    found = resources.files("press1.report").joinpath("pages.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(found)[language])


def write(facts: Facts, language: str) -> Paper:
    """The whole report."""
    return _Pages(facts, language).paper()


class _Pages:
    def __init__(self, facts: Facts, language: str) -> None:
        self.facts, self.language, self.words = facts, language, texts(language)
        self.found = facts.tally

    def say(self, name: str, /, **values: object) -> str:
        return self.words[name].format(**values)

    def day(self, at: int) -> str:
        return spoken.day(at, self.language)

    def paper(self) -> Paper:
        facts, box = self.facts, self.facts.source.box
        companies = [row.policy.company[self.language] for row in facts.policies if row.policy]
        values = {
            "company": companies[-1] if companies else self.say("nobody"),
            "start": self.day(facts.start),
            "end": self.day(facts.until - 1),
            "made": spoken.moment(facts.made, self.language),
        }
        lead = self.say("lead", box=box, **values) if box else self.say("lead_files", **values)
        made = Paper(self.say("title"), lead, self.language, f"{self.say('footer')} · press1 {__version__}")
        for section in (
            self._attention, self._figures, self._policies, self._prompts, self._consent, self._shares, self._recordings,
            self._deleted, self._holds, self._cases, self._clock, self._proof,
        ):  # fmt: skip
            made.add(*section())
        return made

    def _attention(self) -> Iterator[Block]:
        yield Heading(self.say("h_attention"))
        rows = [self.say(name, **self._named(values)) for name, values in attention.lines(self.facts, self.language)]
        if not rows:
            yield Text(self.say("nothing"), "good")
        for row in rows:
            yield Text(row, "warning")

    def _named(self, values: dict[str, object]) -> dict[str, object]:
        out = dict(values)
        if "kind" in out:
            out["kind"] = self.words[f"k_{out['kind']}"]
        if "purpose" in out:
            out["purpose"] = self.words[str(out["purpose"])]
        return out

    def _figures(self) -> Iterator[Block]:
        outcomes = self.found.outcomes
        names = (tally.RECORDED, tally.WITHDRAWN, tally.REFUSED, tally.LEFT_OUT, tally.UNRECORDED)
        yield Heading(self.say("h_figures"))
        rows = [(self.say("calls"), str(len(self.found.calls)))]
        rows += [(self.say(f"o_{name}"), str(outcomes[name])) for name in names]
        rows.append((self.say("minutes"), spoken.length(self.found.samples / 8000, self.language)))
        yield Rows(rows, _WIDE)
        yield Text(self.say("calls_note"), "note")
        if self.found.calls:
            png = plots.calls(list(self.found.calls.values()), self.facts.start, self.facts.until, self.words)
            yield Picture(png, self.say("alt_calls"), plots.SIZE)

    # Policies

    def _policies(self) -> Iterator[Block]:
        yield Heading(self.say("h_policy"))
        for row in self.facts.policies:
            values = {"profile": row.profile, "start": self.day(row.start), "end": self.day(row.end or 0)}
            yield Heading(self.say("policy" if row.end is not None else "policy_still", **values), small=True)
            if row.lapsed is not None:
                yield Text(self.say("lapsed", day=self.day(row.lapsed)), "warning")
            yield from self._policy(row)
            yield Text(f"{self.say('hash')}: {row.hash}", "note")

    def _policy(self, row: InForce) -> Iterator[Block]:
        if row.policy is None:
            yield Text(self.say("no_text"), "warning")
            return
        if row.given:
            yield Text(self.say("by_hand"), "note")
        head = [self.say(name) for name in ("purpose", "basis", "keep", "volume", "reasons")]
        table = [self._purpose(purpose, row) for purpose in row.policy.purposes]
        yield Table(head, table, (16, 17, 16, 18, 33))
        made = row.policy.assessment
        if made is None:
            yield Text(self.say("no_assessment"))
            return
        yield Heading(self.say("h_assessment"), small=True)
        dates = {name: spoken.calendar(day, self.language) for name, day in (("made", made.made), ("expires", made.expires))}
        yield Text(self.say("assessment", author=made.author, **dates))
        yield Rows([(factor_title(name, self.language), text) for name, text in made.factors.items()])

    def _purpose(self, purpose: Purpose, row: InForce) -> list[str]:
        basis = self.say(f"b_{purpose.basis}") + (f"\n({self.say('special')})" if purpose.special else "")
        keep = durations.said(purpose.keep_s, self.language)
        if purpose.review_s:
            keep = self.say("review", keep=keep, review=durations.said(purpose.review_s, self.language))
        volume = [self.say("share", share=purpose.share) if purpose.share < 100 else self.say("every")]
        volume += [self.say("cap", cap=purpose.cap_day)] if purpose.cap_day else []
        volume += [self.say("quota", quota=purpose.quota)] if purpose.quota else []
        assert row.policy
        special = row.policy.justification if purpose.special else {}
        authority = row.policy.authority if purpose.basis == "authority" else {}
        reasons = [purpose.why_basis, purpose.law, special, authority, purpose.why_share, purpose.why_keep]
        said = "\n".join(text[self.language] for text in reasons if text.get(self.language))
        return [self.say(purpose.purpose), basis, keep, "\n".join(volume), said]

    def _prompts(self) -> Iterator[Block]:
        yield Heading(self.say("h_prompts"))
        rows = [
            [
                self.found.names[digest],
                str(played["played"]),
                str(played["offer"]),
                self.facts.words(digest) or self.say("words_unknown"),
            ]
            for digest, played in self.found.prompts.items()
        ]
        if not rows:
            yield Text(self.say("no_prompts"))
            return
        yield Table([self.say(name) for name in ("prompt", "played", "offer", "words")], sorted(rows), (22, 12, 16, 50))

    def _consent(self) -> Iterator[Block]:
        yield Heading(self.say("h_consent"))
        rows = []
        for name in _COUNTED:
            for by, count in sorted(self.found.of(name).items()):
                rows.append([self.words.get(f"c_{name}_{by}", f"{name} {by}"), str(count)])
        if self.found.total("objection"):
            rows.append([self.say("c_objection"), str(self.found.total("objection"))])
        yield Table([self.say("kind"), self.say("count")], rows, (80, 20)) if rows else Text(self.say("none"))

    def _shares(self) -> Iterator[Block]:
        yield Heading(self.say("h_share"))
        rows: list[list[str]] = []
        bars: list[tuple[str, float, float, float, float]] = []
        for purpose, share, hits, calls, low, high in shares(self.found):
            real = self.say("of", hits=hits, calls=calls, percent=spoken.percent(hits / calls, self.language))
            verdict = self.say("within" if low <= hits <= high else "beyond")
            rows.append([self.say(purpose), f"{share} %", real, self.say("range", low=low, high=high), verdict])
            real_share, fewest, most = (100 * count / calls for count in (hits, low, high))
            bars.append((f"{self.say(purpose)} {share} %", share, real_share, fewest, most))
        if not rows:
            yield Text(self.say("no_draw"))
            return
        yield Table([self.say(name) for name in ("purpose", "wanted", "real", "honest", "verdict")], rows, (20, 14, 26, 24, 16))
        yield Picture(plots.shares(bars, self.words), self.say("alt_shares"), plots.small(len(bars)))

    def _recordings(self) -> Iterator[Block]:
        yield Heading(self.say("h_recordings"))
        live = [life for life in self.facts.lives if life.erased is None]
        rows = [
            [self.say(name), str(self.found.recordings[name]), str(sum(name in life.purposes for life in live))] for name in _KEPT
        ]
        yield Table([self.say(name) for name in ("purpose", "begun", "now_live")], rows, (40, 30, 30))
        yield Text(self.say("rec_note"), "note")
        if self.facts.lives:
            png = plots.stored(self.facts.lives, self.facts.start, self.facts.until, self.words)
            yield Picture(png, self.say("alt_stored"), plots.SIZE)

    def _deleted(self) -> Iterator[Block]:
        gone = self.facts.erased
        expired = [life for life in gone if life.reason == "expired"]
        rows = []
        for reason in ("expired", "withdrawn", "stopped", "erased", "unused", "moved"):
            rows.append((self.say(f"d_{reason}"), str(sum(life.reason == reason for life in gone))))
            if reason == "expired":
                count = sum(life.late_s <= deletions.ON_TIME_S for life in expired)
                rows.append((self.say("ontime", limit=deletions.ON_TIME_S), str(count)))
                rows.append((self.say("longest"), self._longest(expired)))
        rows.append((self.say("overdue"), ", ".join(life.id[:8] for life in self.facts.overdue) or "0"))
        rows.append((self.say("files_left"), str(sum(not life.file for life in gone))))
        yield Heading(self.say("h_deleted"))
        yield Rows(rows, _WIDE)

    def _longest(self, expired: list[deletions.Life]) -> str:
        life = max(expired, key=lambda one: one.late_s, default=None)
        if life is None or not life.late_s:
            return self.say("no_late")
        why = self.say("was_off") if life.restarted else ""
        return self.say("longest_said", delay=spoken.length(life.late_s, self.language), id=life.id[:8], why=why)

    def _holds(self) -> Iterator[Block]:
        yield Heading(self.say("h_holds"))
        rows = [[life.id[:8], life.why, self._look(life.held)] for life in sorted(self.facts.held, key=lambda life: life.held)]
        if not rows:
            yield Text(self.say("no_holds"))
            return
        yield Table([self.say(name) for name in ("recording", "reason", "look")], rows, (20, 50, 30))

    def _look(self, review: int) -> str:
        return self.say("due_now", day=self.day(review)) if review <= self.facts.until else self.day(review)

    def _cases(self) -> Iterator[Block]:
        yield Heading(self.say("h_cases"))
        rows = []
        for case in self.facts.cases:
            last = case.steps[-1]
            state = self.words.get(f"s_{last.outcome or last.step}", last.outcome or last.step)
            rows.append([case.number, self.say(f"k_{case.kind}"), self.day(case.opened), state, last.role])
        if rows:
            yield Table([self.say(name) for name in ("case", "kind", "opened", "state", "role")], rows, (12, 21, 20, 22, 25))
        else:
            yield Text(self.say("no_cases"))
        if self.facts.sms:
            yield Text(self.say("sms", count=self.facts.sms))

    def _clock(self) -> Iterator[Block]:
        yield Heading(self.say("h_clock"))
        rows, boots, more = Events(self.words, self.language).table(self.found.events)
        if rows:
            yield Table([self.say("when"), self.say("kind")], rows, (38, 62))
        notes = [self.say("more", count=more)] if more else []
        notes += [self.say("boots", count=boots)] if boots else []
        if notes:
            yield Bullets(notes)
        elif not rows:
            yield Text(self.say("none"))

    def _proof(self) -> Iterator[Block]:
        source, numbers = self.facts.source, {}
        numbers = {"count": len(source.entries), "first": source.first, "last": source.last}
        yield Heading(self.say("h_proof"))
        if source.faults:
            yield Text(f"{self.say('proof_bad')} {'; '.join(source.faults)}", "warning")
        else:
            yield Text(self.say("proof" if source.head else "proof_files", **numbers), "good")
        for first, last in source.missing:
            yield Text(self.say("gap", first=first, last=last), "warning")
        rows: list[Any] = [(self.say("chain"), source.chain)]
        rows += [(self.say("key"), source.box_key)] if source.box_key else []
        for name, key in (("opened", "sessions"), ("session", "rejected"), ("pull", "pulls")):
            rows.append((self.say(key), str(self.found.total(name))))
        yield Rows(rows)
