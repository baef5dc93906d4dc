"""One recording on its way to the host: docs/protocol.md, section 6."""

from micropython import const

from core import cbor
from core.errors import Gone, NoCard

CHUNK = const(4096)
_HEAD = const(5)  # kind and counter, before the message
_DATA = const(11)  # where the chunk stands in the body: after map(2), "d" and a byte string's head
_MAX_WINDOW = const(64)


class Stream:
    """`fill` puts the next data message into a body; `ready` says whether the window has room for one."""

    def __init__(self, body):
        self._body = body
        self._chunk = memoryview(body)[_DATA : _DATA + CHUNK]
        self._file = None
        self._id = None
        self._sent = self._acked = self._size = self._window = 0

    def begin(self, id16, file, size, offset, window):
        """Send `file` from `offset`; frames without acknowledgement: `window`, 1 to 64."""
        self.end()
        self._file, self._id, self._size = file, id16, size
        self._sent = self._acked = offset
        self._window = max(1, min(window, _MAX_WINDOW)) * CHUNK
        file.seek(offset)
        if offset == size:
            self.end()

    def end(self):
        """Stop and close; safe at any time."""
        file, self._file = self._file, None
        if file:
            try:
                file.close()
            except OSError:
                pass  # a card that went away has nothing to close

    def drop(self, id16):
        """The recording is being erased (None: every one): the next `fill` says so."""
        if self._file and id16 in (None, self._id):
            self.end()
            self._file = _Erased()

    def ack(self, offset):
        """The host has everything before `offset`; nonsense is ignored."""
        if isinstance(offset, int) and self._acked < offset <= self._sent:
            self._acked = offset

    @property
    def is_open(self):
        """A file is being sent."""
        return self._file is not None

    def ready(self):
        """True when `fill` would give a frame now."""
        return self._file is not None and self._sent - self._acked < self._window

    def fill(self):
        """Write the message `{"d": chunk, "o": offset}` into the body; its length. Raises Gone or NoCard and is then over."""
        count = min(CHUNK, self._size - self._sent)
        try:
            view = self._chunk if count == CHUNK else self._chunk[:count]
            if self._file.readinto(view) != count:
                raise Gone("the file is shorter than it was")
        except OSError:
            self.end()
            raise NoCard("the card cannot be read") from None
        except Gone:
            self.end()
            raise
        end = self._wrap(count)
        self._sent += count
        if self._sent == self._size:
            self.end()
        return end

    def _wrap(self, count):
        body = self._body
        if count < CHUNK:  # the last one, once a recording
            message = cbor.encode({"d": self._chunk[:count], "o": self._sent})
            body[_HEAD : _HEAD + len(message)] = message
            return len(message)
        body[_HEAD:_DATA] = b"\xa2\x61d\x59\x10\x00"
        tail = b"\x61o" + cbor.encode(self._sent)
        at = _DATA + count
        body[at : at + len(tail)] = tail
        return at + len(tail) - _HEAD


class _Erased:
    """Stands in for the file of a recording that was erased while it was being sent."""

    def readinto(self, _):
        raise Gone("erased")

    def close(self):
        """Nothing is open."""
