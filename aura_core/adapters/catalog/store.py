"""The catalog over SQLAlchemy: one adapter for SQLite and Postgres."""

from __future__ import annotations

import random
import time

from sqlalchemy import select

from aura_core.adapters.catalog.events import Jitter, SqlEvents
from aura_core.adapters.catalog.heartbeats import SqlHeartbeats
from aura_core.adapters.catalog.leases import SqlLeases
from aura_core.adapters.catalog.publisher import SqlPublisher
from aura_core.adapters.catalog.registry import SqlRegistry
from aura_core.adapters.catalog.tables import repositories
from aura_core.adapters.database import Clock, Database
from aura_core.adapters.engine import open_database
from aura_core.adapters.migrations import migrate
from aura_core.ports.catalog import EventQueue, Heartbeats, Leases, Publisher, RepositoryRegistry
from aura_core.settings import Settings
from aura_core.workers.process_identity import Processes

CATALOG_FILE = "catalog.db"


class SqlCatalog:
    """The adapter of ``Catalog``: its five parts over one database."""

    repositories: RepositoryRegistry
    events: EventQueue
    leases: Leases
    publisher: Publisher
    heartbeats: Heartbeats

    def __init__(self, database: Database, clock: Clock, jitter: Jitter, processes: Processes) -> None:
        self._database = database
        self.repositories = SqlRegistry(database, clock)
        self.events = SqlEvents(database, clock, jitter, processes)
        self.leases = SqlLeases(database, clock, processes)
        self.publisher = SqlPublisher(database, clock)
        self.heartbeats = SqlHeartbeats(database, clock)

    def ping(self) -> None:
        """Check that the database can be read and written."""
        with self._database.write() as connection:
            connection.execute(select(repositories.c.id).limit(1)).one_or_none()

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


def open_catalog(
    settings: Settings,
    *,
    clock: Clock = time.time,
    jitter: Jitter = random.random,
    processes: Processes = Processes(),  # noqa: B008 - a frozen value
) -> SqlCatalog:
    """Open the catalog after its tables have been created or migrated.

    ``clock`` returns UTC seconds since the epoch. ``processes`` tells who holds a lease and whether it still runs.
    Raises ``StoreUnavailable``, ``StoreCorrupt``.
    """
    # FULL: each commit is on disk at once, because nothing flushes the catalog later.
    database = open_database(settings, CATALOG_FILE, synchronous="FULL")
    migrate(database, "catalog")
    return SqlCatalog(database, clock, jitter, processes)
