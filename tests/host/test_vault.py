"""The vault: what comes in, what may be opened, what time and people destroy."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import vault_rig as rig
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_rig import DAY, NOW, writer

from press1.errors import Damaged, Gone, Usage, WrongKey
from press1.vault import care, sweep, timer
from press1.vault.config import Config
from press1.vault.keybag import Keybag
from press1.vault.tombstones import Tombstones
from press1.vault.vault import Vault


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return rig.make(tmp_path)


@pytest.fixture
def vault(config: Config) -> Any:
    found = rig.opened(config)
    yield found
    found.close()


def later(vault: Vault, seconds: int) -> Vault:
    vault.close()
    return rig.opened(vault.config, NOW + seconds)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


# Import and open


def test_a_recording_moves_in_and_opens(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one")
    path = rig.save(tmp_path / "in", made)
    entry, new = vault.take(path, private=writer.OWNER)
    assert new and list((tmp_path / "in").iterdir()) == []
    assert (entry.id, entry.call, entry.expires) == (made.id.hex(), made.header["call"].hex(), writer.END)
    assert rig.plaintext(vault, made) == made.plain


def test_files_stay_sealed_and_the_key_stays_wrapped(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one")
    envelope = made.key_file()[-80:]
    vault.take(rig.save(tmp_path / "in", made))
    found = everything(tmp_path)
    assert made.build() in found
    assert made.slot_secret not in found and made.plain[:64] not in found and envelope not in found


def test_the_same_again_is_nothing_and_another_of_the_same_id_is_refused(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one")
    vault.take(rig.save(tmp_path / "in", made))
    assert vault.take(rig.save(tmp_path / "in", made), keep=True)[1] is False
    assert len(list((tmp_path / "in").iterdir())) == 2
    made.header["profile"] = "another"
    with pytest.raises(Damaged, match="not the recording"):
        vault.take(rig.save(tmp_path / "in", made))


def test_what_is_wrong_stays_outside(vault: Vault, tmp_path: Path) -> None:
    one, two = rig.recording("one"), rig.recording("two")
    path = rig.save(tmp_path / "in", one)
    path.with_suffix(".key").write_bytes(two.key_file())
    with pytest.raises(Damaged, match="another recording"):
        vault.take(path)
    path.with_suffix(".key").unlink()
    with pytest.raises(Gone):
        vault.take(path)
    path = rig.save(tmp_path / "in", one)
    path.write_bytes(one.build()[:-600])
    with pytest.raises(Damaged):
        vault.take(path)
    with pytest.raises(WrongKey):
        vault.take(rig.save(tmp_path / "in", one), private=X25519PrivateKey.generate())
    path = rig.save(tmp_path / "in", one)
    one.slot_secret = bytes(32)
    path.with_suffix(".key").write_bytes(one.key_file())  # wraps another secret: only opening shows it
    with pytest.raises(Damaged):
        vault.take(path, private=writer.OWNER)
    assert vault.catalogue.entries() == [] and vault.store.names() == set() and vault.keeper.names() == set()


def test_what_has_expired_is_not_taken(config: Config, tmp_path: Path) -> None:
    vault = rig.opened(config, writer.END)
    with pytest.raises(Gone, match="expired"):
        vault.take(rig.save(tmp_path / "in", rig.recording("one")))
    vault.close()


def test_find_by_the_beginning_of_an_id_or_a_call(vault: Vault, tmp_path: Path) -> None:
    parts = [rig.recording(f"part {n}", part=n) for n in (2, 1)]
    other = rig.recording("other", call=bytes(16))
    for made in (*parts, other):
        vault.take(rig.save(tmp_path / "in", made))
    call = parts[0].header["call"].hex()
    assert [entry.part for entry in vault.find([call[:6]])] == [1, 2]
    assert [entry.id for entry in vault.find([other.id.hex()[:8], "0000"])] == [other.id.hex()]
    for text in ("abc", "xyz1", "", "0" * 33):
        with pytest.raises(Usage):
            vault.find([text])
    with pytest.raises(Gone):
        vault.find(["ffffffff"])


# Destroying


def test_erasure_destroys_the_key_and_says_so(vault: Vault, tmp_path: Path) -> None:
    one, two = rig.recording("one"), rig.recording("two")
    for made in (one, two):
        vault.take(rig.save(tmp_path / "in", made))
    entry = vault.find([one.id.hex()])[0]
    before = (vault.config.keys_folder / "keys").read_bytes()
    vault.erase(entry)
    after = (vault.config.keys_folder / "keys").read_bytes()
    slot = next(at for at in range(4096, len(before), 128) if one.id in before[at : at + 128])
    assert after[slot : slot + 128] == bytes(128) and len(after) == len(before)
    assert vault.store.names() == {f"{two.id.hex()[:2]}/{two.id.hex()}.p1r"}
    assert entry.wrapped not in everything(tmp_path)  # overwritten in the database too
    (receipt,) = vault.catalogue.receipts()
    assert (receipt["id"], receipt["reason"], receipt["slot"], receipt["file"]) == (one.id.hex(), "erased", NOW, NOW)
    with pytest.raises(Gone, match="destroyed"):
        vault.find([one.id.hex()])
    with pytest.raises(Gone, match="not taken in again"):
        vault.take(rig.save(tmp_path / "in", one))
    with pytest.raises(Gone):
        vault.key(entry)
    assert rig.plaintext(vault, two) == two.plain


def test_a_catalogue_put_back_revives_nothing(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one")
    vault.take(rig.save(tmp_path / "in", made))
    vault.close()
    database = vault.config.folder / "catalogue.sqlite"
    older = database.read_bytes()
    vault = rig.opened(vault.config)
    vault.erase(vault.find([made.id.hex()])[0])
    vault.close()
    database.write_bytes(older)
    vault = rig.opened(vault.config)
    assert vault.catalogue.entries() == []
    assert [row["id"] for row in vault.catalogue.receipts()] == [made.id.hex()]
    vault.close()


def test_each_purpose_ends_by_itself_and_the_last_takes_the_recording(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one", purposes=[("documentation", NOW + 20 * DAY), ("training", NOW + 10 * DAY)])
    vault.take(rig.save(tmp_path / "in", made))
    assert sweep.sweep(vault).ended == []
    vault = later(vault, 10 * DAY)
    assert sweep.sweep(vault).ended == [(made.id.hex(), "training")]
    (entry,) = vault.catalogue.entries()
    assert not entry.may("training", NOW) and entry.may("documentation", NOW) and not entry.may("dispute", NOW)
    assert sweep.sweep(vault).ended == []
    vault = later(vault, 20 * DAY)
    assert [reason for _, reason in sweep.sweep(vault).destroyed] == ["expired"]
    assert vault.catalogue.entries() == [] and vault.keeper.names() == set()
    vault.close()


def test_a_hold_keeps_until_it_is_released(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one")
    entry, _ = vault.take(rig.save(tmp_path / "in", made))
    for words in (("", "Ida", NOW + 1), ("tvist", " ", NOW + 1), ("tvist", "Ida", NOW)):
        with pytest.raises(Usage):
            vault.hold(entry, *words)
    vault.hold(entry, "tvist", "Ida", NOW + 95 * DAY)
    with pytest.raises(Usage, match="held"):
        vault.erase(entry)
    vault = later(vault, 91 * DAY)
    done = sweep.sweep(vault, sure=True)
    assert ([one.id for one in done.waiting], done.destroyed, done.reviews) == ([entry.id], [], [])
    assert vault.find([entry.id])[0].may("dispute", vault.now())
    vault = later(vault, 96 * DAY)
    assert [one.id for one in sweep.sweep(vault).reviews] == [entry.id]
    assert vault.release(entry, "Ida") and not vault.release(entry, "Ida")
    assert len(sweep.sweep(vault).destroyed) == 1
    vault.close()


def test_a_clock_that_jumps_is_believed_after_a_day(vault: Vault, tmp_path: Path) -> None:
    vault.take(rig.save(tmp_path / "in", rig.recording("one")))
    sweep.sweep(vault)
    for hours, destroyed in ((0, 0), (23, 0), (24, 1)):
        vault = later(vault, 200 * DAY + hours * 3600)
        done = sweep.sweep(vault)
        assert (len(done.destroyed), bool(done.jump)) == (destroyed, not destroyed)
    vault.close()


def test_a_clock_put_right_within_the_day_destroys_nothing(vault: Vault, tmp_path: Path) -> None:
    vault.take(rig.save(tmp_path / "in", rig.recording("one")))
    sweep.sweep(vault)
    vault = later(vault, 200 * DAY)
    assert sweep.sweep(vault).jump == 200
    vault = later(vault, 2 * DAY)
    assert sweep.sweep(vault).jump == 0 and len(vault.catalogue.entries()) == 1
    vault = later(vault, 300 * DAY)
    assert sweep.sweep(vault).jump and len(vault.catalogue.entries()) == 1
    vault.close()


def test_a_store_that_is_away_delays_the_file_only(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry, _ = vault.take(rig.save(tmp_path / "in", rig.recording("one")))

    def away(path: str) -> None:
        raise PermissionError(path)

    with monkeypatch.context() as patch:
        patch.setattr(vault.store._fs, "rm_file", away)
        vault.erase(entry)
        assert not vault.keeper.has(entry.id) and vault.catalogue.receipts()[0]["file"] is None
        assert sweep.sweep(vault).left == 1
    assert sweep.sweep(vault).files == 1
    assert vault.catalogue.receipts()[0]["file"] == NOW and vault.store.names() == set()


# Verify, backup, restore


def test_verify_finds_every_fault(vault: Vault, tmp_path: Path) -> None:
    made = [rig.recording(name) for name in ("good", "altered", "missing", "keyless")]
    entries = [vault.take(rig.save(tmp_path / "in", one))[0] for one in made]
    paths = [Path(vault.config.store) / entry.object for entry in entries]
    data = bytearray(paths[1].read_bytes())
    data[9000] ^= 1
    paths[1].write_bytes(data)
    paths[2].unlink()
    vault.keeper.delete(entries[3].id)
    stray = Path(vault.config.store) / "ab" / f"ab{'0' * 30}.p1r"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    vault.keeper.put("cd" * 16, bytes(32))
    done = care.verify(vault, writer.OWNER, prune=True)
    assert done.good == 1 and {ident for ident, _ in done.faults} == {entry.id for entry in entries[1:]}
    assert (done.objects, done.keys) == ([f"ab/ab{'0' * 30}.p1r"], ["cd" * 16])
    assert not stray.exists() and vault.keeper.names() == {entry.id for entry in entries[:3]}


def test_a_backup_brings_back_what_was_lost_and_nothing_that_was_destroyed(vault: Vault, tmp_path: Path) -> None:
    lost, destroyed, spoiled, kept = made = [rig.recording(name) for name in ("lost", "destroyed", "spoiled", "kept")]
    entries = {one.name: vault.take(rig.save(tmp_path / "in", one))[0] for one in made}
    place = str(tmp_path / "backup")
    assert care.backup(vault, place)[1:] == (4, 0)
    assert care.backup(vault, place)[1:] == (0, 0)
    backed = everything(tmp_path / "backup")
    assert all(one.build() in backed and one.slot_secret not in backed for one in made)
    vault.erase(entries["destroyed"])
    vault.close()
    (vault.config.folder / "catalogue.sqlite").unlink()  # the disk with catalogue and half the store is lost
    (Path(vault.config.store) / entries["lost"].object).unlink()
    (Path(vault.config.store) / entries["spoiled"].object).write_bytes(b"")
    vault = rig.opened(vault.config)
    done = care.restore(vault, place)
    assert sorted(done.back) == sorted(one.id.hex() for one in (lost, spoiled, kept))
    assert done.destroyed == [(destroyed.id.hex(), "erased")] and done.keyless == []
    assert care.verify(vault, writer.OWNER).good == 3
    assert rig.plaintext(vault, lost) == lost.plain
    assert len(care.restore(vault, place).here) == 3
    assert care.backup(vault, place)[2] == 1  # what was destroyed leaves the backup as well
    assert destroyed.build() not in everything(tmp_path / "backup")
    vault.close()


def test_a_backup_opens_nothing_without_the_keys(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one")
    vault.take(rig.save(tmp_path / "in", made))
    care.backup(vault, str(tmp_path / "backup"))
    vault.keeper.delete(made.id.hex())
    (vault.config.keys_folder / "tombstones").unlink(missing_ok=True)
    vault.close()
    (vault.config.folder / "catalogue.sqlite").unlink()
    vault = rig.opened(vault.config)
    done = care.restore(vault, str(tmp_path / "backup"))
    assert (done.back, done.keyless) == ([], [made.id.hex()])
    assert vault.store.names() == {f"{made.id.hex()[:2]}/{made.id.hex()}.p1r"}
    vault.close()


def test_holds_and_ended_purposes_come_back_as_they_were(vault: Vault, tmp_path: Path) -> None:
    made = rig.recording("one", purposes=[("documentation", NOW + 20 * DAY), ("training", NOW + DAY)])
    entry, _ = vault.take(rig.save(tmp_path / "in", made))
    vault.hold(entry, "tvist æ", "Ida", NOW + 9 * DAY)
    vault = later(vault, DAY)
    sweep.sweep(vault)
    before = vault.catalogue.entries()
    care.backup(vault, str(tmp_path / "backup"))
    vault.close()
    (vault.config.folder / "catalogue.sqlite").unlink()
    vault = rig.opened(vault.config, NOW + DAY)
    care.restore(vault, str(tmp_path / "backup"))
    assert vault.catalogue.entries() == before
    vault.close()


@pytest.mark.parametrize("text", [b"{}", b"[]", b"nonsense", b'{"format": "press1/vault-backup", "version": 2}'])
def test_a_damaged_backup_is_refused(vault: Vault, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "backup" / "catalogue").mkdir(parents=True)
    (tmp_path / "backup" / "catalogue" / "000000000001.json").write_bytes(text)
    with pytest.raises(Damaged):
        care.restore(vault, str(tmp_path / "backup"))
    with pytest.raises(Usage, match="no backup"):
        care.restore(vault, str(tmp_path / "nothing"))


# Keys


def test_the_key_file_reads_with_its_passphrase_only(config: Config, tmp_path: Path) -> None:
    path, ident = config.keys_folder / "keys", "ab" * 16
    blind = Keybag(path, bytes.fromhex(config.id), lambda: "wrong")
    blind.put(ident, b"k" * 32)  # adding needs no passphrase
    with pytest.raises(WrongKey):
        blind.get(ident)
    assert Keybag(path, bytes.fromhex(config.id), lambda: rig.PASSPHRASE).get(ident) == b"k" * 32
    assert b"k" * 32 not in path.read_bytes()
    blind.delete(ident)  # and so does destroying
    assert not blind.has(ident)
    with pytest.raises(Gone):
        blind.get(ident)
    with pytest.raises(Damaged, match="another vault"):
        Keybag(path, bytes(16), lambda: "")
    with pytest.raises(Usage):
        Keybag.create(path, bytes(16), "x")
    with pytest.raises(Usage):
        Keybag.create(tmp_path / "other", bytes(16), "")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["put", "delete", "tear"]), st.integers(0, 5), st.integers(1, 127)), max_size=12))
def test_the_key_file_is_a_map_whatever_is_torn(tmp_path_factory: Any, steps: list[tuple[str, int, int]]) -> None:
    """Against a dict; `tear` leaves a slot half programmed, as a cut during `put` of a new key does."""
    path = tmp_path_factory.mktemp("bag") / "keys"
    Keybag.create(path, bytes(16), "x", rig.CHEAP)
    wanted: dict[str, bytes] = {}
    for verb, number, cut in steps:
        bag, ident = Keybag(path, bytes(16), lambda: "x"), f"{number:02x}" * 16
        if verb == "put":
            bag.put(ident, wanted.setdefault(ident, bytes([number]) * 32))
        elif verb == "delete":
            bag.delete(ident)
            wanted.pop(ident, None)
        elif ident not in wanted:
            bag.put(ident, bytes(32))
            at = bag._slots[ident][0]
            data = bytearray(path.read_bytes())
            data[at + cut : at + 128] = bytes(128 - cut) if data[at + cut : at + 112].strip(b"\0") else b"x" * (128 - cut)
            path.write_bytes(data)
    bag = Keybag(path, bytes(16), lambda: "x")
    assert bag.names() == set(wanted) and {ident: bag.get(ident) for ident in wanted} == wanted


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 63))
def test_tombstones_survive_a_torn_end(tmp_path_factory: Any, numbers: list[int], torn: int) -> None:
    path = tmp_path_factory.mktemp("stones") / "tombstones"
    for number in numbers:
        Tombstones(path).add(f"{number:02x}" * 16, "00" * 16, 1000 + number, "withdrawn")
    with open(path, "ab") as file:
        file.write(b"\xff" * torn)
    Tombstones(path).add("ee" * 16, "00" * 16, 5, "expired")
    found = Tombstones(path).stones
    assert set(found) == {f"{number:02x}" * 16 for number in numbers} | {"ee" * 16}
    assert all(found[f"{number:02x}" * 16].time == 1000 + number for number in numbers)


class MemoryKeyring:
    """A backend of the keyring package, for the vault's use of it."""

    priority = 1

    def __new__(cls) -> Any:
        import keyring.backend

        class Backend(keyring.backend.KeyringBackend):
            priority = 1  # type: ignore[assignment]

            def __init__(self) -> None:
                self.kept: dict[tuple[str, str], str] = {}

            def get_password(self, service: str, username: str) -> str | None:
                return self.kept.get((service, username))

            def set_password(self, service: str, username: str, password: str) -> None:
                self.kept[service, username] = password

            def delete_password(self, service: str, username: str) -> None:
                del self.kept[service, username]

        return Backend()


