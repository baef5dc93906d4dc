"""AC101 codec as a two-channel line ADC, I2S slave, its PLL fed from BCLK (registers: X-Powers AC101 datasheet).

BCLK is 64 fs, because MicroPython receives 32-bit stereo; the PLL must make 24.576 MHz of it:
FOUT = FIN * N / (M * (2K + 1)) with M = 1, K = 1, so N = 144 at 8 kHz (FIN = 512 kHz).
"""

import time

from micropython import const

ADDRESS = const(0x1A)
_ID = const(0x0101)  # register 00 after a reset
_RESET = const(0x0123)
_RESET_MS = const(100)
_SAMPLE_RATES = {8000: 0x0000, 16000: 0x3000}  # register 06, bits 15:12
_PLL_N = {8000: 144, 16000: 72}
_PLL_ON = const(0x8000)


def _setup(rate):
    """(register, value), clocks first, then modules, then the way from line-in to I2S."""
    return (
        (0x01, 0x014F),  # PLL: M 1, loop filter as the datasheet asks
        (0x02, _PLL_ON | _PLL_N[rate] << 4),
        (0x03, 0xAB08),  # PLL from BCLK1; I2S1 and SYSCLK from the PLL
        (0x04, 0x8008),  # clocks of I2S1 and ADC
        (0x05, 0x8008),  # and out of reset
        (0x06, _SAMPLE_RATES[rate]),
        (0x10, 0x8890),  # slave, 64 BCLK a frame, 16 bit, I2S
        (0x11, 0xC000),  # ADC left and right to the output slots
        (0x13, 0x2200),  # from the ADC, unmixed
        (0x51, 0x0408),  # sources: line left, line right
    )


class Ac101:
    """`i2c`: machine.I2C. OSError when the chip at its address is not an AC101, or does not answer."""

    def __init__(self, i2c, rate=8000):
        self._i2c = i2c
        self._two = bytearray(2)
        self._put(0x00, _RESET)
        time.sleep_ms(_RESET_MS)
        if self._get(0x00) != _ID:
            raise OSError("no AC101")
        for register, value in _setup(rate):
            self._put(register, value)

    def _put(self, register, value):
        self._two[0] = value >> 8
        self._two[1] = value & 0xFF
        self._i2c.writeto_mem(ADDRESS, register, self._two)

    def _get(self, register):
        self._i2c.readfrom_mem_into(ADDRESS, register, self._two)
        return self._two[0] << 8 | self._two[1]

    def start(self):
        """Wake the ADC; BCLK must be running, or the PLL does not lock."""
        self._put(0x40, 0x8000)  # digital part
        self._put(0x50, 0xBB00)  # both ADCs, 0 dB; microphone bias off

    def stop(self):
        """ADC off."""
        self._put(0x50, 0x0000)
        self._put(0x40, 0x0000)
