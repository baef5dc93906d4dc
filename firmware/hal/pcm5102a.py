"""PCM5102A stereo DAC on an I2S unit of its own: left goes to the line, right to the earpiece; XSMT mutes it at once.

It has no registers and makes its clocks from BCK. Its PLL takes 64 BCK a frame from 16 kHz on (TI PCM510xA datasheet, SLAS859,
BCK rates for PLL operation), so the line's rate is raised: twofold from 8,000 Hz, fourfold from 7,812.5 Hz, in 32-bit frames.
XSMT stays low until the clocks run. What is not renewed is muted, whatever the DMA buffers still hold. Captured blocks come
one or two at a time, so a block of silence goes ahead of what begins, and is heard as nothing but 20 ms of delay.
"""

import time
from array import array

import micropython
from micropython import const

from hal.contract import BLOCK

_BUFFERS = const(3)  # one that the task sends, one that waits, one that is filled
_AHEAD_BLOCKS = const(3)  # DMA of BUFFERED_MS takes these, and the port's two transfers the rest
BUFFERED_MS = const(50)
OUTPUT_DELAY_MS = const(90)  # at most, from handing out a block: DMA, two queued transfers and a block of silence ahead


@micropython.viper
def _add(total: ptr16, block: ptr16, n: int):
    i = 0
    while i < n:
        s = (int(total[i]) ^ 0x8000) + (int(block[i]) ^ 0x8000) - 0x10000
        if s > 32767:
            s = 32767
        if s < -32768:
            s = -32768
        total[i] = s
        i += 1


@micropython.viper
def _zero(block: ptr16, n: int):
    i = 0
    while i < n:
        block[i] = 0
        i += 1


@micropython.viper
def _raise(out: ptr32, block: ptr16, channel: int, times: int, before: int) -> int:
    """Straight lines between the samples of one channel into 32-bit stereo frames; the last sample, for the next block."""
    at = channel
    i = 0
    while i < 160:
        x = (int(block[i]) ^ 0x8000) - 0x8000
        k = 1
        while k <= times:
            y = before * (times - k) + x * k
            out[at] = (y << 15) if times == 2 else (y << 14)
            at += 2
            k += 1
        before = x
        i += 1
    return before


def _nothing(_i2s):
    """I2S writes without waiting only when it has somebody to tell."""


class Pcm5102a:
    """`i2s`: machine.I2S sender, 32-bit stereo at `times` the line's rate; `mute`: pin on XSMT, low mutes; times: 2 or 4."""

    def __init__(self, i2s, mute, times, block_us, ticks_us=time.ticks_us):
        self._i2s = i2s
        self._mute = mute
        self._times = times
        self._block_us = block_us
        self._ticks = ticks_us
        self._mixes = (array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK)))
        self._silent = array("h", bytes(2 * BLOCK))
        self._before = array("i", (0, 0))
        self._buffers = tuple(bytearray(8 * BLOCK * times) for _ in range(_BUFFERS))
        self._next = 0
        self._adding = self._open = False
        self._until = ticks_us()  # when all that was written has been played
        self._playing = False  # it lies ahead: a tick that is minutes old would lie ahead again
        self.dropped = 0
        mute(0)
        i2s.irq(_nothing)

    def add(self, channel, block):
        """Add a block to channel 0 (line) or 1 (ear) of what is sent with the next push; None adds nothing."""
        if block is not None:
            _add(self._mixes[channel], block, BLOCK)
            self._adding = True

    @property
    def full(self):
        """The next push would drop what is added."""
        return self._playing and time.ticks_diff(self._until, self._ticks()) > _AHEAD_BLOCKS * self._block_us

    def push(self):
        """Once a block of line time: send what was added, or mute."""
        now = self._ticks()
        ahead = time.ticks_diff(self._until, now) if self._playing else -1
        self._playing = ahead >= 0
        if not self._adding:
            self._silence()
            return
        self._adding = False
        if ahead > _AHEAD_BLOCKS * self._block_us:
            self.dropped += 1  # blocks that had waited for the card come faster than they can be played
        else:
            self._go_on(now)
        for mix in self._mixes:
            _zero(mix, BLOCK)

    def _go_on(self, now):
        if not self._playing:
            self._until = now
            self._playing = True
            self._send(self._silent, self._silent)
        self._send(self._mixes[0], self._mixes[1])

    def _send(self, line, ear):
        out = self._buffers[self._next]
        self._next = (self._next + 1) % _BUFFERS
        self._before[0] = _raise(out, line, 0, self._times, self._before[0])
        self._before[1] = _raise(out, ear, 1, self._times, self._before[1])
        self._i2s.write(out)
        self._until = time.ticks_add(self._until, self._block_us)
        if not self._open:
            self._open = True
            self._mute(1)

    def _silence(self):
        if self._open:
            self._open = False
            self._mute(0)
            self._before[0] = self._before[1] = 0

    def stop(self):
        """Mute, and give the I2S unit back: never the other way round, or it clicks."""
        self._silence()
        self._i2s.deinit()
