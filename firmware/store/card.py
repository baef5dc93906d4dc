"""The SD card: mounted at /sd while it is there, and never believed to be the one that was there before.

Only MicroPython's VfsFat touches its blocks. FAT has no journal: the file DIRTY stands on the card while something was written
since the last `settle`, so that repair need not read a card that was left in order. On a card that comes with the mark what is
torn is made safe before it is used (`store.repair`); until `mend` is through, nothing may be removed from it.
"""

import os

import vfs

from core.errors import NoCard, NotFat
from store import repair

ROOT = "/sd"
_DIRTY = ROOT + "/DIRTY"


class Card:
    """`present`: mounted and usable; `inserted`: a card is in the slot, whatever is on it; `was_dirty`: it came with the mark;
    `mounts`: how often one was mounted, so that whoever knows something about a card sees that it is another now; `unproven`: it came
    dirty and `mend` is not through; `rest`: to be called now and then by whoever reads for long, because a watchdog waits.
    """

    def __init__(self, hal):
        self._hal = hal
        self.rest = hal.feed_watchdog
        self._serial = None
        self._mounted = False
        self._marked = False
        self.was_dirty = False
        self.mounts = 0
        self._lost = None
        self._touched = False
        self._forget_mount()
        self.refresh()

    @staticmethod
    def _forget_mount():
        """A restart without a reset leaves the card of before mounted."""
        try:
            vfs.umount(ROOT)
        except OSError:
            pass  # nothing was

    @property
    def inserted(self):
        return self._hal.card() is not None

    @property
    def present(self):
        return self._mounted and self.inserted and self._hal.card_serial() == self._serial

    @property
    def state(self):
        """absent, ready or notfat."""
        return "ready" if self.present else "notfat" if self.inserted else "absent"

    @property
    def unproven(self):
        return self._lost is not None

    def refresh(self):
        """Follows what is in the slot: mounts a card that came, forgets one that went. Returns `present`."""
        if self.present:
            return True
        self._unmount()
        if self.inserted:
            self._mount()
        return self.present

    def need(self):
        """Raises NoCard, or NotFat for a card that only `format` can help."""
        if self.present:
            return
        raise NotFat("card holds no FAT file system") if self.inserted else NoCard("no card")

    def _mount(self):
        try:
            vfs.mount(vfs.VfsFat(self._hal.card()), ROOT)
        except OSError:
            return  # not FAT, or it answers with errors: `state` says notfat
        self._mounted = True
        self.mounts += 1
        self._serial = self._hal.card_serial()
        self.was_dirty = self._marked = self._exists(_DIRTY)
        self._lost = None
        if self.was_dirty:
            self._make_safe()

    def _make_safe(self):
        """Before anything is opened. A card that takes no writes is used as it is."""
        device = self._hal.card()
        vfs.umount(ROOT)
        try:
            repair.entries(device, self.rest)
            self._lost = repair.Lost(device, self.rest)
        except OSError:
            pass  # it fails, or is no FAT that can be read below VfsFat
        self._remount()

    def _remount(self):
        try:
            vfs.mount(vfs.VfsFat(self._hal.card()), ROOT)
        except OSError:
            self._mounted = False

    def mend(self):
        """Idle, no file open: one step of repair after a power cut; True while there is more."""
        if self._lost is None or not self.present:
            return False
        try:
            self._mend()
        except OSError:
            self._lost = None  # a card that fails: the next insertion looks again
        return self._lost is not None

    def _mend(self):
        if self._touched:
            self._touched = False
            self._lost.restart()
        if self._lost.step():
            vfs.umount(ROOT)  # VfsFat holds a sector of its own
            try:
                done = self._lost.apply()
            finally:
                self._remount()
            if done:
                self._lost = None

    def _unmount(self):
        if self._mounted:
            self._mounted = False
            vfs.umount(ROOT)

    @staticmethod
    def _exists(path):
        try:
            os.stat(path)
            return True
        except OSError:
            return False

    def free_bytes(self):
        """Bytes free; raises NoCard. The first call on a FAT32 card may read its whole table."""
        return self._space(3)

    def total_bytes(self):
        """Bytes a FAT on this card can hold; raises NoCard."""
        return self._space(2)

    def _space(self, field):
        self.need()
        try:
            figures = os.statvfs(ROOT)
        except OSError:
            raise NoCard("card does not answer") from None
        return figures[0] * figures[field]

    def touch(self):
        """Something is about to be written: sets the dirty mark. Raises NoCard, OSError."""
        self.need()
        self._touched = True
        if not self._marked:
            open(_DIRTY, "wb").close()
            self._marked = True

    def settle(self):
        """Idle, all files closed: takes the dirty mark away."""
        if self.present and self._marked and not self.unproven:
            try:
                os.remove(_DIRTY)
            except OSError:
                return  # the mark stays: at worst a repair that was not needed
            self._marked = False

    def format(self):
        """Makes an empty FAT and mounts it; raises NoCard, and OSError when the card fails."""
        if not self.inserted:
            raise NoCard("no card")
        self._unmount()
        vfs.VfsFat.mkfs(self._hal.card())
        self.refresh()
        self.need()
