"""The consent table and dialogue: no path opens the gate but what the policy allows (S2 to S7, S9, S10, S33, S34)."""

from consent import table
from consent.admission import Admission, drawn
from consent.dialogue import Dialogue
from core.config import Policy
from strict import eq, raises

_RATE = (8000, 1)
_NOW = 1795251600


def row(purpose="training", basis="consent", special=False, share=100, **changes):
    out = {"purpose": purpose, "basis": basis, "special": special, "share": share}
    out.update({"keep_s": 7776000, "review_s": 0, "cap_day": 0, "quota": 0})
    out.update(changes)
    return out


def policy(*rows, accept="1", withdraw="0", opt_out="", spoken=False):
    return Policy(
        {
            "profile": "test",
            "purposes": list(rows),
            "keys": {"accept": accept, "withdraw": withdraw, "opt_out": opt_out},
            "spoken": spoken,
            "timeout_s": 6,
            "prompts": {"in": ["da", "en"], "out": ["da"], "in_rest": [], "out_rest": []},
            "threat": {"keep_s": 86400},
            "until": None,
            "fallback": None,
            "notice": "eksempel.dk/telefon",
        }
    )


CONSENT = policy(row())
DOCUMENTATION = policy(row("documentation", "balancing"), accept="", withdraw="")
BOTH_CONSENT = policy(row("documentation", "balancing"), row())
BOTH_OPT_OUT = policy(row("documentation", "balancing"), row(basis="balancing"), accept="", withdraw="", opt_out="2")
OPT_OUT = policy(row(basis="balancing"), accept="", withdraw="", opt_out="2")
SPECIAL = policy(row(basis="balancing", special=True), accept="", withdraw="", opt_out="2")
SPOKEN = policy(row(), accept="", spoken=True)


class _Call:
    """Drives a dialogue the way the call does and notes the states."""

    def __init__(self, rules=CONSENT):
        self.states = []
        self.dialogue = Dialogue(_RATE, lambda state, before: self.states.append(state))
        eq(self.dialogue.off_hook(), table.NOTHING)
        eq(self.dialogue.answered(rules, rules.purposes, ["da", "en"]), table.ANNOUNCE)
        self.play(0)

    def play(self, sample):
        self.dialogue.prompt_started(self.dialogue.next_prompt(), b"h" * 32, sample)

    def offered(self):
        self.dialogue.offer_reached(1000)
        return self.dialogue

    def ended(self):
        self.offered().prompt_ended(2000, 2000, _NOW)
        return self.dialogue


def _press(dialogue, digit, sample, onset=None):
    """The caller's key, the way the call brings it."""
    meaning = dialogue.meaning(digit, sample if onset is None else onset)
    return dialogue.key(meaning, digit, sample, -120, 5, _NOW)


def _names(dialogue):
    return [found["purpose"] for found in dialogue.purposes()]


# consent by key: the strict profile


def test_accept_after_the_offer_grants_with_evidence():
    for prepare in (_Call.offered, _Call.ended):
        dialogue = prepare(_Call())
        eq(_press(dialogue, "1", 2400), table.GRANT)
        eq(dialogue.state, table.GRANTED)
        eq(dialogue.evidence["decision_sample"], 2400)
        eq(dialogue.evidence["offer_sample"], 1000)
        eq(dialogue.evidence["by"], "key")
        eq(dialogue.purposes(), [{"purpose": "training", "basis": "consent", "end": _NOW + 7776000}])


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
        for prepare in (lambda call: call.dialogue, _Call.offered, _Call.ended):
            dialogue = prepare(_Call())
            eq(_press(dialogue, digit, 2500), table.REFUSE)
            eq((dialogue.state, dialogue.refusal), (table.REFUSED, "key"))


def test_silence_gets_one_repeat_and_then_means_no():
    call = _Call()
    dialogue = call.ended()
    eq(dialogue.tick(2000 + 47999), table.NOTHING)
    eq(dialogue.tick(2000 + 48000), table.REPEAT)
    call.play(50000)
    dialogue.offer_reached(60000)
    dialogue.prompt_ended(70000, 20000, _NOW)
    eq(dialogue.tick(70000 + 48000), table.REFUSE)
    eq((dialogue.state, dialogue.refusal), (table.REFUSED, "timeout"))


def test_the_repeat_needs_its_own_offer():
    call = _Call()
    dialogue = call.ended()
    dialogue.tick(50000)
    call.play(50000)
    eq(_press(dialogue, "1", 50500), table.NOTHING)
    eq(dialogue.evidence, None)


def test_a_prompt_without_an_offer_asks_for_nothing():
    call = _Call()
    eq(call.dialogue.prompt_ended(900, 900, _NOW), table.REFUSE)


