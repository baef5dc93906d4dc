"""Stands for micropython-lib's driver: the same names, arguments and effects on the bus, as far as the wrapper uses them."""

MODULE_ADC = 0
ROUTE_RECORD = 5
INPUT_LINE2 = 4
SYSCLK_PLL = 1
_POWER1 = 0x19
_ADC = 0x0C


class Regs:
    """Write-only nine-bit registers with a copy."""

    def __init__(self, i2c):
        self._i2c = i2c
        self._copy = {}

    def __setitem__(self, register, value):
        self._copy[register] = value
        self._i2c.writeto(0x1A, bytes([register << 1 | value >> 8 & 1, value & 0xFF]))

    def __getitem__(self, register):
        return self._copy[register]


class WM8960:
    """Leaves the ADC running and +6 dB on the line inputs, as the real one does."""

    def __init__(self, i2c, sample_rate, bits, route, left_input, right_input, sysclk_source, mclk_freq):
        if 12_288_000 // sample_rate not in (256, 384, 512, 768, 1024, 1408, 1536) or bits != 16:
            raise ValueError("Invalid ratio sysclk/sample_rate or invalid bit length")
        assert (route, left_input, right_input, sysclk_source) == (ROUTE_RECORD, INPUT_LINE2, INPUT_LINE2, SYSCLK_PLL)
        assert mclk_freq == 24_000_000
        self.regs = Regs(i2c)
        self.regs[0x0F] = 0
        self.regs[_POWER1] = 0xFE
        self.regs[0x2B] = self.regs[0x2C] = 0x0E

    def set_module(self, module, is_enabled):
        assert module == MODULE_ADC
        self.regs[_POWER1] = (self.regs[_POWER1] & ~_ADC) | (_ADC if is_enabled else 0)
