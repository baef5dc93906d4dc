"""The modelled chip: names and manners of MicroPython's `machine` on the ESP32, as far as the firmware uses them."""

import world

_SECTOR = 512


PWRON_RESET, HARD_RESET, WDT_RESET = 1, 2, 3
cause = PWRON_RESET  # what a test says the last reset was


def reset_cause():
    """Why the chip started."""
    return cause


def reset():
    """The program ends here."""
    raise SystemExit("reset")


class Pin:
    """A GPIO. Calling it without a value reads; setting an input, or an input-only pin as output, fails."""

    IN = 1
    OUT = 3

    def __init__(self, number, mode=-1, pull=-1, value=None):
        self.number = number
        self._world = world.current
        if mode == Pin.OUT:
            if number in world.INPUT_ONLY:
                raise ValueError("pin can only be input")
            self._world.outputs.add(number)
        if value is not None:
            self(value)

    def __call__(self, value=None):
        if value is None:
            return self._world.levels.get(self.number, 1)
        if self.number not in self._world.outputs:
            raise AssertionError("pin %d is no output" % self.number)
        level = 1 if value else 0
        self._world.levels[self.number] = level
        self._world.note("pin", self.number, level)
        return None


class PWM:
    """Runs from its construction."""

    def __init__(self, pin, freq, duty_u16):
        assert duty_u16 == 32768, "MCLK is a square wave"
        world.current.clocks[pin.number] = freq
        world.current.note("pwm", pin.number, freq)


class I2C:
    """A bus of the parts in world.chips; who is not there does not acknowledge."""

    def __init__(self, unit, scl, sda, freq=400000):
        self._world = world.current
        self._world.note("i2c", scl.number, sda.number, freq)
        self.freq = freq

    def _chip(self, address):
        chip = self._world.chips.get(address)
        if chip is None or not chip.answers:
            raise OSError(19)
        if self.freq > chip.max_hz:
            raise AssertionError("too fast a bus for " + type(chip).__name__)
        return chip

    def scan(self):
        return sorted(address for address, chip in self._world.chips.items() if chip.answers)

    def writeto(self, address, data):
        self._chip(address).write(bytes(data))
        return len(data)

    def readfrom_into(self, address, buf):
        self._chip(address).read_into(buf)

    def writeto_mem(self, address, register, data):
        self._chip(address).write(bytes([register]) + bytes(data))

    def readfrom_mem_into(self, address, register, buf):
        chip = self._chip(address)
        chip.write(bytes([register]))
        chip.read_into(buf)