def test_hang_up_while_asking_is_no():
    for prepare in (lambda call: call.dialogue, _Call.offered, _Call.ended):
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


# without consent, and both


def test_a_notice_opens_the_gate_only_when_it_has_been_played_to_its_end():
    for rules in (DOCUMENTATION, OPT_OUT, SPECIAL, BOTH_OPT_OUT):
        call = _Call(rules)
        eq((call.offered().state, call.dialogue.purposes()), (table.OFFERING, []))
        eq(call.dialogue.prompt_ended(2000, 2000, _NOW), table.GRANT)
        eq((len(call.dialogue.purposes()), call.dialogue.evidence), (len(rules.purposes), None))


def test_no_key_of_the_caller_stops_a_notice_that_offers_none():
    dialogue = _Call(DOCUMENTATION).dialogue
    for digit in "0123456789*#":
        eq(_press(dialogue, digit, 500), table.NOTHING)
    eq(dialogue.state, table.ANNOUNCING)


def test_training_is_agreed_to_during_the_notice_or_after_it():
    call = _Call(BOTH_CONSENT)
    eq(_press(call.offered(), "1", 1500), table.NOTHING)
    eq((call.dialogue.state, _names(call.dialogue)), (table.OFFERING, ["training"]))
    eq(call.dialogue.prompt_ended(2000, 2000, _NOW), table.GRANT)
    eq(_names(call.dialogue), ["documentation", "training"])
    dialogue = _Call(BOTH_CONSENT).ended()
    eq(_names(dialogue), ["documentation"])
    eq(_press(dialogue, "1", 3000), table.TURN)
    eq(_names(dialogue), ["documentation", "training"])


def test_the_question_lapses_with_the_time_out():
    dialogue = _Call(BOTH_CONSENT).ended()
    eq(_press(dialogue, "1", 2000 + 48000), table.NOTHING)
    eq(_names(dialogue), ["documentation"])


def test_a_no_to_training_leaves_documentation():
    dialogue = _Call(BOTH_CONSENT).offered()
    eq(_press(dialogue, "5", 1500), table.NOTHING)
    eq(dialogue.prompt_ended(2000, 2000, _NOW), table.GRANT)
    eq((_names(dialogue), _press(dialogue, "1", 3000)), (["documentation"], table.NOTHING))


def test_withdrawing_training_leaves_documentation():
    dialogue = _Call(BOTH_CONSENT).ended()
    _press(dialogue, "1", 3000)
    eq(_press(dialogue, "0", 9000), table.TURN)
    eq((_names(dialogue), dialogue.evidence, dialogue.dropped), (["documentation"], None, ["training"]))
    eq(_press(dialogue, "0", 9500), table.NOTHING)


def test_opting_out_by_key_before_and_during():
    dialogue = _Call(OPT_OUT).dialogue
    eq((_press(dialogue, "2", 400), dialogue.state), (table.REFUSE, table.REFUSED))
    dialogue = _Call(OPT_OUT).ended()
    eq((_press(dialogue, "2", 4000), dialogue.state), (table.ERASE, table.WITHDRAWN))
    dialogue = _Call(BOTH_OPT_OUT).ended()
    eq((_press(dialogue, "2", 4000), _names(dialogue)), (table.TURN, ["documentation"]))


def test_special_circumstances_end_on_a_stated_ground_only():
    dialogue = _Call(SPECIAL).ended()
    eq(_press(dialogue, "2", 4000), table.NOTHING)
    eq((dialogue.object_button(), dialogue.state), (table.ERASE, table.WITHDRAWN))


def test_an_objection_to_documentation_changes_nothing_in_the_call():
    dialogue = _Call(DOCUMENTATION).ended()
    eq((dialogue.object_button(), _names(dialogue)), (table.NOTHING, ["documentation"]))


def test_a_spoken_yes_counts_after_the_offer_and_only_by_the_button():
    call = _Call(SPOKEN)
    eq(call.dialogue.consent_button(500, _NOW), table.NOTHING)
    eq(call.offered().consent_button(900, _NOW), table.NOTHING)
    eq(_press(call.dialogue, "1", 1500), table.REFUSE)
    dialogue = _Call(SPOKEN).offered()
    eq(dialogue.consent_button(1600, _NOW), table.GRANT)
    eq((dialogue.evidence["by"], dialogue.evidence["side"], dialogue.evidence["key"]), ("button", "local", ""))
    eq(_Call(CONSENT).offered().consent_button(1600, _NOW), table.NOTHING)


