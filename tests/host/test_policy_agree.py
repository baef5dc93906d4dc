"""What the host lets pass the box takes: every kind of policy, through the firmware's own validation on MicroPython."""

import itertools
import os
import subprocess
import tomllib
from datetime import UTC, datetime

import pytest

from press1 import profiles
from press1.cbor import dumps
from press1.policy import check, compact, parse
from press1.sim import interpreter

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DEVICE = """
import sys
from core import cbor
from core.config import Policy
from core.errors import Malformed
for line in sys.stdin:
    raw = bytes.fromhex(line.strip())
    try:
        policy = Policy(cbor.decode(raw))
        print(cbor.encode(policy.source) == raw, " ".join(policy.prompt_ids()))
    except Malformed as error:
        print("refused:", error)
"""
REASONS = {"why_share": "So.", "why_basis": "So.", "why_keep": "So.", "law": "Act 1"}


def purposes():
    """One or two purposes of every kind that TOML can express."""
    bases = ("consent", "balancing", "legal-obligation", "authority")
    more = ({}, {"share": 20, "cap_day": 5, "quota": 7}, {"mode": "review every 30 days", "keep": "2 years", "cap_day": 1})
    kinds = [{"basis": basis, "keep": "90 days", **REASONS, **extra} for basis in bases for extra in more]
    kinds += [{**kind, "special": True} for kind in kinds if kind["basis"] == "balancing"]
    documentation = [{"purpose": "documentation", **kind} for kind in kinds if "special" not in kind]
    training = [{"purpose": "training", **kind} for kind in kinds]
    yield from ([row] for row in (*documentation, *training))
    yield from ([first, second] for first, second in itertools.product(documentation[::2], training))


def policies():
    """Those of them that the guidance allows."""
    head = tomllib.loads(profiles.text("both-special")) | {"profile": "x" * 40, "authority": {"reference": "1"}}
    for rows in purposes():
        for spoken, languages in ((False, ["da", "en"]), (True, ["en"])):
            policy, findings = parse({**head, "purpose": rows, "spoken": spoken, "languages": languages})
            assert policy is not None, findings
            if not check(policy, NOW):
                yield policy


@pytest.fixture(scope="module")
def answers():
    """(policy, the box's answer) for each."""
    allowed = list(policies())
    lines = "\n".join(dumps(compact.compact(policy)).hex() for policy in allowed) + "\n"
    environ = {**os.environ, "MICROPYPATH": str(interpreter.firmware())}
    done = subprocess.run(
        [interpreter.micropython(), "-c", DEVICE], input=lines, env=environ, capture_output=True, text=True, check=True
    )
    return list(zip(allowed, done.stdout.splitlines(), strict=True))


def test_the_box_takes_every_policy_that_the_host_lets_pass(answers):
    assert len(answers) > 80
    assert [(policy.purposes, answer) for policy, answer in answers if not answer.startswith("True ")] == []


def test_both_name_the_same_prompts(answers):
    for policy, answer in answers:
        assert set(answer.split()[1:]) == {place.id for place in compact.places(policy)}
        assert all(len(place.id) <= 60 for place in compact.places(policy))
