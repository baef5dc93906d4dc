"""The ESP32 board: the one file that touches the chip. Which pins and which codec is the board's affair (`boards/*/board.py`).
Nothing starts a radio, and Ctrl-C is a byte like any other. What has run on real hardware: docs/hardware.md.
"""

import os
import time

import esp32
import machine
import micropython
from micropython import const

from hal import contract, keypart
from hal.capture import Capture
from hal.contract import BLOCK
from hal.ds3231 import ADDRESS as RTC
from hal.ds3231 import Ds3231
from hal.hook import Hook
from hal.link_stdio import StdioLink
from hal.link_uart import BUFFER, UartLink
from hal.panel import ADDRESSES, Panel
from hal.pcm5102a import BUFFERED_MS, OUTPUT_DELAY_MS, Pcm5102a
from hal.relay import Relay
from hal.sdcard import Slot

_I2C_HZ = const(100_000)  # the PCF8574 takes no more
_MCLK_HZ = const(4_000_000)  # 256 times 15,625: exact from 80 MHz, as the bit clock of I2S is from 160 MHz
_RX_MS = const(264)  # of DMA, at 8 bytes a frame
_WATCHDOG_MS = const(8000)
_RESYNC_S = const(600)
_BAUD = const(115200)
_ENODEV = const(19)
_HALF_DUTY = const(32768)


def _es8388(i2c):
    from hal import es8388

    return es8388.Es8388(i2c, 0, es8388.LINE2)  # line input, on both boards that have it


def _ac101(i2c):
    from hal import ac101

    return ac101.Ac101(i2c)


def _wm8960(i2c):
    from hal import wm8960_line

    return wm8960_line.Wm8960Line(i2c)


# name: (I2C address, how to set it up, I2S rate in Hz, whether it is halved)
CODECS = {"es8388": (0x10, _es8388, 15625, True), "ac101": (0x1A, _ac101, 8000, False), "wm8960": (0x1A, _wm8960, 8000, False)}


def find(label):
    """The data partition of that name; OSError ENODEV where the partition table has none."""
    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label=label)
    if not found:
        raise OSError(_ENODEV)
    return found[0]


def restart():
    """Start the chip again."""
    machine.reset()


