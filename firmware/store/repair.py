"""What a power cut leaves of a FAT, put right. FAT has no journal, and a directory sector may be torn at any byte.

`entries` runs before a card with the dirty mark is used: it makes safe what could be followed into another file's
clusters. `Lost` runs when idle, a step at a time: it tells whose clusters are shared and frees those that nobody owns. Until it is
done nothing may be removed from the card, because removing a file frees its chain, whoever owns it.
"""

from micropython import const

from core.errors import Malformed
from store import preamble
from store.fat import SECTOR, Fat

_TORN_SIZE = const(65536)  # the upper half of a size was not yet written; within a flush a file grows by far less
_DEPTH = const(4)
_WINDOW = const(32768)  # clusters looked at in one pass: a map of 4 KiB
_RECORD = const(4096)
_LINKS = const(128)  # of a chain in a step: a stranger's film has a million
_ROOT_FOLDERS = (b"REC        ", b"JRN        ")


def _is_recording(entry):
    return entry.name[8:] == b"P1R"


class _Walk:
    """All folders and files of a volume; `ours`: below REC."""

    def __init__(self, fat):
        self.fat = fat

    def all(self, folder=0, ours=False, depth=0):
        """(entry, folder's cluster, ours) of everything, folders before their contents; a folder that is none is not entered."""
        for entry in self.fat.entries(folder):
            yield entry, folder, ours
            if entry.is_folder and depth < _DEPTH and self.fat.is_folder(entry.start, folder):
                yield from self.all(entry.start, ours or entry.name == _ROOT_FOLDERS[0], depth + 1)


def entries(device, rest=None):
    """Makes a dirty card safe to use. One pass over the directories and the chains, a file or a piece of a chain a step.

    Raises OSError from the card.
    """
    fat = Fat(device, rest)
    seen = {}
    for entry, folder, ours in _Walk(fat).all():
        yield
        if entry.is_folder:
            _check_folder(fat, entry, folder, seen)
            continue
        if entry.size and not fat.valid(entry.start):
            fat.set_size(entry, 0)  # created over an erased file's entry, and torn: the size is the other's
        if entry.size == 0 and not (ours and (yield from _complete_size(fat, entry))):
            yield from _check_empty(fat, entry, folder, ours)
        else:
            yield from _check_chain(fat, entry, ours)


def _check_folder(fat, entry, folder, seen):
    """A torn entry names no folder, one that is free, or another's: what it should have named was empty."""
    if entry.start in seen or not fat.is_folder(entry.start, folder):
        fat.drop(entry)
    else:
        seen[entry.start] = True


def _check_empty(fat, entry, folder, ours):
    """A file that was created and no more: what else the entry says is torn. It may stand where a folder belongs."""
    if (ours and not _is_recording(entry)) or (not folder and entry.name in _ROOT_FOLDERS):
        fat.drop(entry)
    elif entry.start:
        yield from _cap(fat, entry.start)
        fat.set_start(entry, 0)


def _check_chain(fat, entry, ours):
    """The chain ends where the size does: a link beyond may be torn and lead anywhere."""
    last, count = yield from _follow(fat, entry.start, _clusters(fat, entry.size))
    if ours and fat.valid(fat.get(last)) and (yield from _complete_size(fat, entry)):
        last, count = yield from _follow(fat, entry.start, _clusters(fat, entry.size))
    if count < _clusters(fat, entry.size):
        fat.set_size(entry, count * fat.cluster_bytes)
    beyond = fat.get(last)
    if beyond <= fat.last:
        yield from _cap(fat, beyond)
        fat.put(last, fat.end)


def _cap(fat, cluster):
    """A torn link may hold 1, which FatFs takes for a broken volume when it looks for free clusters: make it an end."""
    left = fat.last
    while fat.valid(cluster) and left:
        following = fat.get(cluster)
        if following == 1:
            fat.put(cluster, fat.end)
        cluster = following
        left -= 1
        if not left % _LINKS:
            yield


def _clusters(fat, size):
    return (size + fat.cluster_bytes - 1) // fat.cluster_bytes


def _follow(fat, cluster, most):
    """(last cluster, how many) of a chain, `most` at most."""
    count = 1
    while count < most:
        following = fat.get(cluster)
        if not fat.valid(following) or not fat.get(following):
            break
        cluster = following
        count += 1
        if not count % _LINKS:
            yield
    return cluster, count


