"""Plays a compiled call script to the firmware (docs/simulator.md). Never on a board.

The firmware is an object with boot(), step() -> bool, idle() -> bool,
tick(now), next_due() -> UTC seconds, made by `build(hal, observer)`.
"""

import gc
import os
import sys

import vfs

from hal.sim_faults import Faults, PowerCut

_SETTLE_STEPS = 1_000_000  # background work that takes longer than this never ends
_FAULTY_STEPS = 10_000  # for a firmware that has told of a fault: it may never come to rest
_DEAF_STEPS = 64  # steps without taking a block after which line time goes on without the firmware
_HOUR_S = 3600
_WAIT_MS = 20
_UPDATE = "/app"  # launch.PLACE


def unmount():
    """Forget the file systems of a firmware that is gone."""
    for path in ("/sd", "/state", "/filler", _UPDATE):
        try:
            vfs.umount(path)
        except OSError:
            pass
    if _UPDATE in sys.path:
        sys.path.remove(_UPDATE)


def forget_modules():
    """What a firmware keeps in its modules does not outlive a power cut: the next boot imports them anew."""
    for name in list(sys.modules):
        if name != "__main__" and not name.startswith("hal"):
            del sys.modules[name]


def fill(card):
    """Leave no free cluster on a FAT card, by a file whose clusters are allocated and never written."""
    faults = card.faults
    card.faults = Faults()  # not the firmware's writes: no power cut or stall counts them
    mounted = _mounted("/sd")
    if not mounted:
        vfs.mount(vfs.VfsFat(card), "/filler")
    try:
        _fill("/sd" if mounted else "/filler")
    finally:
        if not mounted:
            vfs.umount("/filler")
        card.faults = faults


def _mounted(path):
    try:
        os.statvfs(path)
        return True
    except OSError:
        return False


def _fill(root):
    stat = os.statvfs(root)
    free = stat[0] * stat[3]
    if not free:
        return
    with open(root + "/FILLER.BIN", "ab") as file:
        file.seek(file.tell() + free - 1)
        file.write(b"\0")


class Stage:
    """The firmware on its board: powered or not, with line time that passes either way."""

    def __init__(self, hal, build, events):
        self.hal = hal
        self.box = None
        self._build = build
        self._events = events

    def guard(self, work, *args):
        """Run firmware; a power cut takes the box away, anything else that escapes is a fault and does too."""
        try:
            return work(*args)
        except PowerCut:
            self.cut("write")
        except Exception as error:  # whatever a firmware lets out, the run must say
            sys.print_exception(error, sys.stderr)
            self.fault(type(error).__name__, str(error))
        return None

    def step(self):
        """One step of a powered box."""
        self.guard(self.box.step)
        self.restart_if_due()

    def restart_if_due(self):
        """The firmware asked for a start, as after an update."""
        if self._restart_due():
            self.cut("restart")
            self.power_on()

    def _restart_due(self):
        """Apart, so that nothing of the box before is held while the next one is made."""
        updates = getattr(self.box, "updates", None)
        return updates is not None and updates.restart_due()

    def fault(self, name, detail):
        """The firmware cannot go on: the watchdog of a board would reset it; here the box stays off."""
        self._events.tell("fault", {"fault": name, "detail": detail})
        self._drop()

    def power_on(self):
        """Boot, and let the background work of a freshly booted box end; no line time passes."""
        if self.box:
            return
        self.hal.power_on()
        self._events.tell("sim", {"what": "power_on"})
        self.guard(self._boot)
        self.settle()

    def _boot(self):
        self.box = self._build(self.hal, self._events.tell)
        self.box.boot()
        self._events.tell("sim", {"what": "boot"})

    def cut(self, cause):
        """The supply goes away."""
        self._events.tell("sim", {"what": "power_cut", "cause": cause})
        self._drop()

    def _drop(self):
        self.box = None
        self.hal.power_off()
        unmount()
        forget_modules()
        gc.collect()

    def settle(self):
        """Step until nothing is pending, while line time stands still; during a call there always is."""
        if self.hal.off_hook():
            return
        self.hal.line.limit = self.hal.line.pos
        for _ in range(_FAULTY_STEPS if getattr(self.box, "fault", None) else _SETTLE_STEPS):
            if self.box is None or self.guard(self._settled):
                return
        if not getattr(self.box, "fault", None):
            self.fault("NeverIdle", "background work does not end")

    def _settled(self):
        self.box.step()
        self.restart_if_due()
        return self.box.idle()

    def resting(self):
        """True when another step would do nothing until a byte, an order or a block comes."""
        if self.box is None:
            return True
        server = getattr(self.box, "server", None)
        return self.box.idle() and not (server and server.busy)

    def run_to(self, pos):
        """Let line time pass until sample `pos`, rounded up to whole blocks."""
        line = self.hal.line
        while line.pos < pos:
            if self.box is None:
                line.limit = pos
                line.unattended()
            else:
                line.limit = pos
                self._attended(line)
        line.limit = line.pos

    def _attended(self, line):
        taken = line.taken
        for _ in range(_DEAF_STEPS):
            self.step()
            if self.box is None or line.taken != taken:
                break
        else:
            line.late()
        if self.box and self.hal.starved():
            self.fault("Watchdog", "not fed for 8 s")

    def advance(self, seconds):
        """Hours without line audio: from one due second to the next, each tick followed by its background work."""
        hal = self.hal
        end = hal.world() + seconds
        while hal.world() < end:
            left = end - hal.world()
            step = left if self.box is None else self.guard(self._until_due) or 1
            hal.skip(min(left, step))
            if self.box:
                self.guard(self.box.tick, hal.now())
                self.settle()

    def _until_due(self):
        return min(max(self.box.next_due() - self.hal.now(), 1), _HOUR_S)
