"""Front panel: a PCF8574 on I2C with six buttons (P0 to P5, to ground) and a two-colour lamp (P6 red, P7 green, to supply).

Its pins are quasi-bidirectional: a 1 is a weak pull-up and an input, a 0 sinks (NXP PCF8574 datasheet). So buttons read 0 when
held and their bits are always written as 1, and a lamp's bit is 0 when it is lit.
"""

import time

from micropython import const

from hal import contract

ADDRESSES = (0x20, 0x38)  # PCF8574, PCF8574A, both with A2 to A0 low
_BUTTONS = const(0x3F)
_RED = const(0x40)
_GREEN = const(0x80)
_READ_MS = const(15)  # two equal readings so far apart make a button
_BLINK_MS = const(125)

# By lamp state: colours, and eighths of a second in which they are lit, one bit each, repeated.
_PATTERNS = (
    (0, 0x00),  # off
    (_GREEN, 0xFF),  # ready
    (_RED | _GREEN, 0x0F),  # asking: slow amber
    (_RED, 0xFF),  # recording
    (_RED, 0x03),  # paused: short red
    (_GREEN, 0x55),  # erased: quick green
    (_RED | _GREEN, 0xFF),  # warning: amber
    (_RED, 0x55),  # fault: quick red
)


class Panel:
    """`i2c`: machine.I2C. A panel that does not answer has no button held; `failures` counts."""

    def __init__(self, i2c, address, ticks_ms=time.ticks_ms):
        self._i2c = i2c
        self._address = address
        self._ticks = ticks_ms
        self._byte = bytearray(1)
        self._read_at = ticks_ms()
        self._reading = self._held = 0
        self._shown = -1
        self._colour, self._pattern = _PATTERNS[contract.LAMP_OFF]
        self.failures = 0
        self._show(0)

    def lamp(self, state):
        """Show LAMP_... from the next `step` on."""
        self._colour, self._pattern = _PATTERNS[state]

    def buttons(self):
        """Mask of the buttons held, in the order of contract.BUTTON_..."""
        return self._held

    def step(self):
        """To be called often: reads the buttons and moves the lamp's pattern on. Allocates nothing."""
        now = self._ticks()
        lit = self._pattern >> ((now // _BLINK_MS) & 7) & 1
        self._show(self._colour if lit else 0)
        if time.ticks_diff(now, self._read_at) >= _READ_MS:
            self._read_at = now
            self._debounce(self._read())

    def _debounce(self, reading):
        if reading == self._reading:
            self._held = reading
        self._reading = reading

    def _read(self):
        try:
            self._i2c.readfrom_into(self._address, self._byte)
        except OSError:
            self.failures += 1
            return 0
        return ~self._byte[0] & _BUTTONS

    def _show(self, colour):
        if colour == self._shown:
            return
        self._byte[0] = ~colour & 0xFF
        try:
            self._i2c.writeto(self._address, self._byte)
            self._shown = colour
        except OSError:
            self.failures += 1
            self._shown = -1
