"""The sheet of an access bundle (S26): what is known about one recording, for the person who was recorded. It names nobody else."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from press1 import __version__
from press1.container import COMPLETE
from press1.export import Exported
from press1.head import Consent
from press1.policy import Policy
from press1.report import spoken
from press1.report.paper import Bullets, Facts, Heading, Paper, Table, Text
from press1.rights.cases import Case

_TOLD = ("start", "stop", "consent", "withdrawal", "dropped", "objection", "hold", "release", "pull", "erase", "threat", "prompt")


@cache
def texts(language: str) -> dict[str, str]:
    """Its words."""
    found = resources.files(__package__).joinpath("sheet.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(found)[language])


@dataclass(frozen=True)
class Known:
    """What this computer knows beside the recording. `entries`: the box's journal, None where it was not at hand; `words`: text of the
    prompt that was heard; `held`: the review date of a hold, 0 for none; `met`: the box's key is known here."""

    policy: Policy | None = None
    words: str = ""
    entries: Sequence[dict[str, Any]] | None = None
    cases: Sequence[Case] = field(default=())
    held: int = 0
    met: bool = False


def write(done: Exported, known: Known, language: str, now: int, case: str, proof: str) -> Paper:
    """The sheet; `proof`: name of the file with the signatures, or "" where the sound is the caller's alone, which none fits."""
    return _Sheet(done, known, language, now, case, proof).paper()