class Board(contract.Hal):
    """`board`: names, pins and codecs of a board (`boards/TEMPLATE/board.md`). Raises OSError when a part does not answer.

    Fields: codec (the name of the one that was found), parts for the self test: capture, dac, rtc, panel, slot.
    """

    code_root = "/code"

    def __init__(self, board, ticks_ms=time.ticks_ms, ticks_us=time.ticks_us):
        micropython.kbd_intr(-1)
        self._pins, self._ticks = board.PINS, ticks_ms
        self.stall_ms = 20 * board.CAPTURE_BLOCKS + 200  # a segment and most of the DMA
        self._relay = Relay(self._output("RELAY"), ticks_ms)
        mute = self._output("DAC_MUTE")
        for name in board.KEEP_LOW:
            self._output(name)
        self.hook = Hook(machine.Pin(self._pins["HOOK"], machine.Pin.IN), ticks_ms)
        self._i2c = machine.I2C(0, scl=machine.Pin(self._pins["I2C_SCL"]), sda=machine.Pin(self._pins["I2C_SDA"]), freq=_I2C_HZ)
        self.start_cause = "power" if machine.reset_cause() == machine.PWRON_RESET else "watchdog"
        self._start_time()
        self.panel = Panel(self._i2c, self._answering(ADDRESSES), ticks_ms)
        self._start_audio(board, mute, ticks_us)
        self._start_storage()
        self.link = self._open_link()
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def _output(self, name):
        return machine.Pin(self._pins[name], machine.Pin.OUT, value=0)

    # Parts

    def _answering(self, addresses):
        """The first address at which something answers; OSError ENODEV."""
        present = self._i2c.scan()
        for address in addresses:
            if address in present:
                return address
        raise OSError(_ENODEV)

    def _start_audio(self, board, mute, ticks_us):
        if "MCLK" in self._pins:  # before the codec is touched; kept, or the collector would stop it
            self._mclk = machine.PWM(machine.Pin(self._pins["MCLK"]), freq=_MCLK_HZ, duty_u16=_HALF_DUTY)
        self.codec, chip, rate, halved = self._probe(board.CODECS)
        self.rate = (rate, 2 if halved else 1)
        self.output_delay = OUTPUT_DELAY_MS * rate // (1000 * self.rate[1])
        self.capture = Capture(lambda: self._receiver(rate), rate, halved, ticks_us, board.CAPTURE_BLOCKS)
        self.capture.start()  # clocks first: a codec wakes on them
        chip.start()
        self._codec_chip = chip
        times = 4 if halved else 2
        block_us = BLOCK * 1_000_000 * self.rate[1] // rate
        self.dac = Pcm5102a(self._sender(rate * times // self.rate[1]), mute, times, block_us, ticks_us)

    def _probe(self, names):
        present = self._i2c.scan()
        for name in names:
            address, set_up, rate, halved = CODECS[name]
            if address in present:
                return name, set_up(self._i2c), rate, halved
        raise OSError(_ENODEV)

    def _i2s_pins(self, prefix, word_clock):
        names = {"sck": prefix + "_BCK", "ws": word_clock, "sd": prefix + "_DATA"}
        return {key: machine.Pin(self._pins[names[key]]) for key in names}

    def _receiver(self, rate):
        own = self.codec.upper() + "_WS"
        pins = self._i2s_pins("ADC", own if own in self._pins else "ADC_WS")
        i2s = machine.I2S
        return i2s(0, mode=i2s.RX, bits=16, format=i2s.STEREO, rate=rate, ibuf=8 * rate * _RX_MS // 1000, **pins)

    def _sender(self, rate):
        pins = self._i2s_pins("DAC", "DAC_WS")
        i2s = machine.I2S
        return i2s(1, mode=i2s.TX, bits=32, format=i2s.STEREO, rate=rate, ibuf=8 * rate * BUFFERED_MS // 1000, **pins)

    def _start_storage(self):
        self.keyflash = keypart.KeyPartition(find(keypart.LABEL), self.off_hook)
        self._state = find("state")
        detect = machine.Pin(self._pins["SD_DETECT"], machine.Pin.IN)
        self.slot = Slot(lambda: machine.SDCard(slot=1, width=1), detect, self._ticks)

    @staticmethod
    def _open_link():
        """UART 0 where it is free; where the REPL holds it, its buffers are fixed, and the way is through standard input."""
        try:
            return UartLink(machine.UART(0, _BAUD, rxbuf=BUFFER, txbuf=BUFFER, timeout=0))
        except ValueError:
            return StdioLink()

    # Audio

    def read_block(self, far, near):
        lost = self.capture.read(far, near)
        if lost >= 0:
            self.dac.push()
        return lost

    @property
    def behind(self):
        return self.capture.behind or self.dac.full

    def line_out(self, block):
        self.dac.add(0, block)

    def ear_out(self, block):
        self.dac.add(1, block)

    # Handset, buttons, lamp

    def off_hook(self):
        return self.hook.lifted

    def buttons(self):
        return self.panel.buttons()

    def direction_hint(self):
        return None

    def lamp(self, state):
        self.panel.lamp(state)

    def relay(self, energised):
        self._relay.set(energised)

    def feed_watchdog(self):
        """The heartbeat: everything that must go on while the loop lives, and stop with it."""
        self._watchdog.feed()
        self._relay.step()
        self.panel.step()
        self.hook.step()

    # Storage

    def card(self):
        return self.slot.card()

    def card_serial(self):
        return self.slot.serial

    def statefs(self):
        return self._state

    # Time

    def _start_time(self):
        """The battery clock is read now and every ten minutes; between, powered seconds are added."""
        self._second_at = self._ticks()
        self._up = self._now_up = self._read_up = 0
        self._stopped = False
        self.rtc = Ds3231(self._i2c)
        self._utc = self._now = 0
        self._read_clock()

    def _read_clock(self):
        try:
            self._utc = self._now = self.rtc.read()
        except OSError:  # it goes on by powered seconds, and is not believed
            self._stopped = True
            self._utc += self._up - self._read_up
            self._now = self._utc
        self._read_up = self._now_up = self._up

    def now(self):
        """One number a second: over 30 bits it is an object, which a block of audio must not make."""
        up = self.uptime()
        if up - self._read_up >= _RESYNC_S:
            self._read_clock()
        elif up != self._now_up:
            self._now = self._utc + up - self._read_up
            self._now_up = up
        return self._now

    def set_clock(self, t):
        self.rtc.write(t)
        self._stopped = False
        self._read_clock()

    def clock_lost_power(self):
        try:
            return self._stopped or self.rtc.lost_power()
        except OSError:  # a clock that does not answer is none
            return True

    def clear_lost_power(self):
        self.rtc.clear()

    def uptime(self):
        ms = time.ticks_diff(self._ticks(), self._second_at)
        if ms >= 1000:
            self._up += ms // 1000
            self._second_at = time.ticks_add(self._second_at, ms // 1000 * 1000)
        return self._up

    # The rest

    def link_read(self, buf):
        return self.link.read(buf)

    def link_write(self, buf, n):
        return self.link.write(buf, n)

    def entropy(self, n):
        """The chip's generator, weak while the radio is off, over the lowest bits of the converters."""
        noise, pool = bytearray(os.urandom(n)), self.capture.pool
        for i in range(n):
            noise[i] ^= pool[i % len(pool)]
        return bytes(noise)

    def probe(self):
        """Rows (part, good or None, what) for the self test: does everything on the I2C bus still answer?"""
        present = self._i2c.scan()
        address = CODECS[self.codec][0]
        return (
            ("codec " + self.codec, address in present, "%#x" % address),
            ("clock chip", RTC in present, "DS3231"),
            ("buttons and lamp", any(number in present for number in ADDRESSES), "PCF8574"),
            ("on the I2C bus", None, " ".join("%#x" % number for number in sorted(present))),
        )

    def wait(self):
        """Nothing to do until a block has come: leave the processor to the audio task."""
        time.sleep_ms(1)
