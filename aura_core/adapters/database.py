"""One relational database of either engine: short transactions, conflict clauses, client errors in our words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.sql.dml import Insert

from aura_core.adapters.failures import store_error
from aura_core.errors import StoreUnavailable
from aura_core.files import locked
from aura_core.settings import Settings

BUSY_SECONDS = 30.0
KEYS_AT_ONCE = 500
ROWS_AT_ONCE = 200
POSTGRES_SCHEMA = "aura"
_MIGRATION_LOCK = 4_150_752_001
_SWEEP_LOCK = 4_150_752_002
_WRITES = "aura_writes"

Item = TypeVar("Item")
Clock = Callable[[], float]
"""UTC seconds since the epoch."""


class Database:
    """Transactions over one engine. Each is short: a writer of many rows takes ``ROWS_AT_ONCE`` at a time so that
    others get their turn.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = engine.url.render_as_string(hide_password=True)

    @property
    def on_sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(self.engine.url.database or "")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self._translating(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start; committed at the end, rolled back by any exception."""
        with (
            self._translating(),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A write transaction that no other process's migration overlaps, on a file that is in WAL mode."""
        if not self.on_sqlite:
            with self.write() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {POSTGRES_SCHEMA}"))
                yield connection
            return
        with locked(self.file.with_suffix(".migrating")):
            self._pragma("PRAGMA journal_mode=WAL")
            with self.write() as connection:
                yield connection

    def take_turn(self, connection: Connection, *, shared: bool = False) -> None:
        """Keep those who name rows (shared) and those who delete rows that nobody names apart until the transaction
        ends. On SQLite a write transaction is alone anyway.
        """
        if not self.on_sqlite:
            how = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            connection.execute(text(f"SELECT {how}(:lock)"), {"lock": _SWEEP_LOCK})

    def lookup(self, connection: Connection, query: str, keys: Iterable[bytes]) -> Iterator[Any]:
        """Rows of ``query``, which ends before the condition on the column that it names last: ``SELECT … WHERE key``.

        Plain SQL, because Core takes longer to render 500 parameters than SQLite to find their rows; sorted, because
        keys in order walk the tree in order (45,000 of 180,000: 65 ms instead of 180).
        """
        for some in batches(sorted(set(keys)), KEYS_AT_ONCE):
            if self.on_sqlite:
                marks = ",".join("?" * len(some))
                yield from connection.exec_driver_sql(f"{query} IN ({marks})", tuple(some)).all()
            else:
                yield from connection.exec_driver_sql(f"{query} = ANY(%s)", (list(some),)).all()

    def settle(self) -> None:
        """Make every committed transaction durable: a checkpoint bounds the log, and what it could not move is synced
        in place.
        """
        if self.on_sqlite:
            self._pragma("PRAGMA wal_checkpoint(PASSIVE)")
            self._sync(self.file.with_name(self.file.name + "-wal"))

    def ignoring(self, table: Table) -> Insert:
        """An insert that leaves a row with the same key alone."""
        ignoring: Insert = self._insert(table).on_conflict_do_nothing()
        return ignoring

    def replacing(self, table: Table) -> Insert:
        """An insert that overwrites the row with the same primary key."""
        statement = self._insert(table)
        keys = [column.name for column in table.primary_key]
        changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
        replacing: Insert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
        return replacing

    def close(self) -> None:
        """Give connections back."""
        self.engine.dispose()

    def _insert(self, table: Table) -> Any:
        if self.on_sqlite:
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            return sqlite_insert(table)
        from sqlalchemy.dialects.postgresql import insert as postgres_insert

        return postgres_insert(table)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise store_error(error, self.name) from error

    def _pragma(self, statement: str) -> None:
        with self._translating():
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute(statement).fetchall()
            finally:
                connection.close()

    def _sync(self, log: Path) -> None:
        try:
            descriptor = os.open(log, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise StoreUnavailable(f"{log} could not be written to disk: {error}.", remedy="Check the disk.") from error
        finally:
            os.close(descriptor)


def open_database(settings: Settings, file: str, *, synchronous: str) -> Database:
    """The database of ``settings.database_url``, else the SQLite ``file`` in the home. ``synchronous`` is SQLite's:
    FULL or NORMAL.
    """
    if not settings.database_url:
        return open_sqlite(settings.home / file, synchronous=synchronous)
    try:
        url = make_url(settings.database_url)
        if url.get_backend_name() == "sqlite":
            if url.database in (None, "", ":memory:"):
                raise StoreUnavailable(
                    "AURA_DATABASE_URL names no file.", remedy="Use sqlite:////absolute/path, or leave it empty."
                )
            return _sqlite(url, "FULL")
        if url.get_backend_name() == "postgresql":
            return _postgres(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreUnavailable(
            f"AURA_DATABASE_URL cannot be used: {error}.", remedy="Install aura[postgres], or correct the URL."
        ) from error
    raise StoreUnavailable(
        f"AURA_DATABASE_URL names {url.get_backend_name()!r}.",
        remedy="Use postgresql://… or leave it empty for SQLite.",
    )


def open_sqlite(file: Path, *, synchronous: str) -> Database:
    """A SQLite file; nothing is touched before its first use."""
    return _sqlite(URL.create("sqlite", database=str(file)), synchronous)


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """``items`` in order, at most ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _sqlite(url: URL, synchronous: str) -> Database:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=8, max_overflow=32)

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return Database(engine)


def _postgres(url: URL) -> Database:
    options = {"options": f"-c search_path={POSTGRES_SCHEMA}"}
    return Database(
        create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args=options,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=32,
        )
    )
