"""Creates or migrates the tables that this version expects. Alembic takes a second to load, so it is loaded only when
there is something to do.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from aura_core.adapters.database import Database

VERSION_TABLE = "aura_alembic_version"
HEADS = {"catalog": "catalog_0001", "store": "store_0003", "vectors": "vectors_0002"}
"""The newest revision of each branch of tables; several branches may live in one database."""


def migrate(database: Database, branch: str) -> None:
    """Create or migrate the tables of ``branch``. Any number of processes may do so at once.

    Raises ``StoreUnavailable``, ``StoreCorrupt``.
    """
    if HEADS[branch] not in revisions(database):
        from aura_core.adapters.migrations.runner import upgrade

        upgrade(database, branch)


def revisions(database: Database) -> set[str]:
    """Return the revisions of the tables in a database; empty for a new one."""
    with database.read() as connection:
        try:
            return set(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars())  # noqa: S608 - a constant
        except (OperationalError, ProgrammingError):
            return set()
