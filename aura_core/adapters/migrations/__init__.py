"""Creates or migrates the tables that this version expects. Alembic takes a second to load, so it is loaded only when
there is something to do.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from aura_core.adapters.database import Database

VERSION_TABLE = "aura_alembic_version"


@cache
def heads() -> dict[str, str]:
    """Return the newest revision of each branch of tables; several branches may live in one database.

    A revision is called as its file in ``versions``: ``<branch>_<four digits>``.
    """
    revision_names = sorted(file.stem for file in (Path(__file__).parent / "versions").glob("*_[0-9]*.py"))
    return {name.rpartition("_")[0]: name for name in revision_names}  # later names replace earlier ones


def migrate(database: Database, branch: str) -> None:
    """Create or migrate the tables of ``branch``. Any number of processes may do so at once.

    Raises ``StoreUnavailable``, ``StoreCorrupt``.
    """
    if heads()[branch] not in revisions(database):
        from aura_core.adapters.migrations.runner import upgrade

        upgrade(database, branch)


def revisions(database: Database) -> set[str]:
    """Return the revisions of the tables in a database; empty for a new one."""
    with database.read() as connection:
        try:
            return set(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars())  # noqa: S608 - a constant
        except (OperationalError, ProgrammingError):
            return set()
