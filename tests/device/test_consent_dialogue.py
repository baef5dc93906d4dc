"""The consent table and dialogue: no path opens the gate but a key after the offer (S2 to S7, S9, S10)."""

from strict import eq, raises

from consent import table
from consent.dialogue import Dialogue
from core.config import Policy

_RATE = (8000, 1)
_POLICY = Policy(
    {
        "profile": "training-consent",
        "purposes": [{"purpose": "training", "basis": "consent", "keep_s": 7776000}],
        "accept": "1",
        "withdraw": "0",
        "timeout_s": 6,
        "prompts": {"in": ["da", "en"], "out": ["da"]},
        "notice": "eksempel.dk/telefon",
    }
)


class _Call:
    """Drives a dialogue the way main does and notes the states."""

    def __init__(self, direction="in"):
        self.states = []
        self.dialogue = Dialogue(_POLICY, _RATE, lambda state, before: self.states.append(state))
        eq(self.dialogue.off_hook(True, direction), table.ANNOUNCE)
        self.play(0)

    def play(self, sample):
        self.dialogue.prompt_started(self.dialogue.next_prompt(), b"h" * 32, sample)

    def offered(self):
        self.dialogue.offer_reached(1000)
        return self.dialogue

    def waiting(self):
        self.offered().prompt_ended(2000)
        return self.dialogue


def _press(dialogue, digit, sample, onset=None):
    """The caller's key, the way main brings it."""
    meaning = dialogue.meaning(digit, sample if onset is None else onset)
    return dialogue.key(meaning, digit, sample, -120, 5)


def test_accept_after_the_offer_grants_with_evidence():
    for prepare in (_Call.offered, _Call.waiting):
        dialogue = prepare(_Call())
        eq(_press(dialogue, "1", 2400), table.GRANT)
        eq(dialogue.state, table.GRANTED)
        eq(dialogue.evidence["decision_sample"], 2400)
        eq(dialogue.evidence["offer_sample"], 1000)
        eq(dialogue.evidence["by"], "key")


def test_accept_before_the_offer_does_not_count_and_the_prompt_goes_on():
    call = _Call()
    eq(call.dialogue.meaning("1", 500), "early")
    eq(_press(call.dialogue, "1", 500), table.NOTHING)
    eq(call.dialogue.state, table.ANNOUNCING)
    eq(call.dialogue.evidence, None)


def test_a_key_that_went_down_before_the_offer_was_spoken_does_not_count():
    dialogue = _Call().offered()
    eq(_press(dialogue, "1", 1010, onset=990), table.NOTHING)
    eq((dialogue.state, dialogue.evidence), (table.OFFERING, None))
    eq(_press(dialogue, "1", 1400, onset=1000), table.GRANT)


def test_any_other_key_refuses_at_once_in_every_asking_state():
    for digit in "023456789*#ABCD":
        for prepare in (lambda call: call.dialogue, _Call.offered, _Call.waiting):
            dialogue = prepare(_Call())
            eq(_press(dialogue, digit, 2500), table.REFUSE)
            eq((dialogue.state, dialogue.refusal), (table.REFUSED, "key"))


def test_silence_gets_one_repeat_and_then_means_no():
    call = _Call()
    dialogue = call.waiting()
    eq(dialogue.tick(2000 + 47999), table.NOTHING)
    eq(dialogue.tick(2000 + 48000), table.REPEAT)
    call.play(50000)
    dialogue.offer_reached(60000)
    dialogue.prompt_ended(70000)
    eq(dialogue.tick(70000 + 48000), table.REFUSE)
    eq((dialogue.state, dialogue.refusal), (table.REFUSED, "timeout"))


def test_the_repeat_needs_its_own_offer():
    call = _Call()
    dialogue = call.waiting()
    dialogue.tick(50000)
    call.play(50000)
    eq(_press(dialogue, "1", 50500), table.NOTHING)
    eq(dialogue.evidence, None)


