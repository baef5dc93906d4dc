"""The simulator's board keeps the contract, and the unpleasant properties of the real one."""

import os
from array import array

import vfs

from hal import contract, sim_box
from hal.contract import BLOCK
from hal.sim import LOST_CLOCK, SimHal
from hal.sim_events import Events, text
from hal.sim_line import Line, Track, Wav
from hal.sim_media import PowerCut
from hal.sim_run import Stage, fill
from strict import eq, no_alloc, raises

NOW = 1795251600
FOLDER = "/tmp/press1-hal-test"


def remove(path):
    for name in os.listdir(path):
        os.remove(path + "/" + name)
    os.rmdir(path)


def folder(rate=(8000, 1)):
    try:
        remove(FOLDER)
    except OSError:
        pass
    os.mkdir(FOLDER)
    sim_box.create(FOLDER, rate, NOW)
    return FOLDER


def board(rate=(8000, 1), **more):
    hal = SimHal(folder(rate), **more)
    hal.power_on()
    return hal


def blocks():
    return array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK))


def pass_samples(hal, n):
    far, near = blocks()
    hal.line.limit = hal.line.pos + n
    while hal.read_block(far, near) >= 0:
        pass


def test_every_method_of_the_contract_is_there():
    for name in dir(contract.Hal):
        if not name.startswith("_") and callable(getattr(contract.Hal, name)):
            assert getattr(SimHal, name) is not getattr(contract.Hal, name), name


def test_the_contract_alone_does_nothing():
    with raises(NotImplementedError):
        contract.Hal().off_hook()


def test_time_is_the_sample_clock():
    hal = board()
    eq((hal.now(), hal.uptime()), (NOW, 0))
    pass_samples(hal, 8000 * 3)
    eq((hal.now(), hal.uptime(), hal.line_ms()), (NOW + 3, 3, 3000))
    hal.skip(3600)
    eq((hal.now(), hal.uptime(), hal.line_ms()), (NOW + 3603, 3603, 3000))


def test_a_fractional_rate_keeps_true_time():
    hal = board(rate=(15625, 2))
    pass_samples(hal, 15625 * 5)
    eq((hal.uptime(), hal.line_ms()), (10, 10014))  # 78,125 samples, in whole blocks 78,240


def test_the_clock_is_set_and_remembered():
    hal = board()
    pass_samples(hal, 16000)
    hal.set_clock(NOW + 100)
    pass_samples(hal, 8000)
    eq(hal.now(), NOW + 101)
    hal.save()
    again = SimHal(FOLDER)
    again.resume(NOW + 500)
    eq(again.now(), NOW + 500)


def test_a_clock_without_battery_starts_again_and_says_so():
    hal = board()
    hal.lose_clock()
    pass_samples(hal, 8000)
    eq((hal.now(), hal.clock_lost_power(), hal.world()), (LOST_CLOCK + 1, True, NOW + 1))
    hal.save()
    again = SimHal(FOLDER)
    again.resume(NOW + 11)
    eq((again.now(), again.world(), again.clock_lost_power()), (LOST_CLOCK + 11, NOW + 11, True))
    again.set_clock(NOW + 20)
    again.clear_lost_power()
    eq((again.now(), again.world(), again.clock_lost_power()), (NOW + 20, NOW + 20, False))


def test_no_block_is_ready_beyond_the_limit():
    hal = board()
    far, near = blocks()
    far[0] = 5
    eq((hal.read_block(far, near), far[0]), (-1, 5))
    hal.line.limit = 1
    eq((hal.read_block(far, near), far[0]), (0, 0))


def test_the_block_path_allocates_nothing():
    hal = board()
    hal.line.record(Wav(FOLDER + "/l.wav", (8000, 1)), Wav(FOLDER + "/e.wav", (8000, 1)))
    hal.relay(True)
    hal.lamp(1)
    far, near = blocks()
    hal.line.limit = 100 * BLOCK
    lock = no_alloc()
    with lock:
        for _ in range(20):
            hal.read_block(far, near)
            hal.line_out(far)
            hal.ear_out(near)
            hal.off_hook()
            hal.buttons()
            hal.lamp(1)
            hal.feed_watchdog()
            hal.now()
    hal.line.close()