def _complete_size(fat, entry):
    """Of a recording's size only the lower half was written, when the chain goes on for 64 KiB with its next records; True then."""
    if not _is_recording(entry) or entry.size % _RECORD or not fat.valid(entry.start):
        return False
    head = _head_length(fat, entry)
    if not head or not (yield from _holds_records(fat, entry, head, max(entry.size, head), entry.size + _TORN_SIZE)):
        return False
    fat.set_size(entry, entry.size + _TORN_SIZE)
    return True


def _holds_records(fat, entry, head, at, end):
    """Records follow one another from byte `at` to `end` of the file, whatever its size says."""
    cluster, index = entry.start, 0
    while at < end:
        ahead = at // fat.cluster_bytes - index
        cluster, count = yield from _follow(fat, cluster, ahead + 1)
        if count <= ahead:
            return False
        index += ahead
        record = fat.data(cluster, at % fat.cluster_bytes)
        if not 1 <= record[0] <= 3 or int.from_bytes(record[4:8], "big") != (at - head) // _RECORD:
            return False
        at += _RECORD
    return True


def _head_length(fat, entry):
    """Of the recording that this entry names; 0 where its clusters hold something else."""
    try:
        start = preamble.parse(fat.data(entry.start, 0))
    except Malformed:
        return 0
    return start.head_length if preamble.name(start.id).encode() == entry.name[:8] else 0


class Lost:
    """Idle work on a dirty card: `step()` until it is True. A write by anybody else in between: `restart()`."""

    def __init__(self, device, rest=None):
        self._rest = rest
        self._fat = Fat(device, rest)
        self._map = bytearray(_WINDOW // 8)
        self._first = 2
        self._work = None
        self.found = []  # what is to be done: entries to drop, clusters to free

    def restart(self):
        """What was seen of this window no longer counts."""
        self._fat = Fat(self._fat._device, self._rest)
        self._work = None
        self.found = []

    def step(self):
        """One file, or one sector of the table. True: the window is seen through; `apply` what was found."""
        if self._work is None:
            self._work = self._window()
        try:
            next(self._work)
        except StopIteration:
            self._work = None
            return True
        return False

    def apply(self):
        """Writes what was found (the card must not be mounted). True when this was the last window."""
        fat = self._fat
        for thing in self.found:
            if isinstance(thing, int):
                fat.put(thing, 0)
            else:
                fat.drop(thing)
        if not self.found:
            self._first += _WINDOW
        self.found = []  # after a change the same window is looked at again
        return self._first > fat.last

    def _window(self):
        for i in range(len(self._map)):
            self._map[i] = 0
        for entry, _folder, _ours in _Walk(self._fat).all():
            if entry.start:
                yield from self._claim(entry)
            yield
        if self._fat.bits == 32:
            yield from self._claim_chain(self._fat._root_cluster)
        if not self.found:
            yield from self._unclaimed()

    def _claim(self, entry):
        """Marks a chain; a recording on clusters that another has, or that are free, is one that never was: its entry goes."""
        if _is_recording(entry) and not self._is_its_own(entry):
            self.found.append(entry)
        else:
            yield from self._claim_chain(entry.start)

    def _claim_chain(self, cluster):
        left = self._fat.last
        while self._fat.valid(cluster) and left:
            at = cluster - self._first
            if 0 <= at < _WINDOW:
                self._map[at >> 3] |= 1 << (at & 7)
            cluster = self._fat.get(cluster)
            left -= 1
            if not left % _LINKS:
                yield

    def _is_its_own(self, entry):
        """The file's first bytes carry its name, or were overwritten when it was erased; and its clusters are not free."""
        fat = self._fat
        if not fat.valid(entry.start) or not fat.get(entry.start):
            return False
        first = fat.data(entry.start, 0)
        if not any(first[: preamble.SIZE]):
            return True
        try:
            return preamble.name(preamble.parse(first).id).encode() == entry.name[:8]
        except Malformed:
            return True

    def _unclaimed(self):
        fat = self._fat
        end = min(self._first + _WINDOW, fat.last + 1)
        cluster = self._first
        while cluster < end:
            ahead = min(fat.free_from(cluster), end)
            if ahead > cluster:
                cluster = ahead
                yield
                continue
            at = cluster - self._first
            if not self._map[at >> 3] & 1 << (at & 7) and fat.get(cluster) and fat.get(cluster) != fat.end - 8:  # 8 below: bad
                self.found.append(cluster)
            cluster += 1
            if not cluster % SECTOR:
                yield
