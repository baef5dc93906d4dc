"""Random calls against what consent means: Hypothesis thinks them up, the firmware on MicroPython plays them, a model judges.

Ten thousand of them (`make test-long`), a thousand in `make test`; what fails is shrunk to the shortest call that shows it.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from consent_model import Model, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
PROMPTS = {"da": (3 * 160 + 40, 5 * 160), "en": (2 * 160 + 100, 4 * 160), "rest": (3 * 160, 3 * 160)}
LIFTED, HUNG_UP, DIRECTION, ANSWERED = 1, 2, 4, 8
STATES = [
    "idle",
    "lifted",
    "announcing",
    "offering",
    "waiting",
    "granted",
    "refused",
    "withdrawn",
    "stopped",
    "unrecorded",
    "fault",
]


def purpose(name: str = "training", basis: str = "consent", **changes: object) -> dict:
    row = {"purpose": name, "basis": basis, "special": False, "share": 100, "keep_s": 7776000, "review_s": 0}
    return {**row, "cap_day": 0, "quota": 0, **changes}


def policy(*purposes: dict, keys: str = "10 ", spoken: bool = False, threat: bool = True) -> dict:
    accept, withdraw, opt_out = (key.strip() for key in keys)
    return {
        "profile": "test",
        "purposes": list(purposes),
        "keys": {"accept": accept, "withdraw": withdraw, "opt_out": opt_out},
        "spoken": spoken,
        "timeout_s": 2,
        "prompts": {"in": ["da", "en"], "out": ["da"], "in_rest": ["rest"], "out_rest": []},
        "threat": {"keep_s": 86400} if threat else None,
        "until": None,
        "fallback": None,
        "notice": "eksempel.dk/telefon",
    }


NOTE = purpose("documentation", "balancing")
POLICIES = {
    "consent": policy(purpose()),
    "notice": policy(NOTE, keys="   "),
    "notice and consent": policy(NOTE, purpose()),
    "notice and opt-out": policy(NOTE, purpose(basis="balancing"), keys="  2"),
    "opt-out": policy(purpose(basis="balancing"), keys="  2", threat=False),
    "special": policy(purpose(basis="balancing", special=True), keys="  2"),
    "notice and special, drawn": policy(NOTE, purpose(basis="balancing", special=True, share=50), keys="  2"),
    "spoken": policy(purpose(), keys=" 0 ", spoken=True),
    "notice and spoken, drawn": policy(NOTE, purpose(share=20), keys=" 0 ", spoken=True),
    "quota and cap": policy(purpose("documentation", "balancing", quota=5), purpose(cap_day=3)),
    "consent to both": policy(purpose("documentation"), purpose()),
    "consent and opt-out": policy(purpose("documentation"), purpose(basis="balancing"), keys="102"),
}


def course(bits: int, direction: str = "in", answered: bool = True) -> tuple:
    return (0, "course", (bits, direction, answered))


def key(digit: str, back: int = 0, side: int = 1) -> tuple:
    return (0, "key", (digit, back, side))


BLOCK = (0, None, None)
INCOMING, OUTGOING = course(LIFTED | DIRECTION | ANSWERED), course(LIFTED | DIRECTION, "out", False)
# What may happen, as blocks; what stands more than once comes more often.
EVENTS = [
    [BLOCK],
    [BLOCK] * 2,
    *[[BLOCK] * 4] * 4,
    *[[BLOCK] * 6] * 4,
    *[[(16000, None, None)]] * 3,
    [(200, None, None)],
    *[[key("1")]] * 5,
    [key("1", 300)],
    [key("1", 900)],
    [key("1", 0, 2)],
    *[[key("0")]] * 3,
    [key("0", 0, 2)],
    *[[key("2")]] * 2,
    [key("5")],
    *[[(0, act, None)] for act in ("stop", "objection", "threat", "pause", "mark", "erase_marked")],
    *[[(0, "consent", None)]] * 3,
    [(0, "card", False)],
    [(0, "card", True)],
    [(0, "flash", None)],
    [(0, "fail", None)],
    [course(ANSWERED, "out")],
    [course(DIRECTION, "out", False)],
    [course(HUNG_UP)],
    [INCOMING],
    [OUTGOING, BLOCK, course(ANSWERED, "out")],
]
# How a call may have begun: what follows then meets every state.
HEARD, TOLD, AGREED = [BLOCK] * 4, [BLOCK] * 6, [*[BLOCK] * 6, key("1"), (0, "consent", None)]
STARTS = [[], HEARD, TOLD, AGREED, [*AGREED, BLOCK, (0, "mark", None), BLOCK], [key("5")]]


class Box:
    """The firmware in a process of its own, for many calls."""

    def __init__(self) -> None:
        command = [MICROPYTHON, "-X", "heapsize=8M", str(ROOT / "tests/host/consent_box.mpy.py")]
        environ = {**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:.frozen"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, bufsize=1
        )

    def play(self, call: dict) -> list:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=10)


@pytest.fixture
def box():
    opened = Box()
    yield opened
    opened.close()


def judge(box: Box, rules: dict, events: list, random: list[int], counts: dict, seen: Counter) -> None:
    """Play one box's calls and hold every block against the model."""
    blocks = [INCOMING, *(block for event in events for block in event)]
    told = box.play({"policy": rules, "prompts": PROMPTS, "counts": counts, "random": random, "blocks": blocks})
    model = Model(rules, PROMPTS, counts, random)
    for block, row in zip(blocks, told, strict=False):
        model.block(*block, Row.read(row))
        seen[model.before.state, block[1]] += 1
    assert len(told) == len(blocks)


COUNTS = st.fixed_dictionaries({name: st.tuples(st.integers(0, 4), st.integers(0, 6)) for name in ("documentation", "training")})


def run(box: Box, examples: int) -> Counter:
    """Judge so many calls; how often each act ended in each state."""
    seen: Counter = Counter()

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(
        name=st.sampled_from(list(POLICIES)),
        start=st.sampled_from(STARTS),
        events=st.lists(st.sampled_from(EVENTS), max_size=12),
        random=st.lists(st.integers(0, 255), max_size=4),
        counts=COUNTS,
    )
    def calls(name, start, events, random, counts):
        judge(box, POLICIES[name], [start, *events], random, counts, seen)

    calls()
    return seen


def check(box: Box, examples: int) -> None:
    seen = run(box, examples)
    acts = {act for _, act in seen}
    states = {state for state, _ in seen}
    assert states == set(STATES)
    assert len(acts) == 13
    assert sum(count for (state, _), count in seen.items() if state == "granted") > examples // 2


FOUND = {
    "dialled after all, while the prompt plays": ("consent", [[BLOCK], [course(DIRECTION, "out", False)]]),
    "opting out beside a threat": ("notice and opt-out", [[BLOCK] * 6, [(0, "threat", None)], [key("2")], [BLOCK]]),
    "the line lost samples before the offer": ("consent", [[BLOCK] * 2, [(16000, None, None)], [key("1", 300)], [BLOCK]]),
    "paused, stopped, then a threat": (
        "consent",
        [[BLOCK] * 6, [key("1")], *[[(0, act, None)] for act in ("pause", "stop", "threat", "pause")], [BLOCK]],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(box, name):
    rules, events = FOUND[name]
    judge(box, POLICIES[rules], events, [], {"documentation": (0, 0), "training": (0, 0)}, Counter())


def test_a_thousand_calls(box):
    check(box, 1000)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_calls(box):
    check(box, 10000)
