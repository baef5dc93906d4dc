"""What consent means, written a second time: which purposes may be recorded in a block, from what people did and what was heard.

Nothing here reads the firmware's table. The box may always record less than the model allows; more is a breach. Where the model says
that it must record, less is a breach too.
"""

from dataclasses import dataclass, field

BLOCK = 160
ASKING = ("announcing", "offering", "waiting")


class Breach(AssertionError):
    """The box did what nobody allowed, or did not do what was asked for."""


def must(condition: object, text: str, *shown: object) -> None:
    """Raise `Breach` unless the condition holds."""
    if not condition:
        raise Breach(" ".join([text, *map(repr, shown)]))


@dataclass
class Row:
    """What the box told after one block."""

    state: str
    sample: int
    part: int
    open: bool
    stored: bool
    audible: int
    started: str | None
    opened: list
    slots: dict[int, set[str]]
    files: list[int]

    @classmethod
    def read(cls, told: list) -> "Row":
        """From the box's list; a text is what made it fail."""
        must(isinstance(told, list), "the box failed", told)
        state, sample, gate, audible, started, opened, slots, files = told
        return cls(state, sample, *gate, audible, started, opened, {number: set(names) for number, names in slots}, files)


@dataclass
class Prompt:
    """What has come out of the board of the prompt that was begun last."""

    offer: int
    samples: int
    heard: int = 0
    offered_at: int | None = None
    ended_at: int | None = None


@dataclass
class Rights:
    """What this call may be recorded for, and why."""

    policy: dict | None = None
    asked: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    prompt: Prompt | None = None
    told: bool = False  # all that is announced was heard to its last sample
    settled: bool = False  # the question is closed: no
    paused: bool = False
    beeped: bool = False

    @property
    def gate(self) -> set[str]:
        """The purposes for which the gate may stand open now: none before an announced one has been told."""
        return self.may if self.told or not self.announced or "threat" in self.may else set()

    def take(self, names: set[str]) -> None:
        """These purposes go, for this call."""
        self.gone |= names
        for kept in (self.asked, self.announced, self.may, self.agreed):
            kept -= names

    def close(self) -> None:
        """No."""
        self.settled = True
        for kept in (self.asked, self.announced, self.may, self.agreed):
            kept.clear()


