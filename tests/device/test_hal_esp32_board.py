"""The ESP32's board as a whole: its order of starting, its parts, its failures, and no memory a block."""

import sys
from array import array

sys.path.insert(0, "tests/device/machine_model")

import chips
import machine
import world

from hal import contract
from hal import esp32 as board_file
from hal.contract import BLOCK
from hal.link_stdio import StdioLink
from hal.link_uart import UartLink
from hal.relay import Relay
from hal_benches import NOW, ChipBench, blocks
from strict import eq, no_alloc, raises

A1S, LYRAT, WROVER = "A1S_AUDIOKIT", "LYRAT_V43", "WROVER_WM8960"


def test_each_board_starts_with_each_codec_it_may_have():
    for name, codec, found, rate in (
        (WROVER, chips.Wm8960, "wm8960", (8000, 1)),
        (A1S, chips.Es8388, "es8388", (15625, 2)),
        (A1S, chips.Ac101, "ac101", (8000, 1)),
        (LYRAT, chips.Es8388, "es8388", (15625, 2)),
        ("TEMPLATE", chips.Wm8960, "wm8960", (8000, 1)),
    ):
        bench = ChipBench(name, codec)
        eq((bench.hal.codec, bench.hal.rate), (found, rate))
        bench.go(500)
        eq(bench.hal.capture.restarts, 0)


def test_the_word_clock_follows_the_codec():
    eq(ChipBench(A1S, chips.Es8388).world.streams[0].pins, (27, 25, 35))
    eq(ChipBench(A1S, chips.Ac101).world.streams[0].pins, (27, 26, 35))


def test_the_prompt_has_a_converter_and_a_unit_of_its_own():
    bench = ChipBench(LYRAT, chips.Es8388)
    eq((bench.world.streams[1].pins, bench.world.streams[1].rate), ((33, 32, 27), 31250))
    eq(ChipBench(WROVER).world.streams[1].rate, 16000)


def test_the_master_clock_is_exact_on_both_sides():
    bench = ChipBench(A1S, chips.Es8388)
    eq(bench.world.clocks, {0: 256 * 15625})
    eq(80_000_000 % bench.world.clocks[0], 0)


def test_what_could_disturb_the_line_is_quiet_before_anything_else():
    bench = ChipBench(A1S, chips.Es8388)
    first = [entry for entry in bench.world.log if entry[0] in ("pin", "i2s", "pwm")]
    pins = bench.board.PINS
    eq(
        sorted(first[:4])[:4],
        sorted(
            [("pin", pins["RELAY"], 0), ("pin", pins["RELAY"], 0), ("pin", pins["DAC_MUTE"], 0), ("pin", pins["SPEAKER_AMP"], 0)]
        ),
    )


def test_the_handset_is_bypassed_until_the_box_says_otherwise_and_after_a_hang():
    bench = ChipBench()
    relay = bench.board.PINS["RELAY"]
    eq(set(bench.world.changes(relay)), {0})
    bench.hal.relay(True)
    bench.go(100)
    strokes = len(bench.world.changes(relay))
    bench.world.pass_us(3_000_000)  # the loop hangs
    eq(len(bench.world.changes(relay)), strokes)


def test_a_hung_loop_is_bitten():
    bench = ChipBench()
    with raises(AssertionError):
        bench.world.pass_us(8_100_000)


def test_a_missing_part_is_an_oserror():
    with raises(OSError):
        ChipBench(WROVER, None)
    here = chips.attach(world.new(), chips.Wm8960)
    here.chips[0x20].answers = False
    bench = ChipBench()
    bench.world.partitions.pop("keys")
    with raises(OSError):
        board_file.find("keys")


def test_a_dead_battery_clock_is_lost_power_and_time_goes_on_by_powered_seconds():
    bench = ChipBench()
    before = bench.hal.now()
    bench.world.chips[0x68].answers = False
    eq(bench.hal.clock_lost_power(), True)
    bench.go(1000)
    bench.hal._read_up -= 600  # the time of the next reading
    eq(bench.hal.now() - before, 601)
    eq(bench.hal.clock_lost_power(), True)
    bench.go(2000)
    eq(bench.hal.now() - before, 603)
    bench.world.chips[0x68].answers = True
    bench.hal.set_clock(NOW)
    eq((bench.hal.clock_lost_power(), bench.hal.now()), (False, NOW))


def test_the_board_says_which_of_its_parts_answer():
    bench = ChipBench(A1S, chips.Ac101)
    rows = {name: (ok, what) for name, ok, what in bench.hal.probe()}
    eq((rows["codec ac101"], rows["clock chip"][0], rows["buttons and lamp"][0]), ((True, "0x1a"), True, True))
    bench.world.chips[0x68].answers = False
    eq({name: ok for name, ok, _ in bench.hal.probe()}["clock chip"], False)


