"""Receipts with a box that is modelled, over a line that breaks at any request, before the box hears it or after."""

import hashlib
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cbor2
import pytest
import vault_rig as rig
from hypothesis import example, given, settings
from hypothesis import strategies as st
from vault_rig import NOW, writer

from press1.errors import Gone, RefusedByBox
from press1.protocol import LinkLost
from press1.vault.exchange import exchange
from press1.vault.tombstones import REASONS

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

    def receipts(self, done: list[tuple[bytes, str]], have: list[bytes]) -> list[dict[str, Any]]:
        broken = self._request()
        self.waiting = [row for row in self.waiting if row["id"] not in have]
        for ident, reason in done:
            self.erase(ident, reason)
        return self._reply(broken, [dict(row) for row in self.waiting[:2]])

    def hold(self, ident: bytes, until: int, reason: str) -> None:
        broken = self._request()
        if ident not in self.live:
            raise Gone("gone")
        assert until > NOW and 0 < len(reason) <= 120
        self.live[ident] = True
        self.note("hold", {"id": ident, "until": until, "reason": reason})
        self._reply(broken, None)

    def release(self, ident: bytes) -> None:
        broken = self._request()
        if not self.live.get(ident):
            raise RefusedByBox("no hold on this recording")
        self.live[ident] = False
        self.note("release", {"id": ident, "reason": "released"})
        self._reply(broken, None)

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


@pytest.mark.parametrize("reason", REASONS)
def test_the_box_hears_why_it_was_destroyed_here(tmp_path: Path, reason: str) -> None:
    box, vault = Box(), vault_of(tmp_path, {0})
    vault.erase(vault.find([MADE[0].id.hex()])[0], reason)
    exchange(box, vault)  # type: ignore[arg-type]
    assert [cbor2.loads(raw)["reason"] for raw in box.entries] == [reason]
    vault.close()


def test_what_expired_here_and_is_held_there_stays_there(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0, 1})
    box.live[MADE[0].id] = True
    for number in (0, 1):
        vault.erase(vault.find([MADE[number].id.hex()])[0], "expired")
    exchange(box, vault)  # type: ignore[arg-type]
    assert MADE[0].id in box.live and MADE[1].id not in box.live
    vault.close()


def test_a_box_that_gave_up_its_copy_binds_nobody(tmp_path: Path) -> None:
    """`pull --move` erases with reason `moved`: its copy is where it belongs, here or in a folder."""
    box, vault = Box(), vault_of(tmp_path, {0})
    for number in (0, 1):
        box.erase(MADE[number].id, "moved")
    done = exchange(box, vault)  # type: ignore[arg-type]
    assert (done.erased, done.elsewhere) == ([], [])
    assert vault.catalogue.ids() == {MADE[0].id.hex()}
    vault.close()


def test_what_another_computer_purged_as_unused_goes_here_too(tmp_path: Path) -> None:
    """S37: but not what was used here, is held here, or serves another purpose."""
    box, vault = Box(), vault_of(tmp_path, {0, 1, 2})
    both = rig.recording("both", purposes=[("documentation", NOW + 900), ("training", NOW + 900)])
    over = rig.recording("over", purposes=[("documentation", NOW - 1), ("training", NOW + 900)])
    for made in (both, over):
        vault.take(rig.save(tmp_path / "in", made))
        box.live[made.id] = False
    vault.hold(entry_of(vault, 2), "tvist", "Ida", NOW + 99)
    box.live[MADE[2].id] = True  # the box has that hold already
    for ident in list(box.live):
        box.erase(ident, "unused")
    done = exchange(box, vault, used={MADE[1].id.hex()})  # type: ignore[arg-type]
    assert {entry.id for entry in done.erased} == {MADE[0].id.hex(), over.id.hex()}
    assert [entry.id for entry in done.held] == [MADE[2].id.hex()]
    assert vault.catalogue.ids() == {MADE[1].id.hex(), MADE[2].id.hex(), both.id.hex()}
    assert vault.tombstones.stones[MADE[0].id.hex()].reason == "unused"
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


# Holds


def entry_of(vault: Any, number: int) -> Any:
    return vault.find([MADE[number].id.hex()])[0]


def notes(box: Box, event: str) -> list[dict[str, Any]]:
    return [entry for raw in box.entries if (entry := cbor2.loads(raw))["event"] == event]


