"""What a box gives to whoever says hello, and what that costs it."""

import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from machine import Machine, provisioned

from services import BoxServices


def test_ten_thousand_hellos_leave_the_seed_log_alone():
    """Each thirty-second would have written it, and it is made room in between calls only: then nothing could be recorded."""
    machine = Machine(provisioned())
    machine.settle()
    services, flash = BoxServices(machine.box), machine.board.keyflash
    seen, before = set(), bytes(flash.cells[: 2 * 4096])
    services.nonce()
    for _ in range(10000):
        seen.add(services.nonce())
    eq(len(seen), 10000)
    changed = sum(bytes(flash.cells[at : at + 64]) != before[at : at + 64] for at in range(0, 2 * 4096, 64))
    assert changed <= 2, changed
    machine.record(0.5)
    eq((len(machine.ids()), machine.box.fault), (1, None))


def test_another_start_gives_others():
    machine = Machine(provisioned())
    machine.settle()
    first = BoxServices(machine.box).nonce()
    again = Machine(machine.board.media())
    again.settle()
    assert BoxServices(again.box).nonce() != first
