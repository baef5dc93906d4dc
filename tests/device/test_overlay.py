"""Modules that are loaded for one piece of work are given back after it, and come again."""

import sys

from core import overlay
from core.errors import Busy
from strict import eq, raises

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install(real=True)

from machine import Machine, provisioned

overlay.frozen = True  # as it is on a board: here every module comes from a file
SIGNING = ("crypto.ed25519", "crypto.sha512")


def loaded():
    return [name for name in SIGNING if name in sys.modules]


def test_what_came_from_a_file_stays():
    import crypto.sha512

    overlay.frozen = False
    overlay.drop(SIGNING)
    overlay.frozen = True
    assert crypto.sha512 is sys.modules["crypto.sha512"]


def test_a_dropped_module_is_gone_from_its_folder_too():
    import crypto.sha512

    before = crypto.sha512
    overlay.drop(SIGNING)
    eq((loaded(), hasattr(crypto, "sha512")), ([], False))
    overlay.drop(SIGNING + ("no.such",))
    from crypto.sha512 import sha512

    assert crypto.sha512 is not before
    eq(sha512(b"abc")[:4], b"\xdd\xaf\x35\xa1")


def test_signatures_are_code_in_flash_but_while_one_is_made():
    machine = Machine(provisioned()).settle()
    for count in (1, 2):
        machine.run(1.2)
        eq(loaded(), [])
        machine.record(0.5)
        eq((len(machine.ids()), loaded()), (count, list(SIGNING)))
        assert all(machine.box.slots.read(machine.box.slots.find(id16)).signed for id16 in machine.ids())
    machine.run(1.2)
    machine.box.tick(machine.board.now())
    eq(loaded(), [])


def test_repair_is_code_in_flash_but_after_a_power_cut():
    machine = Machine(provisioned()).settle()
    eq("store.repair" in sys.modules, False)
    machine.record(0.5)
    again = Machine(machine.board.media(), machine.board.seconds() + 10)
    eq((again.box.card.was_dirty, "store.repair" in sys.modules), (True, True))
    again.settle()
    again.run(1.2)
    eq((again.box.card.unproven, "store.repair" in sys.modules), (False, False))


def test_nothing_is_loaded_in_a_recording():
    machine = Machine(provisioned()).settle()
    machine.run(1.2)
    before = set(sys.modules)
    machine.accept()
    machine.run(3)
    eq((machine.box.call.state, sorted(set(sys.modules) - before)), ("granted", []))


def test_the_line_test_is_loaded_when_a_phone_is_installed():
    machine = Machine(provisioned()).settle()
    sys.modules.pop("line_test", None)
    from services import BoxServices

    services = BoxServices(machine.box)
    eq((machine.box.line_test, machine.box.testing), (None, False))
    machine.lift()
    machine.run(0.2)
    with raises(Busy):
        services.line("status", None, "technician")
    assert "line_test" not in sys.modules
    machine.hang_up()
    eq(services.line("start", None, "technician")["phase"], "waiting")
    eq((machine.box.testing, machine.box.on_line), (True, False))
