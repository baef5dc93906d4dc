"""Takes a signed update over the link, puts it beside the firmware that runs, and asks for the start that tries it (docs/update.md)."""

import os
import sys

from micropython import const

import launch
import pack
from core.errors import CardFull, Malformed, NotReady, Refused, SelfTestFailed
from crypto.job import Job

_DOMAIN = const(b"press1/v1/update\x00")
_PART = const("/part")
_ARCHES = ("", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp", "xtensa", "xtensawin", "rv32imc")


def publisher():
    """The 32-byte key that updates are signed with; empty where the image names none."""
    try:
        import publisher as named  # type: ignore[import-not-found]  # put beside the firmware by the image
    except ImportError:
        return b""
    return named.KEY


def _number(version):
    """A version as something to compare; Malformed where it is none."""
    try:
        return [int(word) for word in version.split(".")]
    except ValueError:
        raise Malformed("version") from None


def _runs(about):
    """Whether this interpreter can load the update's files."""
    own = getattr(sys.implementation, "_mpy", 0)
    return about["arch"] == _ARCHES[own >> 10] and about["mpy"] == "%d.%d" % (own & 255, own >> 8 & 3)


class Updates:
    """`box.updates`. One update is under way at a time; what a cut leaves of it is overwritten by the next."""

    def __init__(self, box):
        self._box = box
        self._root = box.hal.code_root
        self._restart = False
        self._ready = ""  # slot of an update that has arrived whole
        self._ready_version = ""
        self._forget()

    def _forget(self):
        self._offset = 0
        self._size = None

    def started(self):
        """Says in the journal that an update was given up."""
        choice = launch.read(self._root)
        if choice["back"]:
            self._box.note("update", version=self._box.VERSION, what="back")
            choice["back"] = ""
            launch.write(self._root, choice)

    def status(self):
        """The result of docs/protocol.md: what runs, and how far an update is."""
        choice = launch.read(self._root)
        return {
            "version": self._box.VERSION, "use": choice["use"], "trial": launch.trial, "tries": choice["tries"],
            "offset": self._offset, "ready": self._ready_version if self._ready else "",
        }  # fmt: skip

    # Arrival

    def put(self, offset, data, role):
        """A job that keeps one piece, and checks what has become complete with it. Raises Malformed or Refused, and starts anew."""
        return Job(self._guarded(offset, data, role))

    def _guarded(self, offset, data, role):
        try:
            if offset == 0:
                self._begin()
            if offset != self._offset:
                raise Malformed("the piece does not follow the last one")
            yield from self._take(data, role)
        except OSError:
            self._abort()
            raise CardFull("no room for an update") from None
        except ValueError as error:
            self._abort()
            raise Malformed(str(error)) from None
        except (Malformed, Refused):
            self._abort()
            raise

    def _begin(self):
        choice = launch.read(self._root)
        if launch.trial:
            raise NotReady("keep or give up the update that is being tried")
        if not publisher():
            raise Refused("this image names no publisher")
        self._abort()
        self._ready = ""
        self._spare = "b" if choice["use"] == "a" else "a"
        try:
            os.mkdir(self._root)
        except OSError:
            pass  # there already; a real fault shows in the write that follows
        self._remove(launch.slot(self._root, self._spare))

    def _abort(self):
        self._forget()
        self._remove(self._root + _PART)

    @staticmethod
    def _remove(path):
        try:
            os.remove(path)
        except OSError:
            pass  # absent is what was asked for

    def _take(self, data, role):
        limit = pack.HEAD + pack.LIMIT_MANIFEST + 4096 if self._size is None else self._size
        if self._offset + len(data) > limit:
            raise Malformed("longer than it says")
        with open(self._root + _PART, "ab") as file:
            file.write(data)
        self._offset += len(data)
        if self._size is None:
            yield from self._opened(role)
        if self._size == self._offset:
            yield from self._finished()

    def _opened(self, role):
        """Once the manifest is there: it must be the publisher's, and fit this box, before any file is taken."""
        with open(self._root + _PART, "rb") as file:
            head = file.read(pack.HEAD)
            if len(head) < pack.HEAD:
                return
            length = pack.manifest_length(head)
            text = file.read(length)
        if len(text) < length:
            return
        from crypto.ed25519 import VerifyJob  # for the signature only (core.overlay)

        check = VerifyJob(publisher(), _DOMAIN + text, head[16:])
        while not check.step():
            yield
        about, files = pack.parse(text)
        self._fits(about, role)
        self._size = pack.HEAD + length + sum(size for _, size, _ in files)
        if not self._offset <= self._size <= pack.LIMIT:
            raise Malformed("length")
        self._ready_version = about["version"]

    def _fits(self, about, role):
        try:
            usable, version = _runs(about), _number(about["version"])
        except KeyError:
            raise Malformed("manifest") from None
        if not usable:
            raise Refused("this update is for another chip, or another MicroPython")
        if role != "owner" and version < _number(self._box.VERSION):
            raise Refused("only an owner goes back to an older version")

    def _finished(self):
        with open(self._root + _PART, "rb") as file:
            for _ in pack.Pack(file).check():
                yield
        os.rename(self._root + _PART, launch.slot(self._root, self._spare))
        self._ready = self._spare
        self._forget()

    # What is done with it

    def do(self, what):
        """`use` tries what has arrived, `keep` confirms what runs, `back` returns to what ran before."""
        if what == "use":
            self._use()
        elif what == "keep":
            self._keep()
        elif what == "back":
            self._back()
        else:
            raise Malformed("use, keep or back")

    def _use(self):
        if not self._ready:
            raise NotReady("no update has arrived")
        before = launch.read(self._root)["use"]
        self._box.note("update", version=self._ready_version, what="taken")
        launch.write(self._root, {"use": self._ready, "before": before, "good": False, "tries": 0, "back": ""})
        self._restart = True

    def _keep(self):
        choice = launch.read(self._root)
        if not launch.trial:
            return
        if self._box.fault or self._box.guard.safe or self._box.identity is None:
            raise SelfTestFailed("this firmware does not work here")
        choice.update({"good": True, "tries": 0})
        launch.write(self._root, choice)
        launch.trial = False
        self._box.note("update", version=self._box.VERSION, what="kept")

    def _back(self):
        choice = launch.read(self._root)
        if not choice["use"]:
            raise NotReady("the image's own firmware runs")
        launch.give_up(self._root, choice)
        self._restart = True

    def ask_restart(self):
        """The box cannot go on: it starts again as soon as nobody is on the line."""
        self._restart = True

    def restart_due(self):
        """True when the chip is to start again: asked for, answered, and nobody is on the line."""
        box = self._box
        return self._restart and not box.server.busy and not box.call.active and not box.hal.off_hook()
