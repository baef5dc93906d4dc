"""Two boards to run the same tests on: the simulator's, and the ESP32's over the modelled chip.

A bench has `hal` and the operator's side: go(ms) lets line time pass and the loop's heartbeat go on, lift, press, card_out,
card_in, lose_clock, block_time (ms).
"""

import os
import sys
from array import array

sys.path.insert(0, "tests/device/machine_model")

import chips
import esp32
import world

from hal import sim_box
from hal.contract import BLOCK
from hal.esp32 import Board
from hal.sim import SimHal
from hal.sim_media import LfsFlash, NorFlash, SdCard

NOW = 1795251600  # 2026-11-21 09:00:00
KEYS = 512 * 1024
_FOLDER = "/tmp/press1-benches"


def blocks():
    return array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK))


def _empty_folder():
    try:
        for name in os.listdir(_FOLDER):
            os.remove(_FOLDER + "/" + name)
    except OSError:
        os.mkdir(_FOLDER)


class SimBench:
    """The simulator's board."""

    def __init__(self):
        _empty_folder()
        sim_box.create(_FOLDER, (8000, 1), NOW)
        self.hal = SimHal(_FOLDER)
        self.hal.power_on()
        self._blocks = blocks()

    def go(self, ms):
        hal = self.hal
        hal.line.limit = hal.line.pos + ms * 8
        while hal.read_block(*self._blocks) >= 0:
            hal.feed_watchdog()

    def lift(self, lifted):
        self.hal.lift(lifted)

    def press(self, name, ms):
        self.hal.press(name, ms)

    def card_out(self):
        self.hal.card_out()

    def card_in(self):
        self.hal.card_in()

    def lose_clock(self):
        self.hal.lose_clock()

    def told(self, what):
        return self.hal.line.energised


class StateFlash:
    """littlefs's partition by the names that the modelled Partition asks for."""

    def __init__(self, size):
        self._flash = LfsFlash(None, size)
        self.size = size

    def read(self, offset, buf):
        self._flash.readblocks(offset // 4096, buf, offset % 4096)

    def program(self, offset, data):
        self._flash.writeblocks(offset // 4096, data, offset % 4096)

    def erase(self, page):
        self._flash.ioctl(6, page)


def load_board(name):
    """`board` module of a folder of boards/."""
    sys.path.insert(0, "boards/" + name)
    sys.modules.pop("board", None)
    import board

    sys.path.pop(0)
    return board


class ChipBench:
    """The ESP32's board, over the modelled chip with the parts of `name`."""

    def __init__(self, name="WROVER_WM8960", codec=chips.Wm8960, repl=False, **more):
        self.world = here = chips.attach(world.new(repl=repl), codec)
        self.board = load_board(name)
        self.board.CAPTURE_BLOCKS = more.get("capture_blocks", self.board.CAPTURE_BLOCKS)
        here.levels[self.board.PINS["SD_DETECT"]] = 0
        here.card = SdCard(None, 2048)
        here.partitions = {
            "keys": esp32.Partition("keys", NorFlash(None, KEYS)),
            "state": esp32.Partition("state", StateFlash(256 * 1024)),
        }
        chips.Ds3231.write(here.chips[0x68], b"\x00\x00\x00\x09\x06\x21\x11\x26")
        if more.get("stopped"):
            here.chips[0x68].registers[0x0F] |= 0x80
        self.hal = Board(self.board, here.ticks_ms, here.ticks_us)
        self._blocks = blocks()
        self.told = self._energised
        self.go(200)

    def go(self, ms):
        for _ in range(ms // 5):
            self.world.pass_us(5000)
            self.hal.feed_watchdog()
            while self.hal.read_block(*self._blocks) >= 0:
                pass

    def lift(self, lifted):
        self.world.levels[self.board.PINS["HOOK"]] = 0 if lifted else 1
        self.go(100)

    def press(self, name, ms):
        order = ("consent", "stop_erase", "pause", "mark", "object", "threat")
        self.world.chips[0x20].pressed = 1 << order.index(name)
        self.go(60)
        self._let_go = ms

    def release(self):
        self.world.chips[0x20].pressed = 0
        self.go(60)

    def card_out(self):
        self.world.levels[self.board.PINS["SD_DETECT"]] = 1
        self.hal.card()

    def card_in(self):
        self.world.levels[self.board.PINS["SD_DETECT"]] = 0
        self.world.card = SdCard(None, 2048)
        self.hal.card()
        self.go(300)
        self.hal.card()

    def lose_clock(self):
        self.world.chips[0x68].registers[0x0F] |= 0x80

    def _energised(self, _what):
        """Pumped within the last 40 ms."""
        before = len(self.world.changes(self.board.PINS["RELAY"]))
        self.go(40)
        return len(self.world.changes(self.board.PINS["RELAY"])) > before


BENCHES = (SimBench, ChipBench)
