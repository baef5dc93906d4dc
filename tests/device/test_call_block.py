"""call.Call: the glue between the stages. What a block costs in memory, and what the line hears."""

import os
from array import array

from call import Call
from clips import surveyed
from consent import table
from core.config import Policy
from core.errors import Malformed, NoCard
from hal.contract import BLOCK, BUTTON_CONSENT, BUTTON_MARK, BUTTON_OBJECT, BUTTON_PAUSE, BUTTON_STOP_ERASE, BUTTON_THREAT
from strict import eq, no_alloc, raises

_HOOK = 3  # blocks in which the hook must rest

_ROW = {"purpose": "training", "basis": "consent", "special": False, "keep_s": 7776000, "review_s": 0}
_ROW.update({"share": 100, "cap_day": 0, "quota": 0})


def _policy(**changes):
    source = {
        "profile": "training-consent",
        "purposes": [_ROW],
        "keys": {"accept": "1", "withdraw": "0", "opt_out": ""},
        "spoken": False,
        "timeout_s": 2,
        "prompts": {"in": ["da", "en"], "out": ["da"], "in_rest": [], "out_rest": []},
        "threat": {"keep_s": 86400},
        "until": None,
        "fallback": None,
        "notice": "eksempel.dk/telefon",
    }
    source.update(changes)
    return Policy(source)


_CLIP = bytes(i & 0x7F | 0x80 for i in range(BLOCK * 8))


class _Hal:
    rate = (8000, 1)
    output_delay = 0
    behind = False

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
        self.position = 0
        self.ended = None
        self.fails = False
        self.turned = []
        self.marks = self.erased_marks = 0

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

    def turn(self, call, gone):
        self.call = call
        self.turned.append(list(gone))

    def mark(self):
        self.marks += 1

    def erase_marked(self, reason):
        self.erased_marks += 1
        return self.part

    def pause(self):
        self.part = None

    def resume(self):
        self.part = _Part()


class _Entropy:
    ready = True

    def bytes(self, n):
        return bytes(n)


class _Clock:
    def now(self):
        return 1795251600


class _Box:
    def __init__(self, policy=None):
        self.hal = _Hal()
        self.rules = self
        self.policy = policy or _policy()
        self.line_profile = self.line_stamp = None
        clip = surveyed(_CLIP, BLOCK * 6)
        self.prompts = {"da": clip, "en": clip}
        self.recorder = _Recorder()
        self.clock = _Clock()
        self.entropy = _Entropy()
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

    def unready(self):
        return self.reason

    def counts(self, purpose):
        return 0, 0

    def threat_keep_s(self):
        return self.policy.threat_keep_s

    def prompt_failed(self, error):
        self.noted.append(("fault", {"fault": "prompt"}))

    def call_ended(self):
        self.ended += 1


def _call(policy=None, reason=None):
    """A call that has just been answered: block 0 of the call has been played to it."""
    box = _Box(policy)
    box.reason = reason
    call = Call(box)
    box.hal.lifted = True
    _run(call, _HOOK)
    return box, call


def _run(call, blocks):
    for _ in range(blocks):
        call.block(0)
        call.refill()


def _press(call, digit, sample_from=None):
    """What the detector would report: a key decided in this block."""
    keys = call._keys
    start = call._keys_from
    keys.digit, keys.decision = ord(digit), call.sample + 80 - start
    keys.onset = (call.sample if sample_from is None else sample_from) - start
    keys.level, keys.twist, keys.side = -120, 3, 1
    call._acts.key(keys, start)


def _noted(box, event):
    return [fields for name, fields in box.noted if name == event]


def test_a_call_in_every_state_costs_no_memory_per_block():
    box, call = _call()
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
    box = _Box()
    call = Call(box)
    _run(call, 10)
    eq((call.active, call.sample, box.told), (False, 0, []))


def test_nothing_is_stored_while_the_hook_moves():
    box, call = _call()
    _run(call, 7)
    _press(call, "1")
    _run(call, 5)
    box.hal.lifted = False
    _run(call, _HOOK - 1)
    eq((call.active, box.recorder.blocks), (True, 5))
    _run(call, 1)
    eq((call.active, call.state, box.recorder.ended), (False, table.IDLE, "hangup"))


def test_the_offer_counts_when_its_last_sample_has_been_played():
    box, call = _call()
    _run(call, 5)  # block 0 hands out the first samples; they are played in block 1
    eq(call.state, table.ANNOUNCING)
    _run(call, 1)
    eq(call.state, table.OFFERING)
    assert ("prompt", {"what": "offer", "prompt": "da", "sample": _HOOK * BLOCK + BLOCK * 6}) in box.told


