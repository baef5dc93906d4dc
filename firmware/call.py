"""One call: wires line, detector, dialogue and recorder, block by block. `main.Box` owns it and feeds it every block.

Sample numbers are call samples: 0 is the first sample of the block in which the handset was found lifted; lost samples count.
"""

from array import array

from consent import table
from consent.dialogue import ACCEPT, DECLINE, IGNORED, Dialogue
from core.errors import Press1Error
from detect.keys import FAR, Keys
from hal import contract
from hal.contract import BLOCK
from line.player import Player
from line.tones import Beeper, beep
from record.recorder import HANGUP, STOPPED, STORAGE

_LAMPS = {
    table.IDLE: contract.LAMP_READY,
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
_LISTENING = (table.ANNOUNCING, table.OFFERING, table.WAITING, table.GRANTED)


class Call:
    """Fields: active (a call is in progress), id (16 bytes), sample (at which the present block begins), state, far and near (its audio)."""

    def __init__(self, box):
        """`box`: main.Box, of which hal, tell, note, policy, recorder, prompts and unready() are used."""
        self._box = box
        rate = box.hal.rate
        self.far = array("h", bytes(2 * BLOCK))
        self.near = array("h", bytes(2 * BLOCK))
        self._out = array("h", bytes(2 * BLOCK))
        self._player = Player()
        self._beeper = Beeper(beep(rate, 880, 120, -19))
        self._keys = Keys(rate)
        self._rate = rate
        self.active = False
        self.id = b""
        self.sample = 0
        self._lost = 0
        self._dialogue = None
        self._recorder = None
        self._prompt = None  # (id, hash) of what plays or played last
        self._prompt_from = 0
        self._buttons = 0
        self._paused = False
        self._gate = False
        self._listening = False

    @property
    def state(self):
        return self._dialogue.state if self._dialogue else table.IDLE

    def block(self, lost):
        """One block stands in `far` and `near`; `lost` samples were lost before it."""
        lifted = self._box.hal.off_hook()
        if not self.active:
            if not lifted:
                return
            self._begin()
        elif not lifted:
            self._end()
            return
        self.sample += lost
        self._lost += lost
        if self._recorder.is_open:
            self._recorder.block(self.far, self.near, lost)
            self._recorder.step()
            self._watch_gate()
        self._watch_prompt()
        if self._listening and self._keys.feed(self.far, self.near):
            self._key()
        buttons = self._box.hal.buttons()
        if buttons != self._buttons:
            self._pressed(buttons & ~self._buttons)
            self._buttons = buttons
        self._do(self._dialogue.tick(self.sample + BLOCK))
        self._play()
        self.sample += BLOCK

    # beginning and end

    def _begin(self):
        box = self._box
        self.active = True
        self.id = box.call_id()
        self.sample = self._lost = 0
        self._gate = self._paused = False
        self._buttons = box.hal.buttons()
        self._keys.reset()
        self._recorder = box.recorder
        self._dialogue = Dialogue(box.policy, self._rate, self._on_state)
        self._direction = box.hal.direction_hint() or "unknown"
        reason = box.unready(self._direction)
        if reason:
            box.note("unrecorded", call=self.id, reason=reason)
        self._do(self._dialogue.off_hook(reason is None, self._direction))

    def _end(self):
        self._do(self._dialogue.hang_up())
        self._player.stop()
        self._beeper.stop()
        self._silence()
        self._listening = False
        self.active = False
        self._box.call_ended()

    def fail(self):
        """A stage failed: nothing more is asked or stored in this call; what was recorded is kept."""
        self._player.stop()
        self._silence()
        if self._dialogue is None or not self.active:
            return
        self._do(self._dialogue.stage_failed())

    def card_back(self):
        """A card was put in: a recording that had lost its card goes on in a new part."""
        if self.active and self._recorder.is_open:
            self._recorder.card_back()
            self._watch_gate()

    def _on_state(self, state, before):
        self._listening = state in _LISTENING
        self._box.tell("state", {"state": state, "from": before})
        self._box.lamp(_LAMPS[state])

    # what the table decides

    def _do(self, action):
        if action != table.NOTHING:
            getattr(self, "_" + action)()

    def _announce(self):
        self._start_prompt()

    def _repeat(self):
        self._start_prompt()

    def _refuse(self):
        self._stop_prompt()
        self._box.note("refusal", call=self.id, reason=self._dialogue.refusal)

    def _grant(self):
        """S3: the gate opens with the next block, and not before."""
        box = self._box
        self._stop_prompt()
        evidence = self._dialogue.evidence
        box.note("consent", call=self.id, prompt=evidence["prompt"], sample=evidence["decision_sample"], by=evidence["by"])
        try:
            self._recorder.open(self._description(evidence), self.sample + BLOCK)
        except Press1Error as error:
            box.note("unrecorded", call=self.id, reason=error.code)
            self._do(self._dialogue.storage_lost())
            return
        self._watch_gate()

    def _erase(self):
        """S10: at once, and the caller hears it."""
        self._box.note("withdrawal", call=self.id, by="button" if self.state == table.STOPPED else "key")
        self._recorder.erase("stopped" if self.state == table.STOPPED else "withdrawn")
        self._watch_gate(self.state)
        self._box.erased(self.id)
        self._beeper.start()

    def _close(self):
        self._recorder.close(HANGUP if self.state == table.IDLE else STORAGE)
        self._watch_gate(HANGUP if self.state == table.IDLE else STORAGE)

    def _abandon(self):
        if self._recorder.is_open:
            self._recorder.close(STOPPED)
            self._watch_gate("fault")

    def _description(self, evidence):
        policy = self._box.policy
        return {
            "call": self.id,
            "direction": self._direction,
            "profile": policy.profile,
            "purposes": policy.ends(self._box.clock.now()),
            "consent": evidence,
        }

    def _watch_gate(self, reason=STORAGE):
        """Tell when storing begins and ends."""
        storing = self._recorder.is_open and self._recorder.part is not None
        if storing == self._gate:
            return
        self._gate = storing
        if storing:
            self._box.tell("gate", {"open": True, "sample": self._recorder.part.first_sample})
            self._box.lamp(contract.LAMP_RECORDING)
            return
        self._box.tell("gate", {"open": False, "sample": self.sample, "reason": "pause" if self._paused else reason})
        if self._recorder.is_open:
            self._box.lamp(contract.LAMP_PAUSED if self._paused else contract.LAMP_WARNING)

    # keys and buttons

    def _key(self):
        keys, dialogue = self._keys, self._dialogue
        sample = keys.decision + self._lost
        digit = chr(keys.digit)
        far = keys.side == FAR
        meaning = dialogue.meaning(digit, keys.onset + self._lost) if far else IGNORED
        self._tell_key(digit, far, meaning, sample)
        if meaning != IGNORED:
            self._do(dialogue.key(meaning, digit, sample, keys.level, keys.twist))

    def _tell_key(self, digit, far, meaning, sample):
        """Callers type personal numbers: a digit is named only where it means something of itself."""
        shown = digit if meaning not in (IGNORED, DECLINE) else ""
        side = "far" if far else "local"
        counted = meaning not in (IGNORED, "early")
        told = {"digit": shown, "side": side, "sample": sample, "level": self._keys.level, "twist": self._keys.twist}
        told.update({"counted": counted, "meaning": meaning})
        self._box.tell("key", told)
        if meaning != IGNORED:
            self._box.note("key", call=self.id, digit=shown, side=side, counted=counted)

    def _pressed(self, buttons):
        """Buttons that went down."""
        if buttons & contract.BUTTON_STOP_ERASE:
            self._do(self._dialogue.stop_button())
        if not self._recorder.is_open:
            return
        if buttons & contract.BUTTON_PAUSE:
            self._paused = not self._paused
            if self._paused:
                self._recorder.pause()
            else:
                self._recorder.resume()
            self._watch_gate()
        if buttons & contract.BUTTON_MARK:
            self._recorder.mark()

    # the prompt

    def _start_prompt(self):
        name = self._dialogue.next_prompt()
        clip, offer, digest = self._box.prompts[name]
        self._prompt = (name, digest)
        self._prompt_from = self.sample + BLOCK
        self._player.load(clip, offer)
        self._player.start()
        self._dialogue.prompt_started(name, digest, self._prompt_from)
        self._tell_prompt("started", self._prompt_from)

    def _tell_prompt(self, what, sample):
        self._box.tell("prompt", {"what": what, "prompt": self._prompt[0], "sample": sample})

    def _watch_prompt(self):
        """What was handed out with the last block has now been played: the offer, the end."""
        if self._prompt is None:
            return
        player, dialogue = self._player, self._dialogue
        if player.offer_reached and dialogue.state == table.ANNOUNCING:
            sample = self._prompt_from + player.offer
            dialogue.offer_reached(sample)
            self._tell_prompt("offer", sample)
        if player.done:
            sample = self._prompt_from + player.position_samples
            self._tell_prompt("ended", sample)
            self._note_prompt()
            self._do(dialogue.prompt_ended(sample))

    def _stop_prompt(self):
        self._player.stop()
        if self._prompt is not None:
            self._tell_prompt("stopped", self.sample + BLOCK)
            self._note_prompt()

    def _note_prompt(self):
        name, digest = self._prompt
        player = self._player
        self._prompt = None
        self._box.note("prompt", call=self.id, prompt=name, hash=digest, samples=player.position_samples, offer=player.offer_reached)

    def _play(self):
        """Hand out what both parties hear in the next block."""
        if self._player.done and self._beeper.done:
            return
        self._player.feed(self._out)
        self._beeper.feed(self._out)
        self._box.hal.line_out(self._out)
        self._box.hal.ear_out(self._out)

    def _silence(self):
        self._box.hal.line_out(None)
        self._box.hal.ear_out(None)