def test_hang_up_while_asking_is_no():
    for prepare in (lambda call: call.dialogue, _Call.offered, _Call.waiting):
        dialogue = prepare(_Call())
        eq(dialogue.hang_up(), table.REFUSE)
        eq((dialogue.state, dialogue.refusal), (table.IDLE, "hangup"))


def test_withdrawal_by_key_and_by_button_erases():
    dialogue = _Call().offered()
    _press(dialogue, "1", 1500)
    eq(_press(dialogue, "7", 9000), table.NOTHING)
    eq(dialogue.meaning("7", 9000), "ignored")
    eq(_press(dialogue, "0", 9500), table.ERASE)
    eq(dialogue.state, table.WITHDRAWN)
    dialogue = _Call().offered()
    _press(dialogue, "1", 1500)
    eq(dialogue.stop_button(), table.ERASE)
    eq(dialogue.state, table.STOPPED)


def test_nothing_reopens_an_answered_call():
    for state in (table.REFUSED, table.WITHDRAWN, table.STOPPED, table.UNRECORDED, table.FAULT):
        for event in table.EVENTS:
            try:
                after, action = table.move(state, event)
            except table.UnexpectedEvent:
                continue
            assert after in (state, table.IDLE, table.FAULT), (state, event)
            eq(action, table.NOTHING)


def test_only_an_accept_key_after_the_offer_leads_to_granted():
    ways = [(s, e) for s in table.STATES for e, (after, _) in table.TABLE[s].items() if after == table.GRANTED and s != table.GRANTED]
    eq(sorted(ways), [(table.OFFERING, table.ACCEPT_KEY), (table.WAITING, table.ACCEPT_KEY)])


def test_grant_and_erase_stand_where_they_must():
    for state in table.STATES:
        for event, (after, action) in table.TABLE[state].items():
            eq(action == table.GRANT, after == table.GRANTED and state != table.GRANTED)
            if action in (table.ERASE, table.CLOSE):
                eq(state, table.GRANTED)
            assert after in table.STATES and event in table.EVENTS


def test_an_unready_box_asks_nothing():
    dialogue = Dialogue(_POLICY, _RATE, lambda *a: None)
    eq(dialogue.off_hook(False, "in"), table.NOTHING)
    eq(dialogue.state, table.UNRECORDED)
    eq(_press(dialogue, "1", 100), table.NOTHING)
    eq(dialogue.hang_up(), table.NOTHING)


def test_an_event_out_of_place_is_an_error():
    dialogue = _Call().dialogue
    with raises(table.UnexpectedEvent):
        dialogue.off_hook(True, "in")
    with raises(table.UnexpectedEvent):
        dialogue.storage_lost()


def test_random_walks_keep_the_invariants():
    seed = 12345
    granted = 0
    for _ in range(2000):
        call = _Call()
        dialogue = call.dialogue
        offered = False
        sample = 0
        for _ in range(12):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            act = (seed >> 16) % 7
            sample += 4000
            before = dialogue.state
            action = table.NOTHING
            if act == 0 and before == table.ANNOUNCING:
                dialogue.offer_reached(sample)
                offered = True
            elif act == 1 and before == table.OFFERING:
                dialogue.prompt_ended(sample)
            elif act == 2:
                action = _press(dialogue, "1", sample)
            elif act == 3:
                action = _press(dialogue, "05"[(seed >> 20) & 1], sample)
            elif act == 4:
                action = dialogue.tick(sample + 48000)
            elif act == 5 and (seed >> 22) % 4 == 0:
                action = dialogue.stop_button()
            if action == table.REPEAT:
                call.play(sample)
                offered = False
            if action == table.GRANT:
                assert offered and dialogue.evidence["decision_sample"] >= dialogue.evidence["offer_sample"]
                granted += 1
            if before in (table.REFUSED, table.WITHDRAWN, table.STOPPED):
                eq(dialogue.state, before)
    assert granted > 100
