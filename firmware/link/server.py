"""The link's loop: bytes from the line, at most one request, bounded output. Whatever arrives, `step` does not raise."""

import time

from micropython import const

from core import cbor
from core.errors import Malformed, Press1Error
from link import commands
from link.frames import ENCODED_LIMIT, HEAD, LEAD, LIMIT, Receiver, encode
from link.handshake import Handshake
from link.later import Later
from link.session import PLAIN, SECRET, SIGNED, TAG, SessionLost, message
from link.stream import Stream

_RX_BYTES = const(1024)
_IDLE_MS = const(600_000)  # a session without a frame ends
_FRAMES_IDLE = const(4)  # data frames a step; one during a call


class Server:
    """`step()` as often as the loop allows; `drop(id)` before a recording is erased."""

    def __init__(self, hal, services, ticks=time.ticks_ms):
        self.services = services
        self.ticks = ticks
        self.session = None
        self.reply_kind = SIGNED
        self._hal = hal
        self._rx = bytearray(_RX_BYTES)
        self._rx_at = self._rx_end = 0
        self._receiver = Receiver()
        self._frame = bytearray(ENCODED_LIMIT)
        self._out = memoryview(self._frame)
        self._body = self._out[LEAD:]  # an answer is made only when the last one has gone, and encoded where it stands
        self._out_at = self._out_end = 0
        self._later = self._later_name = None
        self._heard = ticks()
        self._unusable = 0  # frames that were sound but none of ours, and faults of the port
        self.stream = Stream(self._body)
        self._handshake = Handshake(self)

    @property
    def busy(self):
        """True while `step` has work of its own: a slow reply, an enrolment, a pull whose window is open, bytes to flush."""
        return bool(self._later or self._handshake.enrolling or self.stream.ready() or self._out_at < self._out_end)

    def drops(self):
        """Frames dropped since start."""
        return self._receiver.dropped + self._unusable

    def drop(self, id16=None):
        """Let go of the file of this recording (None: of any) because it is about to be erased, or its card is gone."""
        self.stream.drop(id16)

    def end_session(self):
        """Forget the session's keys and what it was doing."""
        self.session = None
        self.stream.end()

    def step(self):
        """One bounded slice: flush, or a slice of a slow reply, or one request and what the pull's window allows."""
        try:
            self._step()
        except (OSError, MemoryError):  # the port is unplugged, or the heap was full even for an error's text
            self._unusable += 1

    def _step(self):
        self._handshake.step()
        if not self._flushed():
            return
        if self._later:
            self._step_later()
            return
        self._expire()
        if self._received():
            self._handle()
        if self.stream.ready() and not self._later:
            self._send_data()

    def _expire(self):
        if self.session and time.ticks_diff(self.ticks(), self._heard) > _IDLE_MS:
            self.end_session()

    # In

    def _received(self):
        """True when a whole frame stands in the receiver."""
        if self._rx_at == self._rx_end:
            self._rx_at = 0
            self._rx_end = self._hal.link_read(self._rx) or 0
        while self._rx_at < self._rx_end:
            self._rx_at = self._receiver.feed(self._rx, self._rx_at, self._rx_end)
            if self._receiver.length:
                return True
        return False

    def _handle(self):
        kind = self._receiver.body[0]
        if kind == PLAIN:
            self._answer(kind, self._plain)
        elif kind == SIGNED or kind == SECRET:
            self._answer(kind, self._opened)
        else:
            self._unusable += 1

    def _plain(self):
        self._heard = self.ticks()
        view = memoryview(self._receiver.body)
        if int.from_bytes(self._receiver.body[1:HEAD], "big"):
            raise Malformed("a plain frame has counter 0")
        request = message(view[HEAD : self._receiver.length])
        return request, self._handshake.answer(request)

    def _opened(self):
        if self.session is None:
            raise SessionLost("say hello first")
        request = self.session.open(self._receiver.body, self._receiver.length)
        self._heard = self.ticks()
        return request, commands.answer(self, request)

    def _answer(self, kind, handle):
        """Run a handler; what it raises becomes the reply."""
        self.reply_kind = kind
        try:
            request, result = handle()
        except Exception as error:  # the boundary: a request can fail, the box cannot
            self._fail(error)
            return
        if isinstance(result, Later):
            self._later = result
            self._later_name = request["q"]
        elif result is not None:
            self._reply(request["q"], result)

    def _step_later(self):
        later = self._later
        try:
            if not later.job.step():
                return
            self._later = None
            self._reply(self._later_name, later.finish())
        except Exception as error:  # as in _answer
            self._later = None
            self._fail(error)

    # Out

    def _reply(self, name, result):
        reply = dict(result)
        reply["r"] = name
        if name in ("hello", "auth", "enrol"):
            self.reply_kind = PLAIN
        self._send(cbor.encode(reply))

    def _fail(self, error):
        """Tell the host; texts of unforeseen errors stay inside, they may hold anything."""
        if isinstance(error, SessionLost):
            self.end_session()
            self.reply_kind = PLAIN
        if isinstance(error, Press1Error):
            code, say = error.code, error.args[0] if error.args else error.code
        elif isinstance(error, OSError):
            code, say = "nocard", "the card or the flash cannot be read"
        else:
            code, say = "internal", type(error).__name__
        self._send(cbor.encode({"error": code, "say": str(say)}))

    def _send(self, data):
        if len(data) > LIMIT - HEAD - TAG:
            data = cbor.encode({"error": "internal", "say": "the answer is too long"})
        self._body[HEAD : HEAD + len(data)] = data
        self._post(len(data))

    def _post(self, size):
        """Frame the `size` bytes of message in the body, and begin to send."""
        if self.reply_kind == PLAIN:
            self._body[:HEAD] = b"\x01\x00\x00\x00\x00"
            length = HEAD + size
        else:
            length = self.session.seal(self._body, size, self.reply_kind)
        self._out_at = 0
        self._out_end = encode(self._body, length, self._frame)
        self._flushed()

    def _flushed(self):
        """Hand over what waits; True when nothing waits any more."""
        if self._out_at < self._out_end:
            left = self._out[self._out_at : self._out_end]
            self._out_at += self._hal.link_write(left, len(left)) or 0
        return self._out_at >= self._out_end

    def _send_data(self):
        self.reply_kind = SIGNED
        for _ in range(1 if self.services.in_call() else _FRAMES_IDLE):
            if not self.stream.ready() or not self._flushed():
                return
            try:
                size = self.stream.fill()
            except Press1Error as error:
                self._fail(error)
                return
            self._post(size)
