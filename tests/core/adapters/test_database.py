"""Transactions, and what a client's error becomes."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from aura_core.adapters import open_catalog, open_snapshots, open_vectors
from aura_core.adapters.catalog.tables import CATALOG, leases
from aura_core.adapters.database import Database
from aura_core.adapters.engine import open_database, open_sqlite
from aura_core.adapters.failures import store_error
from aura_core.adapters.snapshots.tables import STORE
from aura_core.errors import AuraError, StoreCorrupt, StoreUnavailable
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.ports.snapshots import RowKind
from aura_core.settings import Settings


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = open_sqlite(tmp_path / "x.db", synchronous="FULL")
    with opened.migrate() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT PRIMARY KEY)"))
    return opened


def things(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(text("SELECT name FROM things ORDER BY name")).scalars())


def add(database: Database, *names: str) -> None:
    with database.write() as connection:
        for name in names:
            connection.execute(text("INSERT INTO things VALUES (:name)"), {"name": name})


def test_connections_are_set_up_for_durability_and_references(database: Database) -> None:
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


def test_the_snapshot_store_syncs_less_often_than_the_catalog(tmp_path: Path) -> None:
    for file, synchronous, number in (("a.db", "FULL", 2), ("b.db", "NORMAL", 1)):
        opened = open_sqlite(tmp_path / file, synchronous=synchronous)
        with opened.read() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == number
        opened.close()


def test_a_failed_write_changes_nothing(database: Database) -> None:
    add(database, "a")
    with pytest.raises(StoreUnavailable):
        add(database, "b", "c", "a")
    assert things(database) == ["a"]
    database.close()


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    add(database, "a")
    with database.read() as connection:
        count = text("SELECT count(*) FROM things")
        assert connection.execute(count).scalar() == 1
        writer = threading.Thread(target=add, args=(database, "b"))
        writer.start()
        writer.join()
        assert connection.execute(count).scalar() == 1
    assert things(database) == ["a", "b"]
    database.close()


def test_threads_write_in_turns(database: Database) -> None:
    threads = [
        threading.Thread(target=lambda part=part: [add(database, f"{part}.{n}") for n in range(20)])
        for part in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(things(database)) == 100
    database.close()


def test_a_database_held_too_long_by_another_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aura_core.adapters.engine.BUSY_SECONDS", 0.05)
    catalog = open_catalog(Settings(home=tmp_path))
    other = sqlite3.connect(tmp_path / "catalog.db")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked") as refused:
        catalog.ping()
    assert "Another process" in refused.value.remedy
    assert catalog.repositories.list() == []
    other.rollback()
    catalog.ping()
    other.close()
    catalog.close()


def test_settling_syncs_what_a_reader_keeps_from_the_checkpoint(database: Database) -> None:
    with database.read() as connection:
        connection.execute(text("SELECT count(*) FROM things")).scalar()
        add(database, "a")
        database.checkpoint()
    database.checkpoint()
    assert things(database) == ["a"]
    database.close()


@pytest.mark.parametrize("name", ["catalog.db", "store.db"])
def test_a_file_that_is_no_database_is_corrupt(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is no database at all" * 400)
    with pytest.raises(StoreCorrupt, match=name):
        (open_catalog if name == "catalog.db" else open_snapshots)(Settings(home=tmp_path))


def test_a_damaged_page_is_corrupt(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    catalog = open_catalog(settings)
    catalog.repositories.add(Repository("shop-1", "shop", RepositoryKind.LOCAL, "/src/shop"))
    catalog.close()
    content = bytearray((tmp_path / "catalog.db").read_bytes())
    content[4096:] = b"\xee" * (len(content) - 4096)
    (tmp_path / "catalog.db").write_bytes(content)
    with pytest.raises(StoreCorrupt):
        open_catalog(settings).repositories.list()


@pytest.mark.parametrize("data", [b"neither zstd", b"\x28\xb5\x2f\xfd\x20\x02\x11\x00\x00\xc1\xc1"])
def test_a_row_that_does_not_decode_is_corrupt(tmp_path: Path, data: bytes) -> None:
    store = open_snapshots(Settings(home=tmp_path))
    store.put_rows(RowKind.FACTS, {b"key": b"value"})
    store.put_artifact("shop-1", "clusters", "a", 1)
    other = sqlite3.connect(tmp_path / "store.db")
    other.execute("UPDATE artifacts SET data = ?", (data,))
    other.execute("UPDATE facts SET data = ?", (b"neither zstd",))
    other.commit()
    other.close()
    with pytest.raises(StoreCorrupt):
        store.artifact("shop-1", "clusters")
    with pytest.raises(StoreCorrupt):
        store.rows(RowKind.FACTS, [b"key"])
    store.close()


@pytest.mark.parametrize("open_store", [open_catalog, open_snapshots, open_vectors])
def test_a_home_that_is_gone_is_unavailable(tmp_path: Path, open_store: object) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(Settings(home=tmp_path / "nowhere"))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://host/db", "names 'mysql'"),
        ("no url at all", "cannot be used"),
        ("sqlite://", "no file"),
        ("sqlite:///:memory:", "no file"),
    ],
)
def test_a_database_url_that_cannot_serve_is_refused(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(StoreUnavailable, match=says):
        open_database(Settings(home=tmp_path, database_url=url), "x.db", synchronous="FULL")


def test_a_server_that_does_not_answer_is_unavailable_and_its_password_is_not_told(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    settings = Settings(home=tmp_path, database_url="postgresql://me:secret@127.0.0.1:1/aura")
    with pytest.raises(StoreUnavailable) as refused:
        open_catalog(settings)
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(refused.value.details)


def test_unknown_client_errors_are_unavailable_too() -> None:
    error: AuraError = store_error(sqlite3.OperationalError("strange"), "x.db")
    assert isinstance(error, StoreUnavailable)
    assert error.remedy


@pytest.mark.parametrize("tables", [CATALOG, STORE])
def test_tables_can_be_written_for_postgres(tables: object) -> None:
    for table in tables.sorted_tables:  # type: ignore[attr-defined]
        assert table.name in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_conflict_clauses_can_be_written_for_postgres(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    postgres = open_database(Settings(home=tmp_path, database_url="postgresql://host/db"), "x.db", synchronous="FULL")
    assert "ON CONFLICT DO NOTHING" in str(postgres.insert_or_ignore(leases).compile(dialect=postgresql.dialect()))
    replacing = str(postgres.insert_or_replace(leases).compile(dialect=postgresql.dialect()))
    assert "ON CONFLICT (repo) DO UPDATE SET holder = excluded.holder" in replacing
