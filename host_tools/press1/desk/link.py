"""Boxes at this desk: a session with each while it is used, and what each said last."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import boxes, keys
from press1.device import Device
from press1.errors import NoBox, Press1Error, RefusedByBox
from press1.transport import Transport, open_port

_FRESH_S = 4.0  # a page does not ask again before
_WAIT_S = 20.0
_KEEP_S = 60.0  # an unused session is closed, so that the command line gets its turn


class Occupied(RefusedByBox):
    """Another request of this desk is using the box."""


@dataclass
class Seen:
    """What a box said last. `fault` says why nothing newer is known."""

    box: str = ""
    provisioned: bool = True
    info: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    at: float = 0.0
    fault: Press1Error | None = None


class Link:
    """One port. Requests of several threads take turns."""

    def __init__(self, port: str) -> None:
        self.port = port
        self.seen = Seen()
        self.met = False  # receipts were exchanged in this session
        self._turn = threading.Lock()
        self._device: Device | None = None
        self._used = 0.0

    @contextmanager
    def session(self, private: X25519PrivateKey, wait: float = _WAIT_S) -> Iterator[Device]:
        """The box's owner session, opened when it is not. Occupied after `wait` seconds."""
        if not self._turn.acquire(timeout=wait):
            raise Occupied("the box is busy with another task of this desk", "wait until it has ended")
        try:
            yield self._opened(private)
        except (NoBox, OSError):
            self._drop()
            raise
        finally:
            self._used = time.monotonic()
            self._turn.release()

    def _opened(self, private: X25519PrivateKey) -> Device:
        if self._device is not None:
            return self._device
        transport = open_port(self.port)
        try:
            self._device = self._greet(transport, private)
        except BaseException:
            transport.close()
            raise
        return self._device

    def _greet(self, transport: Transport, private: X25519PrivateKey) -> Device:
        device = Device(transport)
        about = device.hello()
        self.met = False
        self.seen.box, self.seen.provisioned = about.box.hex(), about.provisioned
        device.auth("owner", private)
        known = boxes.Boxes(boxes.home(self.port))
        if known.get(about.box) is None:
            known.remember(about.box, boxes.Known(about.box_key, (keys.raw_public(private),)))
        return device

    def look(self, private: X25519PrivateKey, wait: float = 0.0) -> Seen:
        """What the box says now, or said last while it is occupied or away."""
        if time.monotonic() - self.seen.at < _FRESH_S:
            return self.seen
        try:
            with self.session(private, wait) as device:
                self.seen.info, self.seen.items = device.info(), device.ls()
                self.seen.fault = None
        except Occupied:
            return self.seen
        except (Press1Error, OSError) as error:
            self.seen.items, self.seen.info = [], {}
            self.seen.fault = error if isinstance(error, Press1Error) else NoBox(str(error))
        self.seen.at = time.monotonic()
        return self.seen

    def stale(self) -> None:
        """What was seen has changed."""
        self.seen.at = 0.0

    @property
    def waiting(self) -> bool:
        """Somebody is using it, or it is being asked."""
        return self._turn.locked()

    def rest(self, at_once: bool = False) -> None:
        """Close a session that nobody has used for a while."""
        if (at_once or time.monotonic() - self._used > _KEEP_S) and self._turn.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._turn.release()

    def _drop(self) -> None:
        device, self._device = self._device, None
        self.stale()  # others may use the box now
        if device is not None:
            device.close()
