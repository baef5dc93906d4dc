"""What the owner decides about a call: done here and on its box, and a case in the log."""

import time
from contextlib import suppress
from typing import IO, Any

from press1.desk.calls import Call
from press1.desk.office import Office
from press1.device import Device
from press1.errors import Gone, Press1Error, Usage
from press1.rights.access import Asked, Given, Wanted, give
from press1.rights.cases import Case
from press1.rights.places import REASON_MAX
from press1.rights.review import Due, Terms, due


class Decisions:
    """Each returns what kept the box from it, if anything did; here it is done then all the same."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def hold(self, call: Call, reason: str, role: str, review: int) -> Press1Error | None:
        """Keep a call here and on its box; a box that is away has the hold with the next meeting."""
        with self.office.guard:
            for entry in call.entries:
                self.office.vault.hold(entry, reason, role, review)
        self.office.log.add("hold", "done", role, recordings=call.ids, box=call.box, text=reason, until=review)

        def put(device: Device, item: dict[str, Any]) -> None:
            device.hold(item["id"], review, reason[:REASON_MAX])
            with self.office.guard:
                self.office.vault.catalogue.hold_told(item["id"].hex(), self.office.vault.now())

        return self.office.each(call, put)

    def release(self, call: Call, role: str) -> Press1Error | None:
        """End the hold in both places."""
        with self.office.guard:
            for entry in call.entries:
                self.office.vault.release(entry, role)
        self.office.log.add("release", "done", role, recordings=call.ids, box=call.box)

        def end(device: Device, item: dict[str, Any]) -> None:
            if item["hold"]:
                device.release(item["id"])
            with self.office.guard:
                self.office.vault.catalogue.release_told(item["id"].hex(), self.office.vault.now())

        return self.office.each(call, end)

    def erase(self, call: Call, reason: str, role: str) -> Press1Error | None:
        """Destroy a call in both places because somebody asked for it (S31); a box that is away hears of it at the next fetch."""
        fault = self._destroy(call)
        if fault is not None and not call.entries:
            raise fault  # nothing was done
        self.office.log.add(
            "erasure", "decided", role, recordings=call.ids, call=call.id, box=call.box, text=reason, outcome="erased"
        )
        return fault

    def _destroy(self, call: Call) -> Press1Error | None:
        if call.held:
            raise Usage("a held recording is not erased: release it first")
        self.office.forget()
        with self.office.guard:
            for entry in call.entries:
                self.office.vault.erase(entry)
        return self.office.each(call, _erase)

    def object_to(self, call: Call, ground: str, role: str) -> Press1Error | None:
        """Open a case (S25); the box journals the ground for what it holds."""
        self.office.log.add("objection", "opened", role, recordings=call.ids, call=call.id, box=call.box, text=ground)
        return self.office.each(call, lambda device, item: device.object_to(item["id"], ground[:REASON_MAX]))

    def decide(self, case: Case, uphold: bool, text: str, role: str) -> Press1Error | None:
        """Close a case: uphold it, which destroys what is left of the recordings, or dismiss it."""
        fault = None
        if uphold:
            for call in self.office.calls():
                if set(call.ids) & set(case.recordings):
                    fault = self._destroy(call) or fault
        self.office.log.add("objection", "decided", role, case.number, text=text, outcome="upheld" if uphold else "dismissed")
        return fault

    def hand_over(self, calls: list[Call], out: IO[bytes], wanted: Wanted) -> Given:
        """Write the access bundle (S26) of one person's calls; Usage for a call that has not been fetched. It may take minutes, so
        the vault is free for others meanwhile."""
        if not all(call.here and call.whole for call in calls):
            raise Usage("it is on the box only")
        journals = {box: self.office.journal(box) for box in {call.box for call in calls}}
        asked = [Asked(self.office.sources(call.entries), call.found(), journals[call.box]) for call in calls]
        return give(asked, self.office.key, out, self.office.log, wanted)

    def due(self, calls: list[Call]) -> list[Due]:
        """What a person must look at by now: holds, and recordings of a policy that asks for it (S24)."""
        found = [one for call in calls for one in call.found()]
        now = int(time.time())
        return [row for row in due(found, Terms(self.office.place.home)) if row.due <= now]


def _erase(device: Device, item: dict[str, Any]) -> None:
    with suppress(Gone):  # which is what was wanted
        device.erase(item["id"])