def test_the_gate_opens_with_the_block_after_the_decision():
    box, call = _call()
    _run(call, 7)
    _press(call, "1")
    decided_in = call.sample
    eq(box.recorder.call["consent"]["decision_sample"], decided_in + 80)
    eq(box.recorder.part.first_sample, decided_in + BLOCK)
    gate = [fields for event, fields in box.told if event == "gate"]
    eq(gate, [{"open": True, "sample": decided_in + BLOCK}])


def test_the_prompt_stops_within_the_block():
    for digit, state in (("1", table.GRANTED), ("5", table.REFUSED)):
        box, call = _call()
        _run(call, 6)
        box.hal.line = None
        _press(call, digit)
        _run(call, 3)
        eq((call.state, box.hal.line), (state, None))


def test_a_held_key_that_began_before_the_offer_does_not_count():
    box, call = _call()
    _run(call, 6)
    _press(call, "1", sample_from=100)
    eq(call.state, table.OFFERING)
    eq(_noted(box, "key")[0]["counted"], False)


def test_digits_that_mean_nothing_are_named_nowhere():
    box, call = _call()
    _run(call, 7)
    _press(call, "1")
    box.told, box.noted = [], []
    _press(call, "7")
    eq(box.noted, [])
    eq(box.told[0][1]["digit"], "")


def test_a_card_that_is_gone_when_the_gate_should_open_leaves_the_call_unrecorded():
    box, call = _call()
    box.recorder.fails = True
    _run(call, 7)
    _press(call, "1")
    eq(call.state, table.UNRECORDED)
    eq(_noted(box, "unrecorded")[0]["reason"], "nocard")
    box.hal.lifted = False
    _run(call, _HOOK)
    eq((call.state, call.active, box.ended), (table.IDLE, False, 1))


def test_an_unready_box_says_why_and_plays_nothing():
    box, call = _call(reason="clock")
    _run(call, 5)
    eq((call.state, box.hal.line), (table.UNRECORDED, None))
    eq(_noted(box, "unrecorded")[0]["reason"], "clock")


def test_the_button_erases_and_beeps():
    box, call = _call()
    _run(call, 7)
    _press(call, "1")
    box.hal.held = BUTTON_STOP_ERASE
    _run(call, 2)
    eq((call.state, box.recorder.ended), (table.STOPPED, "stopped"))
    eq(_noted(box, "withdrawal"), [{"call": b"c" * 16, "by": "button"}])
    assert isinstance(box.hal.line, array) and any(box.hal.line)


def test_silence_repeats_once_and_then_means_no():
    box, call = _call()
    _run(call, 2 * 50 + 11)
    eq([f["prompt"] for e, f in box.told if e == "prompt" and f["what"] == "started"], ["da", "en"])
    _run(call, 2 * 50 + 12)
    eq(call.state, table.REFUSED)
    eq(_noted(box, "refusal"), [{"call": b"c" * 16, "reason": "timeout"}])
    eq(box.recorder.blocks, 0)


def test_lost_blocks_move_the_sample_count():
    box, call = _call()
    _run(call, 2)
    call.block(320)
    eq(call.sample, (_HOOK + 3) * BLOCK + 320)


_DOC = dict(_ROW, purpose="documentation", basis="balancing")
_BOTH = _policy(purposes=[_DOC, _ROW])
_OPT_OUT = _policy(purposes=[_DOC, dict(_ROW, basis="balancing")], keys={"accept": "", "withdraw": "", "opt_out": "2"})


def _purposes(box):
    return [row["purpose"] for row in box.recorder.call["purposes"]]


def test_what_needs_no_consent_begins_after_the_last_sample_of_the_notice():
    box, call = _call(_OPT_OUT)
    _run(call, 7)
    eq(box.recorder.is_open, False)
    _run(call, 1)
    eq((call.state, _purposes(box), box.recorder.call["consent"]), (table.GRANTED, ["documentation", "training"], None))
    eq(box.recorder.call["notice"]["samples"], len(_CLIP))
    assert box.recorder.part.first_sample >= BLOCK + len(_CLIP)


def test_training_joins_by_key_and_leaves_by_key():
    box, call = _call(_BOTH)
    _run(call, 9)
    eq(_purposes(box), ["documentation"])
    _press(call, "1")
    eq((_purposes(box), call.state), (["documentation", "training"], table.GRANTED))
    eq(_noted(box, "consent")[0]["by"], "key")
    _press(call, "0")
    eq((_purposes(box), call.state, box.recorder.turned), (["documentation"], table.GRANTED, [[], ["training"]]))
    eq(box.recorder.call["consent"], None)


