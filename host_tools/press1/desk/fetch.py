"""Bringing recordings into the vault while the page shows how far it is."""

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import boxes, keys, pull
from press1.desk.link import Link
from press1.device import Device
from press1.errors import Gone, Press1Error

if TYPE_CHECKING:
    from press1.vault.vault import Vault


class Fetch:
    """One run in a thread of its own. What is true may be read at any time: `total` and `moved` bytes, `left_s`, `new`, `fault`, `done`."""

    def __init__(self, link: Link, private: X25519PrivateKey, vault: "Vault", guard: threading.RLock, used: set[str]) -> None:
        self.total = self.moved = self.new = self.count = 0
        self.done = False
        self.fault: Press1Error | None = None
        self._link, self._private, self._vault, self._guard = link, private, vault, guard
        self._used = used  # by this computer's case log (S37)
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="press1 fetch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the end, for a while."""
        self._thread.join(seconds)

    @property
    def rate(self) -> float:
        """Bytes a second so far."""
        return self.moved / max(time.monotonic() - self._begun, 0.001)

    @property
    def left_s(self) -> float | None:
        """Seconds to go, once that can be told."""
        return (self.total - self.moved) / self.rate if self.moved and not self.done else None

    def _run(self) -> None:
        try:
            with self._link.session(self._private) as device:
                self._take_all(device)
        except Press1Error as error:
            self.fault = error
        except OSError as error:
            self.fault = Press1Error(str(error.strerror))
        finally:
            self._link.stale()
            self.done = True

    def _take_all(self, device: Device) -> None:
        from press1.vault.exchange import exchange

        items = device.ls()
        with self._guard:
            exchange(device, self._vault, items, self._used)
            have = self._vault.catalogue.ids() | set(self._vault.tombstones.stones)
        wanted = [item for item in items if item["id"].hex() not in have]
        self.count, self.total, before = len(wanted), sum(item["bytes"] for item in wanted), 0
        for item in wanted:
            try:
                self._take(device, item, before)
            except Gone as error:  # it expired while we came
                self.fault = error
            before += item["bytes"]

    def _take(self, device: Device, item: pull.Item, before: int) -> None:
        def moved(count: int) -> None:
            self.moved = before + count

        incoming: Path = self._vault.config.folder / "incoming"
        incoming.mkdir(exist_ok=True)
        pulled = pull.fetch(device, item, incoming, _owners(device, self._private), moved)
        with self._guard:
            self._vault.take(pulled.recording, private=self._private, expires=item["expires"], purposes=item["purposes"])
        self.new += 1


def _owners(device: Device, private: X25519PrivateKey) -> list[bytes]:
    """Everybody to whom the secret is wrapped: this owner, and those that this computer knows for the box."""
    assert device.about
    mine = keys.raw_public(private)
    known = boxes.Boxes(boxes.home(device.transport.port)).get(device.about.box)
    return [mine, *(key for key in (known.owners if known else ()) if key != mine)]
