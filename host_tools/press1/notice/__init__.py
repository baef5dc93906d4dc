"""The web page that a prompt names: everything the duty to inform asks for, from the policy (S27, S28)."""

import tomllib
from functools import cache
from html import escape
from importlib import resources

from press1.policy import Finding, Policy, PolicyRefused, durations
from press1.policy.model import Purpose
from press1.report import spoken

_AGENCY = "www.datatilsynet.dk"
_LINK = f'<a href="https://{_AGENCY}">{_AGENCY}</a>'


@cache
def texts(language: str) -> dict[str, str]:
    """Texts of page and SMS."""
    found = resources.files(__name__).joinpath("notice.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(found)[language])


@cache
def _style() -> str:
    return resources.files(__name__).joinpath("style.css").read_text(encoding="utf-8")


def page(policy: Policy, language: str, other: str = "") -> str:
    """An HTML page that needs nothing else; `other`: address of the same page in the other language, if there is one.

    PolicyRefused where nobody could be reached by it.
    """
    if not any(policy.contact.get(name) for name in ("post", "email", "phone")):
        what = "the notice names no way to reach you"
        raise PolicyRefused(policy.profile, [Finding("S27", what, "[contact] with post, email or phone")])
    return _Page(policy, language, other).html()


class _Page:
    def __init__(self, policy: Policy, language: str, other: str) -> None:
        self.policy, self.language, self.other = policy, language, other
        self.words = texts(language)

    def say(self, key: str, **values: object) -> str:
        """A sentence with the policy's values, as HTML."""
        known = {
            "company": self.policy.company[self.language],
            "listeners": self.policy.listeners[self.language],
            "starts": spoken.calendar(self.policy.starts, self.language),
            **self.policy.keys,
            **values,
        }
        return escape(self.words[key].format(**known))

    def html(self) -> str:
        """The whole page."""
        sections = (
            ("why", self._why()),
            ("call", _items(self._call())),
            ("who", _items([self.say("who"), self._recipients(), self.say("sealed")])),
            ("keep", _items(self._keep())),
            (
                "rights",
                _items(self._rights()) + f"<p>{self.say('r_how')}</p>\n<p>{self.say('r_complain').replace(_AGENCY, _LINK)}</p>\n",
            ),
            ("contact", self._contact()),
        )
        body = "".join(
            f'<section aria-labelledby="{name}">\n<h2 id="{name}">{self.say("h_" + name)}</h2>\n{content}</section>\n'
            for name, content in sections
        )
        other_language = "en" if self.language == "da" else "da"
        link = (
            f'<a class="other" href="{escape(self.other)}" hreflang="{other_language}" lang="{other_language}">{self.say("other")}</a>'
            if self.other
            else ""
        )
        return f"""<!DOCTYPE html>
<html lang="{self.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{self.say("title")} – {self.say("company")}</title>
<style>
{_style()}</style>
</head>
<body>
<a class="skip" href="#content">{self.say("skip")}</a>
<header>
<p class="company">{self.say("company")}{link}</p>
<h1>{self.say("title")}</h1>
<p class="lead">{self.say("lead")}</p>
</header>
<main id="content">
{body}</main>
<footer><p>{self.say("updated")}</p></footer>
</body>
</html>
"""

    def _why(self) -> str:
        parts = [self._purpose(purpose) for purpose in self.policy.purposes]
        if self.policy.threat_keep_s:
            parts.append(f"<h3>{self.say('threat')}</h3>\n<p>{self.say('for_threat')}</p>\n")
        return "".join(parts)

    def _purpose(self, purpose: Purpose) -> str:
        said = [self.say(f"for_{purpose.purpose}"), self._basis(purpose)]
        if purpose.share < 100:
            said.append(self.say("share", share=purpose.share))
        if purpose.cap_day:
            said.append(self.say("cap", count=purpose.cap_day))
        return f"<h3>{self.say(purpose.purpose)}</h3>\n<p>{' '.join(said)}</p>\n"

    def _basis(self, purpose: Purpose) -> str:
        language = self.language
        if purpose.special:
            return self.say("special", why=self.policy.justification[language])
        if purpose.basis == "balancing":
            return self.say(f"balancing_{purpose.purpose}", why=purpose.why_basis.get(language, ""))
        why = purpose.law if purpose.basis == "legal-obligation" else self.policy.authority
        return self.say(purpose.basis, why=why.get(language, ""))

    def _call(self) -> list[str]:
        policy = self.policy
        said = [self.say("told")]
        if policy.asked:
            purposes = self.words["and"].join(self.words[f"word_{purpose.purpose}"] for purpose in policy.asked)
            said.append(self.say("ask_spoken" if policy.spoken else "ask_key", purposes=purposes))
            said.append(self.say("withdraw_training" if policy.announced else "withdraw_all"))
        alone = "all" if len(policy.purposes) == 1 else "training"
        for purpose in policy.announced:
            if purpose.opt_out:
                said.append(self.say(f"opt_out_{alone}"))
            else:
                said.append(self.say("special_objection" if purpose.special else "objection"))
        return [*said, self.say("sensitive")]

    def _recipients(self) -> str:
        others = self.policy.contact.get("recipients")
        return self.say("recipients", recipients=others) if others else self.say("nobody")

    def _keep(self) -> list[str]:
        policy, said = self.policy, []
        for purpose in policy.purposes:
            times = {
                "keep": durations.said(purpose.keep_s, self.language),
                "review": durations.said(purpose.review_s, self.language),
            }
            said.append(self.say("review" if purpose.review_s else "keep", Purpose=self.words[purpose.purpose], **times))
        if policy.threat_keep_s:
            said.append(self.say("keep_threat", keep=durations.said(policy.threat_keep_s, self.language)))
        if len(policy.purposes) > 1:
            said.append(self.say("keep_ends"))
        return [*said, self.say("dispute")]

    def _rights(self) -> list[str]:
        asked = ("r_withdraw", "r_port") if self.policy.asked else ()
        return [self.say(key) for key in ("r_access", "r_object", "r_erase", "r_restrict", *asked)]

    def _contact(self) -> str:
        rows = "".join(
            f"<dt>{self.say(name)}</dt><dd>{_linked(name, text)}</dd>\n"
            for name, text in ((name, self.policy.contact.get(name, "")) for name in ("post", "email", "phone", "officer"))
            if text
        )
        return f"<p>{self.say('responsible')}</p>\n<dl>\n{rows}</dl>\n"


def _linked(name: str, text: str) -> str:
    """An e-mail address or telephone number that can be pressed."""
    if name == "email" and "@" in text and not any(sign.isspace() for sign in text):
        return f'<a href="mailto:{escape(text)}">{escape(text)}</a>'
    if name == "phone":
        return f'<a href="tel:{escape("".join(sign for sign in text if sign in "+0123456789"))}">{escape(text)}</a>'
    return escape(text)


def _items(lines: list[str]) -> str:
    return "<ul>\n" + "".join(f"<li>{line}</li>\n" for line in lines) + "</ul>\n"
