"""Clock, panel, relay, card slot, key partition and links against modelled parts."""

import sys

sys.path.insert(0, "tests/device/machine_model")

import chips
import esp32
import machine
import world

from hal import contract
from hal.ds3231 import Ds3231, date, days
from hal.keypart import KeyPartition
from hal.link_stdio import StdioLink
from hal.link_uart import BUFFER, UartLink
from hal.panel import Panel
from hal.relay import Relay
from hal.sdcard import Slot
from hal.sim_media import NorFlash, SdCard
from strict import eq, no_alloc, raises

NOW = 1795251600  # 2026-11-21 09:00:00


def bus():
    here = chips.attach(world.new(), None)
    return here, machine.I2C(0, machine.Pin(32), machine.Pin(33), freq=100_000)


# DS3231


def test_days_and_dates_are_each_other_for_a_century():
    for n in range(36525):
        year, month, day = date(n)
        eq(days(year, month, day), n)
    eq((date(0), date(59), date(60), date(36524)), ((2000, 1, 1), (2000, 2, 29), (2000, 3, 1), (2099, 12, 31)))


def test_the_clock_is_written_in_one_burst_and_read_back():
    here, i2c = bus()
    clock = Ds3231(i2c)
    for t in (NOW, 946684800, 951782400, 4102444799):
        clock.write(t)
        eq(clock.read(), t)
    clock.write(NOW)
    eq(bytes(here.chips[0x68].registers[:7]), b"\x00\x00\x09\x06\x21\x11\x26")  # a Saturday is day 6
    with raises(OSError):
        clock.write(4102444800)


def test_the_lost_power_bit_is_cleared_by_clear_alone():
    here, i2c = bus()
    here.chips[0x68] = chips.Ds3231(here, stopped=True)
    clock = Ds3231(i2c)
    clock.write(NOW)
    assert clock.lost_power()
    clock.clear()
    assert not clock.lost_power()
    eq(here.chips[0x68].registers[0x0F], 0x08)  # the 32 kHz output as it was


def test_a_disturbance_on_the_bus_is_not_a_stopped_clock():
    here, i2c = bus()
    clock = Ds3231(i2c)
    clock.write(NOW)
    for failures, good in ((1, True), (2, True), (3, False)):
        for reading in (clock.read, clock.lost_power):
            left = [failures]
            clock._i2c = Disturbed(i2c, left)
            if good:
                eq((reading() in (NOW, False), left), (True, [0]))
            else:
                with raises(OSError):
                    reading()
    assert here


class Disturbed:
    """An I2C bus whose next `left[0]` reads fail."""

    def __init__(self, i2c, left):
        self._i2c = i2c
        self._left = left

    def readfrom_mem_into(self, address, register, buf):
        if self._left[0]:
            self._left[0] -= 1
            raise OSError(5)
        self._i2c.readfrom_mem_into(address, register, buf)


def test_registers_that_hold_no_time_are_an_oserror():
    here, i2c = bus()
    clock = Ds3231(i2c)
    for at, value in ((0, 0x7A), (4, 0x00), (5, 0x13), (6, 0xA0), (2, 0x24)):
        clock.write(NOW)
        here.chips[0x68].registers[at] = value
        with raises(OSError):
            clock.read()


# Panel


def test_a_button_must_hold_for_two_readings():
    here, i2c = bus()
    panel = Panel(i2c, 0x20, here.ticks_ms)
    chip = here.chips[0x20]
    chip.pressed = contract.BUTTON_PAUSE
    here.pass_us(20_000)
    panel.step()
    eq(panel.buttons(), 0)
    here.pass_us(20_000)
    panel.step()
    eq(panel.buttons(), contract.BUTTON_PAUSE)
    chip.pressed = contract.BUTTON_PAUSE | contract.BUTTON_THREAT
    for _ in range(2):
        here.pass_us(20_000)
        panel.step()
    eq(panel.buttons(), contract.BUTTON_PAUSE | contract.BUTTON_THREAT)


def colours(here, panel):
    """Red and green of each eighth of a second, for one second."""
    seen = []
    for _ in range(8):
        here.pass_us(125_000)
        panel.step()
        seen.append((~here.chips[0x20].latch & 0xC0) >> 6)
    return seen


def test_every_lamp_state_looks_different():
    here, i2c = bus()
    panel = Panel(i2c, 0x20, here.ticks_ms)
    patterns = []
    for state in range(8):
        panel.lamp(state)
        patterns.append(bytes(colours(here, panel)))
    eq(len(set(patterns)), 8)
    eq((set(patterns[contract.LAMP_RECORDING]), set(patterns[contract.LAMP_OFF])), ({1}, {0}))


