"""A chip in its boot loader on a serial port, by esptool. Tried against a played boot loader, on no chip yet (docs/hardware.md)."""

import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from esp_pylib.logger import EspLog, EspLogBase
from esptool import cmds
from esptool.util import flash_size_bytes

from press1.errors import Damaged, NoBox

try:
    from termios import error as _TerminalError
except ImportError:  # Windows
    _TerminalError = OSError  # type: ignore[misc,assignment]

Tell = Callable[[str], object]

_FAST = 460_800
# RuntimeError: esptool's own derive from it. A port that vanishes raises any of the others, depending on where esptool was.
_LOST = (RuntimeError, OSError, struct.error, _TerminalError)


@contextmanager
def on_port(port: str, tell: Tell) -> "Iterator[EsptoolChip]":
    """The chip; started again at the end. `tell` hears what a person at the bench should know, and how far writing is."""
    talk = _Talk(tell)
    before, EspLog.instance = EspLog.instance, talk
    try:
        chip = EsptoolChip(port, talk)
        try:
            yield chip
        finally:
            chip.close()
    finally:
        EspLog.instance = before


class EsptoolChip:
    """As flashing.Chip."""

    def __init__(self, port: str, talk: "_Talk") -> None:
        self._talk = talk
        try:
            found = cmds.detect_chip(port)
        except _LOST as error:
            raise NoBox(f"no chip answers on {port}", "hold BOOT, press RESET, let go of BOOT, and repeat") from error
        self._chip = _tried("talking to the chip", _prepared, found)
        size = flash_size_bytes(_tried("asking for the size of the flash", cmds.detect_flash_size, self._chip))
        if size is None:
            raise NoBox("the size of the chip's flash cannot be read", "is it of a usual make, and soldered well?")
        self.name = str(self._chip.CHIP_NAME).lower().replace("-", "")
        self.flash_bytes = int(size)
        talk.tell(f"{self._chip.CHIP_NAME}, {self.flash_bytes / 1048576:g} MiB of flash")

    def read(self, offset: int, size: int) -> bytes:
        """As Chip.read."""
        return bytes(_tried("reading", cmds.read_flash, self._chip, offset, size, no_progress=True))

    def erase(self, offset: int, size: int) -> None:
        """As Chip.erase."""
        _tried("erasing", cmds.erase_region, self._chip, offset, size)

    def write(self, rows: list[tuple[int, bytes]]) -> None:
        """As Chip.write; every tenth is told."""
        done, total = 0, sum(len(data) for _, data in rows)
        for offset, data in rows:
            self._talk.part = done, len(data), total
            _tried("writing", cmds.write_flash, self._chip, [(offset, data)])
            done += len(data)

    def verify(self, rows: list[tuple[int, bytes]]) -> None:
        """As Chip.verify, by the MD5 that the chip makes of its flash: against bad flash and cables, not against a forger."""
        for offset, data in rows:
            found = _tried("verifying", self._chip.flash_md5sum, offset, len(data))
            if found != hashlib.md5(data, usedforsecurity=False).hexdigest():
                raise Damaged(
                    f"the flash does not hold what was written at {offset:#x}", "repeat; if it stays so, replace the board"
                )

    def close(self) -> None:
        """Start the firmware, and release the port."""
        try:
            cmds.reset_chip(self._chip, "hard-reset")
        except _LOST:
            self._talk.tell("the chip could not be started: press RESET")
        finally:
            self._chip._port.close()


def _prepared(found: Any) -> Any:
    """The chip with its flash attached, and esptool's helper in its RAM, without which reading takes many minutes."""
    chip = cmds.run_stub(found)
    chip.change_baud(_FAST)
    cmds.attach_flash(chip)
    return chip


def _tried(what: str, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        return work(*arguments, **named)
    except _LOST as error:
        why = str(error).strip().partition("\n")[0].partition(". ")[0] or type(error).__name__
        # esptool compares each part when it is written, and has no class of its own for one that differs.
        kind = Damaged if "MD5" in why else NoBox
        raise kind(f"{what} failed: {why}", "check cable and supply, and flash again") from error


class _Talk(EspLogBase):
    """What esptool says: warnings go to the person, progress in tenths of the whole, the rest to nobody."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.part = 0, 0, 1  # bytes written, bytes of the present row, bytes of all
        self._tenths = 0

    def progress_bar(self, cur_iter: int, total_iters: int, prefix: str = "", suffix: str = "", bar_length: int = 30) -> None:
        """Tell of each tenth."""
        done, row, total = self.part
        tenths = (done + row * cur_iter // max(total_iters, 1)) * 10 // total
        if tenths > self._tenths:
            self._tenths = tenths
            self.tell(f"written {tenths * 10}%")

    def warn(self, *args: Any, suggestion: str | None = None) -> None:
        """Told."""
        self.tell(f"esptool: {' '.join(map(str, args))}")

    warning = err = error = warn

    def print(self, *args: Any, **kwargs: Any) -> None:
        """Dropped."""

    note = hint = debug = print

    def set_verbosity(self, mode: int | str) -> None:
        """One is enough."""
