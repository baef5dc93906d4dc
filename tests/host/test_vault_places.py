"""The vault on a real PostgreSQL and a real S3 server, where PRESS1_TEST_POSTGRES and PRESS1_TEST_S3 name them (`.ci/run` starts both)."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import vault_rig as rig
from vault_rig import DAY, NOW, writer

from press1.errors import Gone, Usage
from press1.vault import care, sweep
from press1.vault.store import Store, Unreachable

POSTGRES, S3 = os.environ.get("PRESS1_TEST_POSTGRES"), os.environ.get("PRESS1_TEST_S3")
needs_postgres = pytest.mark.skipif(not POSTGRES, reason="PRESS1_TEST_POSTGRES names no database")
needs_s3 = pytest.mark.skipif(not S3, reason="PRESS1_TEST_S3 names no bucket")


@pytest.fixture
def database() -> Iterator[str]:
    """A schema of its own in the database, gone afterwards."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    assert POSTGRES
    name = f"press1_{uuid.uuid4().hex[:12]}"
    place = make_url(POSTGRES).set(drivername="postgresql+psycopg")
    engine = create_engine(place)
    with engine.begin() as db:
        db.execute(text(f"CREATE SCHEMA {name}"))
    yield place.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    with engine.begin() as db:
        db.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


def a_life(folder: Path, catalogue: str | None, store: str | None, backup: str) -> None:
    """Import, open, hold, end of a purpose, expiry, erasure, backup, loss, restore."""
    config = rig.make(folder, catalogue=catalogue, store=store)
    vault = rig.opened(config)
    long = rig.recording("long", 30, purposes=[("documentation", NOW + 20 * DAY), ("training", NOW + DAY)])
    short, third = rig.recording("short"), rig.recording("third")
    for made in (long, short, third):
        vault.take(rig.save(folder / "in", made), private=writer.OWNER)
        assert rig.plaintext(vault, made) == made.plain
    assert care.verify(vault, writer.OWNER).good == 3
    assert care.backup(vault, backup)[1:] == (3, 0)
    vault.erase(vault.find([short.id.hex()])[0])
    entry = vault.find([third.id.hex()])[0]
    vault.hold(entry, "tvist æøå", "Ida", NOW + 9 * DAY)
    vault.store.delete(entry.object)
    assert [ident for ident, _ in care.verify(vault).faults] == [entry.id]
    done = care.restore(vault, backup)
    assert (done.back, sorted(done.here), done.destroyed) == (
        [],
        sorted([long.id.hex(), entry.id]),
        [(short.id.hex(), "erased")],
    )
    assert care.verify(vault, writer.OWNER).good == 2
    assert care.backup(vault, backup)[1:] == (0, 1)
    vault.close()
    vault = rig.opened(config, NOW + 95 * DAY)
    swept = sweep.sweep(vault, sure=True)
    assert [(gone.id, reason) for gone, reason in swept.destroyed] == [(long.id.hex(), "expired")]
    assert [held.hold and held.hold.reason for held in swept.waiting] == ["tvist æøå"]
    assert len(vault.catalogue.receipts()) == 2 and vault.store.names() == {entry.object}
    vault.release(entry, "Ida")
    assert len(sweep.sweep(vault).destroyed) == 1
    with pytest.raises(Gone):
        vault.store.open(entry.object)
    vault.close()


def test_a_life_in_a_folder(tmp_path: Path) -> None:
    a_life(tmp_path, None, None, str(tmp_path / "backup"))


def test_a_life_in_memory(tmp_path: Path) -> None:
    """A store that is no folder, without any server."""
    place = f"memory://{uuid.uuid4().hex}"
    a_life(tmp_path, None, f"{place}/store", f"{place}/backup")


@needs_postgres
def test_a_life_in_postgres(tmp_path: Path, database: str) -> None:
    a_life(tmp_path, database, None, str(tmp_path / "backup"))


@needs_s3
def test_a_life_in_s3(tmp_path: Path) -> None:
    place = f"{S3}/{uuid.uuid4().hex}"
    a_life(tmp_path, None, f"{place}/store", f"{place}/backup")


@needs_postgres
@needs_s3
def test_a_life_in_both(tmp_path: Path, database: str) -> None:
    place = f"{S3}/{uuid.uuid4().hex}"
    a_life(tmp_path, database, f"{place}/store", str(tmp_path / "backup"))


@needs_postgres
def test_migrations_make_the_same_tables_in_postgres(tmp_path: Path, database: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from press1.vault.schema import metadata

    vault = rig.opened(rig.make(tmp_path, catalogue=database))
    with vault.catalogue._engine.connect() as connection:
        ours = [
            change for change in compare_metadata(MigrationContext.configure(connection), metadata) if change[0] != "remove_table"
        ]
    assert ours == []
    vault.close()


@needs_postgres
def test_a_wrong_password_is_said_in_a_line_that_keeps_it(tmp_path: Path) -> None:
    from sqlalchemy.engine import make_url

    place = make_url(POSTGRES or "").set(drivername="postgresql", host="127.0.0.1", port=1, username="nobody", password="s3cret")
    with pytest.raises(Usage) as caught:
        rig.opened(rig.make(tmp_path, catalogue=place.render_as_string(hide_password=False)))
    assert "s3cret" not in str(caught.value) and "\n" not in str(caught.value)


@needs_s3
def test_a_bucket_that_is_not_there(tmp_path: Path) -> None:
    import io

    with pytest.raises((Unreachable, Gone, FileNotFoundError)):
        Store(f"s3://no-such-bucket-{uuid.uuid4().hex}/x").put("ab/x.p1r", io.BytesIO(b"x"))


def test_a_store_nobody_knows() -> None:
    with pytest.raises(Usage):
        Store("nosuch://x")