def test_keys_in_the_systems_keyring(tmp_path: Path) -> None:
    import keyring

    backend, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        vault = rig.opened(rig.make(tmp_path, keys="keyring"))
        made = rig.recording("one")
        entry, _ = vault.take(rig.save(tmp_path / "in", made))
        assert list(backend.kept) == [(f"press1-vault-{vault.config.id}", entry.id)]
        assert rig.plaintext(vault, made) == made.plain
        vault.erase(entry)
        assert backend.kept == {}
        assert care.verify(vault).keys == []
        vault.close()
    finally:
        keyring.set_keyring(before)


def test_a_keyring_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    import keyring
    import keyring.backends.fail

    from press1.vault.keeper import KeyringKeeper

    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        with pytest.raises(Usage, match="keyring does not answer"):
            KeyringKeeper("x").put("ab" * 16, bytes(32))
    finally:
        keyring.set_keyring(before)


# Places and timers


def test_keys_do_not_lie_in_the_vaults_folder(tmp_path: Path) -> None:
    from press1.vault import config as configuration

    with pytest.raises(Usage, match="inside"):
        configuration.create(tmp_path / "v", tmp_path, None, None, "file", tmp_path / "v" / "keys")
    with pytest.raises(Usage):
        configuration.create(tmp_path / "v", tmp_path, None, None, "paper", None)
    with pytest.raises(Usage, match="no vault"):
        configuration.load(tmp_path / "v")


