"""One call: wires line, detector, dialogue and recorder, block by block. `main.Box` owns it and feeds it every block.

Sample numbers are call samples: 0 is the first sample of the block in which the handset was found lifted, before the hook had
rested; lost samples count.
"""

from array import array

from acts import Acts, last_sample
from announcement import Announcement
from buttons import Buttons
from consent import table
from consent.admission import Admission
from consent.dialogue import Dialogue
from core.errors import Malformed, Press1Error
from detect import calls
from detect.keys import Keys
from gate import Gate
from hal import contract
from hal.contract import BLOCK
from line.tones import Beeper, beep
from record.recorder import HANGUP, STOPPED, STORAGE

_LAMPS = {
    table.IDLE: contract.LAMP_READY,
    table.LIFTED: contract.LAMP_READY,
    table.ANNOUNCING: contract.LAMP_ASKING,
    table.OFFERING: contract.LAMP_ASKING,
    table.WAITING: contract.LAMP_ASKING,
    table.GRANTED: contract.LAMP_RECORDING,
    table.REFUSED: contract.LAMP_READY,
    table.WITHDRAWN: contract.LAMP_ERASED,
    table.STOPPED: contract.LAMP_ERASED,
    table.UNRECORDED: contract.LAMP_WARNING,
    table.FAULT: contract.LAMP_FAULT,
}
_LISTENING = (table.LIFTED, table.ANNOUNCING, table.OFFERING, table.WAITING, table.GRANTED)


