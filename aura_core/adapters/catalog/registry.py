"""The registered repositories in the table ``repositories``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from aura_core.adapters.catalog.tables import leases, repositories
from aura_core.adapters.database import Clock, Database
from aura_core.errors import StoreUnavailable, UnknownRepository
from aura_core.model.repository import Repository, RepositoryKind


class SqlRegistry:
    """The adapter of ``RepositoryRegistry``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, repository: Repository) -> Repository:
        """Register a repository and return it as stored. Raises ``StoreUnavailable`` when it is removed meanwhile."""
        values = asdict(replace(repository, created_at=repository.created_at or self._clock()))
        with self._database.write() as connection:
            connection.execute(self._database.insert_or_ignore(repositories), values)
        stored = self.get(repository.id)
        if stored is None:
            raise StoreUnavailable(f"{repository.id} was removed while it was added.", remedy="Add it again.")
        return stored

    def get(self, repo: str) -> Repository | None:
        """Return the repository of this id; None when there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(repositories).where(repositories.c.id == repo)).one_or_none()
        return None if row is None else _repository(row)

    def list(self) -> Sequence[Repository]:
        """Return all repositories, sorted by id."""
        with self._database.read() as connection:
            return [_repository(row) for row in connection.execute(select(repositories).order_by(repositories.c.id))]

    def remove(self, repo: str) -> bool:
        """Delete a repository with all its rows, and end its lease so that its holder can publish nothing more. Return
        whether it was registered.
        """
        with self._database.write() as connection:
            count = connection.execute(delete(repositories).where(repositories.c.id == repo)).rowcount
            connection.execute(update(leases).where(leases.c.repo == repo).values(holder="", expires_at=0.0))
        return count > 0


def require(connection: Connection, repo: str) -> None:
    """Raise ``UnknownRepository`` when ``repo`` is not registered."""
    if connection.execute(select(repositories.c.id).where(repositories.c.id == repo)).one_or_none() is None:
        raise UnknownRepository(
            f"There is no repository {repo!r}.", remedy="Add it with `aura repos add PATH_OR_URL`.", repo=repo
        )


def _repository(row: Row[Any]) -> Repository:
    return Repository(
        id=row.id,
        name=row.name,
        kind=RepositoryKind(row.kind),
        origin=row.origin,
        ref=row.ref,
        added_by=row.added_by,
        created_at=row.created_at,
    )
