"""Which purposes this call may be recorded for at all: decided at off-hook, before the prompt says anything about them.

Pure: time, counts and randomness come in as arguments. Order per purpose: quota (S21), cap (S36), draw (S39).
"""

from micropython import const

QUOTA, CAP, DRAW = "quota", "cap", "draw"
_FAIR = const(200)  # byte values below this fall evenly on 0 to 99


def drawn(share, random):
    """True for `share` per cent of calls, without bias; `random(n)`: n bytes from the DRBG."""
    value = _FAIR
    while value >= _FAIR:
        value = random(1)[0]
    return value % 100 < share


class Admission:
    """Fields: purposes (admitted), left_out (list of (purpose name, reason)), draws (list of (purpose name, share, drawn))."""

    def __init__(self, policy, counts, random):
        """`counts(purpose name)` -> (recordings today, live recordings)."""
        self.purposes = []
        self.left_out = []
        self.draws = []
        for purpose in policy.purposes:
            reason = self._reason(purpose, counts, random)
            if reason:
                self.left_out.append((purpose.purpose, reason))
            else:
                self.purposes.append(purpose)

    def _reason(self, purpose, counts, random):
        today, live = counts(purpose.purpose)
        if purpose.quota and live >= purpose.quota:
            return QUOTA
        if purpose.cap_day and today >= purpose.cap_day:
            return CAP
        if purpose.share == 100:
            return None
        hit = drawn(purpose.share, random)
        self.draws.append((purpose.purpose, purpose.share, hit))
        return None if hit else DRAW
