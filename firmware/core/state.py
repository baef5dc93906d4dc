"""Replaceable state in littlefs: one CBOR file a name, written aside and renamed over, so a power cut leaves old or new.

Names may contain one `/`-separated level (`prompt/x`). A file that does not decode counts as absent: the reader falls back to
its default, which everywhere in this firmware is the stricter behaviour.
"""

import os

import vfs
from micropython import const

from core import cbor
from core.errors import Malformed

_LIMIT_BYTES = const(16384)


def mount(device, root):
    """A blank flash is made ready; one that is damaged is left as it is, because it may hold the box's identity."""
    try:
        vfs.mount(vfs.VfsLfs2(device, mtime=False), root)
    except OSError:
        if not _blank(device):
            raise
        vfs.VfsLfs2.mkfs(device)
        vfs.mount(vfs.VfsLfs2(device, mtime=False), root)


def _blank(device):
    """Nothing was ever written to the first two blocks, where littlefs keeps its superblock."""
    buf = bytearray(device.ioctl(5, 0))
    for block in (0, 1):
        device.readblocks(block, buf)
        if buf != bytes(b"\xff" * len(buf)) and any(buf):
            return False
    return True


class State:
    def __init__(self, root="/state"):
        self._root = root

    def _path(self, name):
        folder, _, leaf = name.rpartition("/")
        if not leaf or ".." in name or "/" in folder:
            raise Malformed("state name")
        return self._root + "/" + name

    def get(self, name, default=None):
        """The value kept under `name`, or `default` where there is none or it is damaged."""
        path = self._path(name)
        try:
            with open(path, "rb") as file:
                return cbor.decode(file.read(_LIMIT_BYTES))
        except OSError:
            return default
        except Malformed:
            return default

    def put(self, name, value):
        self.write_blob(name, cbor.encode(value))

    def write_blob(self, name, data):
        path = self._path(name)
        self._make_folder(name)
        with open(path + "~", "wb") as file:
            file.write(data)
        os.rename(path + "~", path)

    def append_blob(self, name, offset, data):
        """One piece of a blob that arrives in pieces, kept aside until `keep_blob`; offset 0 starts anew. Returns the new length."""
        self._make_folder(name)
        with open(self._path(name) + "+", "wb" if offset == 0 else "ab") as file:
            if file.seek(0, 2) != offset:
                raise Malformed("piece does not follow the last one")
            file.write(data)
            return file.tell()

    def keep_blob(self, name):
        os.rename(self._path(name) + "+", self._path(name))

    def blob(self, name, aside=False):
        """Path of the bytes kept under `name`; `aside`: of the pieces that wait for `keep_blob`."""
        return self._path(name) + ("+" if aside else "")

    def read_blob(self, name):
        """The bytes kept under `name`. Raises OSError where there are none."""
        with open(self.blob(name), "rb") as file:
            return file.read()

    def names(self, folder=""):
        path = self._root + "/" + folder if folder else self._root
        try:
            return sorted(entry[0] for entry in os.ilistdir(path) if entry[1] != 0x4000 and entry[0][-1] not in "~+")
        except OSError:
            return []

    def remove(self, name):
        try:
            os.remove(self._path(name))
        except OSError:
            pass  # absent is what was asked for

    def _make_folder(self, name):
        folder = name.rpartition("/")[0]
        if folder:
            try:
                os.mkdir(self._root + "/" + folder)
            except OSError:
                pass  # exists; a real fault shows in the open that follows