class Model:
    """Follows one box through its calls, block by block."""

    def __init__(self, policy: dict, prompts: dict, counts: dict, random: list[int]):
        self.policy, self.prompts, self.counts = policy, prompts, counts
        self.random = list(random)
        self.rights = Rights()
        self.before = Row("idle", 0, 0, False, False, 0, None, [], {}, [])
        self.active = self.failed = False
        self.card = True
        self.sample = 0
        self.state = "idle"
        self.early_gate: set[str] = set()  # as in `Rights`, in this block before the act
        self.early_agreed: set[str] = set()
        self.owned: dict[int, set[str]] = {}  # parts of this call: what they were opened for
        self.kept: dict[int, set[str]] = {}  # parts of earlier calls
        self.timeout = policy["timeout_s"] * 8000

    def block(self, lost: int, act: str | None, argument: object, row: Row) -> None:
        """One block: what happened in it, then what the box made of it."""
        self.state = self.before.state
        self.early_gate, self.early_agreed = set(), set()
        self._happens(lost, act, argument)
        self._settles(row)
        self._judge(act, row)
        self.before = row

    # what happened

    def _happens(self, lost: int, act: str | None, argument) -> None:
        if act == "fail":
            self.failed = True
            self.rights.close()
        if act == "card":
            self.card = argument
        if act == "flash":
            self.broken = True
        if self.failed:
            return
        if self.active:
            self.sample += lost
        if act == "course":
            self._course(*argument)
        if not self.active:
            return
        self._hear()
        self.state = "granted" if self.rights.gate else self.before.state  # when the act comes
        self.early_gate, self.early_agreed = set(self.rights.gate), set(self.rights.agreed)
        if act == "key":
            self._key(*argument)
        elif act in ("stop", "consent", "objection", "threat", "pause"):
            getattr(self, "_" + act)()
        self.sample += BLOCK

    def _course(self, bits: int, direction: str, answered: bool) -> None:
        if bool(bits & 1) == self.active:
            return  # lifted twice, or not lifted at all
        if bits & 2:
            self.active = False
            self.kept.update(self.before.slots)
            self.owned, self.rights = {}, Rights()
        if bits & 1:
            self.active, self.sample, self.rights = True, 2 * BLOCK, Rights()
        if bits & 8 and self.rights.policy is None and not self.rights.settled and not self.rights.may:
            self._answered(direction)
        elif bits & 4 and not answered and self.before.state in ASKING:
            self.rights = Rights()

    def _answered(self, direction: str) -> None:
        """Quota, cap and draw say which purposes are left; the policy needs words for them."""
        rights = self.rights
        rights.policy = self.policy
        rows = [row for row in self.policy["purposes"] if self._admitted(row)] if self.card else []
        names = [row["purpose"] for row in rows]
        side = "out" if direction == "out" else "in"
        if len(rows) < len(self.policy["purposes"]):
            side = side + "_rest" if names == ["documentation"] else ""
        if not rows or not side or not self.policy["prompts"][side]:
            rights.settled = True
            return
        rights.asked = {row["purpose"] for row in rows if row["basis"] == "consent"}
        rights.announced = set(names) - rights.asked

    def _admitted(self, row: dict) -> bool:
        today, live = self.counts[row["purpose"]]
        if (row["quota"] and live >= row["quota"]) or (row["cap_day"] and today >= row["cap_day"]):
            return False
        if row["share"] == 100:
            return True
        while True:
            value = self.random.pop(0) if self.random else 0
            if value < 200:
                return value % 100 < row["share"]

    def _hear(self) -> None:
        """What was handed out with the block before has been heard in this one."""
        prompt = self.rights.prompt
        if prompt is None or prompt.ended_at is not None or not self.before.audible:
            return
        before, prompt.heard = prompt.heard, prompt.heard + self.before.audible
        if before < prompt.offer <= prompt.heard:
            prompt.offered_at = self.sample + prompt.offer - before
        if prompt.heard >= prompt.samples:
            prompt.ended_at = self.sample + prompt.samples - before
            self.rights.told = True
            if self.rights.announced and not self.rights.settled:
                self.rights.may |= self.rights.announced

    @property
    def _question_open(self) -> bool:
        return bool(self.rights.asked) and self.state in (*ASKING, "granted")

    def _offered(self, sample: int) -> bool:
        prompt = self.rights.prompt
        if prompt is None or prompt.offered_at is None or sample < prompt.offered_at:
            return False
        late = self.state == "granted" and prompt.ended_at is not None and sample - prompt.ended_at >= self.timeout
        return not late

    def _agree(self) -> None:
        rights = self.rights
        rights.may |= rights.asked
        rights.agreed |= rights.asked
        rights.asked = set()

    def _key(self, digit: str, back: int, side: int) -> None:
        """The caller's key, decided in the middle of the block, pressed `back` samples before."""
        rights, keys = self.rights, self.policy["keys"]
        if side != 1 or rights.policy is None or self.state not in (*ASKING, "granted"):
            return
        onset = self.sample + BLOCK // 2 - back
        if digit == keys["accept"]:
            if self._question_open and not self.policy["spoken"] and self._offered(onset):
                self._agree()
        elif digit == keys["withdraw"] and rights.agreed:
            self._take(rights.agreed)
        elif digit == keys["opt_out"] and self._opt_out(stated=False):
            self._take(self._opt_out(stated=False))
        elif self.state in ASKING and rights.asked:
            self._take(rights.asked)

    def _opt_out(self, stated: bool) -> set[str]:
        special = any(row["special"] for row in self.policy["purposes"] if row["purpose"] == "training")
        return set() if special and not stated else self.rights.announced & {"training"}

    def _take(self, names: set[str]) -> None:
        rights = self.rights
        rights.take(set(names))
        if not rights.may and not rights.asked and not rights.announced:
            rights.close()

    def _stop(self) -> None:
        """The employee, because the caller asked."""
        if self.state == "granted":
            self.rights.gone |= {"documentation", "training", "threat"}
        if self.state in (*ASKING, "granted", "lifted"):
            self.rights.close()

    def _consent(self) -> None:
        if self.policy["spoken"] and self._question_open and self._offered(self.sample + BLOCK - 1):
            self._agree()

    def _objection(self) -> None:
        if self.state in (*ASKING, "granted"):
            gone = self._opt_out(stated=True)
            if gone:
                self._take(gone)

    def _threat(self) -> None:
        rights = self.rights
        if not self.policy["threat"] or not self.card or "threat" in rights.may:
            return
        if self.state != "granted":
            rights.close()
            rights.gone, rights.paused = set(), False
        rights.asked = set()
        rights.announced = rights.announced & rights.may
        rights.may.add("threat")

    def _pause(self) -> None:
        if self.state == "granted":
            self.rights.paused = not self.rights.paused

    # what the box made of it

    def _settles(self, row: Row) -> None:
        """A no is always allowed; a prompt that begins is what is heard from now on."""
        if row.started:
            offer, samples = self.prompts[row.started]
            self.rights.prompt = Prompt(offer, samples)
            self.rights.told = False
        if row.state in ("withdrawn", "stopped") and self.state == "granted":
            self.rights.beeped = True
        if row.state in ("refused", "withdrawn", "stopped", "unrecorded", "fault"):
            self.rights.close()

    def _judge(self, act: str | None, row: Row) -> None:
        rights = self.rights
        must(row.open == (row.state == "granted"), "the gate goes with the state", row)
        must(not row.open or rights.gate, "the gate is open for nothing", row)
        must(not row.part or (row.open and not rights.paused), "a stream is open behind a shut gate", row)
        self._judge_stored(act, row)
        self._judge_opened(act, row)
        self._judge_slots(row)
        self._judge_sound(act, row)
        self._judge_liveness(act, row)
        if self.active and not self.failed:
            must(row.sample == self.sample, "samples are miscounted", row, self.sample)

    def _judge_stored(self, act: str | None, row: Row) -> None:
        must(not row.stored or self.before.part or act == "card", "stored before the gate was open", row)
        hung_up = act == "course" or not self.active or self.failed
        must(not (hung_up and row.stored) or act == "course", "stored after the call", row)
        if self.before.part and not hung_up and self.card and self.before.part == row.part:
            must(row.stored, "a block was not stored", row)

    def _judge_opened(self, act: str | None, row: Row) -> None:
        """A part is opened for what is allowed, with the evidence for it, and never for what was before."""
        rights = self.rights
        for number, _, first, purposes, evidence, notice in row.opened:
            names = {name for name, _ in purposes}
            must(names and (names <= rights.gate or names <= self.early_gate), "a part for what nobody allowed", row, rights)
            must(
                first in (row.sample, self.before.sample if act == "card" else row.sample),
                "a part that begins before the next block",
                row,
            )
            consented = {name for name, basis in purposes if basis == "consent"}
            must(consented == names & (rights.agreed | self.early_agreed), "consent that nobody gave", row, rights)
            must(bool(evidence) == bool(consented), "evidence without consent, or consent without", row)
            if evidence:
                must(rights.prompt and rights.prompt.offered_at is not None, "consent before the offer", row)
                by, key, offer, decision, stored_from = evidence
                must(offer <= decision < stored_from <= first, "evidence out of order", row)
                must(by == ("button" if self.policy["spoken"] else "key"), "consent by the wrong act", row)
                must(key == ("" if by == "button" else self.policy["keys"]["accept"]), "consent by the wrong key", row)
            must(notice is not None or names == {"threat"}, "nobody was told", row)
            if names - consented - {"threat"}:
                must(rights.told and notice == rights.prompt.samples, "announced, and not heard to its end", row)
            self.owned[number] = names

    def _judge_slots(self, row: Row) -> None:
        """What was withdrawn has neither slot nor file; earlier calls lose nothing."""
        must(sorted(row.slots) == sorted(row.files), "slots and files differ", row)
        for number, names in row.slots.items():
            if number in self.kept:
                must(names == self.kept[number], "an earlier call was touched", row)
                continue
            must(number in self.owned or not self.active, "a slot of nobody", row)
            must(names and not names & self.rights.gone, "what was withdrawn still has a slot", row, self.rights)
        must(set(self.kept) <= set(row.slots), "an earlier call was erased", row)
        if row.state in ("withdrawn", "stopped"):
            must(set(row.slots) <= set(self.kept), "an erased call has a slot", row)

    def _judge_sound(self, act: str | None, row: Row) -> None:
        """A prompt is heard while something is asked or announced, and no block longer: no costs the caller nothing."""
        if row.state not in ("announcing", "offering") and not row.open and not self.rights.beeped and not self.before.open:
            must(not row.audible, "the box is heard after the answer", row)

    def _judge_liveness(self, act: str | None, row: Row) -> None:
        """Who said yes is recorded, where there is a card; who said no hears nothing more of it."""
        rights = self.rights
        if not self.active or self.failed:
            return
        if rights.gate and self.card:
            must(row.open, "allowed, and the gate is shut", row, rights)
        if rights.settled and not rights.may:
            must(row.state not in (*ASKING, "granted"), "asked again after a no", row)
