"""A policy as it was read: plain values, and what follows from them."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

DAY_S = 86_400
LANGUAGES = ("da", "en")
PURPOSES = ("documentation", "training")
BASES = ("consent", "balancing", "legal-obligation", "authority")
FACTORS = (  # S18
    "notes_impractical",
    "no_later_letter",
    "kind_of_agreement",
    "nuance",
    "no_duty_of_written_form",
    "boards_ask_for_audio",
)

Text = dict[str, str]  # by language


@dataclass(frozen=True)
class Purpose:
    """One purpose; times in seconds, `review_s`, `cap_day` and `quota` 0 for none."""

    purpose: str
    basis: str
    keep_s: int
    special: bool = False
    review_s: int = 0
    share: int = 100
    cap_day: int = 0
    quota: int = 0
    why_share: Text = field(default_factory=dict)
    why_keep: Text = field(default_factory=dict)
    why_basis: Text = field(default_factory=dict)
    law: Text = field(default_factory=dict)

    @property
    def asked(self) -> bool:
        """Rests on consent: begins only by an act (S5)."""
        return self.basis == "consent"

    @property
    def opt_out(self) -> bool:
        """A caller may say no without giving a reason (S33)."""
        return self.purpose == "training" and not self.asked and not self.special


@dataclass(frozen=True)
class Assessment:
    """Why documentation cannot be had otherwise (S17, S18)."""

    author: str
    made: date
    expires: date
    factors: dict[str, str]


@dataclass(frozen=True)
class OwnPrompt:
    """A prompt in the owner's own words, and its voice where it was recorded."""

    language: str
    direction: str = ""  # in, out, or both
    rest: bool = False  # what is played when only documentation is left (docs/policy.md)
    text: str = ""  # up to the offer
    tail: str = ""
    wav: str = ""
    offer_seconds: float = 0.0


@dataclass(frozen=True)
class Policy:
    """An owner's policy that could be read; `check` says whether the guidance allows it."""

    profile: str
    company: Text
    notice: str
    listeners: Text
    languages: tuple[str, ...]
    timeout_s: int
    starts: date
    purposes: tuple[Purpose, ...]
    keys: dict[str, str]  # accept, withdraw, opt_out; "" for none
    spoken: bool = False
    joined: bool = False  # notices in both languages, one after the other
    inform: str = "spoken"  # or "sms" (S29)
    wording: str = ""  # another prompt template than the case's own
    assessment: Assessment | None = None
    justification: Text = field(default_factory=dict)  # S35
    authority: Text = field(default_factory=dict)  # S13
    threat_keep_s: int = 0  # S12; 0: the button does nothing
    contact: dict[str, str] = field(default_factory=dict)  # for the notice (S27)
    prompts: tuple[OwnPrompt, ...] = ()
    folder: str = ""  # where it was read from, for WAV files named in it

    @cached_property
    def asked(self) -> tuple[Purpose, ...]:
        """Purposes that rest on consent."""
        return tuple(purpose for purpose in self.purposes if purpose.asked)

    @cached_property
    def announced(self) -> tuple[Purpose, ...]:
        """Purposes that begin when the prompt has been heard out."""
        return tuple(purpose for purpose in self.purposes if not purpose.asked)

    def of(self, name: str) -> Purpose | None:
        """The purpose of that name, or None."""
        return next((purpose for purpose in self.purposes if purpose.purpose == name), None)

    @property
    def address(self) -> str:
        """The notice's web address as people say it: without its scheme."""
        return self.notice.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")

    def own_prompt(self, language: str, direction: str, rest: bool = False) -> OwnPrompt | None:
        """The owner's own prompt for this place; one for that direction goes before one for both."""
        fits = [own for own in self.prompts if (own.language, own.rest) == (language, rest) and own.direction in (direction, "")]
        return max(fits, key=lambda own: len(own.direction), default=None)


def factor_title(name: str, language: str) -> str:
    """A factor of S18 as a person reads it."""
    return _FACTOR_TITLES[language][name]


_FACTOR_TITLES = {
    "da": {
        "notes_impractical": "Notater eller breve er ikke praktisk mulige",
        "no_later_letter": "Intet senere brev gengiver aftalen",
        "kind_of_agreement": "Aftalens art, og hvornår den får virkning",
        "nuance": "Detaljer og nuancer, som et notat mister",
        "no_duty_of_written_form": "Loven kræver ikke skriftlighed",
        "boards_ask_for_audio": "Nævn eller tilsyn beder om lydfilen",
    },
    "en": {
        "notes_impractical": "Notes or letters are not practicable",
        "no_later_letter": "No later letter states the agreement",
        "kind_of_agreement": "Kind of agreement, and when it takes effect",
        "nuance": "Details and nuances that a note loses",
        "no_duty_of_written_form": "The law does not ask for writing",
        "boards_ask_for_audio": "Boards or authorities ask for the audio",
    },
}
