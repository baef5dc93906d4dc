"""What all modelled parts share: microseconds, pins, the I2C bus, and a record of everything that was done to them."""

import time

WATCHDOG_US = 8_000_000
INPUT_ONLY = (34, 35, 36, 37, 38, 39)


class World:
    """One board's surroundings. `log`: tuples in order; `repl`: the REPL holds UART 0; `frame(i)`: the line's i-th stereo frame."""

    def __init__(self, repl=False):
        self.us = 0
        self.log = []
        self.repl = repl
        self.levels = {}  # pin number: level that the outside holds an input at, or that an output was set to
        self.outputs = set()
        self.chips = {}  # I2C address: part
        self.streams = {}  # I2S unit: running I2S object
        self.clocks = {}  # pin: Hz of a PWM
        self.partitions = {}
        self.card = None  # sectors of the card in the slot, as an object with read, write and count
        self.uart_in = b""
        self.uart_out = b""
        self.fed = None
        self.frame = lambda i: (0, 0)
        self.slice = None  # called for the frames that the receiver's task copies before it is interrupted
        self.hears = True  # keep what the I2S senders have sent

    def note(self, *what):
        self.log.append(what)

    def ticks_us(self):
        return time.ticks_add(0, self.us)

    def ticks_ms(self):
        return time.ticks_add(0, self.us // 1000)

    def pass_us(self, us):
        """Time goes by; the audio hardware works, whatever the interpreter does."""
        self.us += us
        for stream in list(self.streams.values()):
            stream.run(us)
        if self.fed is not None and self.us - self.fed > WATCHDOG_US:
            raise AssertionError("the watchdog was not fed for 8 s")

    def changes(self, pin):
        """Levels that a pin was set to, in order."""
        return [entry[2] for entry in self.log if entry[0] == "pin" and entry[1] == pin]


current = World()


def new(**more):
    """A fresh world, which machine and esp32 use from now on."""
    global current
    current = World(**more)
    return current
