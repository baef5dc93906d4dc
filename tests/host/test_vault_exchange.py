"""Receipts with a box that is modelled, over a line that breaks at any request, before the box hears it or after."""

import hashlib
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cbor2
import pytest
import vault_rig as rig
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_rig import NOW, writer

from press1.errors import RefusedByBox
from press1.protocol import LinkLost
from press1.vault.exchange import exchange

MADE = [rig.recording(f"exchange {number}") for number in range(6)]
FILES = [(made.id, made.build(), made.key_file()) for made in MADE]


class Box:
    """What docs/protocol.md says of `ls`, `receipts` and `journal`. The line breaks at request `cut`; `heard`: after it was obeyed."""

    about = SimpleNamespace(box=writer.BOX_ID)

    def __init__(self) -> None:
        self.live = {ident: False for ident, _, _ in FILES}  # id: held
        self.waiting: list[dict[str, Any]] = []
        self.entries: list[bytes] = []
        self.cut, self.heard = 0, False
        self.card = True

    def erase(self, ident: bytes, reason: str) -> None:
        if ident not in self.live:
            return
        del self.live[ident]
        row = {"id": ident, "reason": reason, "slot": NOW, "file": NOW, "pulled": True}
        self.waiting.append({**row, "box": writer.BOX_ID})
        self.note("erase", row)

    def note(self, event: str, fields: dict[str, Any]) -> None:
        entry = {"n": len(self.entries) + 1, "t": NOW, "event": event, **fields}
        self.entries.append(cbor2.dumps(entry, canonical=True))

    def restart(self) -> None:
        self.waiting = []

    def _request(self) -> bool:
        """Whether the line breaks now; when it breaks unheard it does so here."""
        self.cut -= 1
        if self.cut == 0 and not self.heard:
            raise LinkLost("unplugged")
        return self.cut == 0

    def _reply(self, broken: bool, value: Any) -> Any:
        if broken:
            raise LinkLost("unplugged")
        return value

    def ls(self) -> list[dict[str, Any]]:
        broken = self._request()
        common = {"purposes": ["training"], "expires": writer.END}
        return self._reply(broken, [{"id": ident, "hold": held, **common} for ident, held in self.live.items()])

    def receipts(self, done: list[bytes], have: list[bytes]) -> list[dict[str, Any]]:
        broken = self._request()
        self.waiting = [row for row in self.waiting if row["id"] not in have]
        for ident in done:
            self.erase(ident, "erased")
        return self._reply(broken, [dict(row) for row in self.waiting[:2]])

    def journal_head(self) -> tuple[int, bytes]:
        return self._reply(self._request(), (len(self.entries), bytes(32)))

    def journal(self, since: int, limit: int = 0) -> Any:
        broken = self._request()
        if not self.card:
            raise RefusedByBox("the box has no readable card")
        chain, pieces = bytes(32), []
        for number, raw in enumerate(self.entries, 1):
            chain = hashlib.sha256(chain + raw).digest()
            if number >= since:
                pieces.append(len(raw).to_bytes(2, "big") + raw + chain)
        return iter(self._reply(broken, pieces))


def vault_of(folder: Path, numbers: set[int]) -> Any:
    vault = rig.opened(rig.make(folder))
    for number in numbers:
        rig.save(folder / "in", MADE[number])
        vault.take(folder / "in" / f"{MADE[number].id.hex()}.p1r")
    return vault


NUMBERS = st.sets(st.integers(0, 5))


@settings(max_examples=20, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.booleans(), st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=3))
def test_both_sides_agree_in_the_end(
    tmp_path_factory: Any,
    pulled: set[int],
    erased: set[int],
    gone: set[int],
    held: set[int],
    lost: bool,
    cuts: list[tuple[int, bool]],
) -> None:
    folder, box = tmp_path_factory.mktemp("vault"), Box()
    vault = vault_of(folder, pulled)
    box.note("boot", {})
    for number in held & pulled:
        vault.hold(vault.find([MADE[number].id.hex()])[0], "tvist", "Ida", NOW + 99)
    for number in (erased & pulled) - held:
        vault.erase(vault.find([MADE[number].id.hex()])[0])
    for number in gone:
        box.erase(MADE[number].id, "withdrawn")
    if lost:
        box.restart()
    for cut, heard in cuts:
        box.cut, box.heard = cut, heard
        with suppress(LinkLost):
            exchange(box, vault)  # type: ignore[arg-type]
    box.cut = 0
    exchange(box, vault)  # type: ignore[arg-type]
    here, there = vault.catalogue.ids(), {ident.hex() for ident in box.live}
    names = [made.id.hex() for made in MADE]
    assert here == {names[n] for n in pulled - ((erased | gone) - held)}
    assert there == {names[n] for n in set(range(6)) - gone - ((erased & pulled) - held)}
    assert vault.catalogue.untold(writer.BOX_ID.hex()) == []
    again = exchange(box, vault)  # type: ignore[arg-type]
    assert (again.erased, again.elsewhere, box.waiting) == ([], [], [])
    vault.close()