def test_opting_out_before_and_during_the_call():
    box, call = _call(_OPT_OUT)
    _press(call, "2")
    _run(call, 9)
    eq(_purposes(box), ["documentation"])
    box, call = _call(_OPT_OUT)
    _run(call, 9)
    _press(call, "2")
    eq((_purposes(box), box.recorder.turned), (["documentation"], [["training"]]))
    box, call = _call(_policy(purposes=[dict(_ROW, basis="balancing")], keys={"accept": "", "withdraw": "", "opt_out": "2"}))
    _run(call, 9)
    _press(call, "2")
    eq((call.state, box.recorder.ended), (table.WITHDRAWN, "withdrawn"))


def test_special_circumstances_need_a_stated_ground():
    rows = [_DOC, dict(_ROW, basis="balancing", special=True)]
    box, call = _call(_policy(purposes=rows, keys={"accept": "", "withdraw": "", "opt_out": "2"}))
    _run(call, 9)
    _press(call, "2")
    eq(_purposes(box), ["documentation", "training"])
    box.hal.held = BUTTON_OBJECT
    _run(call, 1)
    eq((_purposes(box), _noted(box, "objection")[0]["ground"]), (["documentation"], "stated"))


def test_an_objection_to_documentation_is_a_case_and_no_end():
    box, call = _call(_policy(purposes=[_DOC], keys={"accept": "", "withdraw": "", "opt_out": ""}))
    _run(call, 9)
    box.hal.held = BUTTON_OBJECT
    _run(call, 1)
    eq((call.state, len(_noted(box, "objection"))), (table.GRANTED, 1))


def test_a_spoken_yes_is_attested_by_the_button_after_the_offer():
    spoken = _policy(spoken=True, keys={"accept": "", "withdraw": "0", "opt_out": ""})
    box, call = _call(spoken)
    box.hal.held = BUTTON_CONSENT
    _run(call, 1)
    eq((call.state, box.recorder.is_open), (table.ANNOUNCING, False))
    box.hal.held = 0
    _run(call, 6)
    box.hal.held = BUTTON_CONSENT
    _run(call, 1)
    eq((call.state, box.recorder.call["consent"]["by"], box.recorder.call["consent"]["key"]), (table.GRANTED, "button", ""))


def test_the_consent_button_means_nothing_where_a_key_is_asked_for():
    box, call = _call()
    _run(call, 7)
    box.hal.held = BUTTON_CONSENT
    _run(call, 2)
    eq(box.recorder.is_open, False)


def _hold(box, call, button, blocks):
    box.hal.held = button
    _run(call, blocks)
    box.hal.held = 0
    _run(call, 1)


def test_a_threat_takes_two_deliberate_steps():
    box, call = _call()
    _run(call, 7)
    _press(call, "5")
    eq(call.state, table.REFUSED)
    for first in (10, 60):  # pressed shortly, then again: nothing; held for a second, then again: recording
        _hold(box, call, BUTTON_THREAT, first)
        _hold(box, call, BUTTON_THREAT, 2)
        eq(call.state, table.REFUSED if first == 10 else table.GRANTED)
        _run(call, 200)
    eq((_purposes(box), box.recorder.call["purposes"][0]["basis"]), (["threat"], "vital-interest"))
    eq(_noted(box, "threat"), [{"call": b"c" * 16, "reason": "threat"}])
    eq(box.recorder.call["consent"], None)


def test_a_policy_without_threat_has_no_such_button():
    box, call = _call(_policy(threat=None))
    _hold(box, call, BUTTON_THREAT, 60)
    _hold(box, call, BUTTON_THREAT, 2)
    eq(box.recorder.is_open, False)


def test_pause_and_mark():
    box, call = _call()
    _run(call, 7)
    _press(call, "1")
    _hold(box, call, BUTTON_PAUSE, 2)
    eq([f for e, f in box.told if e == "gate"][-1]["reason"], "pause")
    _hold(box, call, BUTTON_PAUSE, 2)
    eq([f for e, f in box.told if e == "gate"][-1]["open"], True)
    _hold(box, call, BUTTON_MARK, 2)
    eq((box.recorder.marks, box.recorder.erased_marks), (1, 0))
    _hold(box, call, BUTTON_MARK, 110)
    eq((box.recorder.marks, box.recorder.erased_marks), (2, 1))


