"""The parts on the I2C bus. Each keeps its registers and fails a test that breaks the order its datasheet asks for."""

import time

import world


class Chip:
    """A part at an address; `writes`: (register, value) in order."""

    max_hz = 400_000

    def __init__(self, here):
        self.world = here
        self.answers = True
        self.registers = {}
        self.writes = []
        self._pointer = 0

    def receiving(self):
        """True while the chip's I2S receiver drives bit and word clock."""
        return 0 in self.world.streams


class Es8388(Chip):
    """Clocks and format change only while the state machines stand still; the ADC wakes last, on running clocks."""

    _CLOCKS = (0x08, 0x0C, 0x0D, 0x2B)

    def write(self, data):
        register, value = data
        assert register <= 0x34, "no such register"
        if register in self._CLOCKS:
            assert self.registers.get(0x02, 0) & 0xF0 == 0xF0, "clocks changed while the state machines run"
        if register == 0x02 and value == 0:
            assert self.world.clocks.get(0) == 256 * self.world.streams[0].rate, "woken without 256 fs on MCLK"
        if register == 0x03 and value != 0xFF:
            self._wakes()
        self.registers[register] = value
        self.writes.append((register, value))

    def _wakes(self):
        assert self.receiving(), "woken without BCLK and LRCK"
        assert self.registers[0x02] == 0, "woken while the state machines are stopped"
        assert (self.registers[0x0C], self.registers[0x0D]) == (0x0C, 0x02), "woken without a format"


class Ac101(Chip):
    """Reset, 100 ms, PLL, clocks, modules; the ADC wakes on a running BCLK."""

    def write(self, data):
        if len(data) == 1:
            self._pointer = data[0]
            return
        register, value = data[0], data[1] << 8 | data[2]
        self.writes.append((register, value))
        if register == 0x00:
            assert value == 0x0123
            self.registers = {0: 0x0101}
            self._reset_at = time.ticks_ms()
            return
        assert time.ticks_diff(time.ticks_ms(), self._reset_at) >= 95, "written to within 100 ms of its reset"
        self._order(register)
        self.registers[register] = value

    def _order(self, register):
        needs = {0x03: 0x02, 0x04: 0x03, 0x05: 0x04, 0x40: 0x51, 0x50: 0x40}.get(register)
        assert needs is None or needs in self.registers, "register %02x before %02x" % (register, needs)
        if register == 0x50:
            assert self.receiving(), "woken without BCLK, so that its PLL has nothing to lock to"

    def read_into(self, buf):
        value = self.registers.get(self._pointer, 0)
        buf[0], buf[1] = value >> 8, value & 0xFF


class Wm8960(Chip):
    """Nine-bit registers, never read; begins with a reset. At 1A like the AC101, but it answers no read."""

    def write(self, data):
        assert len(data) == 2, "a write of one register is two bytes"
        register, value = data[0] >> 1, (data[0] & 1) << 8 | data[1]
        assert self.writes or register == 0x0F, "written to before its reset"
        self.registers[register] = value
        self.writes.append((register, value))

    def read_into(self, buf):
        raise OSError(19)


class Ds3231(Chip):
    """Time in one burst; the oscillator-stopped bit is cleared by a 0 and set by nothing that is written."""

    def __init__(self, here, stopped=False):
        super().__init__(here)
        self.registers = bytearray(19)
        self.registers[4] = self.registers[5] = 1
        self.registers[0x0F] = 0x88 if stopped else 0x08
        self.registers[0x0E] = 0x1C

    def write(self, data):
        self._pointer = data[0]
        for i in range(1, len(data)):
            self._put(data[0] + i - 1, data[i])
        if len(data) > 1:
            self.writes.append((data[0], data[1:]))
            assert data[0] > 6 or (data[0], len(data)) == (0, 8), "time written in pieces"

    def _put(self, register, value):
        if register < 7:
            assert value & 15 < 10 and value >> 4 < 10, "no BCD"
        if register == 0x0F:
            value = (value & 0x7F) | (value & self.registers[0x0F] & 0x80)
        self.registers[register] = value

    def read_into(self, buf):
        for i in range(len(buf)):
            buf[i] = self.registers[self._pointer + i]


class Pcf8574(Chip):
    """Eight weak pull-ups over open drains; `pressed`: bits that a button holds to ground."""

    max_hz = 100_000

    def __init__(self, here):
        super().__init__(here)
        self.latch = 0xFF
        self.pressed = 0

    def write(self, data):
        assert len(data) == 1
        assert data[0] & 0x3F == 0x3F, "a button's pin driven low: it would read as held, and short nothing but sense"
        self.latch = data[0]
        self.writes.append(data[0])

    def read_into(self, buf):
        buf[0] = self.latch & ~self.pressed & 0xFF


def attach(here, codec):
    """A board's usual parts on the bus; the codec by its class, or None."""
    here.chips[0x68] = Ds3231(here)
    here.chips[0x20] = Pcf8574(here)
    if codec:
        here.chips[0x10 if codec is Es8388 else 0x1A] = codec(here)
    return here


assert world.current is not None
