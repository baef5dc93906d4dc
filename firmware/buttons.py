"""The employee's buttons as acts: which act a press, a hold or two steps are. The call says what an act does."""

from micropython import const

from hal import contract

_THREAT_HOLD_S = const(1)  # held this long, let go, and pressed again within ...
_THREAT_AGAIN_S = const(3)  # ... this: two steps, so that nobody does it by chance (S12)
_MARK_HOLD_S = const(2)  # a mark held this long erases what stands before it (S20)


class Buttons:
    """Tells `acts` (stop, consent, objection, threat, pause, mark, erase_marked) what was done."""

    def __init__(self, rate, acts):
        self._second = rate[0] // rate[1]
        self._acts = acts
        self.reset(0)

    def reset(self, held):
        """A call begins: what is held now was pressed before it."""
        self._held = held
        self._mark_from = self._threat_from = self._threat_armed = None

    def feed(self, held, sample):
        """The mask of buttons held at `sample`. Allocates nothing while it stays the same."""
        if held == self._held:
            return
        down, up = held & ~self._held, self._held & ~held
        self._held = held
        if down & contract.BUTTON_STOP_ERASE:
            self._acts.stop()
        if down & contract.BUTTON_CONSENT:
            self._acts.consent(sample)
        if down & contract.BUTTON_OBJECT:
            self._acts.objection()
        if down & contract.BUTTON_PAUSE:
            self._acts.pause()
        self._threat(down & contract.BUTTON_THREAT, up & contract.BUTTON_THREAT, sample)
        self._mark(down & contract.BUTTON_MARK, up & contract.BUTTON_MARK, sample)

    def _threat(self, down, up, sample):
        """S12: held, let go, pressed again."""
        if up:
            held = self._threat_from is not None and sample - self._threat_from >= _THREAT_HOLD_S * self._second
            self._threat_armed = sample if held else None
        if down:
            armed = self._threat_armed is not None and sample - self._threat_armed <= _THREAT_AGAIN_S * self._second
            self._threat_from, self._threat_armed = sample, None
            if armed:
                self._acts.threat()

    def _mark(self, down, up, sample):
        """S20: a mark ends the part; held, it erases what stands before it."""
        if down:
            self._acts.mark()
            self._mark_from = sample
        if up and self._mark_from is not None:
            if sample - self._mark_from >= _MARK_HOLD_S * self._second:
                self._acts.erase_marked()
            self._mark_from = None
