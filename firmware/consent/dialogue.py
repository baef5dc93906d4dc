"""The dialogue of one call: turns keys, buttons and time into events of the table, and keeps the evidence.

It owns no hardware and no clock: `main` tells it what happened at which call sample and carries out the action it answers with.
"""

from consent import table

# What a key was taken for; also the `meaning` in events.jsonl.
ACCEPT, DECLINE, WITHDRAW, EARLY, IGNORED = "accept", "decline", "withdraw", "early", "ignored"
_ASKING = (table.ANNOUNCING, table.OFFERING, table.WAITING)


class Dialogue:
    """Fields: state; evidence (map of docs/format.md `consent`, None before a grant); refusal (why not)."""

    def __init__(self, policy, rate, on_state):
        self._policy = policy
        self._timeout_samples = policy.timeout_s * rate[0] // rate[1] if policy else 0
        self._on_state = on_state
        self.state = table.IDLE
        self._reset()

    def _reset(self):
        self.evidence = None
        self.refusal = None
        self._prompts = []
        self._playing = None  # evidence so far: prompt, prompt_hash, prompt_sample, offer_sample
        self._wait_from = 0

    def _on(self, event):
        before = self.state
        self.state, action = table.move(before, event)
        if self.state != before:
            self._on_state(self.state, before)
        return action

    # the call

    def off_hook(self, ready, direction):
        """The handset was lifted; `ready`: everything that a recording needs stands ready."""
        self._reset()
        if ready:
            self._prompts = list(self._policy.prompts_for(direction))
        return self._on(table.OFF_HOOK if ready else table.OFF_HOOK_UNREADY)

    def hang_up(self):
        if self.state in _ASKING:
            self.refusal = "hangup"
        return self._on(table.HANG_UP)

    def next_prompt(self):
        """Id of the prompt to play now."""
        return self._prompts.pop(0)

    def prompt_started(self, prompt, prompt_hash, sample):
        self._playing = {"prompt": prompt, "prompt_hash": prompt_hash, "prompt_sample": sample}

    def offer_reached(self, sample):
        """The samples up to the key offer have really been played."""
        self._playing["offer_sample"] = sample
        return self._on(table.OFFER_REACHED)

    def prompt_ended(self, sample):
        self._wait_from = sample
        if self.state == table.ANNOUNCING:
            self.refusal = "prompt"
        return self._on(table.PROMPT_ENDED)

    def tick(self, sample):
        """Time passes: the action of a time-out, or NOTHING."""
        if self.state != table.WAITING or sample - self._wait_from < self._timeout_samples:
            return table.NOTHING
        if self._prompts:
            return self._on(table.TIMEOUT)
        self.refusal = "timeout"
        return self._on(table.LAST_TIMEOUT)

    # keys and buttons

    def meaning(self, digit, onset):
        """What the caller's key `digit` (one character), pressed at call sample `onset`, is taken for now."""
        if self.state in _ASKING:
            if digit != self._policy.accept:
                return DECLINE
            return ACCEPT if self._offered_before(onset) else EARLY
        if self.state == table.GRANTED and digit == self._policy.withdraw:
            return WITHDRAW
        return IGNORED

    def _offered_before(self, onset):
        """S4: all that must be said had been played when the key went down."""
        return self.state != table.ANNOUNCING and onset >= self._playing["offer_sample"]

    def key(self, meaning, digit, sample, level, twist):
        """The caller's key as `meaning` found it; local keys never come here. `sample` is the decision sample."""
        if meaning == ACCEPT:
            self.evidence = self._proof(digit, sample, level, twist)
            return self._on(table.ACCEPT_KEY)
        if meaning == EARLY:
            return self._on(table.EARLY_KEY)
        if meaning == DECLINE:
            self.refusal = "key"
            return self._on(table.OTHER_KEY)
        return self._on(table.WITHDRAW_KEY if meaning == WITHDRAW else table.OTHER_KEY)

    def _proof(self, digit, sample, level, twist):
        evidence = dict(self._playing)
        evidence.update({"by": "key", "decision_sample": sample, "key": digit, "side": "far", "level": level, "twist": twist})
        return evidence

    def stop_button(self):
        if self.state in _ASKING:
            self.refusal = "button"
        return self._on(table.STOP_BUTTON)

    def storage_lost(self):
        return self._on(table.STORAGE_LOST)

    def stage_failed(self):
        return self._on(table.STAGE_FAILED)
