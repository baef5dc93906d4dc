"""What the desk works with: the owner's key and vault while unlocked, the boxes that are plugged in, and what is under way."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import journal
from press1.desk import calls
from press1.desk.calls import Call
from press1.desk.fetch import Fetch
from press1.desk.link import Link, Seen
from press1.desk.place import Place
from press1.desk.sound import Sound, load
from press1.device import Device
from press1.errors import Gone, NoBox, Press1Error, WrongKey
from press1.export import Source
from press1.head import Head, read_head
from press1.keyfile import KeyFile
from press1.rights.cases import CaseLog, used
from press1.rights.leftovers import forget_killed
from press1.vault import config as configuration
from press1.vault.entry import Entry

if TYPE_CHECKING:
    from press1.vault.vault import Vault

_SWEEP_S = 3600.0
_USES = ("training", "documentation", "threat", "dispute")


class Office:
    """Everything behind the pages. `guard` keeps the vault to one thread at a time."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.guard = threading.RLock()
        self.private: X25519PrivateKey | None = None
        self._vault: Vault | None = None
        self._links: dict[str, Link] = {}
        self._fetch: dict[str, Fetch] = {}
        self._sound: tuple[str, str, Sound] | None = None
        self._swept = 0.0
        self.log = CaseLog(place.home)

    # Opening and locking

    def begin(self, passphrase: str) -> None:
        """First run: an owner key where there is none, and a vault, both under the passphrase."""
        self.place.begin(passphrase)
        self.unlock(passphrase)

    def unlock(self, passphrase: str) -> None:
        """Take the key in hand; WrongKey otherwise. What is due is destroyed first."""
        from press1.vault.vault import Vault

        private = self.place.key(passphrase)
        with self.guard:
            self._close_vault()
            self._vault = Vault(configuration.load(self.place.vault), lambda: passphrase)
            self.private = private
        self._swept = 0.0
        self.tidy()

    def lock(self) -> None:
        """Forget the key, the sound and the sessions; a fetch that is under way ends by itself."""
        with self.guard:
            self.private = None
            self._sound = None
            if not self.fetching:
                self._close_vault()
        for link in self._links.values():
            link.rest(at_once=True)

    def _close_vault(self) -> None:
        vault, self._vault = self._vault, None
        if vault:
            vault.close()

    def tidy(self) -> None:
        """Now and then: what has expired goes, unused sessions are closed."""
        for link in list(self._links.values()):
            link.rest(at_once=self.private is None)
        if self._vault and self.private and (not self._swept or time.monotonic() - self._swept > _SWEEP_S):
            from press1.vault.sweep import sweep

            with self.guard:
                sweep(self._vault)
            forget_killed()
            self._swept = time.monotonic()

    @property
    def key(self) -> X25519PrivateKey:
        """The owner's key; WrongKey while locked."""
        if self.private is None:
            raise WrongKey("the desk is locked")
        return self.private

    @property
    def vault(self) -> "Vault":
        """The open vault; WrongKey while locked."""
        if self._vault is None or self.private is None:
            raise WrongKey("the desk is locked")
        return self._vault

    # Boxes

    def links(self) -> list[Link]:
        """The ports there are."""
        ports = [self.place.port] if self.place.port else usb_ports()
        self._links = {port: self._links.get(port) or Link(port) for port in ports}
        return list(self._links.values())

    def look(self) -> list[tuple[Link, Seen]]:
        """What every box says."""
        rows = [(link, link.look(self.key)) for link in self.links()]
        for link, seen in rows:
            if seen.info and not link.met and not link.waiting:
                self._meet(link)
        return rows

    def _meet(self, link: Link) -> None:
        """Receipts go both ways whenever a box is met: what one side erased, the other erases too."""
        from press1.vault.exchange import exchange

        with (
            suppress(Press1Error),
            link.session(self.key) as device,
            self.guard,
        ):  # a fetch tries it again, and says what is wrong
            link.met = True
            done = exchange(device, self.vault, link.seen.items, used(self.log))
            if done.told or done.kept or done.released:
                link.stale()

    def link(self, box: str) -> Link:
        """The port of a box; NoBox while it is not plugged in."""
        for link in self.links():
            if link.seen.box == box and not isinstance(link.seen.fault, NoBox):
                return link
        raise NoBox("the box is not plugged in", "plug it in and try again")

    @property
    def public(self) -> Path:
        """The owner's public key, which a technician needs."""
        return (self.place.source or self.place.identity).with_suffix(".pub")

    def fetch(self, box: str) -> None:
        """Begin to bring what is new on the box; nothing when that is under way."""
        run = self._fetch.get(box)
        if run is None or run.done:
            self._fetch[box] = Fetch(self.link(box), self.key, self.vault, self.guard, used(self.log))
            self._fetch[box].start()

    def fetched(self, box: str) -> Fetch | None:
        """The run that is under way, or the last one."""
        return self._fetch.get(box)

    @property
    def fetching(self) -> bool:
        """Any is under way."""
        return any(not run.done for run in self._fetch.values())

    # Calls

    def calls(self) -> list[Call]:
        """All calls, newest first."""
        items = [(seen.box, item) for _, seen in self.look() for item in seen.items]
        with self.guard:
            return calls.together(self.vault.catalogue.entries(), items)

    def call(self, ident: str) -> Call:
        """One call; Gone when neither vault nor box has it."""
        for call in self.calls():
            if call.id == ident:
                return call
        raise Gone("this recording is not here any more")

    def head(self, call: Call) -> Head | None:
        """Head of the first part that is here: it needs no key, and holds the evidence."""
        with self.guard:
            if not call.entries:
                return None
            with self.vault.open(call.entries[0]) as file:
                return read_head(file)

    def uses(self, call: Call) -> list[str]:
        """What the call may be heard for now."""
        with self.guard:
            now = self.vault.now()
            return [name for name in _USES if call.entries and any(entry.may(name, now) for entry in call.entries)]

    def sources(self, entries: Iterable[Entry]) -> list[Source]:
        """Their sealed files; each key is read under `guard` when it is asked for, so that nobody waits for the opening itself."""
        vault = self.vault

        def key(entry: Entry) -> KeyFile:
            with self.guard:
                return vault.key(entry)

        return [Source(one.id, one.size, partial(vault.open, one), partial(key, one)) for one in entries]

    def sound(self, call: Call, purpose: str) -> Sound:
        """The opened call, for a purpose that is still open."""
        kept = self._sound
        if kept and kept[:2] == (call.id, purpose):
            return kept[2]
        now = self.vault.now()
        entries = [entry for entry in call.entries if entry.may(purpose, now)]
        if not entries:
            raise Gone("its time for this purpose has ended")
        inside = None if purpose == "dispute" else purpose  # a hold is the vault's, the header does not know it
        sound = load(self.sources(entries), self.key, inside, now)
        with self.guard:  # others went on meanwhile
            if not all(self.vault.catalogue.get(entry.id) for entry in entries):
                raise Gone("this recording is not here any more")
            self._sound = (call.id, purpose, sound)
        if purpose == "training" and not set(call.ids) <= used(self.log):  # S37: what was used is not purged as unused
            self.log.add("used", "done", "desk", recordings=call.ids, box=call.box)
            self.each(call, lambda device, item: None if item["used"] else device.used(item["id"]))
        return sound

    def forget(self) -> None:
        """Drop the opened sound."""
        self._sound = None

    def each(self, call: Call, do: Callable[[Device, dict[str, Any]], object]) -> Press1Error | None:
        """Ask the box for something about each part that it holds; what kept it from that."""
        if not call.items:
            return None
        try:
            link = self.link(call.box)
            with link.session(self.key) as device:
                for item in call.items:
                    do(device, item)
            link.stale()
        except Press1Error as error:
            return error
        return None

    def journal(self, box: str) -> list[dict[str, Any]] | None:
        """A box's journal; None while it is not at hand."""
        try:
            with self.link(box).session(self.key) as device:
                return list(journal.Chain().entries(device.journal(0)))
        except Press1Error:
            return None


def usb_ports() -> list[str]:
    """Serial ports by USB: a box comes so."""
    from serial.tools import list_ports

    return sorted(port.device for port in list_ports.comports() if port.vid is not None)