def test_a_panel_that_is_gone_holds_no_button_and_is_told_when_it_returns():
    here, i2c = bus()
    panel = Panel(i2c, 0x20, here.ticks_ms)
    chip = here.chips[0x20]
    chip.pressed = 1
    chip.answers = False
    for _ in range(3):
        here.pass_us(20_000)
        panel.step()
    eq(panel.buttons(), 0)
    assert panel.failures
    panel.lamp(contract.LAMP_RECORDING)
    panel.step()
    chip.answers = True
    here.pass_us(20_000)
    panel.step()
    eq(chip.latch & 0xC0, 0x80)


def test_the_panel_writes_only_what_changes():
    here, i2c = bus()
    panel = Panel(i2c, 0x20, here.ticks_ms)
    panel.lamp(contract.LAMP_READY)
    for _ in range(50):
        here.pass_us(20_000)
        panel.step()
    eq(len(here.chips[0x20].writes), 2)


# Relay


def test_only_a_loop_that_goes_on_holds_the_relay():
    here = world.new()
    relay = Relay(machine.Pin(22, machine.Pin.OUT), here.ticks_ms)
    for _ in range(5):
        here.pass_us(20_000)
        relay.step()
    eq(here.changes(22), [0])  # not asked for
    relay.set(True)
    for _ in range(5):
        here.pass_us(20_000)
        relay.step()
        relay.step()  # no second stroke within 10 ms
    eq(here.changes(22), [0, 1, 0, 1, 0, 1])
    relay.set(False)
    eq(here.changes(22)[-1], 0)
    before = len(here.log)
    here.pass_us(1_000_000)
    relay.step()
    eq(len(here.log), before)


# Card slot


def slot_with_card():
    here = world.new()
    here.card = SdCard(None, 64)
    here.levels[34] = 0
    return here, Slot(lambda: machine.SDCard(slot=1, width=1), machine.Pin(34, machine.Pin.IN), here.ticks_ms)


def test_a_card_that_is_in_at_start_is_there_at_once():
    here, slot = slot_with_card()
    card = slot.card()
    eq((slot.serial, card.ioctl(4, 0), card.ioctl(5, 0)), (1, 64, 512))
    eq((card.writeblocks(3, bytes([7] * 512)), card.readblocks(3, bytearray(512))), (0, 0))


def test_a_pulled_card_is_dead_for_good_and_a_new_one_counts():
    here, slot = slot_with_card()
    old = slot.card()
    here.levels[34] = 1
    eq(slot.card(), None)
    eq((old.readblocks(0, bytearray(512)), old.writeblocks(0, bytes(512)), old.ioctl(4, 0), old.ioctl(2, 0)), (-19, -19, -19, 0))
    here.card = SdCard(None, 64)
    here.levels[34] = 0
    eq(slot.card(), None)  # its contacts still bounce
    here.pass_us(250_000)
    assert slot.card() is not old
    eq((slot.serial, old.readblocks(0, bytearray(512)), slot.card().readblocks(0, bytearray(512))), (2, -19, 0))


def test_a_card_that_does_not_start_is_tried_again():
    here, slot = slot_with_card()
    here.levels[34] = 1
    slot.card()
    here.levels[34] = 0
    here.card = None  # in, but it does not answer
    slot.card()
    here.pass_us(250_000)
    eq(slot.card(), None)
    here.card = SdCard(None, 64)
    eq(slot.card(), None)
    here.pass_us(450_000)
    assert slot.card()


def test_a_card_that_never_starts_is_tried_less_and_less():
    """A try may take a second in which no line audio is served; a card that is put in anew is tried at once."""
    here = world.new()
    here.levels[34] = 0
    tried = []

    def dead():
        tried.append(here.us)
        return Dead()

    slot = Slot(dead, machine.Pin(34), here.ticks_ms)
    for _ in range(6000):
        here.pass_us(100_000)
        eq(slot.card(), None)
    assert 10 < len(tried) < 20, len(tried)
    here.levels[34] = 1
    slot.card()
    here.levels[34] = 0
    slot.card()
    del tried[:]
    for _ in range(20):
        here.pass_us(100_000)
        slot.card()
    assert len(tried) > 1, tried


class Dead:
    """A machine.SDCard whose card cannot be started."""

    def ioctl(self, _op, _arg):
        return -5

    def deinit(self):
        pass


