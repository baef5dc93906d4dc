"""What the guidance refuses in a policy: one function a duty, each yielding findings. Nothing here touches a box."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from press1.policy import elements
from press1.policy.findings import Finding
from press1.policy.model import FACTORS, OwnPrompt, Policy

Rule = Callable[[Policy], Iterator[Finding]]
_USUAL_KEEP_S = 92 * 86_400  # three months (S22)
_GENERAL = ("privat", "privacy", "persondata", "gdpr", "cookie")  # pages about everything (S28)
_WORDINGS = {"leaflet-48h": "training-consent"}  # further templates, and the case they fit


def check(policy: Policy, now: datetime | None = None) -> list[Finding]:
    """Every reason for which the guidance refuses the policy; `now`: on that day (UTC; today when not given)."""
    today = (now or datetime.now(UTC)).date()
    found = [finding for rule in _RULES for finding in rule(policy)]
    return found + list(_assessment_dates(policy, today))


def check_clock(policy: Policy, now: datetime) -> list[Finding]:
    """A box whose clock stands before the policy's first day would record by a policy that is not in force."""
    if now.date() >= policy.starts:
        return []
    what = f"the clock says {now.date()}, before the policy's start on {policy.starts}"
    return [Finding("S48", what, "set the clock (`press1 time --set now`), wait for that day, or write an earlier `starts`")]


def _basis(policy: Policy) -> Iterator[Finding]:
    for purpose in policy.purposes:
        where = f"purpose {purpose.purpose}"
        if purpose.basis == "legal-obligation" and purpose.purpose == "training":
            yield Finding("S32", f"{where} rests on a legal obligation", 'write basis = "consent" or "balancing" for training')
        elif purpose.basis == "legal-obligation" and not purpose.law:
            yield Finding("S16", f"{where} names no statute", 'write law = "the act and section that obliges you to record"')
        if purpose.basis == "authority" and not policy.authority:
            what = f"{where} is recorded without consent, and no opinion of the authority is named"
            yield Finding("S13", what, '[authority] with reference = "the case number of its opinion"')
        if purpose.basis == "balancing" and purpose.purpose == "training" and not purpose.special and not purpose.why_basis:
            what = f"{where} is recorded without consent, and no reason stands there"
            yield Finding("S32", what, 'write why_basis = "whose interests were weighed, and why yours prevail"')


def _documentation(policy: Policy) -> Iterator[Finding]:
    """A laxer mode needs its assessment (S17)."""
    purpose = policy.of("documentation")
    if purpose and purpose.basis == "balancing" and policy.assessment is None:
        factors = ", ".join(FACTORS)
        write = f'[assessment] with author, date, expires, {factors}; or basis = "consent"'
        yield Finding("S17", "documentation without consent, and no assessment that the need cannot be met otherwise", write)


def _assessment_dates(policy: Policy, today: date) -> Iterator[Finding]:
    made = policy.assessment
    if made is None:
        return
    if made.made > today:
        yield Finding("S18", f"the assessment is dated {made.made}, which is still to come", "write the day on which it was made")
    if made.expires <= max(made.made, policy.starts, today):
        what = f"the assessment runs out on {made.expires}, so that nothing would rest on it"
        yield Finding("S19", what, "assess anew, and write the new date and expires")


def _special(policy: Policy) -> Iterator[Finding]:
    for purpose in policy.purposes:
        if purpose.special and (purpose.asked or purpose.purpose != "training"):
            yield Finding(
                "S34", f"purpose {purpose.purpose} cannot be special", "leave special out: it is for training without consent"
            )
    if any(purpose.special for purpose in policy.purposes) and not policy.justification:
        write = '[special] with justification = "why it is in the caller\'s clear interest, as with emergency services"'
        yield Finding("S35", "special circumstances without a written justification", write)


def _retention(policy: Policy) -> Iterator[Finding]:
    for purpose in policy.purposes:
        if purpose.keep_s > _USUAL_KEEP_S and not purpose.why_keep and purpose.basis != "legal-obligation":
            what = f"purpose {purpose.purpose} is kept for more than three months, and no reason stands there"
            yield Finding("S22", what, 'write keep = "90 days", or why_keep = "…"')


