"""Enrolment of a box that holds thousands of recordings of its old owners."""

import sys

from strict import eq, raises

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from machine import Machine, provisioned

from core.errors import Malformed
from crypto import x25519
from enrol import EnrolJob
from hal import contract
from link.server import Server
from link_fakes import Host
from services import BoxServices

COUNT = 500


def box():
    """With live slots and no files: the card is away."""
    out = Machine(provisioned(), card=False)
    out.settle()
    slots = out.box.slots
    for number in range(COUNT):
        slot = slots.prepare(number.to_bytes(2, "big") * 8, bytes(range(1, 33)))
        slots.go_live(slot, out.board.now() + 86400 + number, 1)
    return out


def job(found, time):
    return EnrolJob(found.box, [x25519.public_key(b"\x31" * 32)], b"\x09" + bytes(31), b"\x09" + bytes(31), time, b"e" * 32)


def test_the_old_recordings_go_a_few_a_step():
    """Each takes flash some milliseconds, and the watchdog waits for 8 s."""
    found = box()
    work = job(found, found.board.now())
    programs, done = 0, found.board.keyflash.program

    def count(offset, data):
        nonlocal programs
        programs += 1
        done(offset, data)

    found.board.keyflash.program = count
    most = 0
    while found.box.slots.live_count():
        programs = 0
        assert not work.step()
        most = max(most, programs)
        found.box.step()
    assert 0 < most < 40, most
    eq(found.box.identity, None)


def test_a_time_that_is_none_is_refused_before_anything_is_destroyed():
    found = box()
    for time in (0, 1 << 32):
        with raises(Malformed):
            job(found, time).step()
    eq((found.box.slots.live_count(), found.box.identity is None), (COUNT, False))


def test_it_says_how_many_are_left_and_the_clock_has_not_stood_still_meanwhile():
    found = box()
    host = Host()
    found.board.held = contract.BUTTON_CONSENT
    host.server = Server(host.pipe, BoxServices(found.box), lambda: host.now_ms)
    begun = found.board.now()
    message = {"q": "enrol", "owners": [x25519.public_key(b"\x31" * 32)], "technician": b"\x09" + bytes(31)}
    message.update({"auditor": b"\x09" + bytes(31), "time": begun, "entropy": b"e" * 32})
    reply = host.ask(message, 1, steps=1)
    eq((reply["wait"], reply["left"]), (True, COUNT))
    for _ in range(9):
        host.run(steps=40)
        before, reply = reply["left"], host.ask(message, 1, steps=1)
        eq(before - reply["left"], 41)
    found.board.skip(300)
    while "wait" in reply:
        host.run(steps=200)
        reply = host.ask(message, 1, steps=1)
    eq((reply, found.box.clock.now() - begun), ({"r": "enrol"}, 300))
