"""The card slot: follows its detect switch, and turns every trouble of a card into a negative errno.

VfsFat keeps its state straight when a device answers with a number, and does not when an exception flies through it.
machine.SDCard (ports/esp32/machine_sdcard.c) answers False when a card cannot be started and -EIO when a transfer fails.
"""

import time

from micropython import const

_EIO = const(5)
_ENODEV = const(19)
_STEADY_MS = const(200)  # contacts bounce while a card slides in
_RETRY_MS = const(60_000)  # at most between tries to start a card: a try may take a second, in which no line audio is served
_BLOCK_SIZE = const(5)
_BLOCK_COUNT = const(4)
_INIT = const(1)
_DEINIT = const(2)
_SECTOR = const(512)


class Medium:
    """Block device of one card from its insertion to its removal; afterwards it answers -ENODEV for good."""

    def __init__(self, card):
        self._card = card
        self.gone = False

    def _answer(self, result):
        if result is True or result is None:
            return 0
        return -_EIO if result is False else result

    def readblocks(self, first, buf):
        """Fill `buf` from block `first`: 0, or a negative errno."""
        if self.gone:
            return -_ENODEV
        return self._answer(self._card.readblocks(first, buf))

    def writeblocks(self, first, buf):
        """Write `buf` from block `first`: 0, or a negative errno."""
        if self.gone:
            return -_ENODEV
        return self._answer(self._card.writeblocks(first, buf))

    def ioctl(self, op, arg):
        """MicroPython's block protocol: 4 block count, 5 block size; the rest is the card's affair."""
        if op == _BLOCK_SIZE:
            return _SECTOR
        if self.gone:
            return 0 if op == _DEINIT else -_ENODEV
        return self._card.ioctl(op, arg)

    def remove(self):
        """The card has left."""
        self.gone = True
        self._card.deinit()


class Slot:
    """`open_card()` gives a machine.SDCard; `detect`: pin that is low while a card is in. `serial` counts insertions."""

    def __init__(self, open_card, detect, ticks_ms=time.ticks_ms):
        self._open = open_card
        self._detect = detect
        self._ticks = ticks_ms
        self._level = -1
        self._since = ticks_ms()
        self._wait_ms = _STEADY_MS
        self.medium = None
        self.serial = 0
        self._inserted() if not detect() else None

    def card(self):
        """The medium in the slot, or None."""
        self._follow()
        return self.medium

    def _follow(self):
        level = self._detect()
        now = self._ticks()
        if level != self._level:
            self._level = level
            self._since = now
            self._wait_ms = _STEADY_MS
        if level and self.medium:
            self._removed()  # at once: what is written from here on is lost
        elif not level and not self.medium and time.ticks_diff(now, self._since) >= self._wait_ms:
            self._inserted()

    def _inserted(self):
        """Starts the card; one that does not start is tried again, twice as much later each time."""
        card = self._started()
        self._since = self._ticks()
        self._wait_ms = min(2 * self._wait_ms, _RETRY_MS)
        if card:
            self.medium = Medium(card)
            self.serial += 1

    def _started(self):
        try:
            card = self._open()
        except OSError:
            return None
        if card.ioctl(_INIT, 0) == 0:
            return card
        card.deinit()
        return None

    def _removed(self):
        self.medium.remove()
        self.medium = None
