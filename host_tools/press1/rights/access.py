"""Access (S26) as a case: what is known is gathered, the bundle written, and the log says how it went. For command line and desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import boxes
from press1.errors import Press1Error, Usage
from press1.export import Exported, Source
from press1.head import Head, read_head
from press1.policy import Policy, kept
from press1.rights import bundle
from press1.rights.cases import Case, CaseLog
from press1.rights.places import Found
from press1.rights.policies import kept_policies
from press1.rights.sheet import Known

Journal = list[dict[str, Any]]
_ALONE = {"da": "kun opringerens side af samtalen", "en": "the caller's side of the call only"}


@dataclass(frozen=True)
class Asked:
    """One call that somebody asks for. `found`: as vault and box know it; `entries`: its box's journal, None where it is not at hand."""

    sources: Sequence[Source]
    found: Sequence[Found] = ()
    entries: Journal | None = None

    @property
    def heads(self) -> list[Head]:
        return [head_of(source) for source in self.sources]


@dataclass(frozen=True)
class Wanted:
    """How it is handed over. `policy`: where it was named by hand."""

    role: str
    language: str = "da"
    voices: str = "both"
    policy: Policy | None = None


@dataclass(frozen=True)
class Given:
    """What came of it; `policies`: whether those in force at the time are known here."""

    case: str
    calls: list[Exported]
    policies: bool


def head_of(source: Source) -> Head:
    """What a recording says of itself."""
    with source.open() as file:
        return read_head(file)


def give(calls: Sequence[Asked], private: X25519PrivateKey, out: IO[bytes], book: CaseLog, wanted: Wanted) -> Given:
    """Write the bundle into a file. The case is closed as done, or as refused with the reason, which is raised."""
    bundle.Terms(wanted.language, 0, "", wanted.voices)  # before there is a case
    if not calls:
        raise Usage("whose call is it?", "name a call")
    heads = [head for call in calls for head in call.heads]
    ids, call = tuple(head.id.hex() for head in heads), heads[0].call.hex() if len(calls) == 1 else ""
    step = book.add("access", "opened", wanted.role, recordings=ids, call=call, box=heads[0].box.hex())
    cases = [case for case in book.cases() if case.number != step.case]
    known = [_known(book.path.parent, one, wanted.policy, cases) for one in calls]
    terms = bundle.Terms(wanted.language, book.now(), step.case, wanted.voices)
    try:
        done = bundle.write([(one.sources, what) for one, what in zip(calls, known, strict=True)], private, out, terms)
    except Press1Error as error:
        book.add("access", "decided", wanted.role, step.case, outcome="refused", text=str(error))
        raise
    text = _ALONE[wanted.language] if wanted.voices == "caller" else ""
    book.add("access", "decided", wanted.role, step.case, outcome="done", text=text)
    return Given(step.case, done, all(what.policy for what in known))


def _known(home: Path, asked: Asked, given: Policy | None, cases: Sequence[Case]) -> Known:
    head = asked.heads[0]
    met = boxes.Boxes(home).get(head.box)
    words = kept.prompt(home, head.notice.prompt_hash) if head.notice else None
    ids, call = [one.id.hex() for one in asked.heads], head.call.hex()
    return Known(
        policy=given or _policy(home, head, asked.entries or []),
        words=" ".join(str(words["text"]).split()) if words else "",
        entries=asked.entries,
        cases=[case for case in cases if case.about(ids, call)],
        held=max((_review(one) for one in asked.found if one.held), default=0),
        met=met is not None and met.box_key == head.box_key,
    )


def _review(found: Found) -> int:
    return found.entry.hold.review if found.entry and found.entry.hold else found.expires


def _policy(home: Path, head: Head, entries: Journal) -> Policy | None:
    """The one the box had loaded then; else the only one of that name."""
    known = kept_policies(home)
    loaded = [
        entry["hash"].hex() for entry in entries if entry["event"] == "policy" and "hash" in entry and entry["t"] <= head.created
    ]
    if loaded:
        return known.get(loaded[-1])
    named = [policy for policy in known.values() if policy.profile == head.profile]
    return named[0] if len(named) == 1 else None