def samples_of(path):
    with open(path, "rb") as file:
        data = file.read()
    eq(
        (data[:4], int.from_bytes(data[4:8], "little"), int.from_bytes(data[40:44], "little")),
        (b"RIFF", len(data) - 8, len(data) - 44),
    )
    return array("h", data[44:])


def track(value):
    path = FOLDER + "/%d.s16" % value
    with open(path, "wb") as file:
        file.write(array("h", [value] * (3 * BLOCK + 7)))
    return Track(path)


def test_what_both_parties_hear():
    folder()
    line = Line((track(1000), track(-30000)))
    line.record(Wav(FOLDER + "/l.wav", (8000, 1)), Wav(FOLDER + "/e.wav", (8000, 1)))
    far, near = blocks()
    added = array("h", [-5000] * BLOCK)
    line.limit = 5 * BLOCK
    line.add(0, added)
    line.read_block(far, near)  # bypassed: what is added is not heard
    eq((far[0], near[BLOCK - 1]), (1000, -30000))
    line.energised = True
    line.add(0, added)
    line.add(1, added)
    while line.read_block(far, near) >= 0:  # heard in one block, saturated
        pass
    line.close()
    out, ear = samples_of(FOLDER + "/l.wav"), samples_of(FOLDER + "/e.wav")
    eq((len(out), out[0], out[BLOCK], out[2 * BLOCK]), (5 * BLOCK, -30000, -32768, -30000))
    eq((ear[0], ear[BLOCK], ear[2 * BLOCK], ear[3 * BLOCK + 6], ear[3 * BLOCK + 7]), (1000, -4000, 1000, 1000, 0))


def test_a_slow_card_delays_blocks_and_then_loses_them():
    hal = board()
    far, near = blocks()
    hal.line.limit = BLOCK
    hal.faults.stall(500)
    hal.card().writeblocks(0, bytearray(512))
    eq(hal.line.pos, 25 * BLOCK)
    eq([hal.read_block(far, near) for _ in range(26)], [0] * 25 + [-1])
    hal.faults.stall(1200)
    hal.card().writeblocks(0, bytearray(512))
    eq([hal.read_block(far, near) for _ in range(51)], [10 * BLOCK] + [0] * 49 + [-1])


def test_buttons_are_let_go():
    hal = board()
    hal.press("consent", 100)
    hal.press("mark", 40)
    eq(hal.buttons(), contract.BUTTON_CONSENT | contract.BUTTON_MARK)
    pass_samples(hal, 320)
    eq(hal.buttons(), contract.BUTTON_CONSENT)
    pass_samples(hal, 480)
    eq(hal.buttons(), 0)


def test_lamp_and_relay_are_told_once():
    told = []
    hal = board(tell=lambda event, fields: told.append((event, fields)))
    for _ in range(2):
        hal.lamp(contract.LAMP_RECORDING)
        hal.relay(True)
    hal.power_off()
    eq(
        told,
        [
            ("lamp", {"lamp": "recording"}),
            ("relay", {"energised": True}),
            ("relay", {"energised": False}),
            ("lamp", {"lamp": "off"}),
        ],
    )


def test_a_pulled_card_answers_nothing_and_returns_as_another():
    hal = board()
    card, serial = hal.card(), hal.card_serial()
    hal.card_out()
    eq(hal.card(), None)
    assert card.readblocks(0, bytearray(512)) < 0
    hal.card_in()
    assert hal.card() is not card and hal.card_serial() != serial
    assert card.readblocks(0, bytearray(512)) < 0
    eq(hal.card().readblocks(0, bytearray(512)), 0)