def test_a_folder_that_was_lost_comes_back_from_keys_and_backup(vault: Vault, tmp_path: Path) -> None:
    """`vault.json` stands beside the keys as well."""
    import shutil

    from press1.vault import config as configuration

    made = rig.recording("one")
    vault.take(rig.save(tmp_path / "in", made))
    care.backup(vault, str(tmp_path / "backup"))
    vault.close()
    shutil.rmtree(vault.config.folder)
    vault.config.folder.mkdir()
    shutil.copy(vault.config.keys_folder / "vault.json", vault.config.folder)
    vault = rig.opened(configuration.load(vault.config.folder))
    assert care.restore(vault, str(tmp_path / "backup")).back == [made.id.hex()]
    assert rig.plaintext(vault, made) == made.plain
    vault.close()


def test_two_vaults_do_not_share_a_catalogue(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    other = rig.make(tmp_path / "b", catalogue=vault.config.catalogue)
    with pytest.raises(Usage, match="another vault"):
        rig.opened(other)


def test_a_newer_catalogue_is_left_alone(vault: Vault) -> None:
    vault.close()
    with sqlite3.connect(vault.config.folder / "catalogue.sqlite") as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Usage, match="newer"):
        rig.opened(vault.config)


def test_a_catalogue_of_the_first_version_is_brought_up_to_date(config: Config, tmp_path: Path) -> None:
    vault, made = rig.opened(config), rig.recording("old")
    vault.take(rig.save(tmp_path / "in", made))
    vault.hold(vault.find([made.id.hex()])[0], "tvist", "Ida", NOW + DAY)
    vault.close()
    with closing(sqlite3.connect(config.folder / "catalogue.sqlite")) as db:
        for column in ("told", "told_end"):
            db.execute(f"ALTER TABLE holds DROP COLUMN {column}")
        db.execute("UPDATE alembic_version SET version_num = '0001'")
        db.commit()
    again = rig.opened(config)
    (entry,) = again.catalogue.entries()
    assert entry.hold and (entry.hold.reason, entry.hold.told) == ("tvist", None)
    again.close()


