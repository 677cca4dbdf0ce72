"""Opens the database that the settings name: a SQLite file or Postgres."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from aura_core.adapters.database import POSTGRES_SCHEMA, WRITES, Database
from aura_core.errors import StoreUnavailable
from aura_core.private_files import create_private
from aura_core.settings import Settings

BUSY_SECONDS = 30.0
"""How long a SQLite connection waits for another process's write."""

POOL_SIZE, MAX_OVERFLOW = 8, 32
"""Connections that stay open, and how many more may be open for a while."""


def open_database(settings: Settings, file: str, *, synchronous: str) -> Database:
    """Return the database of ``settings.database_url``, or else the SQLite ``file`` in the home.

    ``synchronous`` is SQLite's: FULL or NORMAL. Raises ``StoreUnavailable`` when the URL cannot be used.
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
    """Return the database of a SQLite file; nothing is read or written before its first use."""
    return _sqlite(URL.create("sqlite", database=str(file)), synchronous)


def _sqlite(url: URL, synchronous: str) -> Database:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=POOL_SIZE, max_overflow=MAX_OVERFLOW)
    if url.database:
        # Else SQLite would make it as the umask says. Where it cannot be made, SQLite's own error says why.
        with contextlib.suppress(OSError):
            create_private(Path(url.database))

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # else Python would begin transactions by itself, and deferred ones
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")

    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: SQLite cannot wait for it in the middle of a transaction that has read.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return Database(engine)


def _postgres(url: URL) -> Database:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"options": f"-c search_path={POSTGRES_SCHEMA}"},
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        max_overflow=MAX_OVERFLOW,
    )
    return Database(engine)
