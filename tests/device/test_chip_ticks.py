"""A year of uptime: on a 32-bit chip ticks are 30 bits, so microseconds begin anew after 18 minutes and milliseconds after 12 days.

Two ticks can be compared when less than half of that lies between them; whoever keeps one for longer must notice.
"""

import sys

sys.path.insert(0, "tests/device/machine_model")

import machine
import world

import hal.esp32
import hal.hook
import hal.link_stdio
import hal.panel
import hal.pcm5102a
import hal.relay
import hal.sdcard
import link.later
import link.server
from hal.contract import BLOCK
from strict import eq

PERIOD = 1 << 30
PARTS = 8  # of a period, to be away for


class ChipTime:
    """`time` of a 32-bit MicroPython (extmod/modtime.c)."""

    @staticmethod
    def ticks_add(a, b):
        return (a + b) & (PERIOD - 1)

    @staticmethod
    def ticks_diff(a, b):
        return ((a - b + PERIOD // 2) & (PERIOD - 1)) - PERIOD // 2


for module in (hal.esp32, hal.hook, hal.link_stdio, hal.panel, hal.pcm5102a, hal.relay, hal.sdcard, link.later, link.server):
    module.time = ChipTime


class Clock:
    """Microseconds since the start, and what the chip makes of them."""

    def __init__(self):
        self.us = 0

    def ticks_us(self):
        return self.us & (PERIOD - 1)

    def ticks_ms(self):
        return self.us // 1000 & (PERIOD - 1)

    def idle(self, us, step, pieces=100):
        """Time passes while the loop goes on."""
        for _ in range(pieces):
            self.us += us // pieces
            step()


class Sender:
    """machine.I2S that counts what it is given."""

    def __init__(self):
        self.written = 0

    def irq(self, _handler):
        pass

    def write(self, _buf):
        self.written += 1


def test_a_prompt_is_heard_however_long_ago_the_last_one_was():
    for part in range(1, 2 * PARTS):
        clock, sender = Clock(), Sender()
        muted = []
        dac = hal.pcm5102a.Pcm5102a(sender, muted.append, 2, 20_000, clock.ticks_us)
        for _ in range(3):
            clock.us += 20_000
            dac.add(0, bytes(2 * BLOCK))
            dac.push()
        eq(sender.written, 4)
        clock.idle(PERIOD * part // PARTS, dac.push)
        dac.add(0, bytes(2 * BLOCK))
        dac.push()
        eq((part, sender.written, dac.dropped, muted[-1]), (part, 6, 0, 1))


def test_the_first_prompt_after_a_start():
    for part in range(1, 2 * PARTS):
        clock, sender = Clock(), Sender()
        dac = hal.pcm5102a.Pcm5102a(sender, lambda _level: None, 2, 20_000, clock.ticks_us)
        clock.idle(PERIOD * part // PARTS, dac.push)
        dac.add(0, bytes(2 * BLOCK))
        dac.push()
        eq((part, sender.written), (part, 2))


def test_the_link_answers_after_a_silent_week():
    for part in range(1, 2 * PARTS):
        clock = Clock()
        out = Port()
        link_ = hal.link_stdio.StdioLink(11, clock.ticks_ms, stdout=out)
        link_._poll = Quiet()
        eq(link_.write(b"a" * 50, 50), 50)
        eq(link_.write(b"b", 1), 0)
        clock.idle(1000 * PERIOD * part // PARTS, partial(link_.read, bytearray(4)))
        eq((part, link_.write(b"b", 1)), (part, 1))


def test_the_relay_is_energised_after_a_rest_of_days():
    for part in range(1, 2 * PARTS):
        clock, levels = Clock(), []
        relay = hal.relay.Relay(levels.append, clock.ticks_ms)
        clock.idle(1000 * PERIOD * part // PARTS, relay.step)
        relay.set(True)
        for _ in range(3):
            clock.us += 20_000
            relay.step()
        eq((part, levels), (part, [0, 1, 0, 1]))


def test_the_hook_after_a_rest_of_days():
    for part in range(1, 2 * PARTS):
        clock, pin = Clock(), Pin()
        hook = hal.hook.Hook(pin, clock.ticks_ms)
        clock.idle(1000 * PERIOD * part // PARTS, hook.step)
        eq((part, hook.lifted), (part, False))
        pin.level = 0
        hook.step()
        clock.us += 70_000
        hook.step()
        eq((part, hook.lifted), (part, True))


def test_a_card_is_seen_after_weeks_without_one():
    for part in range(1, 2 * PARTS):
        here, clock = world.new(), Clock()
        pin = Pin()
        slot = hal.sdcard.Slot(lambda: machine.SDCard(slot=1, width=1), pin, clock.ticks_ms)
        clock.idle(1000 * PERIOD * part // PARTS, slot.card)
        pin.level = 0
        here.card = object()
        tried = []
        slot._open = partial(_refuse, tried)
        slot.card()
        eq(tried, [])
        clock.us += 300_000
        slot.card()
        eq((part, tried), (part, [1]))


class Pin:
    level = 1

    def __call__(self):
        return self.level


def partial(function, *arguments):
    return lambda: function(*arguments)


def _refuse(tried):
    tried.append(1)
    return Refusing()


class Refusing:
    """A card that cannot be started."""

    def ioctl(self, _op, _arg):
        return -5

    def deinit(self):
        pass


class Port:
    """Standard output."""

    def __init__(self):
        self.buffer = self
        self.written = b""

    def write(self, data, n):
        self.written += data[:n]


class Quiet:
    """A poll that has nothing to tell."""

    def ipoll(self, _ms):
        return iter(())
