"""The policy as the box keeps it (docs/policy.md, "Compact form"): validated when it is loaded and again whenever it is read back."""

import hashlib

from micropython import const

from core import cbor
from core.errors import Malformed

PURPOSES = {"documentation": 1, "training": 2, "threat": 4, "dispute": 8}
USED = 16  # mark in a slot's mask: somebody has listened to it for its purpose (S37)
TELEPHONE_KEYS = "0123456789*#ABCD"
BASES = ("consent", "balancing", "legal-obligation", "authority")
_KEEP_MIN_S = const(3600)
_KEEP_MAX_S = const(10 * 366 * 86400)
_FIELDS = const(("fallback", "keys", "notice", "profile", "prompts", "purposes", "spoken", "threat", "timeout_s", "until"))
_PURPOSE_FIELDS = const(("basis", "cap_day", "keep_s", "purpose", "quota", "review_s", "share", "special"))
_PROMPT_FIELDS = const(("in", "in_rest", "out", "out_rest"))


def mask(names):
    """Purposes as the bit mask kept in a key slot."""
    out = 0
    for name in names:
        out |= PURPOSES[name]
    return out


def names(purposes_mask):
    """The names in a slot's mask, in alphabetical order."""
    return sorted(name for name, bit in PURPOSES.items() if purposes_mask & bit)


def _need(condition, text):
    if not condition:
        raise Malformed(text)


def _uint(value, most):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _map(value, fields):
    return isinstance(value, dict) and sorted(value) == list(fields)


def _text(value, least, most):
    return isinstance(value, str) and least <= len(value) <= most


class Purpose:
    """One purpose of a policy. Fields as in the compact form."""

    def __init__(self, row):
        _need(_map(row, _PURPOSE_FIELDS), "purpose row")
        self.purpose, self.basis, self.special = row["purpose"], row["basis"], row["special"]
        self.keep_s, self.review_s = row["keep_s"], row["review_s"]
        self.share, self.cap_day, self.quota = row["share"], row["cap_day"], row["quota"]
        _need(self.purpose in ("documentation", "training"), "unknown purpose")
        _need(self.basis in BASES, "unknown basis")
        _need(isinstance(self.special, bool), "special is yes or no")
        _need(_uint(self.keep_s, _KEEP_MAX_S) and self.keep_s >= _KEEP_MIN_S, "retention without end")
        _need(_uint(self.review_s, _KEEP_MAX_S), "review without end")
        _need(_uint(self.share, 100) and self.share > 0, "share outside 1 to 100")
        _need(_uint(self.cap_day, 1 << 16) and _uint(self.quota, 1 << 16), "cap or quota")

    @property
    def asked(self):
        """Rests on consent: begins only by an act."""
        return self.basis == "consent"

    def row(self, now):
        """The header's entry for a recording that begins now."""
        return {"purpose": self.purpose, "basis": self.basis, "end": now + self.keep_s + self.review_s}


class Policy:
    """Fields: profile, purposes (of Purpose), accept, withdraw, opt_out (keys or ""), spoken, timeout_s, threat_keep_s (or 0),
    until (or None), fallback (Policy or None), notice, prompts."""

    def __init__(self, source, inner=False):
        _need(_map(source, _FIELDS), "policy has missing or unknown fields")
        self.source = source
        self.profile, self.notice, self.spoken = source["profile"], source["notice"], source["spoken"]
        _need(_text(self.profile, 1, 60) and _text(self.notice, 1, 120), "profile or notice")
        _need(isinstance(self.spoken, bool), "spoken is yes or no")
        self.timeout_s = source["timeout_s"]
        _need(_uint(self.timeout_s, 60) and self.timeout_s >= 2, "time-out outside 2 to 60 s")
        self._take_purposes(source["purposes"])
        self._take_keys(source["keys"])
        self._take_threat(source["threat"])
        self._take_fallback(source["until"], source["fallback"], inner)
        self.prompts = source["prompts"]
        self._check_prompts()

    def _take_purposes(self, rows):
        _need(isinstance(rows, list) and 1 <= len(rows) <= 2, "one purpose or two")
        self.purposes = [Purpose(row) for row in rows]
        _need(len({purpose.purpose for purpose in self.purposes}) == len(rows), "a purpose stands twice")

    def _take_keys(self, keys):
        _need(_map(keys, ("accept", "opt_out", "withdraw")), "keys")
        used = [key for key in keys.values() if key != ""]
        _need(all(_text(key, 1, 1) and key in TELEPHONE_KEYS for key in used), "no telephone key")
        _need(len(set(used)) == len(used), "one key has two meanings")
        self.accept, self.withdraw, self.opt_out = keys["accept"], keys["withdraw"], keys["opt_out"]
        asked = any(purpose.asked for purpose in self.purposes)
        _need(not asked or self.spoken or self.accept, "consent is asked for, but no key accepts")
        _need(not asked or self.withdraw, "consent without a key that withdraws it")

    def _take_threat(self, threat):
        _need(threat is None or (_map(threat, ("keep_s",)) and _uint(threat["keep_s"], _KEEP_MAX_S)), "threat")
        self.threat_keep_s = threat["keep_s"] if threat else 0

    def _take_fallback(self, until, fallback, inner):
        """S19: what holds when the assessment has run out rests on consent alone, and does not run out itself."""
        _need(until is None or _uint(until, 1 << 40), "until")
        _need(not inner or (until is None and fallback is None), "a fallback has no end and no fallback")
        self.until = until
        self.fallback = Policy(fallback, True) if fallback is not None else None
        _need(not self.fallback or all(purpose.asked for purpose in self.fallback.purposes), "a fallback asks for consent")

    def digest(self):
        """SHA-256 of the compact form: what names a policy in the journal."""
        return hashlib.sha256(cbor.encode(self.source)).digest()

    def in_force(self, now):
        """This policy, or what takes its place once the assessment has run out; None: nothing may be recorded."""
        return self if self.until is None or now < self.until else self.fallback

    def _check_prompts(self):
        _need(_map(self.prompts, _PROMPT_FIELDS), "prompts by direction")
        for ids in self.prompts.values():
            _need(isinstance(ids, list) and len(ids) <= 2, "one prompt, or two with the repeat")
            _need(all(_text(prompt, 1, 60) for prompt in ids), "prompt id")
        _need(self.prompts["in"] or self.prompts["out"], "no prompt in either direction")

    def prompt_ids(self):
        """Every prompt that the policy or its fallback may play."""
        own = {prompt for ids in self.prompts.values() for prompt in ids}
        return sorted(own | set(self.fallback.prompt_ids() if self.fallback else ()))

    def prompts_for(self, direction, purposes):
        """Prompt ids in the order they are played for the purposes that are left; [] where the policy has no words for them.

        An unknown direction is asked as an incoming call.
        """
        side = "out" if direction == "out" else "in"
        if len(purposes) == len(self.purposes):
            return self.prompts[side]
        only_documentation = [purpose.purpose for purpose in purposes] == ["documentation"]
        return self.prompts[side + "_rest"] if only_documentation else []