class I2S:
    """A simplex controller with descriptors of 256 frames. Non-blocking: one transfer runs, one waits, a third is lost.

    A receiver whose descriptors are all full drops the oldest. `dropped` counts transfers, `missed` frames; `sent` is what a
    sender's line has carried, as bytes.
    """

    RX = 1
    TX = 2
    STEREO = 1

    def __init__(self, unit, *, sck, ws, sd, mode, bits, format, rate, ibuf):
        assert format == I2S.STEREO and bits == (16 if mode == I2S.RX else 32)
        self._world = world.current
        if unit in self._world.streams:
            raise AssertionError("I2S unit %d is in use" % unit)
        self._world.streams[unit] = self
        self.unit, self.mode, self.rate = unit, mode, rate
        self.pins = (sck.number, ws.number, sd.number)
        self._slots = max(2, ibuf // (256 * 8))
        self._dma = []  # received: numbers of first frames of descriptors; sending: bytes
        self._transfers = []  # [buffer, bytes done]
        self._owed = 0  # millionths of frames since the last whole one
        self._made = self._waiting_from = 0
        self._handler = None
        self.dropped = self.missed = 0
        self.sent = bytearray()
        self._fifo = bytearray()
        self._world.note("i2s", unit, rate)

    def irq(self, handler):
        assert callable(handler)
        self._handler = handler

    def _queue(self, buf):
        assert self._handler, "a transfer that would wait"
        if len(self._transfers) == 2:
            self.dropped += 1
        else:
            self._transfers.append([buf, 0])
        return len(buf)

    def readinto(self, buf):
        assert self.mode == I2S.RX
        self._queue(buf)
        self._fill()
        return len(buf)

    def write(self, buf):
        assert self.mode == I2S.TX
        self._queue(buf)
        self._load(self._slots * 256 * 8)
        return len(buf)

    def deinit(self):
        self._world.note("i2s off", self.unit)
        self._world.streams.pop(self.unit, None)

    def run(self, us):
        self._owed += us * self.rate
        frames, self._owed = self._owed // 1_000_000, self._owed % 1_000_000
        if self.mode == I2S.RX:
            self._receive(frames)
        else:
            self._send(frames)

    def _receive(self, frames):
        self._made += frames
        while self._made - self._waiting_from >= 256:
            if len(self._dma) == self._slots:
                self._dma.pop(1 if self._dma[0][1] else 0)  # one that is being read is the task's
                self.missed += 256
            self._dma.append([self._waiting_from, 0])
            self._waiting_from += 256
            self._fill()

    def _fill(self):
        """The port's task: as far as it gets, which may be in the middle of a frame."""
        budget = self._world.slice() if self._world.slice else 1 << 30
        while self._dma and self._transfers:
            first, done = self._dma[0]
            transfer = self._transfers[0]
            buf, at = transfer
            count = min(256 - done, (len(buf) - at) // 4, budget)
            self._copy(buf, at, first + done, count)
            budget -= count
            transfer[1] = at + 4 * count
            self._dma[0][1] = done + count
            if done + count == 256:
                self._dma.pop(0)
            if transfer[1] == len(buf):
                self._transfers.pop(0)
            elif not budget:
                buf[transfer[1]] = self._world.frame(first + done + count)[0] & 0xFF
                return

    def _copy(self, buf, at, first, count):
        frame = self._world.frame
        for i in range(first, first + count):
            left, right = frame(i)
            buf[at] = left & 0xFF
            buf[at + 1] = left >> 8 & 0xFF
            buf[at + 2] = right & 0xFF
            buf[at + 3] = right >> 8 & 0xFF
            at += 4

    def _send(self, frames):
        room = self._slots * 256 * 8
        while frames > 0:
            self._load(room)
            count = min(frames, 64)
            part = self._fifo[: 8 * count]
            self._fifo = self._fifo[8 * count :]
            if self._world.hears:
                self.sent += part + bytes(8 * count - len(part))
            frames -= count
        self._load(room)

    def _load(self, room):
        while self._transfers and len(self._fifo) < room:
            transfer = self._transfers[0]
            buf, at = transfer
            count = min(room - len(self._fifo), len(buf) - at)
            self._fifo += bytes(buf[at : at + count])
            transfer[1] = at + count
            if transfer[1] == len(buf):
                self._transfers.pop(0)


class SDCard:
    """The card in world.card; False where it cannot be started, -5 where a transfer fails."""

    def __init__(self, slot=1, width=1):
        assert (slot, width) == (1, 1), "the wider bus needs a strapping pin"
        self._world = world.current
        self._card = self._world.card

    def _there(self):
        return self._card is not None and self._card is self._world.card

    def readblocks(self, first, buf):
        return self._card.readblocks(first, buf) if self._there() else -5

    def writeblocks(self, first, buf):
        return self._card.writeblocks(first, buf) if self._there() else -5

    def ioctl(self, op, arg):
        if op in (1, 4, 5) and not self._there():
            return -1
        return self._card.ioctl(op, arg) if op == 4 else _SECTOR if op == 5 else 0

    def deinit(self):
        self._world.note("card off")


class UART:
    """UART 0; while the REPL holds it its buffers are fixed and nothing arrives."""

    def __init__(self, unit, baudrate, rxbuf=-1, txbuf=-1, timeout=0):
        self._world = world.current
        if self._world.repl and (rxbuf >= 0 or txbuf >= 0):
            raise ValueError("REPL UART buffer size is fixed")
        assert timeout == 0, "a read that would wait"
        self._room = txbuf
        self.busy = False

    def any(self):
        return len(self._world.uart_in)

    def readinto(self, buf, n):
        part = self._world.uart_in[:n]
        self._world.uart_in = self._world.uart_in[n:]
        buf[: len(part)] = part
        return len(part) or None

    def txdone(self):
        return not self.busy

    def write(self, buf, n=None):
        n = len(buf) if n is None else n
        assert n <= self._room, "a write that would wait"
        self._world.uart_out += bytes(buf[:n])
        return n


class WDT:
    """Bites in world.pass_us."""

    def __init__(self, timeout):
        assert timeout == 8000
        self._world = world.current
        self.feed()

    def feed(self):
        self._world.fed = self._world.us
