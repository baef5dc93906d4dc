"""ES8388 codec as a two-channel line ADC, I2S slave at 256 fs (registers: Everest ES8388 datasheet; order: Espressif ESP-ADF).

At 15,625 Hz it needs MCLK = 4.000 MHz on its pin before it is woken. Its DAC stays off: prompts have a converter of their own.
"""

from micropython import const

ADDRESS = const(0x10)
_ADC_POWER = const(0x03)
_ADC_GAIN = const(0x09)
_ADC_INPUT = const(0x0A)
_MAX_GAIN_DB = const(24)
LINE1 = const(0x00)
LINE2 = const(0x50)
DIFFERENTIAL = const(0xF0)

# (register, value): mute and stop first, then clocks and format, then power; the ADC is woken last, by start().
_SETUP = const(
    (
        (0x19, 0x04),  # DAC muted
        (0x01, 0x50),  # analogue and bias on
        (0x02, 0xF3),  # state machines stopped while clocks change
        (0x08, 0x00),  # slave
        (0x04, 0xC0),  # DAC and its outputs off
        (0x00, 0x12),  # record and playback share one clock
        (0x03, 0xFF),  # ADC off
        (0x0B, 0x02),  # stereo
        (0x0C, 0x0C),  # I2S, 16 bit
        (0x0D, 0x02),  # 256 fs, single speed
        (0x10, 0x00),  # digital volume left 0 dB
        (0x11, 0x00),  # and right
        (0x12, 0x00),  # automatic level control off: levels are evidence
        (0x2B, 0x80),  # one LRCK for both
    )
)


class Es8388:
    """`i2c`: machine.I2C; gain_db: 0 to 24 in steps of 3; source: LINE1, LINE2 or DIFFERENTIAL."""

    def __init__(self, i2c, gain_db=0, source=LINE1):
        self._i2c = i2c
        self._pair = bytearray(2)
        if gain_db % 3 or not 0 <= gain_db <= _MAX_GAIN_DB:
            raise ValueError("gain is 0 to 24 dB in steps of 3")
        for register, value in _SETUP:
            self._put(register, value)
        self._put(_ADC_GAIN, gain_db // 3 * 0x11)
        self._put(_ADC_INPUT, source)

    def _put(self, register, value):
        self._pair[0] = register
        self._pair[1] = value
        self._i2c.writeto(ADDRESS, self._pair)

    def start(self):
        """Wake the ADC; MCLK, BCLK and LRCK must be running."""
        self._put(0x02, 0xF0)  # reset the state machines on the new clocks
        self._put(0x02, 0x00)
        self._put(_ADC_POWER, 0x09)  # ADC and inputs on, microphone bias off

    def stop(self):
        """ADC off."""
        self._put(_ADC_POWER, 0xFF)
