"""A policy whose assessment runs out (S19), under a whole box: while it is on, and at a start."""

import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from machine import DAY, POLICY, Machine, provisioned

from hal import contract
from services import BoxServices


def limited(**more):
    """A box whose policy rests on an assessment that ends in an hour."""
    machine = Machine(provisioned()).settle()
    until = machine.board.now() + 3600
    purposes = [dict(POLICY["purposes"][0], basis="balancing")]
    machine.box.state.put("policy", dict(POLICY, profile="assessed", purposes=purposes, until=until, **more))
    machine.box.rules.load()
    return machine


def told(machine):
    """Profile in force, whether it has lapsed, reason why no call is recorded, lamp, and what the journal says."""
    box = machine.box
    info = BoxServices(box).info()
    said = [entry["profile"] for entry in box.journal.entries() if entry["event"] == "policy"]
    return info["profile"], info["lapsed"], box.unready(), machine.board.lamp_state, said


def test_an_assessment_that_runs_out_leaves_consent():
    machine = limited(fallback=dict(POLICY))
    eq(told(machine)[:2], ("assessed", False))
    machine.advance(DAY)
    machine.settle()
    eq(told(machine), ("training-consent", True, None, contract.LAMP_WARNING, ["training-consent"]))


def test_without_a_fallback_nothing_is_recorded_and_the_box_says_why():
    machine = limited()
    machine.advance(DAY)
    machine.settle()
    eq(told(machine), ("", True, "policy", contract.LAMP_WARNING, [""]))
    again = Machine(machine.board.media(), machine.board.seconds() + 10).settle()
    eq(told(again), ("", True, "policy", contract.LAMP_WARNING, ["", ""]))


def test_a_policy_that_is_loaded_anew_has_not_lapsed():
    machine = limited()
    machine.advance(DAY)
    machine.settle()
    machine.box.state.put("policy", dict(POLICY))
    machine.box.rules.load()
    machine.box.refresh()
    eq(told(machine)[:4], ("training-consent", False, None, contract.LAMP_READY))