def test_migrations_make_the_tables_of_the_schema(vault: Vault) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from press1.vault.schema import metadata

    with vault.catalogue._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("url", ["nonsense", "nosuch://x", "sqlite:////nonexistent/folder/x.sqlite"])
def test_a_wrong_catalogue_is_said_in_a_line(tmp_path: Path, url: str) -> None:
    with pytest.raises(Usage):
        rig.opened(rig.make(tmp_path, catalogue=url))


def test_timers_name_this_python_and_this_vault(tmp_path: Path) -> None:
    import sys

    place = tmp_path / 'a "b" 100%'
    told = timer.install(place, tmp_path / "units")
    service = (tmp_path / "units" / f"{timer.NAME}.service").read_text()
    assert f'ExecStart="{sys.executable}" "-m" "press1" "vault"' in service and "100%%" in service and '\\"b\\"' in service
    assert "OnCalendar=hourly" in (tmp_path / "units" / f"{timer.NAME}.timer").read_text()
    assert any("enable --now" in line for line in told)
    assert "/SC HOURLY" in timer.windows_task(tmp_path) and timer.cron_line(place).startswith("7 * * * * ")


# The command


def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    from press1 import __main__ as program

    for name in ("PRESS1_PORT", "PRESS1_IDENTITY", "PRESS1_PASSPHRASE", "PRESS1_BOX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRESS1_HOME", str(tmp_path))
    monkeypatch.setenv("PRESS1_VAULT_PASSPHRASE", rig.PASSPHRASE)
    return program.run(["vault", *map(str, words)])


