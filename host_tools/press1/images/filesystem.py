"""The littlefs image of a box's files, with the geometry of MicroPython's `VfsLfs2` on flash."""

from littlefs import LittleFS, LittleFSError

from press1.errors import Press1Error

BLOCK = 4096
_UNIT = 32  # MicroPython's default for reads, programs and look-ahead
_CACHE = 4 * _UNIT
_DISK_VERSION = 0x0002_0000  # read by every MicroPython with littlefs 2


def _mounted(size: int, image: bytes | None = None) -> LittleFS:
    lfs = LittleFS(
        mount=False,
        block_size=BLOCK,
        block_count=size // BLOCK,
        read_size=_UNIT,
        prog_size=_UNIT,
        cache_size=_CACHE,
        lookahead_size=_UNIT,
        disk_version=_DISK_VERSION,
    )
    if image is None:
        lfs.format()
    else:
        lfs.context.buffer = bytearray(image)
    lfs.mount()
    return lfs


def build(files: dict[str, bytes], size: int) -> bytes:
    """An image of `size` bytes that holds `files`, written in the order of their names and without times."""
    lfs = _mounted(size)
    try:
        for name in sorted(files):
            folder = name.rpartition("/")[0]
            if folder:
                lfs.makedirs("/" + folder, exist_ok=True)
            with lfs.open("/" + name, "wb") as file:
                file.write(files[name])
    except LittleFSError as error:
        raise Press1Error(f"{name} does not fit into {size} bytes", "the partition vfs is too small") from error
    lfs.unmount()
    return bytes(lfs.context.buffer)


def read(image: bytes) -> dict[str, bytes]:
    """All files of an image."""
    lfs = _mounted(len(image), image)
    found = {}
    for folder, _, names in lfs.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with lfs.open(path, "rb") as file:
                found[path[1:]] = file.read()
    return found


def used(image: bytes) -> int:
    """Bytes in use, whole blocks."""
    return int(_mounted(len(image), image).used_block_count) * BLOCK
