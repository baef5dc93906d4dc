"""The simulator's board, on the MicroPython unix port. Time is the sample clock of the line. Never on a board."""

import hashlib
import os

from hal import contract, sim_box
from hal.sim_faults import Faults
from hal.sim_line import Line
from hal.sim_link import NoLink

LAMPS = ("off", "ready", "asking", "recording", "paused", "erased", "warning", "fault")
BUTTONS = {
    "consent": contract.BUTTON_CONSENT,
    "stop_erase": contract.BUTTON_STOP_ERASE,
    "pause": contract.BUTTON_PAUSE,
    "mark": contract.BUTTON_MARK,
    "object": contract.BUTTON_OBJECT,
    "threat": contract.BUTTON_THREAT,
}
LOST_CLOCK = 946684800  # where a battery clock starts again: 2000-01-01
_WATCHDOG_S = 8
_EPOCH_MS = 1000


def nothing(_event, _fields):
    """An observer that is not interested."""


class SimHal(contract.Hal):
    """One box of a box directory. The operator's side (lift, press, card, clock, power) is below the contract's.

    tell(event, fields) hears lamp, relay and fault; seed makes the noise source repeat.
    """

    def __init__(self, folder, line=None, tell=nothing, seed=None, direction=None):
        self.folder = self._folder = folder
        self._kept = sim_box.load(folder)
        self.rate = tuple(self._kept["rate"])
        self.line = line or Line()
        self.link = NoLink()
        self.tell = tell
        self.powered = False
        self.faults = Faults(self._stall)
        self._seed = seed
        self._direction = direction
        self.swapped = False  # the taps are connected the other way round
        self._hook = False
        self._held = []  # [mask, sample at which it is let go]
        self._skipped_s = 0
        self._clock = (self._kept["time"], 0)  # battery clock at a powered-seconds count
        self._world = (self._kept["world"], 0)
        self._lamp = contract.LAMP_OFF
        self._media = None
        self._drawn = 0
        self._boot_s = 0
        self._fed_s = None

    # The contract

    def read_block(self, far, near):
        if self.swapped:
            far, near = near, far
        return self.line.read_block(far, near)

    def line_out(self, block):
        self.line.add(0, block)

    def ear_out(self, block):
        self.line.add(1, block)

    def off_hook(self):
        return self._hook

    def buttons(self):
        mask = 0
        for button in self._held:
            if self.line.pos < button[1]:
                mask |= button[0]
        return mask

    def direction_hint(self):
        return self._direction

    def lamp(self, state):
        if state != self._lamp:
            self._lamp = state
            self.tell("lamp", {"lamp": LAMPS[state]})

    def relay(self, energised):
        energised = bool(energised)
        if energised != self.line.energised:
            self.line.energised = energised
            self.tell("relay", {"energised": energised})

    def feed_watchdog(self):
        self._fed_s = self._seconds()

    def card(self):
        return self._media.card if self._kept["card"] else None

    def card_serial(self):
        return self._kept["serial"]

    @property
    def keyflash(self):
        return self._media.keys

    def statefs(self):
        return self._media.state

    def now(self):
        return self._clock[0] + self._seconds() - self._clock[1]

    def set_clock(self, t):
        self._clock = self._world = (t, self._seconds())

    def clock_lost_power(self):
        return self._kept["lost"]

    def clear_lost_power(self):
        self._kept["lost"] = False

    def uptime(self):
        return self._seconds() - self._boot_s

    def link_read(self, buf):
        return self.link.read(buf)

    def link_write(self, buf, n):
        return self.link.write(buf, n)

    def entropy(self, n):
        if self._seed is None:
            return os.urandom(n)
        out = b""
        while len(out) < n:
            self._drawn += 1
            out += hashlib.sha256("%s/%d/%d" % (self._seed, self._kept["boots"], self._drawn)).digest()
        return out[:n]

    # Time

    def _seconds(self):
        return self.line.pos * self.rate[1] // self.rate[0] + self._skipped_s

    def line_ms(self):
        """Milliseconds of line time; skipped hours do not count."""
        return self.line.pos * _EPOCH_MS * self.rate[1] // self.rate[0]

    def skip(self, seconds):
        """Let time pass without line audio."""
        self._skipped_s += seconds
        self._fed_s = None

    def resume(self, start):
        """The box was off until `start`; its battery clock ran on."""
        elapsed = start - self.world()
        self._clock = (self._clock[0] + elapsed, self._clock[1])
        self._world = (start, self._world[1])

    def world(self):
        """True UTC, which the box knows only while its clock has not lost power."""
        return self._world[0] + self._seconds() - self._world[1]

    def starved(self):
        """True when a firmware that feeds the watchdog has stopped doing so."""
        return self._fed_s is not None and self._seconds() - self._fed_s > _WATCHDOG_S

    # The operator

    def power_on(self):
        """New media objects on the same images; the boot counter moves the noise on."""
        self.faults = Faults(self._stall)
        self._media = sim_box.Media(self._folder, self.faults)
        self._media.keys.in_call = self._hook
        self._kept["boots"] += 1
        self._drawn = 0
        self._boot_s = self._seconds()
        self._fed_s = None
        self.line.forget()
        self.powered = True

    def power_off(self):
        """The handset is bypassed, lamps go out; what the media hold stays."""
        self.powered = False
        self.relay(False)
        self.lamp(contract.LAMP_OFF)
        self._media.close()

    def lift(self, lifted):
        """Lift the handset, or put it down."""
        self._hook = lifted
        if self.powered:
            self._media.keys.in_call = lifted

    def press(self, name, ms):
        """Hold a button for `ms` from now."""
        samples = ms * self.rate[0] // (1000 * self.rate[1])
        pos = self.line.pos
        self._held = [button for button in self._held if button[1] > pos]
        self._held.append((BUTTONS[name], pos + samples))

    def card_out(self):
        """Pull the card, whatever is being written."""
        self._kept["card"] = False
        if self.powered:
            self._media.card_out()

    def card_in(self):
        """Put the card back."""
        if not self._kept["card"]:
            self._kept["card"] = True
            self._kept["serial"] += 1
            if self.powered:
                self._media.card_in()

    def lose_clock(self):
        """The battery clock loses power and starts again where such clocks start."""
        self._kept["lost"] = True
        self._clock = (LOST_CLOCK, self._seconds())

    def _stall(self, ms):
        for _ in range(-(-ms * self.rate[0] // (1000 * self.rate[1] * contract.BLOCK))):
            self.line.limit += contract.BLOCK if self.line.pos >= self.line.limit else 0
            self.line.late()

    def save(self):
        """Keep clock and hardware state in box.json."""
        self._kept["time"] = self.now()
        self._kept["world"] = self.world()
        sim_box.save(self._folder, self._kept)