def test_a_second_process_waits_and_then_says_so(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    from press1.vault import lock

    path = vault.config.keys_folder / "lock"
    with lock.locked(path), pytest.raises(Usage, match="another press1"), lock.locked(path, 0.2):
        pass
    with lock.locked(path, 0.2):
        pass


def test_what_people_are_told(config: Config, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """Exit codes and one line each; a fault of one file leaves the others their turn."""

    def said(exits: int, *words: object) -> str:
        assert command(tmp_path, monkeypatch, *words) == exits, words
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return str(captured.out + captured.err)

    monkeypatch.setattr("press1.vault.vault.time.time", lambda: float(NOW))
    good, bad = rig.recording("good"), rig.recording("bad")
    rig.save(tmp_path / "in", good)
    rig.save(tmp_path / "in", bad).with_suffix(".key").unlink()
    assert "1 of 2 were not taken in" in said(6, "import", tmp_path / "in")
    assert good.id.hex() in said(0, "ls", "--json") and good.id.hex()[:8] in said(0, "ls")
    assert "--reason" in said(2, "hold", good.id.hex())
    assert "no id" in said(2, "release", "xyz")
    assert "holds no recording" in said(6, "release", "ffffffff")
    assert "nothing is due" in said(0, "sweep")
    said(0, "hold", good.id.hex()[:6], "--reason", "tvist", "--review", "2027-05-01", "--who", "Ida")
    assert "is held: tvist" in said(2, "erase", good.id.hex(), "--yes")
    monkeypatch.setattr("press1.vault.vault.time.time", lambda: float(NOW + 100 * DAY))
    assert "100 days ago" in said(0, "sweep")
    assert "due, but held" in said(0, "sweep", "--sure")
    assert "released" in said(0, "release", good.id.hex())
    assert "destroyed (expired)" in said(0, "sweep", "--sure")
    assert "expired" in said(0, "receipts") and "vault is empty" in said(0, "ls")
    assert "no vault" in said(2, "--vault", tmp_path / "nowhere", "ls")
    assert "is a vault" in said(2, "init")
