"""Faults: a stage that raises, runs out of memory or hangs; a box that does not start; and what still works then."""

import sys

from strict import eq

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from machine import DAY, Machine, provisioned


def _raise(error):
    def fails(*_rest):
        raise error

    return fails


def _recording(keep_s=90 * DAY):
    """A machine in the middle of a recording."""
    machine = Machine(provisioned(keep_s=keep_s))
    machine.settle()
    machine.accept()
    machine.run(1.5)
    return machine


def _events(machine):
    return [entry["event"] for entry in machine.box.journal.entries()]


def _last(machine, event):
    return [entry for entry in machine.box.journal.entries() if entry["event"] == event][-1]


def _again(machine):
    return Machine(machine.board.media(), machine.board.seconds() + 10).settle()


def _fails(machine, error):
    machine.box.call._buttons.feed = _raise(error)
    machine.run(0.5)


def test_a_stage_that_raises():
    for error in (ValueError("stage"), MemoryError("memory"), OSError(5)):
        machine = _recording()
        _fails(machine, error)
        eq((machine.board.energised, machine.box.fault, machine.box.call.state), (False, "call", "fault"))
        eq(_events(machine)[-2:], ["stop", "fault"])
        eq(_last(machine, "stop")["reason"], "stopped")
        assert _last(machine, "stop")["records"] > 5
        assert not machine.box.updates.restart_due()
        machine.hang_up()
        machine.run(1.2)
        machine.settle()
        slot = machine.box.slots.read(machine.box.slots.find(machine.ids()[0]))
        assert slot.signed
        machine.run(1.2)
        assert machine.box.updates.restart_due()
        again = _again(machine)
        eq((again.box.fault, again.board.energised, _last(again, "boot")["cause"]), (None, True, "restart"))
        again.record(0.5)
        eq(len(again.ids()), 2)


def test_a_stage_that_raises_again_when_it_is_closed():
    machine = _recording()
    machine.box.recorder.close = _raise(MemoryError())
    _fails(machine, ValueError())
    eq((machine.board.energised, machine.box.fault), (False, "call"))
    eq(_events(machine)[-1], "fault")
    machine.hang_up()
    again = _again(machine)
    eq(_last(again, "found")["id"], again.ids()[0])
    assert again.box.slots.read(again.box.slots.find(again.ids()[0])).signed


def test_work_between_blocks_that_raises():
    machine = _recording()
    machine.box.sweep.tick = _raise(OSError(5))
    machine.run(2.2)
    eq((machine.board.energised, machine.box.fault), (False, "background"))
    eq(_events(machine).count("fault"), 1)
    machine.hang_up()
    again = _again(machine)
    eq((len(again.ids()), again.box.fault), (1, None))


def test_a_stage_that_hangs_is_ended_by_the_watchdog():
    machine = _recording()
    again = _again(machine)  # nothing was closed
    eq(_last(again, "found")["id"], again.ids()[0])
    again.record(0.4)
    eq(len(again.ids()), 2)


def _loop(machine, starts):
    """Starts that the watchdog ends."""
    for _ in range(starts):
        machine = Machine(machine.board.media(), machine.board.seconds() + 10, cause="watchdog")
        machine.settle()
    return machine


def test_the_heap_is_collected_when_a_call_has_ended():
    """Not in a call, where it would come at any moment and hold up the line."""
    import upkeep

    class Collector:
        count = 0

        def collect(self):
            self.count += 1

    kept, upkeep.gc = upkeep.gc, Collector()
    try:
        machine = _recording()
        eq(upkeep.gc.count, 0)
        machine.hang_up()
        eq(upkeep.gc.count, 1)
    finally:
        upkeep.gc = kept


def test_a_box_that_does_not_stay_up_ends_in_safe_mode():
    machine = Machine(provisioned(keep_s=2 * DAY)).settle()
    machine.record(0.5)
    machine.run(0.5)
    machine = _loop(machine, 5)
    assert not machine.box.guard.safe
    machine = _loop(machine, 1)
    assert machine.box.guard.safe and not machine.board.energised
    eq(_last(machine, "fault")["detail"], "safe mode")
    _still_wipes_and_serves(machine)
    _records_nothing(machine)


def _still_wipes_and_serves(machine):
    from services import BoxServices

    eq(len(machine.ids()), 1)
    services = BoxServices(machine.box)
    eq(services.info()["slots"]["live"], 1)
    eq(services.time()["trusted"], True)
    for name in ("journal_head", "status"):
        assert not hasattr(services, name) or getattr(services, name)() is not None
    machine.board.skip(2 * DAY)
    machine.box.tick(machine.board.now())
    machine.settle()
    eq(machine.ids(), [])
    eq(_last(machine, "erase")["reason"], "expired")


def _records_nothing(machine):
    machine.lift()
    machine.run(1)
    machine.key("1")
    machine.hang_up()
    eq((machine.ids(), machine.board.energised, machine.box.fault), ([], False, None))


def test_safe_mode_tries_again_after_an_hour():
    machine = _loop(Machine(provisioned()).settle(), 6)
    assert machine.box.guard.safe
    machine.run(1.2)
    assert not machine.box.updates.restart_due()
    machine.advance(3700)
    assert machine.box.updates.restart_due()
    machine = _again(machine)
    assert not machine.box.guard.safe and machine.board.energised


def test_a_minute_without_a_fault_is_a_start_that_lasted():
    machine = Machine(provisioned()).settle()
    for _ in range(8):
        machine = _loop(machine, 1)
        machine.advance(61)
    assert not machine.box.guard.safe


def test_switching_off_and_on_counts_for_nothing():
    machine = Machine(provisioned()).settle()
    for _ in range(8):
        machine = _again(machine)
    assert not machine.box.guard.safe and machine.board.energised


def test_flash_is_not_written_when_power_returns_in_a_call():
    machine = _recording()
    media, seconds = machine.board.media(), machine.board.seconds()
    import machine as module

    board = module.Board

    class Lifted(board):
        def __init__(self, *args):
            super().__init__(*args)
            self.lift(True)

    module.Board = Lifted
    try:
        again = Machine(media, seconds + 5)  # the board asserts that no state is written, no flash erased
        again.run(0.5)
        eq(again.box.fault, None)
    finally:
        module.Board = board