class _Sheet:
    def __init__(self, done: Exported, known: Known, language: str, now: int, case: str, proof: str) -> None:
        self.done, self.known, self.language, self.now, self.case, self.proof = done, known, language, now, case, proof
        self.head, self.words = done.head, texts(language)
        self.sound = done.paths[0]

    def say(self, name: str, /, **values: object) -> str:
        return self.words[name].format(**values)

    def seconds(self, samples: int) -> str:
        return spoken.length(samples * self.head.rate[1] / self.head.rate[0], self.language)

    def day(self, at: int) -> str:
        return spoken.day(at, self.language)

    def paper(self) -> Paper:
        company = self.known.policy.company[self.language] if self.known.policy else self.say("nobody")
        lead = self.say("lead", made=self.day(self.now), company=company, sound=self.sound.name)
        footer = f"{self.say('footer', case=self.case)} · press1 {__version__}"
        made = Paper(self.say("title"), lead, self.language, footer)
        for part in (self._call, self._why, self._heard, self._since, self._who, self._rights, self._proof):
            made.add(*part())
        return made

    def _call(self) -> Iterator[Any]:
        rows = [
            (self.say("recorded"), spoken.moment(self.head.created, self.language)),
            (self.say("direction"), self.say(self.head.direction)),
            (self.say("length"), self.seconds(self.done.frames)),
        ]
        if len(self.done.parts) > 1:
            rows.append((self.say("parts"), str(len(self.done.parts))))
        if self.done.silence:
            rows.append((self.say("silence"), self.say("silence_said", length=self.seconds(self.done.silence))))
        rows.append((self.say("sound"), self.say("sound_said" if self.proof else "sound_alone", name=self.sound.name)))
        yield Heading(self.say("h_call"))
        yield Facts(rows)

    def _why(self) -> Iterator[Any]:
        yield Heading(self.say("h_why"))
        head = [self.say(name) for name in ("purpose", "basis", "until")]
        rows = {row.purpose: row for part in self.done.parts for row in part.report.head.purposes}
        yield Table(
            head, [[self.say(row.purpose), self._basis(row), self._until(row.end)] for row in rows.values()], (34, 44, 22)
        )
        yield from self._assessment()
        end = max(part.report.head.expires for part in self.done.parts)
        yield Text(self.say("held", day=self.day(self.known.held)) if self.known.held else self.say("deleted", day=self.day(end)))

    def _basis(self, row: Any) -> str:
        return "\n".join([self.say(f"b_{row.basis}"), *self._reasons(row)])

    def _reasons(self, row: Any) -> Iterator[str]:
        purpose = self.known.policy.of(row.purpose) if self.known.policy else None
        if self.known.policy is None or purpose is None or purpose.basis != row.basis:
            return
        special = self.known.policy.justification if purpose.special else {}
        for name, why in (("special", special), ("balancing", purpose.why_basis), ("law", purpose.law)):
            if why.get(self.language):
                yield self.say(f"why_{name}", why=why[self.language])
                return

    def _assessment(self) -> Iterator[Any]:
        made = self.known.policy.assessment if self.known.policy else None
        balanced = any(row.purpose == "documentation" and row.basis == "balancing" for row in self.head.purposes)
        if made and balanced:
            dates = {name: spoken.calendar(day, self.language) for name, day in (("made", made.made), ("expires", made.expires))}
            yield Text(self.say("assessed", **dates))

    def _until(self, end: int) -> str:
        return self.day(end) if end > self.now else self.say("ended", day=self.day(end))

    def _heard(self) -> Iterator[Any]:
        yield Heading(self.say("h_heard"))
        notice = self.head.notice
        if notice is None:
            yield Text(self.say("not_heard"))
            return
        if self.known.words:
            yield Text(self.say("heard", length=self.seconds(notice.samples)))
            yield Text(self.say("quoted", words=self.known.words), "good")
        else:
            yield Text(self.say("heard_unknown", prompt=notice.prompt, length=self.seconds(notice.samples)))
        if self.head.consent:
            yield Text(self._consent(self.head.consent))

    def _consent(self, consent: Consent) -> str:
        after = self.seconds(consent.decision_sample - consent.prompt_sample)
        offer = self.seconds(consent.decision_sample - consent.offer_sample)
        return self.say(f"consent_{consent.by}", key=consent.key, after=after, offer=offer)

    def _since(self) -> Iterator[Any]:
        yield Heading(self.say("h_since"))
        rows = sorted([*self._journal(), *self._cases()], key=lambda row: row[0])
        if rows:
            table = [[spoken.moment(at, self.language), text] for at, text in rows]
            yield Table([self.say("when"), self.say("what")], table, (38, 62))
        if self.known.entries is None:
            yield Text(self.say("no_journal"), "note")

    def _journal(self) -> Iterator[tuple[int, str]]:
        ids = {part.report.head.id for part in self.done.parts}
        for entry in self.known.entries or ():
            mine = entry.get("id") in ids if "id" in entry else entry.get("call") == self.head.call
            if mine and entry["event"] in _TOLD:
                purpose = self.words.get(str(entry.get("purpose")), "")
                yield entry["t"], self.say(f"e_{entry['event']}", purpose=purpose)

    def _cases(self) -> Iterable[tuple[int, str]]:
        """Kind, day and outcome; what was written in a case may name others, and is left out."""
        for case in self.known.cases:
            for step in case.steps:
                outcome = step.outcome or ("assessed_step" if step.step == "assessed" else step.step)
                if self._shown(case.kind, outcome):
                    yield step.at, self.say(f"c_{case.kind}", outcome=self.words.get(outcome, outcome))

    def _shown(self, kind: str, outcome: str) -> bool:
        """Not what the journal tells already, nor an access that came to nothing."""
        if kind == "access":
            return outcome == "done"
        return kind not in ("hold", "release") or self.known.entries is None

    def _who(self) -> Iterator[Any]:
        yield Heading(self.say("h_who"))
        policy = self.known.policy
        if policy is None:
            yield Text(self.say("who_unknown"))
            return
        listeners = policy.listeners[self.language]
        yield Text(self.say("who", listeners=listeners[:1].upper() + listeners[1:]))
        if policy.contact.get("recipients"):
            yield Text(self.say("recipients", recipients=policy.contact["recipients"]))

    def _rights(self) -> Iterator[Any]:
        yield Heading(self.say("h_rights"))
        consent = any(row.basis == "consent" for row in self.head.purposes)
        yield Bullets([self.say(name) for name in ("r1", "r2", *(("r3",) if consent else ()), "r4", "r5")])
        if self.known.policy:
            contact = [self.known.policy.contact.get(name, "") for name in ("post", "email", "phone", "officer")]
            ways = "\n".join(text for text in contact if text)
            yield Facts([(self.say("contact"), ways)] if ways else [])
            yield Text(self.say("notice", address=self.known.policy.address))

    def _proof(self) -> Iterator[Any]:
        yield Heading(self.say("h_proof"))
        whole = all(part.report.state == COMPLETE for part in self.done.parts)
        yield Text(self.say("part_only" if not whole else "good" if self.proof else "good_alone"), "good")
        yield Text(self.say("known" if self.known.met else "not_known"))
        yield Heading(self.say("h_technical"), small=True)
        rows = [(self.say("call_id"), self.head.call.hex()), (self.say("box"), self.head.box.hex())]
        rows.append((self.say("box_key"), self.head.box_key.hex()))
        for part in self.done.parts:
            name = self.say("part_row", part=part.report.head.part, id=part.report.head.id.hex())
            rows.append((name, self.say("hash", hash=part.plain_hash.hex())))
        rows.append((self.say("file_hash", name=self.sound.name), _sha256(self.sound)))
        yield Facts(rows)
        yield Text(self.say("check", name=self.proof) if self.proof else self.say("check_alone"), "note")


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
