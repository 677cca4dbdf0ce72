"""Brings a database to the tables that this version expects. Alembic is loaded only when something is to be done: it
costs a second.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from aura_core.adapters.database import Database

VERSION_TABLE = "aura_alembic_version"
HEADS = {"catalog": "catalog_0001", "store": "store_0003", "vectors": "vectors_0002"}
"""The newest revision of each branch of tables; several branches may live in one database."""


def bring_up(database: Database, branch: str) -> None:
    """Create or migrate the tables of ``branch``. Any number of processes may start at once. Raises
    ``StoreUnavailable``, ``StoreCorrupt``.
    """
    if HEADS[branch] not in stamped(database):
        from aura_core.adapters.migrations.runner import upgrade

        upgrade(database, branch)


def stamped(database: Database) -> set[str]:
    """The revisions that a database holds; empty for a new one."""
    with database.read() as connection:
        try:
            return set(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars())  # noqa: S608 - a constant
        except (OperationalError, ProgrammingError):
            return set()
