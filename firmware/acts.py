"""What people do in a call: the caller's keys and the employee's buttons, brought to the dialogue and into the journal."""

from consent.dialogue import DECLINE, EARLY, IGNORED
from detect.keys import FAR
from hal.contract import BLOCK


class Acts:
    """The acts of one `call.Call`; `buttons.Buttons` calls the methods from `stop` on."""

    def __init__(self, call, box):
        self._call = call
        self._box = box
        self._dealt = 0  # of the purposes that this call has lost

    def reset(self):
        self._dealt = 0

    def lost(self):
        """Names of the purposes that have just gone."""
        return self._call.dialogue.dropped[self._dealt :]

    def _act(self, say):
        """Lets the dialogue hear of an act, `say(now)`, journals what it changed, and does what the table says."""
        call, box = self._call, self._box
        dialogue = call.dialogue
        before = dialogue.evidence
        action = say(box.clock.now())
        evidence = dialogue.evidence
        if evidence is not None and evidence is not before:
            box.note("consent", call=call.id, prompt=evidence["prompt"], sample=evidence["decision_sample"], by=evidence["by"])
        for name in self.lost():
            box.note("dropped", call=call.id, purpose=name, by=dialogue.refusal or "key")
        call.carry_out(action)
        self._dealt = len(dialogue.dropped)

    # keys

    def key(self, keys, begins):
        """`keys`: detect.keys.Keys with a decided key; `begins`: call sample at which its count of samples begins."""
        dialogue = self._call.dialogue
        sample, digit = keys.decision + begins, chr(keys.digit)
        meaning = dialogue.meaning(digit, keys.onset + begins) if keys.side == FAR else IGNORED
        self._tell(keys, digit, meaning, sample)
        if meaning != IGNORED:
            self._act(lambda now: dialogue.key(meaning, digit, sample, keys.level, keys.twist, now))

    def _tell(self, keys, digit, meaning, sample):
        """Callers type personal numbers: a digit is named only where it means something of itself."""
        shown = digit if meaning not in (IGNORED, DECLINE) else ""
        side = "far" if keys.side == FAR else "local"
        counted = meaning not in (IGNORED, EARLY)
        told = {"digit": shown, "side": side, "sample": sample, "level": keys.level, "twist": keys.twist}
        told.update({"counted": counted, "meaning": meaning})
        self._box.tell("key", told)
        if meaning != IGNORED:
            self._box.note("key", call=self._call.id, digit=shown, side=side, counted=counted)

    # buttons

    def stop(self):
        self._act(lambda now: self._call.dialogue.stop_button())

    def consent(self, sample):
        """S5: a spoken yes, attested."""
        self._act(lambda now: self._call.dialogue.consent_button(sample, now))

    def objection(self):
        """S25, S33, S34: told to the employee. What cannot be opted out of is an objection for the owner to decide."""
        self._box.note("objection", call=self._call.id, ground="stated")
        self._act(lambda now: self._call.dialogue.object_button())

    def threat(self):
        """S12."""
        box = self._box
        keep_s = box.rules.threat_keep_s()
        if keep_s and box.unready() is None:
            box.note("threat", call=self._call.id, reason="threat")
            self._act(lambda now: self._call.dialogue.threat(now + keep_s))

    def pause(self):
        self._call.pause()

    def mark(self):
        if self._call.recorder.is_open:
            self._call.recorder.mark()

    def erase_marked(self):
        """S20: what was said before the mark."""
        call = self._call
        if call.recorder.is_open and call.recorder.erase_marked("erased"):
            self._box.note("withdrawal", call=call.id, by="mark")
            call.beep()


def last_sample(sample):
    """The last call sample of the block that begins at `sample`."""
    return sample + BLOCK - 1
