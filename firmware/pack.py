"""A signed update (docs/update.md) as a read-only file system that modules are imported from."""

import binascii
import hashlib
import io

from micropython import const

MAGIC = b"P1UPD\r\n\x1a"
HEAD = const(80)  # magic, version, reserved, length of the manifest, signature
LIMIT_MANIFEST = const(32768)
LIMIT = const(460800)  # bytes of a pack; what the flash has no room for fails earlier
_DIR = const(0x4000)
_FILE = const(0x8000)
_ENOENT = const(2)
_GET_BUFFER_SIZE = const(11)
_PIECE = const(4096)


def manifest_length(head):
    """Bytes of manifest that follow the head; ValueError where this is no head."""
    length = int.from_bytes(head[12:16], "big")
    if head[:8] != MAGIC or head[8:12] != b"\0\1\0\0" or not 0 < length <= LIMIT_MANIFEST:
        raise ValueError("no update of version 1")
    return length


def parse(text):
    """-> ({name: value}, [(path, size, digest)]) of a manifest; ValueError where it is none."""
    lines = str(text, "ascii").split("\n")
    if lines[0] != "press1-update 1" or lines[-1]:
        raise ValueError("no manifest")
    about, files = {}, []
    for line in lines[1:-1]:
        words = line.split(" ")
        if words[0] == "file" and len(words) == 4:
            files.append((words[3], int(words[1]), binascii.unhexlify(words[2])))
        elif len(words) == 2:
            about[words[0]] = words[1]
        else:
            raise ValueError("no manifest")
    return about, files


class Pack:
    """`file` is open at its start and stays open. ValueError where it is no pack; `about` is what its manifest says."""

    def __init__(self, file):
        self._file = file
        head = file.read(HEAD)
        self.signature = head[16:HEAD]
        self.text = file.read(manifest_length(head))
        self.about, rows = parse(self.text)
        self._places = {}
        at = HEAD + len(self.text)
        for path, size, digest in rows:
            self._places["/" + path] = (at, size, digest)
            at += size
        self.size = at
        self._folders = {path[: path.rfind("/")] for path in self._places}

    def check(self):
        """Steps that end when every file is as the manifest says; ValueError when one is not."""
        buf = memoryview(bytearray(_PIECE))
        for at, size, digest in self._places.values():
            self._file.seek(at)
            total = hashlib.sha256()
            while size:
                n = self._file.readinto(buf[: min(size, _PIECE)])
                if not n:
                    raise ValueError("the update is shorter than it was")
                total.update(buf[:n])
                size -= n
            if total.digest() != digest:
                raise ValueError("a file of the update is not as it was signed")
            yield
        if self._file.seek(0, 2) != self.size:
            raise ValueError("something follows the update")

    def close(self):
        """Release the file."""
        self._file.close()

    # What MicroPython asks of a file system

    def mount(self, readonly, mkfs):
        """Nothing to be done."""

    def umount(self):
        """Release the file."""
        self.close()

    def stat(self, path):
        """As os.stat."""
        if path in self._places:
            return (_FILE, 0, 0, 0, 0, 0, self._places[path][1], 0, 0, 0)
        if path in self._folders:
            return (_DIR, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(_ENOENT)

    def open(self, path, mode):
        """A file for reading."""
        if path not in self._places:
            raise OSError(_ENOENT)
        at, size, _ = self._places[path]
        return _Part(self._file, at, size)


class _Part(io.IOBase):
    """One file inside the pack."""

    def __init__(self, file, at, size):
        self._file, self._at, self._left = file, at, size

    def readinto(self, buf):
        n = min(len(buf), self._left)
        if not n:
            return 0
        self._file.seek(self._at)
        n = self._file.readinto(memoryview(buf)[:n])
        self._at += n
        self._left -= n
        return n

    def ioctl(self, request, _arg):
        return 256 if request == _GET_BUFFER_SIZE else 0