def _volume(policy: Policy) -> Iterator[Finding]:
    for purpose in policy.purposes:
        if (purpose.share < 100 or purpose.purpose == "training") and not purpose.why_share:
            what = f"purpose {purpose.purpose}: {purpose.share} per cent of the calls, and no reason for that volume"
            yield Finding("S38", what, 'write why_share = "why this many calls are needed and will be used"')
        if purpose.purpose == "training" and not purpose.asked and not purpose.cap_day:
            what = "training without consent, and no cap on its volume"
            yield Finding("S36", what, "write cap_day = the most recordings a day that are really gone through")


def _keys(policy: Policy) -> Iterator[Finding]:
    keys = policy.keys
    used: dict[str, str] = {}
    for name, key in keys.items():
        if key and key in used:
            yield Finding(
                "S5", f"key {key} has two meanings: {used[key]} and {name}", "write another key for one of them under [keys]"
            )
        used.setdefault(key, name)
    if policy.asked:
        yield from _consent_keys(policy)
    if any(purpose.opt_out for purpose in policy.purposes) and not keys["opt_out"]:
        yield Finding("S33", "callers may opt out, and no key does it", 'write opt_out = "2" under [keys]')


def _consent_keys(policy: Policy) -> Iterator[Finding]:
    if not policy.spoken and not policy.keys["accept"]:
        yield Finding("S5", "consent is asked for, and no key gives it", 'write accept = "1" under [keys], or spoken = true')
    if policy.spoken and policy.keys["accept"]:
        yield Finding("S5", "a spoken yes and a key: the accept key would be offered to nobody", "leave accept out of [keys]")
    if not policy.keys["withdraw"]:
        yield Finding("S9", "consent cannot be withdrawn by a key", 'write withdraw = "0" under [keys]')


def _question(policy: Policy) -> Iterator[Finding]:
    documentation, training = policy.of("documentation"), policy.of("training")
    if documentation and training and documentation.asked and not training.asked:
        what = "documentation asks for consent and training does not: one prompt cannot say both"
        yield Finding("S4", what, 'write basis = "consent" for training too')
    if policy.joined and (policy.asked or len(set(policy.languages)) < 2):
        what = "joined is for notices in two languages; where something is asked, the second language comes with the second try"
        yield Finding("S2", what, "leave joined out")
    if policy.spoken and not policy.asked:
        yield Finding("S5", "a spoken yes, and nothing that rests on consent", "leave spoken out")


def _notice(policy: Policy) -> Iterator[Finding]:
    write = 'notice = "https://your.site/telefon", a page for these recordings alone'
    try:
        parts = urlsplit(policy.notice)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname or any(sign.isspace() for sign in policy.notice):
        yield Finding("S28", f"notice {policy.notice!r} is no https address", write)
    elif not parts.path.strip("/"):
        yield Finding("S28", f"{policy.address} is no page of its own", write)
    elif any(word in parts.path.lower() for word in _GENERAL):
        yield Finding("S28", f"{policy.address} looks like a general privacy page, which is usually not enough", write)


def _wording(policy: Policy) -> Iterator[Finding]:
    if policy.wording and _WORDINGS.get(policy.wording) != elements.case(replace(policy, wording="")).name:
        known = ", ".join(_WORDINGS)
        yield Finding(
            "S47", f"wording {policy.wording!r} does not fit this case", f"leave it out; for training with consent: {known}"
        )


def _own_prompts(policy: Policy) -> Iterator[Finding]:
    for own in policy.prompts:
        where = f"the prompt in {own.language}" + (f" for {own.direction}" if own.direction else "")
        yield from _own_prompt(policy, own, where)


def _own_prompt(policy: Policy, own: OwnPrompt, where: str) -> Iterator[Finding]:
    if own.language not in policy.languages:
        yield Finding("S47", f"{where} is never played", f'add "{own.language}" to languages, or leave the prompt out')
    if own.rest and len(policy.purposes) < 2:
        yield Finding("S47", f"{where} is for calls where documentation alone is left of two purposes", "leave rest out")
        return
    yield from elements.missing(policy, own.language, elements.carried(own.text, policy, own.language), own.rest, where)
    if own.wav and not (Path(policy.folder) / own.wav).is_file():
        yield Finding("S47", f"{where}: there is no file {own.wav}", "give its path from the policy's folder")
    if own.wav and not own.offer_seconds and policy.asked and not own.rest:
        write = "write offer_seconds = the second at which the key offer has been spoken"
        yield Finding("S5", f"{where} does not say where its key offer is", write)


_RULES: tuple[Rule, ...] = (
    _basis, _documentation, _special, _retention, _volume, _keys, _question, _notice, _wording, _own_prompts,
)  # fmt: skip