def test_a_threat_is_recorded_whatever_was_answered():
    dialogue = _Call().offered()
    _press(dialogue, "5", 1500)
    eq(dialogue.threat(_NOW + 60), table.GRANT)
    eq(dialogue.purposes(), [{"purpose": "threat", "basis": "vital-interest", "end": _NOW + 60}])
    eq(dialogue.threat(_NOW + 60), table.NOTHING)
    eq(_press(dialogue, "0", 9000), table.NOTHING)
    dialogue = _Call(BOTH_CONSENT).ended()
    _press(dialogue, "1", 3000)
    eq(dialogue.threat(_NOW + 60), table.TURN)
    eq(_names(dialogue), ["documentation", "threat", "training"])
    eq(_press(dialogue, "0", 9000), table.TURN)
    eq(_names(dialogue), ["documentation", "threat"])


# admission


def test_shares_are_fair():
    seed = [1]

    def random(n):
        seed[0] = (seed[0] * 1103515245 + 12345) & 0x7FFFFFFF
        return bytes(((seed[0] >> 16) & 0xFF,))

    # Binomial, 10,000 draws, 99.9 %: 3.29 standard deviations.
    for share in (10, 20, 50):
        hits = sum(drawn(share, random) for _ in range(10000))
        bound = 3.29 * (10000 * share * (100 - share) / 10000) ** 0.5
        assert abs(hits - 100 * share) <= bound, (share, hits)


def test_a_draw_has_no_bias():
    """Every byte value below 200 once: exactly the share; 200 and above are drawn again."""
    for share in (1, 10, 20, 50, 99):
        values = list(range(256))
        hits = 0
        tries = 0
        while values:
            hits += drawn(share, lambda n, values=values: bytes((values.pop(0) if values else 0,)))
            tries += 1
            if not values or values[0] >= 200:
                break
        eq((tries, hits), (200, 2 * share))


def test_caps_and_quotas_leave_a_purpose_out():
    rules = policy(row("documentation", "balancing", quota=5), row(basis="balancing", cap_day=2), accept="", withdraw="")
    counts = {"documentation": (9, 5), "training": (1, 99)}
    admission = Admission(rules, lambda name: counts[name], bytes)
    eq(([p.purpose for p in admission.purposes], admission.left_out), (["training"], [("documentation", "quota")]))
    counts = {"documentation": (9, 4), "training": (2, 99)}
    admission = Admission(rules, lambda name: counts[name], bytes)
    eq(admission.left_out, [("training", "cap")])


def test_every_draw_is_told():
    rules = policy(row("documentation", "balancing"), row(basis="balancing", share=20), accept="", withdraw="")
    for value, hit in ((0, True), (19, True), (20, False), (199, False), (119, True)):
        admission = Admission(rules, lambda name: (0, 0), lambda n, value=value: bytes((value,)))
        eq(admission.draws, [("training", 20, hit)])
        eq(len(admission.purposes), 2 if hit else 1)


# the table


def test_nothing_but_a_threat_reopens_an_answered_call():
    for state in (table.REFUSED, table.WITHDRAWN, table.STOPPED, table.UNRECORDED, table.FAULT):
        for event in table.EVENTS:
            try:
                after, action = table.move(state, event)
            except table.UnexpectedEvent:
                continue
            if event == table.THREAT:
                continue
            assert after in (state, table.IDLE, table.FAULT), (state, event)
            eq(action, table.NOTHING)


def moves(state):
    """Every (event, next state, action) of a state."""
    found = []
    for event in table.EVENTS:
        try:
            found.append((event,) + table.move(state, event))
        except table.UnexpectedEvent:
            pass
    return found


def test_every_state_has_one_entry_and_no_event_two_rows():
    eq([state for state, _, _ in table.TABLE], list(table.STATES))
    for state, own, shared in table.TABLE:
        listed = [event for event, _, _ in own + shared]
        eq(sorted(listed), sorted(event for event, _, _ in moves(state)))


def test_the_ways_in_are_these_and_no_others():
    ways = [(s, e) for s in table.STATES for e, after, _ in moves(s) if after == table.GRANTED and s != table.GRANTED]
    by_act = [(table.OFFERING, table.ACCEPTED), (table.WAITING, table.ACCEPTED)]
    by_notice = [(table.ANNOUNCING, table.NOTICE_GIVEN), (table.OFFERING, table.NOTICE_GIVEN)]
    by_threat = [(s, table.THREAT) for s in table.STATES if s not in (table.IDLE, table.GRANTED, table.FAULT)]
    eq(sorted(ways), sorted(by_act + by_notice + by_threat))


def test_grant_and_erase_stand_where_they_must():
    for state in table.STATES:
        for event, after, action in moves(state):
            eq(action == table.GRANT, after == table.GRANTED and state != table.GRANTED)
            if action in (table.ERASE, table.CLOSE, table.TURN):
                eq(state, table.GRANTED)
            assert after in table.STATES and event in table.EVENTS