def test_many_receipts_go_in_pieces(tmp_path: Path) -> None:
    box, vault = Box(), rig.opened(rig.make(tmp_path))
    ids = [number.to_bytes(16, "big") for number in range(70)]
    for ident in ids:
        box.live[ident] = False
        stone = vault.tombstones.add(ident.hex(), writer.BOX_ID.hex(), NOW, "erased")
        vault.catalogue.bury(
            {"id": ident.hex(), "box": stone.box, "reason": "erased", "slot": NOW, "file": NOW, "origin": "vault", "told": None}
        )
    done = exchange(box, vault)  # type: ignore[arg-type]
    assert sorted(done.told) == [ident.hex() for ident in ids] and not set(ids) & set(box.live)
    assert done.elsewhere == []
    vault.close()


def test_what_expired_here_and_is_held_there_stays_there(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0, 1})
    box.live[MADE[0].id] = True
    for number in (0, 1):
        vault.erase(vault.find([MADE[number].id.hex()])[0], "expired")
    exchange(box, vault)  # type: ignore[arg-type]
    assert MADE[0].id in box.live and MADE[1].id not in box.live
    vault.close()


@pytest.mark.parametrize(("reason", "warned"), [("moved", []), ("unused", [MADE[1].id.hex()])])
def test_a_box_that_gave_up_its_copy_binds_nobody(tmp_path: Path, reason: str, warned: list[str]) -> None:
    """`pull --move` erases with reason `moved` (`unused` in older versions): its copy is where it belongs, here or in a folder."""
    box, vault = Box(), vault_of(tmp_path, {0})
    for number in (0, 1):
        box.erase(MADE[number].id, reason)
    done = exchange(box, vault)  # type: ignore[arg-type]
    assert (done.erased, done.elsewhere) == ([], warned)
    assert vault.catalogue.ids() == {MADE[0].id.hex()}
    vault.close()


def test_without_a_card_the_rest_goes_on(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0})
    box.card = False
    box.erase(MADE[0].id, "stopped")
    done = exchange(box, vault)  # type: ignore[arg-type]
    assert len(done.erased) == 1 and "card" in done.fault
    vault.close()


def test_a_purpose_that_was_withdrawn_on_the_box_has_ended_here(tmp_path: Path) -> None:
    both = rig.recording("both", purposes=[("documentation", NOW + 900), ("training", NOW + 500)])
    vault, box = rig.opened(rig.make(tmp_path)), Box()
    vault.take(rig.save(tmp_path / "in", both))
    item = {"id": both.id, "purposes": ["documentation"], "expires": NOW + 800, "hold": False}
    exchange(box, vault, [item])  # type: ignore[arg-type]
    (entry,) = vault.catalogue.entries()
    assert (entry.expires, entry.may("training", NOW), entry.may("documentation", NOW)) == (NOW + 800, False, True)
    vault.close()


@pytest.mark.parametrize("bad", [None, {}, {"id": b"short"}, {"id": bytes(16), "reason": 3, "slot": 1, "pulled": True}])
def test_a_box_is_not_believed(tmp_path: Path, bad: Any) -> None:
    from press1.errors import Damaged

    box, vault = Box(), rig.opened(rig.make(tmp_path))
    box.waiting = [{"id": b""}]
    box.receipts = lambda done, have: [bad]  # type: ignore[method-assign]
    with pytest.raises(Damaged):
        exchange(box, vault)  # type: ignore[arg-type]
    vault.close()
