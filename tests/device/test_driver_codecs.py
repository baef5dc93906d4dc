"""Codec drivers against chips that insist on their datasheet's order."""

import sys

sys.path.insert(0, "tests/device/machine_model")

import chips
import machine
import world

from hal import ac101, es8388, wm8960_line
from hal.ac101 import Ac101
from hal.es8388 import Es8388
from hal.wm8960_line import Wm8960Line
from strict import eq, raises


def bus(codec):
    here = chips.attach(world.new(), codec)
    return here, machine.I2C(0, machine.Pin(32), machine.Pin(33), freq=100_000)


def clocks(rate, mclk=True):
    if mclk:
        machine.PWM(machine.Pin(0), 256 * rate, 32768)
    pins = {"sck": machine.Pin(27), "ws": machine.Pin(25), "sd": machine.Pin(35)}
    return machine.I2S(0, mode=machine.I2S.RX, bits=16, format=machine.I2S.STEREO, rate=rate, ibuf=16384, **pins)


def test_es8388_becomes_a_line_converter():
    here, i2c = bus(chips.Es8388)
    codec = Es8388(i2c, 6, es8388.LINE2)
    chip = here.chips[0x10]
    eq((chip.registers[0x09], chip.registers[0x0A], chip.registers[0x03], chip.registers[0x04]), (0x22, 0x50, 0xFF, 0xC0))
    clocks(15625)
    codec.start()
    eq((chip.registers[0x08], chip.registers[0x0D], chip.registers[0x2B], chip.registers[0x03]), (0, 0x02, 0x80, 0x09))
    eq(chip.registers[0x12], 0)  # no automatic gain
    codec.stop()
    eq(chip.writes[-1], (0x03, 0xFF))


def test_es8388_is_not_woken_without_its_clocks():
    _here, i2c = bus(chips.Es8388)
    codec = Es8388(i2c)
    with raises(KeyError):
        codec.start()  # no I2S
    clocks(8000, mclk=False)
    with raises(AssertionError):
        codec.start()  # no MCLK


def test_es8388_gain_has_steps():
    _here, i2c = bus(chips.Es8388)
    for gain in (-3, 1, 27):
        with raises(ValueError):
            Es8388(i2c, gain)


def test_ac101_multiplies_its_bit_clock():
    here, i2c = bus(chips.Ac101)
    codec = Ac101(i2c)
    chip = here.chips[0x1A]
    pll = chip.registers[0x02]
    n, m, k = pll >> 4 & 0x3FF, chip.registers[0x01] >> 8 & 0x3F, 1
    eq((pll >> 15, 64 * 8000 * n // (m * (2 * k + 1))), (1, 24_576_000))
    eq(chip.registers[0x03] >> 12 & 3, 2)  # from BCLK1
    eq((chip.registers[0x06], chip.registers[0x51]), (0, 0x0408))
    clocks(8000)
    codec.start()
    eq(chip.writes[-1], (0x50, 0xBB00))
    codec.stop()
    eq(chip.registers[0x50], 0)


def test_ac101_is_not_woken_without_a_bit_clock():
    _here, i2c = bus(chips.Ac101)
    with raises(AssertionError):
        Ac101(i2c).start()


def test_what_is_no_ac101_is_refused():
    _here, i2c = bus(chips.Wm8960)
    with raises((OSError, AssertionError)):
        Ac101(i2c)


def test_wm8960_takes_line_at_unity_from_its_own_oscillator():
    here, i2c = bus(chips.Wm8960)
    codec = Wm8960Line(i2c)
    chip = here.chips[0x1A]
    eq((chip.registers[0x2B], chip.registers[0x2C], chip.registers[0x19] & 0x0C), (0x0A, 0x0A, 0))
    codec.start()
    eq(chip.registers[0x19] & 0x0C, 0x0C)


def test_an_absent_codec_is_an_oserror():
    _here, i2c = bus(None)
    for make in (Es8388, Ac101, Wm8960Line):
        with raises(OSError):
            make(i2c)
    eq((es8388.ADDRESS, ac101.ADDRESS, wm8960_line.ADDRESS), (0x10, 0x1A, 0x1A))