def test_a_call_that_is_not_drawn_hears_nothing():
    box, call = _call(_policy(purposes=[dict(_ROW, share=20)]))
    eq(_noted(box, "draw"), [{"call": b"c" * 16, "purpose": "training", "share": 20, "drawn": True}])  # random byte 0
    box = _Box(_policy(purposes=[dict(_ROW, share=20)]))
    box.entropy.bytes = lambda n: b"\x63" * n
    call = Call(box)
    box.hal.lifted = True
    _run(call, _HOOK + 3)
    eq((call.state, box.hal.line), (table.UNRECORDED, None))
    eq(_noted(box, "unrecorded"), [{"call": b"c" * 16, "reason": "left_out"}])


def test_what_the_board_delays_has_not_been_heard_yet():
    """A DAC with 100 ms of buffer: offer and end count when they come out, not when they are handed over."""
    delay = 5 * BLOCK
    box = _Box(_OPT_OUT)
    box.hal.output_delay = delay
    call = Call(box)
    box.hal.lifted = True
    _run(call, _HOOK + 5 + 4)
    eq(call.state, table.ANNOUNCING)
    _run(call, 2)
    eq(call.state, table.OFFERING)
    assert ("prompt", {"what": "offer", "prompt": "da", "sample": _HOOK * BLOCK + delay + BLOCK * 6}) in box.told
    eq(box.recorder.is_open, False)
    _run(call, 2)
    eq((call.state, box.recorder.call["notice"]["samples"]), (table.GRANTED, len(_CLIP)))
    assert box.recorder.part.first_sample >= _HOOK * BLOCK + delay + len(_CLIP)


def test_a_prompt_waits_while_the_blocks_come_late():
    """What is handed out after a stall cannot be heard in the time of the blocks that waited: offer and end come later."""
    box = _Box(_OPT_OUT)
    call = Call(box)
    box.hal.lifted = True
    _run(call, _HOOK + 4)
    box.hal.behind = True
    _run(call, 7)
    eq(call.state, table.ANNOUNCING)
    box.hal.behind = False
    _run(call, 5)
    told = [fields["sample"] for event, fields in box.told if event == "prompt" and fields["what"] == "offer"]
    eq((told, call.state), ([BLOCK * (_HOOK + 7 + 6)], table.GRANTED))
    eq(box.recorder.call["notice"]["samples"], len(_CLIP))


def _damaged(at):
    """A clip of which the piece at `at` no longer is what it was when it was surveyed."""
    clip = surveyed(_CLIP * 4, BLOCK * 20, "press1-damaged.al")
    with open("/tmp/press1-damaged.al", "r+b") as file:
        file.seek(at)
        file.write(b"\x00")
    return clip


def test_a_prompt_that_cannot_be_read_is_a_refusal_and_a_fault_and_is_not_heard():
    for at, heard in ((0, 0), (1500, 1024), (4500, 4096)):  # before the first block; before the offer; after it
        box = _Box()
        box.prompts = {"da": _damaged(at), "en": _damaged(at)}
        call = Call(box)
        box.hal.lifted = True
        while call.state in (table.IDLE, table.LIFTED, table.ANNOUNCING, table.OFFERING):
            box.hal.line = None
            _run(call, 1)
        box.hal.line = None
        _run(call, 40)
        eq((call.state, box.recorder.is_open, box.hal.line), (table.REFUSED, False, None))
        eq(_noted(box, "fault"), [{"fault": "prompt"}])
        eq(_noted(box, "refusal"), [{"call": b"c" * 16, "reason": "prompt"}])
        notes = _noted(box, "prompt")
        eq(len(notes), 1 if heard else 0)
        if heard:
            assert notes[0]["samples"] <= heard and notes[0]["offer"] == (at == 4500), notes
        _press(call, "1")
        eq((call.state, box.recorder.is_open), (table.REFUSED, False))


def test_a_prompt_file_that_is_gone_is_a_refusal():
    box = _Box()
    os.remove("/tmp/press1-clip.al")
    call = Call(box)
    box.hal.lifted = True
    _run(call, _HOOK + 5)
    eq((call.state, _noted(box, "refusal")), (table.REFUSED, [{"call": b"c" * 16, "reason": "prompt"}]))


def test_a_stage_that_does_not_refill_faults_rather_than_play_what_it_has_not_read():
    box = _Box()
    box.prompts = {"da": surveyed(_CLIP * 4, BLOCK * 20, "press1-long.al")}
    call = Call(box)
    box.hal.lifted = True
    with raises(Malformed):
        for _ in range(40):
            call.block(0)
