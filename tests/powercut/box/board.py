"""A whole box on media in RAM that write down what reaches them: the power-cut harness's board. MicroPython.

Everything a scenario writes goes into one `Log`, in order, with what is true at that moment in between. The replay needs nothing
else: a cut is the media as they were before write k, plus what of write k arrived.
"""

import hashlib

import vfs

from hal import contract
from hal.sim_media import LfsFlash, NorFlash, SdCard

KEYS, PAGE, CARD, STATE, SYNC, TRUTH = range(6)  # kinds of log rows
START = 1_800_000_000  # 2027-01-15
PAGES = 16
STATE_PAGES = 16
BLOCKS = 1600  # 800 KiB card: what a box wants free, and a little


class Log:
    """Rows [kind, where, data, seconds since the start]; `on` False: nothing is kept."""

    def __init__(self):
        self.rows = []
        self.on = False
        self.seconds = lambda: 0

    def add(self, kind, where, data):
        if self.on:
            self.rows.append((kind, where, data, self.seconds()))

    def truth(self, what, *facts):
        self.add(TRUTH, what, facts)


LOG = Log()


class LoggedNor(NorFlash):
    """Key flash that cannot be erased during a call."""

    in_call = False

    def program(self, offset, data):
        super().program(offset, data)
        LOG.add(KEYS, offset, bytes(data))

    def erase(self, page):
        if self.in_call:
            raise AssertionError("key flash erased during a call")
        super().erase(page)
        LOG.add(PAGE, page, None)


class LoggedCard(SdCard):
    """Card whose writes are safe once it was told to synchronise. `failing`: so many of the next writes are refused."""

    failing = 0

    def writeblocks(self, first, buf):
        if self.failing:
            self.failing -= 1
            return -5
        return super().writeblocks(first, buf)

    def _store(self, block, data):
        data = bytes(data)
        self.sectors[block] = data
        LOG.add(CARD, block, data)

    def ioctl(self, op, arg):
        if op == 3:
            LOG.add(SYNC, None, None)
        return super().ioctl(op, arg)


class LoggedState(LfsFlash):
    in_call = False

    def _store(self, at, data):
        if self.in_call:
            raise AssertionError("state written during a call")
        self.cells[at : at + len(data)] = data
        LOG.add(STATE, at, bytes(data))


class Media:
    """Contents: keys (bytes), sectors (dict), state (bytes); what survives the power."""

    def __init__(self, keys, sectors, state, blocks=BLOCKS):
        self.keys = keys
        self.sectors = sectors
        self.state = state
        self.blocks = blocks

    def copy(self):
        return Media(bytes(self.keys), dict(self.sectors), bytes(self.state), self.blocks)


class _Sparse(SdCard):
    """Keeps no zeros: a table of 4 MiB is mostly that."""

    def _store(self, block, data):
        if any(data):
            self.sectors[block] = bytes(data)


def blank(pages=PAGES, blocks=BLOCKS):
    """Media of a new box: blank flash, empty FAT."""
    card = _Sparse(None, blocks)
    vfs.VfsFat.mkfs(card)
    state = LfsFlash(None, STATE_PAGES * 4096)
    vfs.VfsLfs2.mkfs(state)
    return Media(b"\xff" * (pages * 4096), card.sectors, bytes(state.cells), blocks)


def _nothing(_event, _fields):
    pass


class Board(contract.Hal):
    """`seconds` since the first start, of which `boot_s` before this power-on. Entropy begins the same at every power-on."""

    rate = (8000, 1)

    def __init__(self, media, seconds=0):
        self.keyflash = LoggedNor(None, len(media.keys))
        self.keyflash.cells[:] = media.keys
        self.sd = LoggedCard(None, media.blocks)
        self.sd.sectors = dict(media.sectors)
        self._state = LoggedState(None, len(media.state))
        self._state.cells[:] = media.state
        self._offset = seconds
        self._boot_s = seconds
        self._rtc = 0
        self.lost = False
        self.pos = self.limit = 0
        self.lifted = False
        self.held = 0
        self.inserted = True
        self.serial = 1
        self.late = 0
        self._drawn = 0
        self.lamp_state = 0
        self.energised = False

    def media(self):
        return Media(bytes(self.keyflash.cells), dict(self.sd.sectors), bytes(self._state.cells), self.sd.blocks)

    # contract

    def read_block(self, far, near):
        if self.pos >= self.limit:
            return -1
        self.pos += contract.BLOCK
        far[0] = near[1] = self.pos >> 4 & 0x3FFF
        lost, self.late = self.late, 0
        return lost

    def line_out(self, block):
        pass

    ear_out = line_out

    def off_hook(self):
        return self.lifted

    def buttons(self):
        return self.held

    def direction_hint(self):
        return "in"

    def lamp(self, state):
        self.lamp_state = state

    def relay(self, energised):
        self.energised = energised

    def feed_watchdog(self):
        pass

    def card(self):
        return self.sd if self.inserted else None

    def card_serial(self):
        return self.serial

    def statefs(self):
        return self._state

    def seconds(self):
        return self._offset + self.pos // 8000

    def now(self):
        return START + self.seconds() + self._rtc

    def set_clock(self, t):
        self._rtc = t - START - self.seconds()

    def clock_lost_power(self):
        return self.lost

    def clear_lost_power(self):
        self.lost = False

    def uptime(self):
        return self.seconds() - self._boot_s

    def link_read(self, buf):
        return 0

    def link_write(self, buf, n):
        return n

    def entropy(self, n):
        """The worst source that passes its tests: the same at every start, so that only the seed log keeps outputs apart."""
        out = b""
        while len(out) < n:
            self._drawn += 1
            out += hashlib.sha256(b"noise %d" % self._drawn).digest()
        return out[:n]

    # operator

    def skip(self, seconds):
        self._offset += seconds

    def lift(self, lifted):
        self.lifted = self.keyflash.in_call = self._state.in_call = lifted

    def card_out(self):
        self.inserted = self.sd.present = False

    def card_in(self):
        card = LoggedCard(None, self.sd.blocks)
        card.sectors = self.sd.sectors
        self.sd = card
        self.inserted = True
        self.serial += 1
