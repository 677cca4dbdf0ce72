"""Signs of life in the table ``heartbeats``."""

from __future__ import annotations

from sqlalchemy import select

from aura_core.adapters.catalog.tables import heartbeats
from aura_core.adapters.database import Clock, Database


class SqlHeartbeats:
    """The adapter of ``Heartbeats``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def beat(self, name: str) -> None:
        """Store that ``name`` is alive now."""
        values = {"name": name, "beaten_at": self._clock()}
        with self._database.write() as connection:
            connection.execute(self._database.insert_or_replace(heartbeats), values)

    def age(self, name: str) -> float | None:
        """Return the seconds since the last beat; None when there never was one."""
        query = select(heartbeats.c.beaten_at).where(heartbeats.c.name == name)
        with self._database.read() as connection:
            beaten_at = connection.execute(query).scalar_one_or_none()
        return None if beaten_at is None else max(0.0, self._clock() - beaten_at)
