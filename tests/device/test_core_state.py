"""core.state, core.tasks, core.config, core.log."""

import os

from core.config import Policy, mask, names
from core.errors import Malformed
from core.log import Log
from core.state import State
from core.tasks import Jobs
from strict import eq, raises

_ROOT = "build/test-state"


def _fresh():
    for path in (_ROOT + "/prompt", _ROOT):
        try:
            for entry in os.listdir(path):
                if entry != "prompt":
                    os.remove(path + "/" + entry)
        except OSError:
            pass
    for path in ("build", _ROOT):
        try:
            os.mkdir(path)
        except OSError:
            pass
    return State(_ROOT)


def _row(**changes):
    row = {"purpose": "training", "basis": "consent", "special": False, "keep_s": 7776000, "review_s": 0}
    row.update({"share": 100, "cap_day": 0, "quota": 0})
    row.update(changes)
    return row


def _policy(**changes):
    out = {
        "profile": "training-consent",
        "purposes": [_row()],
        "keys": {"accept": "1", "withdraw": "0", "opt_out": ""},
        "spoken": False,
        "timeout_s": 6,
        "prompts": {
            "in": ["training-consent.da", "training-consent.en"],
            "out": ["training-consent.da"],
            "in_rest": [],
            "out_rest": [],
        },
        "threat": None,
        "until": None,
        "fallback": None,
        "notice": "eksempel.dk/telefon",
    }
    out.update(changes)
    return out


def _announced(**changes):
    """Documentation and training without consent, with an assessment that runs out."""
    rows = [_row(purpose="documentation", basis="balancing"), _row(basis="balancing", share=20)]
    fields = {"purposes": rows, "keys": {"accept": "", "withdraw": "", "opt_out": "2"}, "until": 2000, "fallback": _policy()}
    fields["prompts"] = {"in": ["a"], "out": ["b"], "in_rest": ["c"], "out_rest": []}
    fields.update(changes)
    return _policy(**fields)


def test_what_is_put_is_got():
    state = _fresh()
    state.put("policy", {"a": [1, b"x"]})
    eq(state.get("policy"), {"a": [1, b"x"]})
    eq(state.get("absent", 7), 7)


def test_a_damaged_file_counts_as_absent():
    state = _fresh()
    state.write_blob("policy", b"\xff\x00")
    eq(state.get("policy", "default"), "default")


def test_a_blob_comes_in_pieces_and_holes_are_refused():
    state = _fresh()
    eq(state.append_blob("prompt/da", 0, b"abc"), 3)
    eq(state.append_blob("prompt/da", 3, b"de"), 5)
    with raises(Malformed):
        state.append_blob("prompt/da", 9, b"z")
    with raises(OSError):
        state.read_blob("prompt/da")
    state.keep_blob("prompt/da")
    eq(state.read_blob("prompt/da"), b"abcde")
    eq(state.names("prompt"), ["da"])


def test_names_stay_inside_the_root():
    state = _fresh()
    for name in ("", "../x", "a/b/c", "a/../b", "prompt/"):
        with raises(Malformed):
            state.get(name)


def test_a_sound_policy_is_taken():
    policy = Policy(_policy())
    eq(policy.prompts_for("in", policy.purposes)[0], "training-consent.da")
    eq(policy.prompts_for("unknown", policy.purposes), policy.prompts_for("in", policy.purposes))
    eq(policy.purposes[0].row(1000), {"purpose": "training", "basis": "consent", "end": 7777000})
    eq((policy.accept, policy.withdraw, policy.opt_out, policy.threat_keep_s), ("1", "0", "", 0))


def test_what_is_played_fits_what_is_left():
    policy = Policy(_announced())
    documentation, training = policy.purposes
    eq(policy.prompts_for("in", [documentation, training]), ["a"])
    eq(policy.prompts_for("in", [documentation]), ["c"])
    eq(policy.prompts_for("in", [training]), [])
    eq(policy.prompts_for("out", [documentation]), [])


def test_a_direction_without_words_is_not_recorded():
    policy = Policy(_policy(prompts={"in": ["a"], "out": [], "in_rest": [], "out_rest": []}))
    eq(policy.prompts_for("out", policy.purposes), [])


def test_a_fallback_takes_over_when_the_assessment_has_run_out():
    policy = Policy(_announced())
    assert policy.in_force(1999) is policy
    assert policy.in_force(2000) is policy.fallback
    eq(Policy(_announced(fallback=None)).in_force(2000), None)
    eq(sorted(policy.prompt_ids()), ["a", "b", "c", "training-consent.da", "training-consent.en"])


def test_unsound_policies_are_refused():
    prompts = {"in": ["a"], "out": ["b"], "in_rest": [], "out_rest": []}
    keys = {"accept": "1", "withdraw": "0", "opt_out": ""}
    bad = (
        _policy(purposes=[]),
        _policy(purposes=[_row(), _row()]),
        _policy(purposes=[_row(basis="because")]),
        _policy(purposes=[_row(keep_s=0)]),
        _policy(purposes=[_row(keep_s=10**10)]),
        _policy(purposes=[_row(purpose="marketing")]),
        _policy(purposes=[_row(purpose="threat")]),
        _policy(purposes=[_row(share=0)]),
        _policy(purposes=[_row(share=101)]),
        _policy(purposes=[_row(special=1)]),
        _policy(keys=dict(keys, withdraw="1")),
        _policy(keys=dict(keys, accept="")),
        _policy(keys=dict(keys, withdraw="")),
        _policy(keys=dict(keys, accept="12")),
        _policy(timeout_s=0),
        _policy(timeout_s=True),
        _policy(prompts={"in": []}),
        _policy(prompts=dict(prompts, **{"in": [], "out": []})),
        _policy(prompts=dict(prompts, out=["a", "b", "c"])),
        _policy(threat={}),
        _policy(fallback=_announced()),
        _policy(fallback=_policy(until=5)),
        _policy(extra=1),
        [],
        None,
    )
    for source in bad:
        with raises(Malformed):
            Policy(source)


def test_purposes_go_into_a_mask_and_back():
    eq(mask(["training", "dispute"]), 10)
    eq(names(10), ["dispute", "training"])


def test_the_log_keeps_the_last_lines():
    log = Log()
    for i in range(100):
        log.add("line %d" % i)
    eq(len(log.lines()), 64)
    eq(log.lines()[-1], "line 99")


class _Count:
    def __init__(self, steps, fails=False):
        self.left = steps
        self.fails = fails

    def step(self):
        if self.fails:
            raise ValueError("x")
        self.left -= 1
        return self.left == 0


def test_jobs_run_in_order_and_a_failed_one_is_reported_once():
    errors = []
    jobs = Jobs(lambda name, error: errors.append(name))
    jobs.add("bad", _Count(1, fails=True))
    good = _Count(3)
    jobs.add("good", good)
    steps = 0
    while jobs.step():
        steps += 1
    eq((steps, errors, good.left, len(jobs)), (4, ["bad"], 0, 0))
