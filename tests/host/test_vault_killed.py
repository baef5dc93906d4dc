"""kill -9 at every durable step of import, erase and sweep: the next opening finds it undone or done, and never a key that stays."""

import os
from pathlib import Path

import pytest
import vault_rig as rig
from vault_killed import killed
from vault_rig import DAY, NOW, writer

from press1.errors import Gone
from press1.vault import care, sweep
from press1.vault.vault import Vault

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")


def world(folder: Path, taken: bool) -> Path:
    """A vault with one other recording, and the one in question inside or outside."""
    folder.mkdir()
    vault = rig.opened(rig.make(folder))
    vault.take(rig.save(folder / "in", rig.recording("other", purposes=[("documentation", NOW + 999 * DAY)])))
    path = rig.save(folder / "in", rig.recording("one"))
    if taken:
        vault.take(path)
    vault.close()
    return folder


def reopened(folder: Path, now: int = NOW) -> Vault:
    from press1.vault import config as configuration

    return rig.opened(configuration.load(folder / "vault"), now)


def whole(vault: Vault, wanted: int) -> None:
    """Nothing is wrong with what the vault says it holds, and the other recording is untouched."""
    done = care.verify(vault, writer.OWNER)
    assert (done.faults, done.good) == ([], wanted)
    assert rig.plaintext(vault, rig.recording("other", purposes=[("documentation", NOW + 999 * DAY)]))


def test_import_killed_at_every_step(tmp_path: Path) -> None:
    made, number = rig.recording("one"), 0
    while True:
        number += 1
        folder = world(tmp_path / str(number), taken=False)
        dead = killed("import", number, folder)
        vault = reopened(folder)
        inside = vault.catalogue.get(made.id.hex()) is not None
        whole(vault, 1 + inside)
        path = folder / "in" / f"{made.id.hex()}.p1r"
        if path.with_suffix(".key").exists() and any(path.with_suffix(".key").read_bytes()):
            vault.take(path)  # what was cut is done by doing it again
        else:
            assert inside, number  # the copy outside goes only when the one inside is safe
        whole(vault, 2)
        assert rig.plaintext(vault, made) == made.plain
        vault.erase(vault.find([made.id.hex()])[0])
        assert vault.keeper.names() == vault.catalogue.ids(), number
        vault.close()
        if not dead:
            break
    assert number > 8, "too few steps were seen: does the harness still count?"


@pytest.mark.parametrize("verb", ["erase", "sweep"])
def test_destruction_killed_at_every_step(tmp_path: Path, verb: str) -> None:
    """Before the tombstone is written nothing has happened; from then on it is destroyed, at the latest by the next opening."""
    made, number, undone = rig.recording("one"), 0, 0
    while True:
        number += 1
        folder = world(tmp_path / f"{number}", taken=True)
        dead = killed(verb, number, folder)
        vault = reopened(folder)
        if made.id.hex() in vault.tombstones.stones:
            gone(vault, made.id.hex())
        else:
            undone += 1
            whole(vault, 2)
            later = reopened(folder, NOW + 200 * DAY)
            assert [entry.id for entry, _ in sweep.sweep(later, sure=True).destroyed] == [made.id.hex()]
            gone(later, made.id.hex())
            later.close()
        whole(vault, 1)
        vault.close()
        if not dead:
            break
    assert number > 8 and 0 < undone < number - 3, (number, undone)


def gone(vault: Vault, ident: str) -> None:
    assert not vault.keeper.has(ident) and vault.catalogue.get(ident) is None
    (row,) = vault.catalogue.receipts()
    assert row["id"] == ident and row["file"] is not None
    assert all(ident not in name for name in vault.store.names())
    with pytest.raises(Gone):
        vault.find([ident])
