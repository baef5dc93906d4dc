"""WM8960 codec as a two-channel line ADC, by micropython-lib's driver `wm8960` (a `require()` of the board's manifest).

The SparkFun board has a 24 MHz oscillator of its own; the codec's PLL makes 12.288 MHz of it, 1,536 times 8 kHz.
"""

import wm8960  # type: ignore[import-not-found]  # micropython-lib; the stubs know the port alone
from micropython import const

ADDRESS = const(0x1A)
_OSCILLATOR_HZ = const(24_000_000)
_BOOST_LEFT = const(0x2B)  # INBMIX1 and 2: bits 3:1 are the gain of input 2, 5 for 0 dB (Wolfson WM8960 datasheet, rev 4.2)
_BOOST_RIGHT = const(0x2C)
_ZERO_DB = const(5 << 1)


class Wm8960Line:
    """`i2c`: machine.I2C; the taps go to LINPUT2 and RINPUT2, which bypass the microphone amplifiers."""

    def __init__(self, i2c, rate=8000):
        self._codec = wm8960.WM8960(
            i2c,
            sample_rate=rate,
            bits=16,
            route=wm8960.ROUTE_RECORD,
            left_input=wm8960.INPUT_LINE2,
            right_input=wm8960.INPUT_LINE2,
            sysclk_source=wm8960.SYSCLK_PLL,
            mclk_freq=_OSCILLATOR_HZ,
        )
        self._codec.regs[_BOOST_LEFT] = _ZERO_DB  # the driver leaves +6 dB there
        self._codec.regs[_BOOST_RIGHT] = _ZERO_DB
        self.stop()

    def start(self):
        """Wake the ADC."""
        self._codec.set_module(wm8960.MODULE_ADC, True)

    def stop(self):
        """ADC off."""
        self._codec.set_module(wm8960.MODULE_ADC, False)
