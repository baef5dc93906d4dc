"""The SD card: mounted at /sd while it is there, and never believed to be the one that was there before.

Only MicroPython's VfsFat touches its blocks. FAT has no journal: the file DIRTY stands on the card while something was written
since the last `settle`, so that repair need not read a card that was left in order. On a card that comes with the mark what is
torn is made safe before it is used (`store.repair`); until `mend` is through, nothing may be removed from it. A card that does not
say where it has room is looked through for it (`store.room`), and counted when idle.
"""

import os

import vfs

from core.errors import NoCard, NotFat
from store import room
from store.fat import Fat

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
        self._arrival = None  # steps of what is done with a card before it is used
        self._mounted = False
        self._marked = False
        self.was_dirty = False
        self.mounts = 0
        self._lost = None
        self._count = None  # a walk for the true number of free clusters
        self._free = -1  # clusters free when that walk began
        self._touched = False
        self._blind = 0  # bytes of a card whose free space cannot be known without a search; 0: it is known
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
        return self._mounted and not self.coming and self.inserted and self._hal.card_serial() == self._serial

    @property
    def coming(self):
        """A card is being looked at before it is used: `follow` it."""
        return self._arrival is not None

    @property
    def state(self):
        """absent, ready or notfat."""
        return "ready" if self.present else "notfat" if self.inserted and not self.coming else "absent"

    @property
    def unproven(self):
        return self._lost is not None

    @property
    def unsettled(self):
        """`mend` or `count` is not through."""
        return self._lost is not None or self._count is not None

    def refresh(self):
        """Follows what is in the slot: mounts a card that came, forgets one that went. Returns `present`. May take seconds."""
        self.follow()
        while self.coming:
            self.follow()
        return self.present

    def follow(self):
        """As `refresh`, but of what a card takes before it is used one step: somebody may be on the line."""
        if self.present:
            return True
        if not self.coming or not self.inserted or self._hal.card_serial() != self._serial:
            self._leave()
            if not self.inserted:
                return False
            self._serial = self._hal.card_serial()
            self._arrival = self._arrive(self._hal.card())
        try:
            next(self._arrival)
        except StopIteration:
            self._arrival = None
        return self.present

    def need(self):
        """Raises NoCard, or NotFat for a card that only `format` can help."""
        if self.present:
            return
        raise NotFat("card holds no FAT file system") if self.state == "notfat" else NoCard("no card")

    def _arrive(self, device):
        """Steps until the card is mounted and safe to use. Where it holds no FAT, or fails, it stays unmounted."""
        try:
            vfs.mount(vfs.VfsFat(device), ROOT)
        except OSError:
            return  # not FAT, or it answers with errors: `state` says notfat
        self._mounted = True
        self.was_dirty = self._marked = self._exists(_DIRTY)
        self._lost = self._count = None
        try:
            yield from self._prepare(device)
        except OSError:
            pass  # it takes no writes, or is no FAT that can be read below VfsFat: used as it is
        if not self._mounted:
            self._remount()
        self._ask()
        if self._mounted:
            self.mounts += 1

    def _prepare(self, device):
        """What is torn is made safe, and room is found, while the card is not mounted."""
        self._blind = 0
        fat = Fat(device, self.rest)
        known = fat.bits < 32 or fat.info()
        if not known:
            self._blind = (fat.last - 1) * fat.cluster_bytes
            self._mark()  # first: a cut must not leave a number that is too low and looks good
        if self._marked:
            self._unmount()
        if self.was_dirty:
            from store import repair  # after a power cut only (core.overlay)

            for _ in repair.entries(device, self.rest):
                yield
            self._lost = repair.Lost(device, self.rest)
        if not known:
            yield from self._find_room(fat)
            self._blind = 0
        if self._marked and fat.bits == 32:
            self._recount(fat)

    @staticmethod
    def _find_room(fat):
        walk = room.Room(fat)
        while not (walk.enough or walk.step()):
            yield
        walk.publish()

    def _remount(self):
        try:
            vfs.mount(vfs.VfsFat(self._hal.card()), ROOT)
            self._mounted = True
        except OSError:
            pass  # `state` says notfat

    def _ask(self):
        """FatFs counts a small card's table, of 256 blocks at most, when it is first asked: now, not in a call."""
        if self._mounted and not self._blind:
            try:
                os.statvfs(ROOT)
            except OSError:
                pass  # the next who asks is told

    def _unmount(self):
        if self._mounted:
            self._mounted = False
            vfs.umount(ROOT)

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
        if self._lost.step() and self._unmounted(self._lost.apply):
            self._lost = None

    def _unmounted(self, act):
        self._unmount()  # VfsFat holds a sector of its own
        try:
            return act()
        finally:
            self._remount()
            self._ask()

    def _recount(self, fat):
        self._count = room.Room(fat)
        self._free = -1

    def count(self):
        """Idle, no file open: one step of counting the free clusters of a FAT32 card, for the next who asks; True while there is more."""
        if self._count is None or self.unproven or not self.present:
            return False
        try:
            self._count_on()
        except OSError:
            self._count = None  # as in `mend`
        return self._count is not None

    def _count_on(self):
        free = os.statvfs(ROOT)[3]
        if free != self._free:
            self._free = free
            self._count.restart()
        if self._count.step():
            self._unmounted(self._count.publish)
            self._count = None

    def _leave(self):
        """The card that was there, or was being looked at, is not there any more."""
        self._arrival = self._lost = self._count = None
        self._unmount()

    @staticmethod
    def _exists(path):
        try:
            os.stat(path)
            return True
        except OSError:
            return False

    def free_bytes(self):
        """Bytes known to be free; raises NoCard. Less than there are until a card that did not say has been counted."""
        return self._space()[1]

    def total_bytes(self):
        """Bytes a FAT on this card can hold; raises NoCard."""
        return self._space()[0]

    def _space(self):
        self.need()
        if self._blind:
            return self._blind, 0
        try:
            figures = os.statvfs(ROOT)
        except OSError:
            raise NoCard("card does not answer") from None
        return figures[0] * figures[2], figures[0] * figures[3]

    def touch(self):
        """Something is about to be written: sets the dirty mark. Raises NoCard, OSError."""
        self.need()
        self._touched = True
        self._mark()

    def _mark(self):
        if not self._marked:
            open(_DIRTY, "wb").close()
            self._marked = True

    def settle(self):
        """Idle, all files closed: takes the dirty mark away."""
        if self.present and not self.unsettled:
            try:
                self._settle()
            except OSError:
                return  # the mark stays: at worst a repair that was not needed

    def _settle(self):
        if self._marked:
            os.remove(_DIRTY)
            self._marked = False
        fat = Fat(self._hal.card(), self.rest)
        if fat.bits == 32 and not room.near(fat):
            self._recount(fat)

    def format(self):
        """Makes an empty FAT and mounts it; raises NoCard, and OSError when the card fails."""
        if not self.inserted:
            raise NoCard("no card")
        self._leave()
        vfs.VfsFat.mkfs(self._hal.card())
        self.refresh()
        self.need()