class Stubborn:
    """A machine.SDCard whose card stopped answering: False where it cannot be started, -5 for a transfer."""

    def readblocks(self, _first, _buf):
        return False

    def writeblocks(self, _first, _buf):
        return -5

    def ioctl(self, _op, _arg):
        return 0


def test_errors_are_negative_numbers():
    here = world.new()
    here.levels[34] = 0
    card = Slot(Stubborn, machine.Pin(34), here.ticks_ms).card()
    eq((card.readblocks(0, bytearray(512)), card.writeblocks(0, bytes(512))), (-5, -5))


# Key partition


def keys(in_call=False):
    here = world.new()
    flash = NorFlash(None, 512 * 1024)
    partition = esp32.Partition("keys", flash)
    return here, flash, KeyPartition(partition, lambda: in_call)


def test_programming_never_erases():
    here, flash, part = keys()
    part.program(5 * 4096 + 100, b"\x0f")
    part.program(5 * 4096 + 100, b"\xf1")
    buf = bytearray(1)
    part.read(5 * 4096 + 100, buf)
    eq((buf[0], flash.erases[5]), (0x01, 0))
    eq([entry[2] for entry in here.log], ["program", "program"])


def test_no_erase_in_a_call_and_none_outside():
    _here, flash, part = keys(in_call=True)
    with raises(OSError):
        part.erase(3)
    eq(sum(flash.erases), 0)
    _here, flash, part = keys()
    part.erase(3)
    eq(flash.erases[3], 1)
    for bad in (-1, 128):
        with raises(OSError):
            part.erase(bad)
    for offset, count in ((0, 65), (-1, 4), (512 * 1024 - 4, 8)):
        with raises(OSError):
            part.program(offset, bytes(count))


# Links


def test_the_uart_never_waits():
    here = world.new()
    uart = machine.UART(0, 115200, rxbuf=BUFFER, txbuf=BUFFER, timeout=0)
    link = UartLink(uart)
    buf = bytearray(8)
    eq(link.read(buf), 0)
    here.uart_in = b"0123456789"
    eq((link.read(buf), bytes(buf)), (8, b"01234567"))
    eq((link.read(buf), bytes(buf[:2])), (2, b"89"))
    big = bytearray(b"x" * (BUFFER + 10))
    eq((link.write(big, 3), link.write(big, BUFFER + 10), link.write(b"ab", 2)), (3, BUFFER, 2))
    uart.busy = True
    eq((link.write(big, 3), len(here.uart_out)), (0, BUFFER + 5))


class Port:
    """Standard input and output over bytes."""

    def __init__(self):
        self.buffer = self
        self.written = b""

    def write(self, buf, n):
        self.written += bytes(buf[:n])


class Typed:
    """Standard input with bytes waiting, and the poll that tells of them. Asked for more than there is, it would wait for ever."""

    def __init__(self, data):
        self.data = data

    def ipoll(self, _ms):
        return iter((("stdin", 1),) if self.data else ())

    def readinto(self, buf):
        assert len(buf) <= len(self.data), "a read that would wait"
        buf[:] = self.data[: len(buf)]
        self.data = self.data[len(buf) :]


def test_standard_input_gives_what_has_come_and_no_more_than_a_share():
    here = world.new()
    link = StdioLink(11, here.ticks_ms, stdout=Port())
    link._in = link._poll = typed = Typed(b"\x03abc" + bytes(400))
    buf = bytearray(4)
    eq((link.read(buf), bytes(buf)), (4, b"\x03abc"))
    eq((link.read(bytearray(1000)), len(typed.data)), (256, 144))
    eq((link.read(bytearray(1000)), link.read(buf)), (144, 0))


def test_standard_output_takes_what_its_fifo_has_sent():
    here = world.new()
    out = Port()
    link = StdioLink(11, here.ticks_ms, stdout=out)
    eq((link.write(b"a" * 200, 200), link.write(b"b", 1)), (96, 0))
    here.pass_us(10_000)
    eq((link.write(b"b" * 5, 5), len(out.written)), (5, 101))
    eq(link.read(bytearray(0)), 0)


def test_what_runs_in_every_block_allocates_nothing():
    here, i2c = bus()
    panel = Panel(i2c, 0x20, here.ticks_ms)
    relay = Relay(lambda _level: None, here.ticks_ms)
    relay.set(True)
    panel._read = lambda: 0  # the modelled bus allocates
    lock = no_alloc()
    with lock:
        for _ in range(20):
            relay.step()
            panel.step()
