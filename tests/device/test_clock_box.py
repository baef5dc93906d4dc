"""The clock's rules under a whole box: what it records and what it destroys when the time may be wrong, and across leap days."""

import os
import sys

from strict import eq, raises

sys.path.insert(0, "tests/powercut/box")

import hooks

hooks.install()

from board import START
from machine import DAY, Machine, provisioned

from core.errors import Refused
from hal import contract
from services import BoxServices

LEAP = 1_835_395_200 - START  # 2028-02-29T00:00:00Z


def machine(keep_s=3 * DAY):
    return Machine(provisioned(keep_s=keep_s)).settle()


def again(box, rtc=0, lost=False):
    """Power off and on; the battery clock reads `rtc` seconds more than it should, or has lost its time."""
    media, seconds = box.board.media(), box.board.seconds() + 5
    import machine as module

    board = module.Board

    class Changed(board):
        def __init__(self, *args):
            super().__init__(*args)
            self._rtc = rtc
            self.lost = lost

    module.Board = Changed
    try:
        return Machine(media, seconds).settle()
    finally:
        module.Board = board


def reasons(box):
    return [entry["reason"] for entry in box.box.journal.entries() if entry["event"] == "unrecorded"]


def test_without_trust_nothing_is_recorded_and_deletion_goes_on():
    box = machine()
    box.record(0.4)
    box = again(box, rtc=-400 * DAY, lost=True)
    eq(box.board.lamp_state, contract.LAMP_WARNING)
    box.record(0.4)
    eq((reasons(box), len(box.ids())), (["clock"], 1))
    box.advance(3 * DAY - 3600)
    eq(len(box.ids()), 1)
    box.advance(2 * 3600)
    eq(len(box.ids()), 0)
    assert "clock" in [entry["event"] for entry in box.box.journal.entries()]


def test_a_wrong_future_wipes_nothing_and_can_be_undone():
    box = machine()
    box.record(0.4)
    box = again(box, rtc=5 * 365 * DAY)
    box.advance(3600)
    eq(len(box.ids()), 1)
    services = BoxServices(box.box)
    true = START + box.board.seconds()
    services.set_time(true, "owner", True)
    box.record(0.4)
    eq((len(box.ids()), services.time()["trusted"]), (2, True))
    box = again(box)
    assert box.box.clock.trusted
    box.advance(3 * DAY)
    eq(box.ids(), [])


def test_a_wrong_future_that_was_set_in_a_session_is_lowered_by_the_owner_only():
    box = machine()
    box.record(0.4)
    services = BoxServices(box.box)
    true = START + box.board.seconds()
    with raises(Refused):
        services.set_time(true + 40 * DAY, "owner", False)
    with raises(Refused):
        services.set_time(true + 601, "technician", False)
    eq(len(box.ids()), 1)
    services.set_time(true + DAY, "owner", False)
    with raises(Refused):
        services.set_time(true, "technician", False)
    services.set_time(true, "owner", False)
    eq(box.box.clock.now(), true)
    clocks = [entry for entry in box.box.journal.entries() if entry["event"] == "clock"]
    eq([(entry["to"], entry["by"]) for entry in clocks], [(true + DAY, "owner"), (true, "owner")])


def test_a_wrong_past_keeps_nothing():
    box = machine()
    box.record(0.4)
    box = again(box, rtc=-200 * DAY)
    box.advance(3 * DAY + 60)
    eq(box.ids(), [])


def test_the_technicians_ten_minutes_survive_restarts():
    box = machine()
    services = BoxServices(box.box)
    services.set_time(box.box.clock.now() + 400, "technician", False)
    box = again(box, rtc=400)
    services = BoxServices(box.box)
    with raises(Refused):
        services.set_time(box.box.clock.now() - 300, "technician", False)
    services.set_time(box.box.clock.now() - 200, "technician", False)
    with raises(Refused):
        services.set_time(box.box.clock.now() + 1, "technician", False)


def test_leap_day_and_summer_time_are_days_like_others():
    """A box knows UTC only: a recording goes keep_s seconds after it began, in the folder of that day."""
    for begins, folder in (
        (LEAP - DAY // 2, "/sd/REC/202802/29"),
        (LEAP + DAY // 2, "/sd/REC/202803/01"),
        (1_806_192_000 - START - 7200, "/sd/REC/202703/28"),
    ):
        box = Machine(provisioned(keep_s=DAY)).settle()
        box.board.skip(begins)
        BoxServices(box.box).set_time(START + begins, "owner", True)
        box.settle()
        box.record(0.4)
        assert os.listdir(folder), folder
        end = box.box.slots.next_expiry()
        eq(end, START + begins + DAY)
        box.advance(end - box.board.now() - 2)
        eq(len(box.ids()), 1)
        box.advance(3)
        eq(box.ids(), [])
