"""What a prompt must say, by case (S40 to S46), and how to tell whether words say it (S47).

Templates mark each sentence with the elements it carries; an owner's own words are searched for the words that carry them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from press1.policy import durations
from press1.policy.findings import Finding
from press1.policy.model import Policy, Purpose

CONSENT = ("withdraw", "erased", "listeners", "access", "address")


@dataclass(frozen=True)
class Case:
    """`name`: of the template. `row`: of the guidance. `required`: elements, in the order in which they are missed."""

    name: str
    row: str
    required: tuple[str, ...]


def case(policy: Policy, rest: bool = False) -> Case:
    """The case of a policy's prompts; `rest`: of the one that is played when only documentation is left."""
    purposes = [purpose for purpose in policy.purposes if purpose.purpose == "documentation"] if rest else list(policy.purposes)
    found = _case(purposes, policy.spoken)
    required = tuple(name for name in found.required if not (policy.inform == "sms" and name in ("access", "address")))
    return Case(policy.wording if policy.wording and not rest else found.name, found.row, required)


def _case(purposes: Sequence[Purpose], spoken: bool) -> Case:
    by_name = {purpose.purpose: purpose for purpose in purposes}
    documentation, training = by_name.get("documentation"), by_name.get("training")
    yes = ("yes",) if spoken else ("accept",)
    said = ("recorded", *sorted(by_name))
    if all(purpose.asked for purpose in purposes):
        name = "both-consent" if len(by_name) == 2 else f"{next(iter(by_name))}-consent"
        return Case(name, "S5" if documentation or spoken else "S41", (*said, *yes, *CONSENT))
    if training is None:
        return Case("documentation", "S40", (*said, "right_to_object", "access", "address"))
    if documentation is None:
        if training.special:
            return Case("training-special", "S43", (*said, "right_to_object", "access", "address"))
        return Case("training-opt-out", "S42", (*said, "opt_out", "then", "address"))
    both = (*said, "right_to_object", "access", "address")
    if training.asked:
        return Case("both-training-consent", "S44", (*both, *yes, "withdraw", "training_ends"))
    if training.special:
        return Case("both-special", "S46", both)
    return Case("both-training-opt-out", "S45", (*both, "opt_out"))


# Row ("": the case's own), and what to write, by element.
ELEMENTS = {
    "recorded": ("S2", "say that the call is, or would be, recorded"),
    "documentation": ("S4", "name the purpose: to document what is said and agreed"),
    "training": ("S4", "name the purpose: training, or quality"),
    "address": ("S28", "name the notice's web address {address}"),
    "listeners": ("S8", "say who will hear the recording"),
    "accept": ("S5", "offer the key: press {accept}"),
    "yes": ("S5", "say that a spoken yes is needed"),
    "withdraw": ("S6", "say that consent can be withdrawn at any time"),
    "erased": ("S10", "say that the recording is then erased"),
    "training_ends": ("S44", "say that withdrawal ends the training use"),
    "right_to_object": ("", "speak of the right to object"),
    "access": ("", "speak of the right of access"),
    "opt_out": ("S33", "say that whoever does not want it need only say so, or press {opt_out}"),
    "then": ("S42", "say what then happens: recording stops, or an unrecorded call back"),
    "deadline": ("S11", "say when it is erased at the latest: {keep}"),
}

_SIGNS = {"da": {"*": "stjerne", "#": "firkant"}, "en": {"*": "star", "#": "hash"}}  # keys as people say them

# Words that carry an element, where the text is the owner's own.
_WORDS = {
    "da": {
        "recorded": r"optag",
        "documentation": r"dokument|bevis|hvad (der er|vi har) (sagt|aftalt)",
        "training": r"oplær|uddan|træn|kvalitet",
        "listeners": r"hører|lytte|afspil",
        "accept": r"(tast|tryk)\w*( på)?( tasten)? {accept}(?!\w)",
        "yes": r"(sig|svar)\w* (blot |bare )?[\"“”»]?ja\b",
        "withdraw": r"træk\w*\b.*tilbage|tag\w*\b.*tilbage|fortryd",
        "erased": r"slet",
        "training_ends": r"ikke længere|ophører|holder op",
        "right_to_object": r"indsigelse|gøre indvending",
        "access": r"indsigt",
        "opt_out": r"(tast|tryk)\w*( på)?( tasten)? {opt_out}(?!\w)|sig\w* (det|til)|gør\w* opmærksom",
        "then": r"stop|slet|slå\w* fra|ringe\w*|uden at (blive )?optage",
        "deadline": r"{keep}",
    },
    "en": {
        "recorded": r"record",
        "documentation": r"document|evidence|what (is|was) (said|agreed)",
        "training": r"train|quality|teach",
        "listeners": r"\bhears?\b|listen|played",
        "accept": r"press(ing)? (the )?(key )?{accept}(?!\w)",
        "yes": r"(say|answer)\w* (simply |just )?[\"“”]?yes\b",
        "withdraw": r"withdraw|take (it|that|your consent) back",
        "erased": r"eras|delet",
        "training_ends": r"no longer|stop (using|training)|not (be )?used",
        "right_to_object": r"\bobject",
        "access": r"\baccess",
        "opt_out": r"press(ing)? (the )?(key )?{opt_out}(?!\w)|say so|tell (us|me|the)",
        "then": r"stop|eras|delet|call\w* (you )?back|not (be )?record",
        "deadline": r"{keep}",
    },
}


def values(policy: Policy, language: str) -> dict[str, str]:
    """What stands in for {company}, {address}, {listeners}, {keep} and the keys."""
    return {
        "company": policy.company[language],
        "address": policy.address,
        "listeners": policy.listeners[language],
        "keep": durations.said(max(purpose.keep_s + purpose.review_s for purpose in policy.purposes), language),
        **{name: _key(key, language) for name, key in policy.keys.items()},
    }


def _key(sign: str, language: str) -> str:
    """A key as it is said."""
    return _SIGNS[language].get(sign, sign)


def carried(text: str, policy: Policy, language: str) -> set[str]:
    """Elements that an owner's own words carry, as far as words can tell."""
    plain = " ".join(text.lower().split())
    for sign, word in _SIGNS[language].items():
        plain = plain.replace(sign, word)
    known = {name: re.escape(value.lower()) for name, value in values(policy, language).items()}
    found = {name for name, words in _WORDS[language].items() if _says(words, known, plain)}
    return found | ({"address"} if policy.address.lower() in plain else set())


def _says(words: str, known: dict[str, str], plain: str) -> bool:
    for name, value in known.items():
        if f"{{{name}}}" in words and not value:
            value = r"\Z\A"  # no such key: nothing can name it
        words = words.replace(f"{{{name}}}", value)
    return re.search(words, plain) is not None


def missing(policy: Policy, language: str, said: Iterable[str], rest: bool = False, where: str = "") -> list[Finding]:
    """Findings for each element that the case requires and `said` lacks."""
    wanted, known, spoken = case(policy, rest), values(policy, language), set(said)
    found = []
    for name in wanted.required:
        if name not in spoken:
            row, write = ELEMENTS[name]
            what = f"{where or 'the prompt'} ({wanted.row}) lacks an element: {name.replace('_', ' ')}"
            found.append(Finding(row or wanted.row, what, write.format(**known)))
    return found
