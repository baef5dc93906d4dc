"""The dialogue of one call: turns keys, buttons and time into events of the table, and keeps purposes and evidence.

It owns no hardware and no clock: the call tells it what happened at which call sample and carries out the action it answers with.
"""

from consent import table

# What a key was taken for; also the `meaning` in events.jsonl.
ACCEPT, DECLINE, WITHDRAW, OPT_OUT, EARLY, IGNORED = "accept", "decline", "withdraw", "opt_out", "early", "ignored"
KEY, BUTTON, OBJECTION = "key", "button", "objection"
_ASKING = (table.ANNOUNCING, table.OFFERING, table.WAITING)


class Dialogue:
    """Fields: state; rows (header purposes granted now, by name); evidence (`consent` of docs/format.md or None); notice;
    refusal (why not)."""

    def __init__(self, rate, on_state):
        """`rate`: (numerator, denominator); `on_state(state, before)` hears every change."""
        self._policy = None
        self._rate = rate
        self._on_state = on_state
        self.state = table.IDLE
        self._reset()

    def _reset(self):
        self._policy = None
        self._timeout_samples = 0
        self.rows = {}
        self.evidence = None
        self.notice = None  # what was played: prompt, prompt_hash, prompt_sample, samples
        self.refusal = None
        self.dropped = []  # purposes that this call has lost
        self._asked = []
        self._announced = []
        self._prompts = []
        self._offer_sample = None
        self._wait_from = None

    def _on(self, event):
        before = self.state
        self.state, action = table.move(before, event)
        if self.state != before:
            self._on_state(self.state, before)
        return action

    # the call

    @property
    def profile(self):
        """Name of the profile that is carried out in this call."""
        return self._policy.profile if self._policy else "none"

    def off_hook(self):
        """The handset was lifted."""
        self._reset()
        return self._on(table.OFF_HOOK)

    def answered(self, policy, purposes, prompts):
        """Both parties are there. `policy`: the one in force; `purposes`: admitted ones; `prompts`: ids to play in turn.

        Without purposes or prompts the call goes on unrecorded.
        """
        self._policy = policy
        self._timeout_samples = policy.timeout_s * self._rate[0] // self._rate[1] if policy else 0
        self._asked = [purpose for purpose in purposes if purpose.asked]
        self._announced = [purpose for purpose in purposes if not purpose.asked]
        self._prompts = list(prompts)
        return self._on(table.ANSWERED if purposes and prompts else table.UNREADY)

    def unanswered(self):
        """What was taken for an incoming call turns out to be one that nobody has answered yet."""
        if self.state not in _ASKING:
            return table.NOTHING
        action = self._on(table.UNANSWERED)
        self._reset()
        return action

    def hang_up(self):
        if self.state in _ASKING:
            self.refusal = "hangup"
        return self._on(table.HANG_UP)

    def next_prompt(self):
        """Id of the prompt to play now."""
        return self._prompts.pop(0)

    def prompt_started(self, prompt, prompt_hash, sample):
        self.notice = {"prompt": prompt, "prompt_hash": prompt_hash, "prompt_sample": sample, "samples": 0}
        self._offer_sample = None
        self._wait_from = None

    def offer_reached(self, sample):
        """The samples up to the key offer have really been played."""
        self._offer_sample = sample
        return self._on(table.OFFER_REACHED)

    def prompt_ended(self, sample, heard, now):
        """The last of its `heard` samples was played at call sample `sample`, from which the time-out counts.

        `now`: UTC seconds, from which the announced purposes count.
        """
        self._wait_from = sample
        self.prompt_stopped(heard)
        if self._announced:
            for purpose in self._announced:
                self.rows[purpose.purpose] = purpose.row(now)
            return self._on(table.NOTICE_GIVEN)
        if self.state == table.ANNOUNCING:
            self.refusal = "prompt"
        return self._on(table.PROMPT_ENDED)

    def prompt_failed(self):
        """The prompt cannot be read to its end: whatever was agreed to meanwhile, nothing is recorded."""
        self._asked, self._announced, self._prompts = [], [], []
        self.rows, self.evidence = {}, None
        self.refusal = "prompt"
        return self._on(table.PROMPT_FAILED)

    def prompt_stopped(self, heard):
        """How many samples of the prompt were heard; nothing is kept of one that nobody had answered to."""
        if self.notice:
            self.notice["samples"] = heard

    def tick(self, sample):
        """Time passes: the action of a time-out, or NOTHING."""
        if self.state != table.WAITING or sample - self._wait_from < self._timeout_samples:
            return table.NOTHING
        if self._prompts:
            return self._on(table.TIMEOUT)
        self.refusal = "timeout"
        return self._on(table.LAST_TIMEOUT)

    # keys

    def meaning(self, digit, onset):
        """What the caller's key `digit` (one character), pressed at call sample `onset`, is taken for now."""
        policy = self._policy
        asking = self.state in _ASKING
        if policy is None or (not asking and self.state != table.GRANTED):
            return IGNORED
        if self._may_accept(onset) and digit == policy.accept and not policy.spoken:
            return ACCEPT if self._offered_before(onset) else EARLY
        if digit == policy.withdraw and self._has("consent"):
            return WITHDRAW
        if digit == policy.opt_out and self._droppable(False):
            return OPT_OUT
        return DECLINE if asking and self._asked and digit != policy.accept else IGNORED

    def _may_accept(self, onset):
        """A question is open: while asking, and until the time-out after a notice under which recording has begun."""
        if not self._asked:
            return False
        if self.state in _ASKING:
            return True
        return self.state == table.GRANTED and self._wait_from is not None and onset - self._wait_from < self._timeout_samples

    def _offered_before(self, onset):
        """S4: all that must be said had been played when the key went down."""
        return self._offer_sample is not None and onset >= self._offer_sample

    def key(self, meaning, digit, sample, level, twist, now):
        """The caller's key as `meaning` found it; local keys never come here. `sample`: of the decision; `now`: UTC seconds."""
        if meaning == ACCEPT:
            return self._accept(KEY, digit, "far", sample, level, twist, now)
        if meaning == EARLY:
            return self._on(table.EARLY_KEY)
        if meaning == DECLINE:
            self.refusal = KEY
            return self._drop(list(self._asked))
        if meaning == WITHDRAW:
            return self._drop([name for name, row in self.rows.items() if row["basis"] == "consent"])
        if meaning == OPT_OUT:
            self.refusal = KEY
            return self._drop(self._droppable(False))
        return self._on(table.OTHER_KEY)

    def _accept(self, by, digit, side, sample, level, twist, now):
        """S5: the asked purposes join; S3: the gate opens with the next block."""
        evidence = {name: self.notice[name] for name in ("prompt", "prompt_hash", "prompt_sample")}
        evidence.update({"by": by, "offer_sample": self._offer_sample, "decision_sample": sample})
        evidence.update({"key": digit, "side": side, "level": level, "twist": twist})
        self.evidence = evidence
        for purpose in self._asked:
            self.rows[purpose.purpose] = purpose.row(now)
        self._asked = []
        waits = self._announced and self.state != table.GRANTED
        return self._on(table.JOINED if waits or self.state == table.GRANTED else table.ACCEPTED)

    # purposes that go

    def _has(self, basis):
        return any(row["basis"] == basis for row in self.rows.values())

    def _droppable(self, stated):
        """Training that rests on no consent: opted out of freely, or with special circumstances only on a stated ground."""
        return [
            p for p in self._announced if p.purpose == "training" and (stated or not p.special) and p.purpose not in self.dropped
        ]

    def _drop(self, gone):
        """`gone`: purposes, or names of purposes, that this call loses now."""
        names = [getattr(item, "purpose", item) for item in gone]
        self.dropped += names
        for name in names:
            self.rows.pop(name, None)
        self._asked = [p for p in self._asked if p.purpose not in names]
        self._announced = [p for p in self._announced if p.purpose not in names]
        if not self._has("consent"):
            self.evidence = None
        left = self.rows or (self.state != table.GRANTED and (self._asked or self._announced))
        return self._on(table.DROPPED if left else table.DROPPED_ALL)

    # buttons

    def consent_button(self, sample, now):
        """S5: the employee attests a spoken yes; only where the policy asks for one, and after the offer."""
        if not self._policy or not self._policy.spoken or not self._may_accept(sample):
            return table.NOTHING
        if not self._offered_before(sample):
            return self._on(table.EARLY_KEY)
        return self._accept(BUTTON, "", "local", sample, 0, 0, now)

    def object_button(self):
        """S33, S34: the caller told the employee, with a ground where one is needed.

        NOTHING where nothing can be opted out of: then it is an objection for the owner to decide (S25).
        """
        gone = self._droppable(True) if self.state in _ASKING or self.state == table.GRANTED else []
        if not gone:
            return table.NOTHING
        self.refusal = OBJECTION
        return self._drop(gone)

    def stop_button(self):
        if self.state in _ASKING:
            self.refusal = BUTTON
        return self._on(table.STOP_BUTTON)

    def threat(self, end):
        """S12: records from the next block, whatever was answered; `end`: UTC second at which that recording ends."""
        if self.state in (table.IDLE, table.FAULT) or "threat" in self.rows:
            return table.NOTHING
        if self.state != table.GRANTED:
            self.rows, self.evidence = {}, None
            self._announced = []  # in an open recording they can still be opted out of
        self._asked = []
        self.rows["threat"] = {"purpose": "threat", "basis": "vital-interest", "end": end}
        return self._on(table.THREAT)

    def storage_lost(self):
        return self._on(table.STORAGE_LOST)

    def stage_failed(self):
        return self._on(table.STAGE_FAILED)

    def purposes(self):
        """The header's `purposes`: what the recording may be used for from now on, sorted by name."""
        return [self.rows[name] for name in sorted(self.rows)]