def test_a_prompt_that_fails_takes_back_what_was_agreed_to_meanwhile():
    for rules in (CONSENT, BOTH_CONSENT, OPT_OUT):
        for prepare in (lambda call: call.dialogue, _Call.offered):
            dialogue = prepare(_Call(rules))
            if rules is BOTH_CONSENT and dialogue.state == table.OFFERING:
                _press(dialogue, "1", 1500)
                eq(_names(dialogue), ["training"])
            eq(dialogue.prompt_failed(), table.REFUSE)
            eq((dialogue.state, dialogue.refusal, dialogue.evidence, _names(dialogue)), (table.REFUSED, "prompt", None, []))
            eq(_press(dialogue, "1", 2500), table.NOTHING)
            eq(dialogue.tick(900000), table.NOTHING)
    with raises(table.UnexpectedEvent):
        _Call().ended().prompt_failed()


def test_an_unready_box_asks_nothing():
    dialogue = Dialogue(_RATE, lambda *a: None)
    dialogue.off_hook()
    eq(dialogue.answered(None, [], []), table.NOTHING)
    eq(dialogue.state, table.UNRECORDED)
    eq(_press(dialogue, "1", 100), table.NOTHING)
    eq(dialogue.hang_up(), table.NOTHING)


def test_an_event_out_of_place_is_an_error():
    dialogue = _Call().dialogue
    with raises(table.UnexpectedEvent):
        dialogue.off_hook()
    with raises(table.UnexpectedEvent):
        dialogue.storage_lost()


_WALKS = 10000
_ALL = (CONSENT, DOCUMENTATION, BOTH_CONSENT, BOTH_OPT_OUT, OPT_OUT, SPECIAL, SPOKEN)


class _Walk:
    """A random call and what must hold at each of its steps."""

    def __init__(self, seed):
        self.seed = seed
        self.rules = _ALL[self.draw(len(_ALL))]
        self.call = _Call(self.rules)
        self.dialogue = self.call.dialogue
        self.sample = 0
        self.offer = None
        self.heard = False  # the whole prompt
        self.acted = self.threatened = self.erased = False

    def draw(self, n):
        self.seed = (self.seed * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.seed >> 16) % n

    def step(self):
        self.sample += 4000
        act = self.draw(9)
        before, dialogue = self.dialogue.state, self.dialogue
        action = table.NOTHING
        if act == 0 and before == table.ANNOUNCING:
            self.offer = self.sample
            action = dialogue.offer_reached(self.sample)
        elif act == 1 and before == table.OFFERING:
            self.heard = True
            action = dialogue.prompt_ended(self.sample, self.sample, _NOW)
        elif act in (2, 3):
            action = _press(dialogue, "1025"[self.draw(4)], self.sample)
        elif act == 4:
            action = dialogue.tick(self.sample + 48000)
        elif act == 5 and self.draw(4) == 0:
            action = dialogue.stop_button()
        elif act == 6 and self.draw(4) == 0:
            action = dialogue.object_button()
        elif act == 7:
            action = dialogue.consent_button(self.sample, _NOW)
        elif act == 8 and self.draw(20) == 1 and before in (table.ANNOUNCING, table.OFFERING):
            action = dialogue.prompt_failed()
            assert action == table.REFUSE
        elif act == 8 and self.draw(20) == 0:
            action = dialogue.threat(_NOW + 60)
            self.threatened = True
        self.check(before, action)

    def check(self, before, action):
        dialogue = self.dialogue
        if action == table.REPEAT:
            self.call.play(self.sample)
            self.offer, self.heard = None, False
        if action == table.ERASE:
            self.erased = True
        if dialogue.evidence:
            assert dialogue.evidence["decision_sample"] >= dialogue.evidence["offer_sample"]
        if dialogue.state != table.GRANTED:
            return
        names = _names(dialogue)
        assert names, "the gate is open for nothing"
        for found in dialogue.purposes():
            if found["basis"] == "consent":
                assert dialogue.evidence and self.offer is not None
            elif found["purpose"] == "threat":
                assert self.threatened
            else:
                assert self.heard, "announced without having been heard"
            assert found["purpose"] not in dialogue.dropped
        if self.erased:
            eq(names, ["threat"])


def test_random_calls_keep_the_invariants():
    granted = 0
    for seed in range(_WALKS):
        walk = _Walk(seed * 7919 + 1)
        for _ in range(14):
            walk.step()
        granted += walk.dialogue.state == table.GRANTED
    assert granted > _WALKS // 10, granted
