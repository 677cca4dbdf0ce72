"""The only place that calls Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from aura_core.adapters.database import Database
from aura_core.errors import StoreUnavailable


def upgrade(database: Database, branch: str) -> None:
    """Run the missing revisions of ``branch`` in one transaction. Raises ``StoreUnavailable`` for unknown ones."""
    with database.migrate() as connection:
        try:
            command.upgrade(config(connection), f"{branch}@head")
        except CommandError as error:
            remedy = "It was probably written by a newer Aura: upgrade this one."
            raise StoreUnavailable(
                f"{database.name} has tables that this version does not know: {error}.", remedy=remedy
            ) from error


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, which needs no file."""
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    alembic.attributes["connection"] = connection
    return alembic
