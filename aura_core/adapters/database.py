"""One relational database, SQLite or Postgres: short transactions, inserts that may be repeated, errors translated."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.dml import Insert

from aura_core.adapters.failures import store_error
from aura_core.errors import StoreUnavailable
from aura_core.files import locked, sync_to_disk

KEYS_AT_ONCE = 500
"""Keys in one statement."""

ROWS_AT_ONCE = 200
"""Rows in one write transaction at most, so that other writers do not wait long."""

POSTGRES_SCHEMA = "aura"
WRITES = "aura_writes"
"""Execution option of a connection whose transaction takes the write lock at once."""

# Numbers of Postgres advisory locks: every process of Aura over one database has to use the same.
_MIGRATION_LOCK = 4_150_752_001
_SWEEP_LOCK = 4_150_752_002

Item = TypeVar("Item")
Clock = Callable[[], float]
"""Returns UTC seconds since the epoch."""


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
        """Open a transaction that sees one state of the database. Raises ``StoreUnavailable``, ``StoreCorrupt``."""
        with self._translate_errors(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that holds the write lock from its start; it is committed at the end and rolled back by
        any exception. Raises ``StoreUnavailable``, ``StoreCorrupt``.
        """
        with (
            self._translate_errors(),
            self.engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """Open a write transaction that no other process's migration overlaps; a SQLite file is put into WAL mode."""
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

    def lock_sweeps(self, connection: Connection, *, shared: bool = False) -> None:
        """Hold the lock between those who name rows (shared) and those who delete rows that nothing names, until the
        transaction ends. A write transaction on SQLite is alone anyway.
        """
        if not self.on_sqlite:
            function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            connection.execute(text(f"SELECT {function}(:lock)"), {"lock": _SWEEP_LOCK})

    def lookup(self, connection: Connection, query: str, keys: Iterable[bytes]) -> Iterator[Any]:
        """Yield the rows of ``query`` for the keys. The query ends with the name of the key's column, as in
        ``SELECT data FROM facts WHERE key``; the condition on it is added here.

        Plain SQL, because Core takes longer to render 500 parameters than SQLite to find their rows; sorted, because
        keys in order walk the tree in order (45,000 of 180,000: 65 ms instead of 180).
        """
        for batch in batches(sorted(set(keys)), KEYS_AT_ONCE):
            if self.on_sqlite:
                marks = ",".join("?" * len(batch))
                yield from connection.exec_driver_sql(f"{query} IN ({marks})", tuple(batch)).all()
            else:
                yield from connection.exec_driver_sql(f"{query} = ANY(%s)", (list(batch),)).all()

    def checkpoint(self) -> None:
        """Make every committed transaction durable: a checkpoint bounds the write-ahead log, and what it could not
        move is synced in place. Raises ``StoreUnavailable``.
        """
        if self.on_sqlite:
            self._pragma("PRAGMA wal_checkpoint(PASSIVE)")
            log = self.file.with_name(self.file.name + "-wal")
            try:
                sync_to_disk(log)
            except FileNotFoundError:
                return  # another process has moved all of it and closed the database
            except OSError as error:
                raise StoreUnavailable(
                    f"{log} could not be written to disk: {error}.", remedy="Check the disk."
                ) from error

    def insert_or_ignore(self, table: Table) -> Insert:
        """Return an insert that leaves a row with the same key alone."""
        statement: Insert = self._insert(table).on_conflict_do_nothing()
        return statement

    def insert_or_replace(self, table: Table) -> Insert:
        """Return an insert that overwrites the row with the same primary key."""
        statement = self._insert(table)
        keys = [column.name for column in table.primary_key]
        values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
        upsert: Insert = statement.on_conflict_do_update(index_elements=keys, set_=values)
        return upsert

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _insert(self, table: Table) -> Any:
        if self.on_sqlite:
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            return sqlite_insert(table)
        from sqlalchemy.dialects.postgresql import insert as postgres_insert

        return postgres_insert(table)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise store_error(error, self.name) from error

    def _pragma(self, statement: str) -> None:
        with self._translate_errors():
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute(statement).fetchall()
            finally:
                connection.close()


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield ``items`` in order, at most ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
