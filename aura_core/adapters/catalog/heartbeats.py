"""Who is alive."""

from __future__ import annotations

from sqlalchemy import select

from aura_core.adapters.catalog.tables import heartbeats
from aura_core.adapters.database import Clock, Database


class SqlHeartbeats:
    """The last beat of each name."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def beat(self, name: str) -> None:
        """``name`` is alive now."""
        with self._database.write() as connection:
            connection.execute(self._database.replacing(heartbeats), {"name": name, "beaten_at": self._clock()})

    def age(self, name: str) -> float | None:
        """Seconds since the last beat, None when there never was one."""
        with self._database.read() as connection:
            beaten_at = connection.execute(
                select(heartbeats.c.beaten_at).where(heartbeats.c.name == name)
            ).scalar_one_or_none()
        return None if beaten_at is None else max(0.0, self._clock() - beaten_at)
