"""The policy as the box keeps it: validated once when it is loaded and again whenever it is read back.

The map is described in docs/architecture.md. Only what this firmware can carry out is accepted: the strict profile asks for a key
press and records nothing without it, so another basis than consent is refused here however it arrived.
"""

from core.errors import Malformed

PURPOSES = {"documentation": 1, "training": 2, "threat": 4, "dispute": 8}
KEYS = "0123456789*#ABCD"
_KEEP_MIN_S = 3600
_KEEP_MAX_S = 10 * 366 * 86400
_FIELDS = ("profile", "purposes", "accept", "withdraw", "timeout_s", "prompts", "notice")


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


class Policy:
    """Fields: profile, purposes (list of maps purpose, basis, keep_s), accept, withdraw, timeout_s, prompts, notice."""

    def __init__(self, source):
        _need(isinstance(source, dict) and sorted(source) == sorted(_FIELDS), "policy has missing or unknown fields")
        self.source = source
        self.profile = self._text(source, "profile")
        self.notice = self._text(source, "notice")
        self.purposes = source["purposes"]
        self._check_purposes()
        self.accept = self._key(source, "accept")
        self.withdraw = self._key(source, "withdraw")
        _need(self.accept != self.withdraw, "one key has two meanings")
        self.timeout_s = source["timeout_s"]
        _need(isinstance(self.timeout_s, int) and 2 <= self.timeout_s <= 60, "time-out outside 2 to 60 s")
        self.prompts = source["prompts"]
        self._check_prompts()

    @staticmethod
    def _text(source, name):
        value = source[name]
        _need(isinstance(value, str) and 0 < len(value) <= 120, name + " is no text of 1 to 120 characters")
        return value

    @staticmethod
    def _key(source, name):
        value = source[name]
        _need(isinstance(value, str) and len(value) == 1 and value in KEYS, name + " is no telephone key")
        return value

    def _check_purposes(self):
        _need(isinstance(self.purposes, list) and len(self.purposes) > 0, "no purpose")
        for row in self.purposes:
            _need(isinstance(row, dict) and sorted(row) == ["basis", "keep_s", "purpose"], "purpose row")
            _need(row["purpose"] in PURPOSES, "unknown purpose")
            _need(row["basis"] == "consent", "this firmware records on consent only")
            _need(isinstance(row["keep_s"], int) and _KEEP_MIN_S <= row["keep_s"] <= _KEEP_MAX_S, "retention without end")

    def _check_prompts(self):
        _need(isinstance(self.prompts, dict) and sorted(self.prompts) == ["in", "out"], "prompts by direction")
        for ids in self.prompts.values():
            _need(isinstance(ids, list) and 1 <= len(ids) <= 2, "one prompt, or two with the repeat")
            for prompt in ids:
                _need(isinstance(prompt, str) and 0 < len(prompt) <= 60, "prompt id")

    def prompts_for(self, direction):
        """Prompt ids in the order they are played; an unknown direction is asked as an incoming call."""
        return self.prompts["out" if direction == "out" else "in"]

    def ends(self, now):
        """The header's `purposes`, sorted by name, each with the time at which it ends."""
        rows = [{"purpose": r["purpose"], "basis": r["basis"], "end": now + r["keep_s"]} for r in self.purposes]
        return sorted(rows, key=lambda row: row["purpose"])
