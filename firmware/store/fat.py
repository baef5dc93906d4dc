"""A FAT volume below VfsFat: table entries and directory entries of a card that is not mounted, for `store.repair`.

Source: Microsoft Extensible Firmware Initiative FAT32 File System Specification 1.03. Volume and cluster limits are those of FatFs.
"""

import errno

from micropython import const

SECTOR = const(512)
ENTRY = const(32)
DELETED = const(0xE5)
FOLDER = const(0x10)
_LABEL = const(0x08)  # also set in entries of long names
_MAX_FAT12, _MAX_FAT16 = const(0xFF5), const(0xFFF5)
_INFO_MARKS = (0x41615252, 0x61417272, 0xAA55)


def _u16(buf, at):
    return buf[at] | buf[at + 1] << 8


def _u32(buf, at):
    return _u16(buf, at) | _u16(buf, at + 2) << 16


def _no_rest():
    """Nobody waits."""


class Entry:
    """One directory entry: block and offset on the card, name (11 bytes), is_folder, start (cluster), size (bytes)."""

    def __init__(self, block, offset, raw):
        self.block = block
        self.offset = offset
        self.name = bytes(raw[:11])
        self.is_folder = bool(raw[11] & FOLDER)
        self.start = _u16(raw, 26) | _u16(raw, 20) << 16
        self.size = _u32(raw, 28)


