"""call.Call: the glue between the stages. What a block costs in memory, and what the line hears."""

from array import array

from strict import eq, no_alloc

from call import Call
from consent import table
from core.config import Policy
from core.errors import NoCard
from hal.contract import BLOCK, BUTTON_STOP_ERASE

_POLICY = Policy(
    {
        "profile": "training-consent",
        "purposes": [{"purpose": "training", "basis": "consent", "keep_s": 7776000}],
        "accept": "1",
        "withdraw": "0",
        "timeout_s": 2,
        "prompts": {"in": ["da", "en"], "out": ["da"]},
        "notice": "eksempel.dk/telefon",
    }
)
_CLIP = bytes(i & 0x7F | 0x80 for i in range(BLOCK * 8))


class _Hal:
    rate = (8000, 1)

    def __init__(self):
        self.lifted = False
        self.held = 0
        self.line = None

    def off_hook(self):
        return self.lifted

    def buttons(self):
        return self.held

    def direction_hint(self):
        return "in"

    def line_out(self, block):
        self.line = block

    def ear_out(self, block):
        pass


class _Part:
    first_sample = 0


class _Recorder:
    """The gate as the call sees it."""

    def __init__(self):
        self.is_open = False
        self.part = None
        self.blocks = 0
        self.ended = None
        self.fails = False

    def open(self, call, first_sample):
        if self.fails:
            raise NoCard("no card")
        self.is_open, self.part = True, _Part()
        self.part.first_sample = first_sample
        self.call = call

    def block(self, far, near, lost):
        self.blocks += 1

    def step(self):
        return True

    def close(self, reason):
        self.is_open, self.part, self.ended = False, None, reason

    def erase(self, reason):
        self.close(reason)


class _Clock:
    def now(self):
        return 1795251600


class _Box:
    def __init__(self):
        self.hal = _Hal()
        self.policy = _POLICY
        self.prompts = {"da": (_CLIP, BLOCK * 6, b"h" * 32), "en": (_CLIP, BLOCK * 6, b"h" * 32)}
        self.recorder = _Recorder()
        self.clock = _Clock()
        self.told = []
        self.noted = []
        self.reason = None
        self.ended = 0

    def tell(self, event, fields):
        self.told.append((event, fields))

    def note(self, event, **fields):
        self.noted.append((event, fields))

    def lamp(self, state):
        pass

    def call_id(self):
        return b"c" * 16

    def unready(self, direction):
        return self.reason

    def erased(self, call):
        pass

    def call_ended(self):
        self.ended += 1


def _call():
    box = _Box()
    call = Call(box)
    box.hal.lifted = True
    return box, call


def _run(call, blocks):
    for _ in range(blocks):
        call.block(0)


def _press(call, digit, sample_from=None):
    """What the detector would report: a key decided in this block."""
    keys = call._keys
    keys.digit, keys.decision, keys.onset = ord(digit), call.sample + 80, call.sample if sample_from is None else sample_from
    keys.level, keys.twist, keys.side = -120, 3, 1
    call._key()


def _noted(box, event):
    return [fields for name, fields in box.noted if name == event]


def test_a_call_in_every_state_costs_no_memory_per_block():
    box, call = _call()
    _run(call, 1)
    lock = no_alloc()
    for state, blocks in ((table.ANNOUNCING, 3), (table.WAITING, 20)):
        _run(call, 0 if state == table.ANNOUNCING else 12)
        eq(call.state, state)
        with lock:
            _run(call, blocks)
    _press(call, "1")
    eq(call.state, table.GRANTED)
    with lock:
        _run(call, 200)
    eq(box.recorder.blocks, 200)


def test_on_hook_nothing_is_looked_at():
    box, call = _call()
    box.hal.lifted = False
    _run(call, 10)
    eq((call.active, call.sample, box.told), (False, 0, []))


def test_the_offer_counts_when_its_last_sample_has_been_played():
    box, call = _call()
    _run(call, 6)  # block 0 hands out the first samples; they are played in block 1
    eq(call.state, table.ANNOUNCING)
    _run(call, 1)
    eq(call.state, table.OFFERING)
    eq(box.told[-1][1], {"what": "offer", "prompt": "da", "sample": BLOCK + BLOCK * 6})


def test_the_gate_opens_with_the_block_after_the_decision():
    box, call = _call()
    _run(call, 8)
    _press(call, "1")
    decided_in = call.sample
    eq(box.recorder.call["consent"]["decision_sample"], decided_in + 80)
    eq(box.recorder.part.first_sample, decided_in + BLOCK)
    gate = [fields for event, fields in box.told if event == "gate"]
    eq(gate, [{"open": True, "sample": decided_in + BLOCK}])


def test_the_prompt_stops_within_the_block():
    for digit, state in (("1", table.GRANTED), ("5", table.REFUSED)):
        box, call = _call()
        _run(call, 7)
        box.hal.line = None
        _press(call, digit)
        _run(call, 3)
        eq((call.state, box.hal.line), (state, None))


def test_a_held_key_that_began_before_the_offer_does_not_count():
    box, call = _call()
    _run(call, 7)
    _press(call, "1", sample_from=100)
    eq(call.state, table.OFFERING)
    eq(_noted(box, "key")[0]["counted"], False)


def test_digits_that_mean_nothing_are_named_nowhere():
    box, call = _call()
    _run(call, 8)
    _press(call, "1")
    box.told, box.noted = [], []
    _press(call, "7")
    eq(box.noted, [])
    eq(box.told[0][1]["digit"], "")


def test_a_card_that_is_gone_when_the_gate_should_open_leaves_the_call_unrecorded():
    box, call = _call()
    box.recorder.fails = True
    _run(call, 8)
    _press(call, "1")
    eq(call.state, table.UNRECORDED)
    eq(_noted(box, "unrecorded")[0]["reason"], "nocard")
    box.hal.lifted = False
    _run(call, 1)
    eq((call.state, call.active, box.ended), (table.IDLE, False, 1))


def test_an_unready_box_says_why_and_plays_nothing():
    box, call = _call()
    box.reason = "clock"
    _run(call, 5)
    eq((call.state, box.hal.line), (table.UNRECORDED, None))
    eq(_noted(box, "unrecorded")[0]["reason"], "clock")


def test_the_button_erases_and_beeps():
    box, call = _call()
    _run(call, 8)
    _press(call, "1")
    box.hal.held = BUTTON_STOP_ERASE
    _run(call, 2)
    eq((call.state, box.recorder.ended), (table.STOPPED, "stopped"))
    eq(_noted(box, "withdrawal"), [{"call": b"c" * 16, "by": "button"}])
    assert isinstance(box.hal.line, array) and any(box.hal.line)


def test_silence_repeats_once_and_then_means_no():
    box, call = _call()
    _run(call, 2 * 50 + 12)
    eq([f["prompt"] for e, f in box.told if e == "prompt" and f["what"] == "started"], ["da", "en"])
    _run(call, 2 * 50 + 12)
    eq(call.state, table.REFUSED)
    eq(_noted(box, "refusal"), [{"call": b"c" * 16, "reason": "timeout"}])
    eq(box.recorder.blocks, 0)


def test_lost_blocks_move_the_sample_count():
    box, call = _call()
    _run(call, 3)
    call.block(320)
    eq(call.sample, 4 * BLOCK + 320)