def test_the_time_of_a_second_is_one_object():
    bench = ChipBench()
    first = bench.hal.now()
    assert first is bench.hal.now()


def test_the_link_is_the_uart_unless_the_repl_holds_it():
    assert isinstance(ChipBench().hal.link, UartLink)
    assert isinstance(ChipBench(repl=True).hal.link, StdioLink)


def test_the_cradle_bounces_and_is_believed_when_it_rests():
    bench = ChipBench()
    hook = bench.board.PINS["HOOK"]
    for level in (0, 1, 0, 1, 0):
        bench.world.levels[hook] = level
        bench.go(20)
        eq(bench.hal.off_hook(), False)
    bench.go(60)
    eq(bench.hal.off_hook(), True)


def test_what_is_said_to_the_line_is_heard_on_the_left():
    bench = ChipBench()
    tone = array("h", [8000] * BLOCK)
    far, near = blocks()
    for _ in range(40):
        bench.world.pass_us(5000)
        bench.hal.feed_watchdog()
        while bench.hal.read_block(far, near) >= 0:
            bench.hal.line_out(tone)
    words = array("i", bytes(bench.world.streams[1].sent))
    left = {words[i] >> 16 for i in range(0, len(words), 2)}
    right = {words[i] >> 16 for i in range(1, len(words), 2)}
    assert 8000 in left and right == {0}
    eq(bench.world.levels[bench.board.PINS["DAC_MUTE"]], 1)
    bench.go(60)
    eq(bench.world.levels[bench.board.PINS["DAC_MUTE"]], 0)


def test_the_noise_is_the_chips_and_the_lines():
    bench = ChipBench()
    bench.hal.capture.pool = bytearray(b"\xff" * 32)
    kept = board_file.os
    try:
        board_file.os = Zeros
        eq(bench.hal.entropy(40), b"\xff" * 40)
    finally:
        board_file.os = kept


class Program:
    """Stands for a module of the start."""

    def __init__(self, **names):
        for name in names:
            setattr(self, name, names[name])


def test_production_starts_again_whatever_happens():
    pauses = []

    def fails():
        raise OSError(19)

    kept = sys.modules.get("boot")
    try:
        sys.modules["time"] = Program(sleep_ms=pauses.append)
        sys.modules["boot"] = Program(run=fails)
        with raises(SystemExit):
            import _boot  # runs
        sys.modules["boot"] = Program(run=lambda: None)
        with raises(SystemExit):
            import _boot  # noqa: F401
    finally:
        sys.modules.pop("time")
        sys.modules.pop("boot")
        if kept:
            sys.modules["boot"] = kept
    eq(pauses, [3000])


class Zeros:
    @staticmethod
    def urandom(n):
        return bytes(n)


class Quiet:
    """Takes everything, tells nothing, allocates nothing."""

    def readinto(self, _buf):
        return 0

    def write(self, _buf):
        return 0

    def feed(self):
        return None

    def readfrom_into(self, _address, _buf):
        return None

    def writeto(self, _address, _buf):
        return 0

    def __call__(self, _level=None):
        return 1


def test_a_block_costs_no_memory():
    bench = ChipBench(A1S, chips.Es8388)
    hal = bench.hal
    far, near = blocks()
    bench.world.pass_us(400_000)
    quiet = Quiet()
    hal.capture._i2s = hal.dac._i2s = hal.panel._i2c = hal._watchdog = hal.hook._pin = hal.dac._mute = quiet
    hal._relay = Relay(quiet, zero)
    hal._ticks = hal.capture._ticks = hal.dac._ticks = hal.panel._ticks = hal.slot._ticks = zero
    hal.slot._detect = low
    hal.relay(True)
    hal._second_at = 0
    lock = no_alloc()
    with lock:
        for _ in range(15):
            hal.feed_watchdog()
            hal.read_block(far, near)
            hal.line_out(far)
            hal.ear_out(near)
            hal.off_hook()
            hal.buttons()
            hal.lamp(contract.LAMP_RECORDING)
            hal.card()
            hal.card_serial()
            hal.uptime()
            hal.now()


def zero():
    return 0


def low():
    return 0


def test_the_board_tells_a_hang_from_a_switch():
    for cause, word in ((machine.PWRON_RESET, "power"), (machine.WDT_RESET, "watchdog"), (machine.HARD_RESET, "watchdog")):
        machine.cause = cause
        eq(ChipBench(A1S, chips.Es8388).hal.start_cause, word)
    machine.cause = machine.PWRON_RESET