class Fat:
    """`clusters`: numbers 2 to `last`; `cluster_bytes`. Raises OSError: the card's, or EINVAL where there is no FAT.

    `rest` is called before each block that is read: a table of thousands of files takes longer than a watchdog waits.
    """

    def __init__(self, device, rest=None):
        self._device = device
        self._rest = rest or _no_rest
        self._buf = bytearray(SECTOR)
        self._held = -1  # block in _buf
        base = 0
        self._read(0)
        if not self._is_volume():
            base = _u32(self._buf, 446 + 8)  # first entry of a partition table
            self._read(base)
            if not self._is_volume():
                raise OSError(errno.EINVAL)
        self._geometry(base)

    def _is_volume(self):
        buf = self._buf
        return buf[510] == 0x55 and buf[511] == 0xAA and buf[0] in (0xEB, 0xE9) and _u16(buf, 11) == SECTOR and buf[13]

    def _geometry(self, base):
        buf = self._buf
        self._per = buf[13]
        self._copies = buf[16]
        self._size = _u16(buf, 22) or _u32(buf, 36)
        self._root_blocks = _u16(buf, 17) * ENTRY // SECTOR
        total = _u16(buf, 19) or _u32(buf, 32)
        self._table = base + _u16(buf, 14)
        self._root = self._table + self._copies * self._size
        self._data = self._root + self._root_blocks
        count = (total - (self._data - base)) // self._per
        self.bits = 12 if count <= _MAX_FAT12 else 16 if count <= _MAX_FAT16 else 32
        self.last = count + 1
        self.cluster_bytes = self._per * SECTOR
        self._root_cluster = _u32(buf, 44) if self.bits == 32 else 0
        self._info = base + 1 if self.bits == 32 and _u16(buf, 48) == 1 else 0  # elsewhere FatFs does not look

    # blocks

    def _read(self, block):
        if block != self._held:
            self._held = -1
            self._rest()
            code = self._device.readblocks(block, self._buf)
            if code:
                raise OSError(-code if code < 0 else errno.EIO)
            self._held = block

    def _write(self, block):
        code = self._device.writeblocks(block, self._buf)
        if code:
            self._held = -1
            raise OSError(-code if code < 0 else errno.EIO)

    # the table

    def valid(self, cluster):
        """It names a cluster of data."""
        return 2 <= cluster <= self.last

    def _byte(self, at):
        self._read(self._table + at // SECTOR)
        return self._buf[at % SECTOR]

    def _put_byte(self, at, value):
        for copy in range(self._copies):
            block = self._table + copy * self._size + at // SECTOR
            self._read(block)
            self._buf[at % SECTOR] = value
            self._write(block)

    def get(self, cluster):
        """What the table holds for a cluster: 0 free, a next cluster, or beyond `last`."""
        if self.bits == 12:
            at = cluster + cluster // 2
            pair = self._byte(at) | self._byte(at + 1) << 8
            return pair >> 4 if cluster & 1 else pair & 0xFFF
        width = self.bits // 8
        at = cluster * width
        self._read(self._table + at // SECTOR)
        return _u16(self._buf, at % SECTOR) if width == 2 else _u32(self._buf, at % SECTOR) & 0x0FFFFFFF

    def put(self, cluster, value):
        """Sets it in every copy of the table."""
        if self.bits == 12:
            self._put12(cluster, value)
            return
        width = self.bits // 8
        at = cluster * width
        for copy in range(self._copies):
            block = self._table + copy * self._size + at // SECTOR
            self._read(block)
            for i in range(width):
                keep = 0xF0 if i == 3 else 0
                old = self._buf[at % SECTOR + i]
                self._buf[at % SECTOR + i] = old & keep | value >> 8 * i & 0xFF & ~keep
            self._write(block)

    def _put12(self, cluster, value):
        at = cluster + cluster // 2
        low, high = self._byte(at), self._byte(at + 1)
        if cluster & 1:
            low, high = low & 0x0F | value << 4 & 0xF0, value >> 4 & 0xFF
        else:
            low, high = value & 0xFF, high & 0xF0 | value >> 8 & 0x0F
        self._put_byte(at, low)
        self._put_byte(at + 1, high)

    def free_from(self, cluster):
        """The first cluster behind `cluster` that stands in another sector of the table, when all of this one's are free."""
        width = self.bits // 8
        if self.bits == 12 or cluster * width % SECTOR:
            return cluster
        self._read(self._table + cluster * width // SECTOR)
        return cluster if any(self._buf) else cluster + SECTOR // width

    @property
    def end(self):
        """The mark of a chain's last cluster."""
        return (1 << min(self.bits, 28)) - 1

    # directories

    def _blocks(self, cluster):
        if not cluster:
            cluster = self._root_cluster
            if not cluster:
                for block in range(self._root, self._data):
                    yield block
                return
        left = self.last  # a chain in a circle ends
        while self.valid(cluster) and left:
            for i in range(self._per):
                yield self._data + (cluster - 2) * self._per + i
            cluster = self.get(cluster)
            left -= 1

    def entries(self, cluster=0):
        """Entries of files and folders in a folder (0: the root), without `.` and `..`."""
        for block in self._blocks(cluster):
            for offset in range(0, SECTOR, ENTRY):
                self._read(block)
                raw = self._buf[offset : offset + ENTRY]
                if raw[0] == 0:
                    return
                if raw[0] not in (DELETED, 0x2E) and not raw[11] & _LABEL:
                    yield Entry(block, offset, raw)

    def is_folder(self, cluster, parent):
        """The cluster is allocated and begins as a folder does that stands in `parent`."""
        if not self.valid(cluster) or not self.get(cluster):
            return False
        self._read(self._data + (cluster - 2) * self._per)
        dot, up = Entry(0, 0, self._buf[:ENTRY]), Entry(0, 0, self._buf[ENTRY : 2 * ENTRY])
        return dot.name == b".          " and dot.start == cluster and up.name == b"..         " and up.start == parent

    def data(self, cluster, at):
        """The block at byte `at` of a cluster, in a buffer that the next call changes."""
        self._read(self._data + (cluster - 2) * self._per + at // SECTOR)
        return self._buf

    def _patch(self, entry, rows):
        self._read(entry.block)
        for at, value in rows:
            self._buf[entry.offset + at] = value
        self._write(entry.block)

    def drop(self, entry):
        """Forgets an entry; its clusters are not touched."""
        self._patch(entry, ((0, DELETED),))

    def set_start(self, entry, cluster):
        self._patch(entry, ((20, cluster >> 16 & 0xFF), (21, cluster >> 24), (26, cluster & 0xFF), (27, cluster >> 8 & 0xFF)))

    def set_size(self, entry, size):
        self._patch(entry, [(28 + i, size >> 8 * i & 0xFF) for i in range(4)])
        entry.size = size

    # what FatFs takes from the card instead of counting (FAT32)

    def sector(self, number):
        """A sector of the first table, fresh from the card, in a buffer that the next call changes."""
        self._held = -1
        self._read(self._table + number)
        return self._buf

    def info(self):
        """(free clusters, cluster behind which to look for one) as FSINFO says; None where FatFs would not believe it."""
        if not self._info:
            return None
        self._held = -1
        self._read(self._info)
        buf = self._buf
        free, after = _u32(buf, 488), _u32(buf, 492)
        marks = (_u32(buf, 0), _u32(buf, 484), _u16(buf, 510)) == _INFO_MARKS
        return (free, after) if marks and free <= self.last - 1 and self.valid(after) else None

    def set_info(self, free, after):
        """Writes the whole sector. Raises OSError, EINVAL on a card that has no place for it."""
        if not self._info:
            raise OSError(errno.EINVAL)
        buf = self._buf
        self._held = -1
        for i in range(SECTOR):
            buf[i] = 0
        for at, value in ((0, _INFO_MARKS[0]), (484, _INFO_MARKS[1]), (488, free), (492, after), (508, _INFO_MARKS[2] << 16)):
            buf[at : at + 4] = value.to_bytes(4, "little")
        self._write(self._info)
