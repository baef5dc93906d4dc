"""Page headers of the slot table: unit 0 of each page counts its erasures, so that wear is spread and shown."""

from binascii import crc32

from micropython import const

from store.region import PAGE_BYTES, page_count

_MAGIC = const(b"P1KS")
_BLANK = b"\xff" * 12


class Headers:
    """`wear`: erasures by page, as far as known."""

    def __init__(self, keyflash):
        self._flash = keyflash
        self.wear = [0] * page_count(keyflash)

    @staticmethod
    def good(page_bytes):
        """The header in `page_bytes` is whole."""
        return page_bytes[:4] == _MAGIC and crc32(page_bytes[:8]) == int.from_bytes(page_bytes[8:12], "big")

    def note(self, page, page_bytes):
        """Takes the count of a page that has just been read."""
        if self.good(page_bytes):
            self.wear[page] = int.from_bytes(page_bytes[4:8], "big")

    def need(self, page, page_bytes):
        """Programs the header of a page that never had one."""
        if page_bytes[:12] == _BLANK:
            self.put(page)

    def put(self, page):
        """Programs the header of an erased page."""
        body = _MAGIC + self.wear[page].to_bytes(4, "big")
        self._flash.program(page * PAGE_BYTES, body + crc32(body).to_bytes(4, "big"))

    def erase(self, page):
        """Erases a page and counts it; a page whose count was lost goes on from the most worn."""
        self._flash.erase(page)
        self.wear[page] += 1
        self.put(page)

    def lost(self, page):
        """The count of `page` is gone: assume the worst."""
        self.wear[page] = max(self.wear)
