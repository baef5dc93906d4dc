"""A board in its boot loader on a pseudo-terminal: `esp32-mock-bootloader` answers the real esptool; the flash is ours to look at."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from esp32_mock_bootloader import protocol, server

_BLOCK_TAKEN = bytes([0x01, protocol.CMD["FLASH_DEFL_DATA"]])  # how the answer to a written block begins, behind SLIP's END


class Line(server.BootloaderConnection):
    """A serial line that `breaks` at the first block: "silent" as when the supply fails, "gone" as when the cable is pulled."""

    def __init__(self, pty: server.PtyMasterTransport, breaks: str) -> None:
        super().__init__(pty=pty)
        self._breaks, self._broken = breaks, False

    def sendall(self, data: bytes) -> None:
        self._broken = self._broken or (bool(self._breaks) and data[1:3] == _BLOCK_TAKEN)
        if not self._broken:
            super().sendall(data)
        elif self._breaks == "gone":
            self._pty.close()


class Worn(server.FlashImage):
    """Flash with a bit that stays 0, in the application."""

    def write_defl_block(self, payload: bytes) -> None:
        super().write_defl_block(payload)
        self.data[0x10000] &= 0xFE


class Board:
    """`port` to name to a tool, `flash.data` to look at. For one visit: nothing resets a chip over a pseudo-terminal."""

    def __init__(self, chip: str, flash: server.FlashImage, breaks: str) -> None:
        self.flash = flash
        self._pty = server.PtyMasterTransport.create()
        self.port = self._pty.client_path
        self._stop = threading.Event()
        # With exit_on_disconnect the session does not end by itself 3 s after a part was written.
        about: dict[str, Any] = {"flash": self.flash, "exit_on_disconnect": True}
        line = Line(self._pty, breaks)
        self._thread = threading.Thread(target=server.handle_client, args=(line, self._stop, chip), kwargs=about, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Unplug it."""
        self._stop.set()
        self._thread.join(5)


@contextmanager
def board(chip: str = "esp32", flash: server.FlashImage | None = None, breaks: str = "") -> Iterator[Board]:
    """A blank board of 4 MiB."""
    made = Board(chip, flash or server.FlashImage(), breaks)
    try:
        yield made
    finally:
        made.close()