def test_no_flash_page_is_erased_while_the_handset_is_lifted():
    hal = board()
    hal.lift(True)
    with raises(OSError):
        hal.keyflash.erase(0)
    hal.keyflash.program(0, b"\x0f")
    hal.lift(False)
    hal.keyflash.erase(0)


def test_media_survive_a_power_cut_and_old_objects_do_not():
    hal = board()
    hal.keyflash.program(0, b"\x0f")
    hal.faults.cut(1, 1)
    old = hal.keyflash
    with raises(PowerCut):
        old.program(64, b"\x01\x02")
    hal.power_off()
    hal.power_on()
    buf = bytearray(2)
    hal.keyflash.read(64, buf)
    eq((bytes(buf), hal.keyflash is old), (b"\x01\xff", False))
    with raises(PowerCut):
        old.program(65, b"\x00")


def test_noise_repeats_with_a_seed_and_moves_on_with_each_boot():
    def draws(seed):
        hal = board(seed=seed)
        return hal.entropy(40), hal.entropy(8)

    first = draws(1)
    eq(draws(1), first)
    assert draws(2) != first and draws(None) != draws(None) and len(first[0]) == 40
    hal = SimHal(folder(), seed=1)
    hal.power_on()
    hal.power_off()
    hal.power_on()
    assert hal.entropy(40) != first[0]


def test_a_full_card_takes_nothing_more():
    hal = board()
    before = hal.faults.writes
    fill(hal.card())
    eq(hal.faults.writes, before)
    vfs.mount(vfs.VfsFat(hal.card()), "/full")
    try:
        eq(os.statvfs("/full")[3], 0)
        with raises(OSError):
            with open("/full/X", "wb") as file:
                file.write(bytes(512))
    finally:
        vfs.umount("/full")
    fill(hal.card())  # again: nothing to do


class Deaf:
    """A firmware that takes no blocks, is due every 1000 s and once a second thinks it is due now."""

    def __init__(self, hal, observer):
        self.hal = hal
        self.ticks = []

    def boot(self):
        self.fed = False

    def step(self):
        if self.fed:
            self.hal.feed_watchdog()

    def idle(self):
        return True

    def tick(self, now):
        self.ticks.append(now)

    def next_due(self):
        return NOW + 1000 * (len(self.ticks) + 1)


def staged(build):
    hal = SimHal(folder())
    events = Events(lambda: (hal.line_ms(), hal.now()))
    stage = Stage(hal, build, events)
    stage.power_on()
    return hal, stage, events


def test_line_time_goes_on_without_a_firmware_that_listens():
    hal, stage, events = staged(Deaf)
    stage.run_to(801)
    eq((hal.line.pos, events.faults), (960, 0))


def test_advance_goes_from_due_to_due():
    hal, stage, _events = staged(Deaf)
    stage.advance(3500)
    eq(stage.box.ticks, [NOW + 1000, NOW + 2000, NOW + 3000, NOW + 3500])
    eq(hal.line_ms(), 0)


def test_a_watchdog_that_was_fed_once_must_be_fed_on():
    hal, stage, events = staged(Deaf)
    stage.box.fed = True
    stage.run_to(8000)
    stage.box.fed = False
    stage.run_to(8000 * 8)
    eq((events.faults, stage.box is None), (0, False))
    stage.run_to(8000 * 10)
    eq((events.faults, stage.box, hal.powered), (1, None, False))


def test_what_a_firmware_lets_out_is_a_fault():
    class Broken(Deaf):
        def step(self):
            raise KeyError("x")

    _hal, stage, events = staged(Broken)
    eq((events.faults, stage.box), (1, None))
    stage.run_to(800)


def test_events_are_written_the_same_way_every_time():
    value = {"b": b"\x01\xff", "a": [None, True, 1, "x\n"], "c": {"y": (1, 2), "x": ""}}
    eq(text(value), '{"a": [null, true, 1, "x\\n"], "b": "01ff", "c": {"x": "", "y": [1, 2]}}')
