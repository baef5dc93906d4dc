"""A prompt that flash no longer gives back, under a whole box: in a call, before one, and at a start."""

import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from machine import Machine, provisioned

from hal import contract

_FILE = "/state/prompt/p.al"


def damage(at):
    """One byte of the prompt's file turns into another, behind the firmware's back."""
    with open(_FILE, "r+b") as file:
        file.seek(at)
        file.write(b"\x2a")


def entries(box, event):
    return [entry for entry in box.box.journal.entries() if entry["event"] == event]


def refused(box):
    """A call in which the caller presses 1 as soon as a prompt would have been heard."""
    box.lift()
    box.run(0.2)
    box.key("1")
    eq((box.box.call.state, box.box.recorder.is_open), ("refused", False))
    box.hang_up()
    box.settle()


def test_a_damaged_prompt_is_refusal_and_fault_and_then_no_policy():
    box = Machine(provisioned()).settle()
    damage(200)
    refused(box)
    eq([entry["fault"] for entry in entries(box, "fault")], ["prompt", "policy"])
    eq([entry["reason"] for entry in entries(box, "refusal")], ["prompt"])
    eq((box.box.fault, box.board.lamp_state, box.ids()), (None, contract.LAMP_WARNING, []))
    box.lift()
    box.run(0.3)
    eq(box.box.call.state, "unrecorded")
    box.hang_up()
    eq([entry["reason"] for entry in entries(box, "unrecorded")], ["policy"])


def test_a_start_looks_through_the_prompts():
    before = Machine(provisioned()).settle()
    damage(479)
    box = Machine(before.board.media()).settle()
    eq(([entry["fault"] for entry in entries(box, "fault")], box.box.unready()), (["policy"], "policy"))


def test_a_prompt_that_is_only_unread_for_a_moment_costs_one_call():
    box = Machine(provisioned()).settle()
    clip = box.box.rules.prompts["p"]
    clip.checks[0] ^= 1
    refused(box)
    eq((box.box.unready(), box.board.lamp_state), (None, contract.LAMP_READY))
    box.record(0.4)
    eq(len(box.ids()), 1)


def told(box, what):
    (sample,) = [fields["sample"] for event, fields in box.told if event == "prompt" and fields["what"] == what]
    return sample


def test_samples_lost_while_the_prompt_plays_do_not_shorten_the_time_to_answer():
    box = Machine(provisioned()).settle()
    box.lift()
    while box.box.call.state != "announcing":
        box.run(0.02)
    box.board.late = 8000
    while box.box.call.state != "waiting":
        box.run(0.02)
    ends = told(box, "ended")
    eq((ends - told(box, "started"), box.box.call.dialogue.notice["samples"]), (480 + 8000, 480))
    while box.box.call.state == "waiting":
        box.run(0.02)
    eq((box.box.call.state, 0 <= box.box.call.sample - ends - 6 * 8000 < 320), ("refused", True))
    eq([entry["samples"] for entry in entries(box, "prompt")], [480])
