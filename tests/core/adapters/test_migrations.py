"""Tables appear once, whole, and without Alembic when they are there."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from zstandard import ZstdCompressor

from aura_core.adapters import open_snapshots, open_vectors
from aura_core.adapters.catalog.tables import CATALOG
from aura_core.adapters.engine import open_sqlite
from aura_core.adapters.migrations import VERSION_TABLE, heads, migrate, revisions
from aura_core.adapters.migrations.runner import config
from aura_core.adapters.snapshots.tables import STORE
from aura_core.adapters.vectors.tables import VECTORS
from aura_core.errors import StoreUnavailable
from aura_core.ports.snapshots import RowKind
from aura_core.settings import Settings
from aura_core.wiring import open_stores

FACTS = random.Random(1).randbytes(500)
BRANCHES = {"catalog": CATALOG, "store": STORE, "vectors": VECTORS}


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_newest_revision_is_the_one_that_the_code_expects(branch: str) -> None:
    revision = ScriptDirectory.from_config(config()).get_revision(f"{branch}@head")
    assert revision is not None
    assert revision.revision == heads()[branch]


@pytest.mark.parametrize(("branch", "tables"), BRANCHES.items())
def test_the_revisions_make_the_tables_that_the_code_describes(tmp_path: Path, branch: str, tables: MetaData) -> None:
    database = open_sqlite(tmp_path / "x.db", synchronous="NORMAL")
    migrate(database, branch)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": VERSION_TABLE})
        assert compare_metadata(context, tables) == []
    database.close()


@pytest.mark.parametrize(("branch", "tables"), BRANCHES.items())
def test_keys_and_layouts_are_as_described_too(tmp_path: Path, branch: str, tables: MetaData) -> None:
    migrated, described = (
        open_sqlite(tmp_path / "migrated.db", synchronous="NORMAL"),
        open_sqlite(tmp_path / "described.db", synchronous="NORMAL"),
    )
    migrate(migrated, branch)
    with described.write() as connection:
        tables.create_all(connection)
    assert _layout(tmp_path / "migrated.db") == _layout(tmp_path / "described.db")
    migrated.close()
    described.close()


def _layout(file: Path) -> dict[str, object]:
    connection = sqlite3.connect(file)
    tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='table'").fetchall()
    layout: dict[str, object] = {}
    for name, sql in tables:
        if name != VERSION_TABLE and not name.startswith("sqlite_"):
            described = [
                sorted(map(repr, connection.execute(f"PRAGMA {pragma}({name})")))
                for pragma in ("table_info", "foreign_key_list")
            ]
            layout[name] = [*described, "AUTOINCREMENT" in sql, "WITHOUT ROWID" in sql]
    connection.close()
    return layout


def test_all_branches_live_in_one_database(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "x.db", synchronous="NORMAL")
    for branch in BRANCHES:
        migrate(database, branch)
    for branch in BRANCHES:
        migrate(database, branch)
    assert revisions(database) == set(heads().values())
    database.close()


def test_a_home_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    open_stores(Settings(home=tmp_path)).close()
    imports = "import sys; from aura_core.wiring import open_stores; from aura_core.settings import Settings; "
    code = f"{imports}open_stores(Settings()).close(); "
    clients = {"alembic", "psycopg", "dagster", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql"}
    heavy = f"print(sorted({clients} & sys.modules.keys()))"
    environment = {**os.environ, "AURA_HOME": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", code + heavy], capture_output=True, text=True, check=True, env=environment
    )
    assert answer.stdout.strip() == "[]"


def test_tables_of_a_newer_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "catalog.db", synchronous="FULL")
    migrate(database, "catalog")
    with database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'catalog_9999'"))
    with pytest.raises(StoreUnavailable, match="newer Aura"):
        open_stores(Settings(home=tmp_path))
    assert revisions(database) == {"catalog_9999"}
    database.close()


def test_rows_of_the_first_revision_are_kept_for_a_day(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "store.db", synchronous="NORMAL")
    with database.migrate() as connection:
        command.upgrade(config(connection), "store_0001")
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO facts VALUES (:key, :data)"), {"key": b"k" * 16, "data": ZstdCompressor().compress(FACTS)}
        )
    database.close()
    clock = [time.time()]
    store = open_snapshots(Settings(home=tmp_path), clock=lambda: clock[0])
    assert store.sweep(set)[RowKind.FACTS].waiting == 1
    assert store.rows(RowKind.FACTS, [b"k" * 16]) == {b"k" * 16: FACTS}
    store.put_rows(RowKind.FACTS, {b"n" * 16: FACTS + b"new"}, {b"n" * 16: b"k" * 16})
    assert store.rows(RowKind.FACTS, [b"n" * 16]) == {b"n" * 16: FACTS + b"new"}
    assert store.sizes()["facts"] < len(FACTS) + 100, "new rows are changes of those"
    clock[0] += 31 * 3_600
    assert store.sweep(set)[RowKind.FACTS].rows == 2
    store.close()


def test_a_row_that_an_older_version_wrote_meanwhile_is_adopted_first(tmp_path: Path) -> None:
    clock = [time.time()]
    store = open_snapshots(Settings(home=tmp_path), clock=lambda: clock[0])
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("INSERT INTO reads (key, data) VALUES (?, ?)", (b"k" * 16, ZstdCompressor().compress(b"reads")))
    connection.commit()
    connection.close()
    assert store.sweep(set)[RowKind.READS].waiting == 1
    clock[0] += 31 * 3_600
    assert store.sweep(set)[RowKind.READS].rows == 1
    store.close()


def test_vectors_of_the_first_revision_are_found_in_their_file_and_kept_for_a_day(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "store.db", synchronous="NORMAL")
    with database.migrate() as connection:
        command.upgrade(config(connection), "vectors_0001")
    with database.write() as connection:
        connection.execute(text("INSERT INTO vector_arrays VALUES (7, 'e', 4, 2)"))
        connection.execute(text("INSERT INTO vector_places VALUES (7, :key, 1)"), {"key": b"k" * 16})
    database.close()
    (tmp_path / "vectors-10d8a524b02f1d4f.i8").write_bytes(bytes(range(8)))
    clock = [time.time()]
    store = open_vectors(Settings(home=tmp_path), clock=lambda: clock[0])
    assert store.codes("e", [b"k" * 16]).tolist() == [[4, 5, 6, 7]]
    assert store.sweep("e", set).waiting == 1
    assert store.codes("e", [b"k" * 16]).tolist() == [[4, 5, 6, 7]]
    clock[0] += 31 * 3_600
    assert store.sweep("e", set).rows == 1
    store.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE runs (something)")
    connection.commit()
    database = open_sqlite(file, synchronous="NORMAL")
    with pytest.raises(StoreUnavailable):
        migrate(database, "catalog")
    assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")] == ["runs"]
    connection.execute("DROP TABLE runs")
    connection.close()
    migrate(database, "catalog")
    assert revisions(database) == {heads()["catalog"]}
    database.close()