def test_a_hold_that_was_placed_while_the_box_was_away_reaches_it_and_so_does_its_end(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0, 1})
    vault.hold(entry_of(vault, 0), "tvist " * 40, "Ida", NOW + 99)
    assert exchange(box, vault).kept == [MADE[0].id.hex()]  # type: ignore[arg-type]
    (held,) = notes(box, "hold")
    assert (held["id"], held["until"], len(held["reason"])) == (MADE[0].id, NOW + 99, 120)
    assert exchange(box, vault).kept == []  # type: ignore[arg-type]
    vault.hold(entry_of(vault, 0), "en anden tvist", "Ida", NOW + 500)  # takes the place of the first
    done = exchange(box, vault)  # type: ignore[arg-type]
    assert (done.kept, done.released, notes(box, "release")) == ([MADE[0].id.hex()], [], [])
    assert notes(box, "hold")[-1]["until"] == NOW + 500
    vault.release(entry_of(vault, 0), "Ida")
    assert exchange(box, vault).released == [MADE[0].id.hex()]  # type: ignore[arg-type]
    assert box.live[MADE[0].id] is False and vault.catalogue.unsettled_holds() == []
    vault.close()


def test_somebody_elses_hold_on_the_box_is_left_alone(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0, 1})
    box.live[MADE[0].id] = True
    vault.hold(entry_of(vault, 0), "tvist", "Ida", NOW + 99)
    vault.hold(entry_of(vault, 1), "tvist", "Ida", NOW + 99)
    assert exchange(box, vault).kept == [MADE[1].id.hex()]  # type: ignore[arg-type]
    for number in (0, 1):
        vault.release(entry_of(vault, number), "Ida")
    box.live[MADE[1].id] = False  # ended there by somebody else
    assert exchange(box, vault).released == []  # type: ignore[arg-type]
    assert box.live[MADE[0].id] is True
    vault.close()


def test_what_was_released_and_destroyed_here_is_let_go_and_destroyed_there(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0})
    vault.hold(entry_of(vault, 0), "tvist", "Ida", NOW + 99)
    exchange(box, vault)  # type: ignore[arg-type]
    vault.release(entry_of(vault, 0), "Ida")
    vault.erase(entry_of(vault, 0), "expired")
    done = exchange(box, vault)  # type: ignore[arg-type]
    assert (done.released, done.told, MADE[0].id in box.live) == ([MADE[0].id.hex()], [MADE[0].id.hex()], False)
    assert vault.catalogue.unsettled_holds() == []
    vault.close()


def test_a_hold_that_the_box_cannot_take_stays_to_be_sent(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0})
    vault.hold(entry_of(vault, 0), "tvist", "Ida", NOW + 99)
    box.hold = lambda *_: (_ for _ in ()).throw(RefusedByBox("the card is away"))  # type: ignore[method-assign]
    done = exchange(box, vault)  # type: ignore[arg-type]
    assert (done.kept, done.fault) == ([], "the card is away")
    del box.hold
    assert exchange(box, vault).kept == [MADE[0].id.hex()]  # type: ignore[arg-type]
    late = rig.opened(vault.config, NOW + 200)
    late.hold(late.find([MADE[0].id.hex()])[0], "tvist", "Ida", NOW + 300)
    late._now = NOW + 301  # the review is overdue: the box takes no such date
    assert exchange(box, late).kept == []  # type: ignore[arg-type]
    late.close()
    vault.close()


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["hold", "release"]), st.integers(1, 9), st.booleans()), max_size=5))
@example([("hold", 2, True), ("release", 9, False)])  # the reply to `hold` was lost: it is this vault's all the same
def test_holds_agree_in_the_end_however_the_line_breaks(tmp_path_factory: Any, steps: list[tuple[str, int, bool]]) -> None:
    box, vault, held = Box(), vault_of(tmp_path_factory.mktemp("vault"), {0}), False
    for number, (act, cut, heard) in enumerate(steps):
        held = act == "hold"
        if held:
            vault.hold(entry_of(vault, 0), f"tvist {number}", "Ida", NOW + 99 + number)
        else:
            vault.release(entry_of(vault, 0), "Ida")
        box.cut, box.heard = cut, heard
        with suppress(LinkLost):
            exchange(box, vault)  # type: ignore[arg-type]
    box.cut = 0
    exchange(box, vault)  # type: ignore[arg-type]
    assert box.live[MADE[0].id] is held
    vault.close()


def test_the_end_of_what_is_held_in_both_is_not_the_review(tmp_path: Path) -> None:
    box, vault = Box(), vault_of(tmp_path, {0})
    before = entry_of(vault, 0).expires
    vault.hold(entry_of(vault, 0), "tvist", "Ida", before + 900)
    exchange(box, vault)  # type: ignore[arg-type]
    item = {"id": MADE[0].id, "purposes": ["training"], "expires": before + 900, "hold": True}
    exchange(box, vault, [item])  # type: ignore[arg-type]
    assert entry_of(vault, 0).expires == before
    vault.release(entry_of(vault, 0), "Ida")
    exchange(box, vault)  # type: ignore[arg-type]
    exchange(box, vault, [item])  # type: ignore[arg-type]  # held there by somebody else alone
    assert entry_of(vault, 0).expires == before + 900
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
