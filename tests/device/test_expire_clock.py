"""Which time is believed: each rule of DESIGN's clock, by a test."""

from core.errors import Refused
from media import DAY, START, PowerCut, Rig
from store.floor import FloorLog
from strict import eq, raises


def boot_with(rtc_off, lost=False, up_before=0):
    """A box whose last known time is START and whose battery clock reads START + rtc_off."""
    rig = Rig()
    rig.hal.rtc = START + rtc_off
    rig.hal.lost = lost
    rig.hal.up = up_before
    return rig.boot()


def test_agreeing_clock_is_trusted():
    for off in (0, 1, 3600, 29 * DAY, 30 * DAY, -60):
        rig = boot_with(off)
        assert rig.clock.trusted, off
        eq(rig.clock.now(), START + off)
        eq(rig.clock.safe_now(), START + off)


def test_a_new_box_knows_no_time():
    rig = Rig()
    rig.hal.keyflash.cells[2 * 4096 : 4 * 4096] = b"\xff" * 8192
    rig.boot()
    assert not rig.clock.trusted
    rig.pass_time(50)
    eq(rig.clock.safe_now(), 50)
    rig.clock.begin(START + 7)
    assert rig.clock.trusted
    eq((rig.hal.rtc, rig.clock.now(), FloorLog(rig.hal.keyflash).time), (START + 7,) * 3)


def test_lost_power_is_not_trusted_and_deletion_goes_on():
    rig = boot_with(0, lost=True)
    rig.hal.rtc = 946684800
    assert not rig.clock.trusted
    eq(rig.clock.safe_now(), START)
    rig.hal.up += 5000
    eq((rig.clock.safe_now(), rig.clock.now()), (START + 5000,) * 2)
    rig.clock.tick()
    rig.reboot()
    eq(rig.clock.safe_now(), START + 5000)  # powered time adds up over restarts


def test_safe_time_deletes_what_is_due_by_it():
    rig = Rig().boot()
    path = rig.record(b"one-one-one-one!", DAY)
    rig.hal.lost = True
    rig.hal.rtc = 946684800
    rig.reboot()
    rig.hal.up = DAY - 1
    rig.sweep.tick(rig.clock.safe_now())
    assert rig.exists(path)
    rig.hal.up = DAY
    rig.sweep.tick(rig.clock.safe_now())
    assert not rig.exists(path)


def test_wrong_future_does_not_wipe():
    rig = Rig().boot()
    path = rig.record(b"one-one-one-one!", 90 * DAY)
    rig.hal.rtc = START + 400 * DAY
    rig.reboot()
    assert not rig.clock.trusted
    rig.sweep.tick(rig.clock.safe_now())
    assert rig.exists(path)


def test_wrong_past_does_not_keep():
    rig = Rig().boot()
    path = rig.record(b"one-one-one-one!", DAY)
    rig.hal.rtc = START - 100 * DAY
    rig.reboot()
    assert not rig.clock.trusted
    rig.hal.up = DAY
    rig.hal.rtc += DAY
    rig.sweep.tick(rig.clock.safe_now())
    assert not rig.exists(path)


def test_a_jump_while_running():
    for jump in (601, -601, 400 * DAY):
        rig = Rig().boot()
        rig.pass_time(1000)
        rig.hal.rtc += jump
        eq(rig.clock.safe_now(), START + 1000)
        assert not rig.clock.trusted
    rig = Rig().boot()
    for _ in range(300):  # drift of 2 s an hour, over 300 hours, is no jump
        rig.pass_time(3600)
        rig.hal.rtc += 2
        rig.clock.tick()
    assert rig.clock.trusted


def test_battery_fails_while_running():
    rig = Rig().boot()
    rig.pass_time(100)
    rig.hal.lost = True
    eq(rig.clock.safe_now(), START + 100)
    assert not rig.clock.trusted


def test_owner_may_set_any_time():
    rig = boot_with(0)
    rig.clock.set(START + 29 * DAY, "owner")
    eq(rig.clock.now(), START + 29 * DAY)
    for far in (START + 70 * DAY, START - 10 * DAY):
        with raises(Refused):
            rig.clock.set(far, "owner")
        eq(rig.clock.now(), START + 29 * DAY)
        rig.clock.set(far, "owner", True)
        eq((rig.clock.now(), FloorLog(rig.hal.keyflash).time), (far, far))
        rig.clock.set(START + 29 * DAY, "owner", True)
    rig.reboot()
    assert rig.clock.trusted


def test_owner_corrects_a_wrong_future():
    rig = boot_with(400 * DAY)
    assert not rig.clock.trusted
    rig.clock.set(START + 100, "owner")
    assert rig.clock.trusted
    rig.reboot()
    assert rig.clock.trusted
    eq(rig.clock.now(), START + 100)


def test_technician_has_ten_minutes_in_total():
    rig = boot_with(0)
    with raises(Refused):
        rig.clock.set(START + 10, "technician")  # the owner never set it
    rig.clock.set(START, "owner")
    rig.clock.set(START + 300, "technician")
    rig.clock.set(START + 100, "technician")
    rig.reboot()
    with raises(Refused):
        rig.clock.set(START + 201, "technician")
    rig.clock.set(START + 200, "technician")
    with raises(Refused):
        rig.clock.set(START + 201, "technician")
    rig.clock.set(START + 200, "owner")
    rig.clock.set(START + 800, "technician")
    eq(rig.clock.now(), START + 800)


def test_auditor_may_not():
    rig = boot_with(0)
    for role in ("auditor", "", "nobody"):
        with raises(Refused):
            rig.clock.set(START, role)


def test_no_time_at_all():
    rig = boot_with(0)
    for bad in (0, -5, 0xFFFFFFFF, 1 << 40):
        with raises(Refused):
            rig.clock.set(bad, "owner", True)


def test_tick_keeps_the_floor():
    rig = boot_with(0)
    rig.pass_time(3600)
    rig.clock.tick()
    eq(FloorLog(rig.hal.keyflash).time, START + 3600)
    before = bytes(rig.hal.keyflash.cells)
    rig.clock.tick()
    eq(bytes(rig.hal.keyflash.cells), before)


def test_cut_while_setting():
    """Old time or no trust, never a time that nobody meant; a technician's budget is never given back."""
    rig = boot_with(0)
    rig.clock.set(START, "owner")
    base = rig.snapshot()
    for role, target in (("owner", START + 20 * DAY), ("owner", START - 20 * DAY), ("technician", START + 600)):
        write = 0
        ended = False
        while not ended:
            write += 1
            for torn in (0, 10, 64, 4096):
                rig.restore(base).boot()
                rig.cut(write, torn)
                try:
                    rig.clock.set(target, role)
                    ended = True
                    break
                except PowerCut:
                    pass
                rig.reboot()
                assert not rig.clock.trusted or rig.clock.now() in (START, target)
                if role == "technician" and rig.clock.trusted and rig.clock.now() == target:
                    with raises(Refused):
                        rig.clock.set(target + 1, "technician")
