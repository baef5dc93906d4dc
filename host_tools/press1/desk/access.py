"""Who is at the desk: a visitor has a cookie, an owner has unlocked it. Nothing secret is in the cookie or in an address."""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_VISITS = 64  # kept at most; the oldest goes
_WAIT_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # before the answer to the n-th wrong passphrase in a row


class Access:
    """One owner at a time. `idle_s`: after so long without a request the desk locks."""

    def __init__(self, idle_s: float) -> None:
        self.idle_s = idle_s
        self._secret = secrets.token_bytes(32)
        self._visits: dict[str, None] = {}
        self._owner = ""
        self._seen = 0.0
        self._wrong = self._entering = 0
        self._lock = threading.Lock()

    def visit(self, cookie: str | None) -> str:
        """The visitor's id: the cookie's where this desk gave it, else a new one."""
        with self._lock:
            if cookie is not None and (cookie in self._visits or self._is_owner(cookie)):
                return cookie
            return self._new()

    def _new(self) -> str:
        ident = secrets.token_urlsafe(32)
        self._visits[ident] = None
        if len(self._visits) > _VISITS:
            self._visits.pop(next(iter(self._visits)))
        return ident

    def token(self, ident: str) -> str:
        """What a form of this visitor must carry."""
        return hmac.digest(self._secret, ident.encode(), hashlib.sha256).hex()

    def genuine(self, ident: str, token: str) -> bool:
        """Whether a form is this visitor's own."""
        return hmac.compare_digest(self.token(ident).encode(), token.encode())

    def _is_owner(self, ident: str) -> bool:
        return bool(self._owner) and hmac.compare_digest(ident.encode(), self._owner.encode())

    def open(self, ident: str) -> bool:
        """Whether this visitor has unlocked the desk, and lately."""
        return self._is_owner(ident) and not self.idle()

    def touch(self) -> None:
        """The owner is there."""
        self._seen = time.monotonic()

    def idle(self) -> bool:
        """Nobody has been there for too long."""
        return time.monotonic() - self._seen > self.idle_s

    @contextmanager
    def entering(self) -> Iterator[None]:
        """Somebody is unlocking, which may take a while: the desk that opens meanwhile has an owner in a moment."""
        with self._lock:
            self._entering += 1
        try:
            yield
        finally:
            with self._lock:
                self._entering -= 1

    @property
    def deserted(self) -> bool:
        """Nobody has been there for too long, and nobody is about to be."""
        return self.idle() and not self._entering

    def unlock(self) -> str:
        """A new id for the one who knew the passphrase: the one from before is worth nothing."""
        with self._lock:
            self._wrong = 0
            self._owner = secrets.token_urlsafe(32)
            self._visits.clear()
            self.touch()
            return self._owner

    def lock(self) -> None:
        """Nobody is the owner any more."""
        with self._lock:
            self._owner = ""

    def wrong(self) -> float:
        """Count a wrong passphrase; seconds to wait before saying so."""
        with self._lock:
            self._wrong += 1
            return _WAIT_S[min(self._wrong, len(_WAIT_S) - 1)]