class Call:
    """Fields: active (a call is in progress), id (16 bytes), sample (at which the present block begins), state, far and near
    (its audio), dialogue, recorder."""

    def __init__(self, box):
        """`box`: main.Box, of which hal, tell, note, clock, entropy, rules, recorder, line_profile, line_stamp, counts() and
        unready() are used."""
        self._box = box
        rate = box.hal.rate
        self.far = array("h", bytes(2 * BLOCK))
        self.near = array("h", bytes(2 * BLOCK))
        self._out = array("h", bytes(2 * BLOCK))
        self._announcement = Announcement(box.tell, box.hal.output_delay)
        self._beeper = Beeper(beep(rate, 880, 120, -19))
        self._keys = Keys(rate, box.line_profile)
        self._tracker = calls.CallTracker(rate, box.line_profile)
        self._acts = Acts(self, box)
        self._buttons = Buttons(rate, self._acts)
        self._rate = rate
        self.active = False
        self.id = b""
        self.sample = 0
        self._keys_from = 0  # call sample at which the detectors' count of samples begins
        self._skipped = 0  # samples not stored because the hook was moving
        self._direction = "unknown"
        self.dialogue = None
        self.recorder = None
        self._gate = Gate(box)
        self._listening = False

    @property
    def state(self):
        return self.dialogue.state if self.dialogue else table.IDLE

    def block(self, lost):
        """One block stands in `far` and `near`; `lost` samples were lost before it."""
        hal, tracker = self._box.hal, self._tracker
        key = 0
        if self.active:
            self.sample += lost
            self._keys_from += lost
            self._announcement.lost(lost)
            if (self._listening or tracker.listening) and self._keys.feed(self.far, self.near):
                key = self._keys.side
        course = tracker.feed(hal.off_hook(), self.far, self.near, key, self._keys.sounding, hal.direction_hint())
        if course:
            self._follow(course)
        if not self.active:
            return
        self._record(lost)
        self._watch_prompt()
        if key:
            self._acts.key(self._keys, self._keys_from)
        self._buttons.feed(hal.buttons(), last_sample(self.sample))
        self.carry_out(self.dialogue.tick(self.sample + BLOCK))
        self._play()
        self.sample += BLOCK

    def _follow(self, course):
        """The hook has moved and rested, or somebody has answered."""
        if course & calls.HUNG_UP and self.active:
            self._end()
        if course & calls.LIFTED:
            self._begin()
        if course & calls.ANSWERED and self.state == table.LIFTED:
            self._answered(self._tracker.direction)
        elif course & calls.DIRECTION and not self._tracker.answered:
            self.carry_out(self.dialogue.unanswered())

    def _record(self, lost):
        """Nothing is stored while the hook moves: it may already be the room (S1). What turns out to be a bounce is a gap."""
        recorder = self.recorder
        if not recorder.is_open:
            return
        if self._tracker.settling:
            self._skipped += lost + BLOCK
            return
        recorder.block(self.far, self.near, lost + self._skipped)
        self._skipped = 0
        recorder.step()
        self._watch_gate()

    # beginning and end

    def _begin(self):
        box = self._box
        self.active = True
        self.id = box.call_id()
        self.sample = self._tracker.lift_samples
        self._skipped = 0
        self._gate.reset()
        self._direction = "unknown"
        self._acts.reset()
        self._buttons.reset(box.hal.buttons())
        self.recorder = box.recorder
        self.dialogue = Dialogue(self._rate, self._on_state)
        self.carry_out(self.dialogue.off_hook())

    def _answered(self, direction):
        """Both parties are there: is there a purpose to ask for or to announce, and is everything ready for it?"""
        box = self._box
        self._direction = direction
        policy, reason = box.rules.policy, box.unready()
        purposes, prompts = [], []
        if reason is None:
            purposes = self._admit(policy)
            prompts = policy.prompts_for(direction, purposes) if purposes else []
            reason = None if prompts else "left_out"
        if reason:
            box.note("unrecorded", call=self.id, reason=reason)
        self.carry_out(self.dialogue.answered(policy, purposes, prompts))

    def _admit(self, policy):
        """S36, S39: drawn before the prompt says anything about it, and told."""
        box = self._box
        admission = Admission(policy, box.counts, box.entropy.bytes)
        for name, share, hit in admission.draws:
            box.note("draw", call=self.id, purpose=name, share=share, drawn=hit)
        for name, why in admission.left_out:
            box.note("left_out", call=self.id, purpose=name, reason=why)
        return admission.purposes

    def _end(self):
        self.carry_out(self.dialogue.hang_up())
        self._quiet()
        self._listening = False
        self.active = False
        self._box.call_ended()

    def fail(self):
        """A stage failed: nothing more is asked or stored in this call; what was recorded is kept."""
        self._quiet()
        if self.dialogue is not None and self.active:
            self.carry_out(self.dialogue.stage_failed())

    def rest(self):
        """After a failure: only the end of the call is waited for."""
        if self.active and not self._box.hal.off_hook():
            self.active = False
            self._box.call_ended()

    def card_back(self):
        """A card was put in: a recording that had lost its card goes on in a new part."""
        if self.active and self.recorder.is_open:
            self.recorder.card_back()
            self._watch_gate()

    def _on_state(self, state, before):
        listening = state in _LISTENING
        if listening and not self._listening:
            self._keys.reset()
            self._keys_from = self.sample + BLOCK
        self._listening = listening
        self._box.tell("state", {"state": state, "from": before})
        self._box.lamp(_LAMPS[state])

    # what the table decides

    def carry_out(self, action):
        """An action of the table."""
        if action != table.NOTHING:
            getattr(self, "_" + action)()

    def _announce(self):
        name = self.dialogue.next_prompt()
        try:
            self._announcement.start(name, self._box.rules.prompts[name], self.sample + BLOCK)
        except (OSError, Malformed) as error:
            self._prompt_failed(error)
            return
        self.dialogue.prompt_started(name, self._announcement.digest, self._announcement.begins)

    _repeat = _announce

    def _hush(self):
        self._stop_prompt()

    def _refuse(self):
        self._stop_prompt()
        self._box.note("refusal", call=self.id, reason=self.dialogue.refusal)

    def _grant(self):
        """S3: the gate opens with the next block, and not before."""
        self._stop_prompt()
        self._gate.paused = False  # of a recording that was erased
        try:
            self.recorder.open(self._description(), self.sample + BLOCK)
        except Press1Error as error:
            self._box.note("unrecorded", call=self.id, reason=error.code)
            self.carry_out(self.dialogue.storage_lost())
            return
        self._watch_gate()

    def _turn(self):
        """The purposes have changed: what has gone leaves the parts there are, and what follows is a part of its own."""
        self.recorder.turn(self._description(), self._acts.lost())
        self._watch_gate()

    def _erase(self):
        """S10: at once, and the caller hears it."""
        stopped = self.state == table.STOPPED
        self._box.note("withdrawal", call=self.id, by="button" if stopped else self.dialogue.refusal or "key")
        self.recorder.erase("stopped" if stopped else "withdrawn")
        self._watch_gate(self.state)
        self.beep()

    def _close(self):
        reason = HANGUP if self.state == table.IDLE else STORAGE
        self.recorder.close(reason)
        self._watch_gate(reason)

    def _abandon(self):
        if self.recorder.is_open:
            self.recorder.close(STOPPED)
            self._watch_gate("fault")

    def _description(self):
        dialogue = self.dialogue
        return {
            "call": self.id,
            "direction": self._direction,
            "profile": dialogue.profile,
            "purposes": dialogue.purposes(),
            "consent": dialogue.evidence,
            "notice": dialogue.notice,
            "line": self._box.line_stamp,
        }

    def pause(self):
        """S20: nothing is captured until it is called again."""
        if not self.recorder.is_open:
            return
        self._gate.paused = not self._gate.paused
        if self._gate.paused:
            self.recorder.pause()
        else:
            self.recorder.resume()
        self._watch_gate()

    def _watch_gate(self, reason=STORAGE):
        self._gate.watch(self.recorder, self.recorder.position, reason)

    # what is heard

    def refill(self):
        """Between blocks: the prompt's next piece from flash."""
        try:
            self._announcement.refill()
        except (OSError, Malformed) as error:
            self._prompt_failed(error)

    def _prompt_failed(self, error):
        """S2, S4: what cannot be read out to its end informs nobody, so nothing is recorded."""
        self._box.rules.prompt_failed(error)
        self.carry_out(self.dialogue.prompt_failed())

    def _watch_prompt(self):
        """What was handed out with the last block has now been played: the offer, the end."""
        announcement = self._announcement
        if not announcement.playing:
            return
        sample = announcement.offer()
        if sample is not None:
            self.dialogue.offer_reached(sample)
        if announcement.ended():
            self._note_prompt()
            self.carry_out(self.dialogue.prompt_ended(announcement.ends, announcement.heard, self._box.clock.now()))

    def _stop_prompt(self):
        if self._announcement.stop():
            self.dialogue.prompt_stopped(self._announcement.heard)
            self._note_prompt()

    def _note_prompt(self):
        heard = self._announcement
        self._box.note("prompt", call=self.id, prompt=heard.name, hash=heard.digest, samples=heard.heard, offer=heard.offered)

    def beep(self):
        self._beeper.start()

    def _play(self):
        """Hand out what both parties hear in the next block."""
        if self._announcement.silent and self._beeper.done:
            return
        if self._announcement.playing and self._box.hal.behind:
            self._announcement.lost(BLOCK)  # after a stall: nobody would hear it
            return
        self._announcement.feed(self._out)
        self._beeper.feed(self._out)
        self._box.hal.line_out(self._out)
        self._box.hal.ear_out(self._out)

    def _quiet(self):
        self._announcement.stop()
        self._beeper.stop()
        self._box.hal.line_out(None)
        self._box.hal.ear_out(None)
