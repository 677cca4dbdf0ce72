"""One sync per repository moves its refs at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from aura_core.adapters.catalog.events import abandon
from aura_core.adapters.catalog.tables import leases
from aura_core.adapters.database import Clock, Database
from aura_core.errors import LeaseLost
from aura_core.model.repository import Lease, sync_in_progress


class SqlLeases:
    """Leases in the table of that name: a row stays when its lease ends, so that the fence only grows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def acquire(self, repo: str, holder: str, seconds: float) -> Lease:
        """Take the lease under a new fence, or, when ``holder`` was the last to have it and did not release it, retake
        it under the same.

        Raises ``SyncInProgress`` while another holder's is live. Events that the run before left claimed become due,
        with one attempt more.
        """
        now = self._clock()
        with self._database.write() as connection:
            free = {"repo": repo, "holder": "", "fence": 0, "acquired_at": 0.0, "expires_at": 0.0}
            connection.execute(self._database.ignoring(leases), free)
            row = connection.execute(_locked(repo)).one()
            if row.holder == holder:
                return _store(connection, Lease(repo, holder, row.fence, row.acquired_at, now + seconds))
            if is_live(row, now):
                raise sync_in_progress(Lease(row.repo, row.holder, row.fence, row.acquired_at, row.expires_at))
            abandon(connection, repo)
            return _store(connection, Lease(repo, holder, row.fence + 1, now, now + seconds))

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Extend it. Raises ``LeaseLost`` when it is no longer this fence's."""
        with self._database.write() as connection:
            row = connection.execute(_locked(lease.repo)).one_or_none()
            if row is None or not row.holder or row.fence != lease.fence:
                raise lost(lease.repo, lease.fence)
            return _store(
                connection, Lease(lease.repo, row.holder, row.fence, row.acquired_at, self._clock() + seconds)
            )

    def release(self, lease: Lease) -> None:
        """Give it up; nothing happens when it is no longer this fence's."""
        with self._database.write() as connection:
            mine = update(leases).where(leases.c.repo == lease.repo, leases.c.fence == lease.fence)
            connection.execute(mine.values(holder="", expires_at=0.0))

    def current(self, repo: str) -> Lease | None:
        """The live lease, if any."""
        with self._database.read() as connection:
            row = connection.execute(select(leases).where(leases.c.repo == repo)).one_or_none()
        if row is None or not is_live(row, self._clock()):
            return None
        return Lease(row.repo, row.holder, row.fence, row.acquired_at, row.expires_at)


def guard(connection: Connection, repo: str, fence: int, now: float) -> None:
    """Hold the lease's row until the transaction ends. Raises ``LeaseLost`` unless ``fence`` has a live lease."""
    row = connection.execute(_locked(repo)).one_or_none()
    if row is None or row.fence != fence or not is_live(row, now):
        raise lost(repo, fence)


def is_live(row: Row[Any], now: float) -> bool:
    """Whether somebody holds the lease now."""
    return bool(row.holder) and row.expires_at > now


def lost(repo: str, fence: int) -> LeaseLost:
    """The error of a holder who came too late."""
    return LeaseLost(
        f"The lease of {repo} is no longer held under fence {fence}.",
        remedy="Nothing was published; sync again.",
        repo=repo,
        fence=fence,
    )


def _locked(repo: str) -> Select[Any]:
    return select(leases).where(leases.c.repo == repo).with_for_update()


def _store(connection: Connection, lease: Lease) -> Lease:
    values = {
        "holder": lease.holder,
        "fence": lease.fence,
        "acquired_at": lease.acquired_at,
        "expires_at": lease.expires_at,
    }
    connection.execute(update(leases).where(leases.c.repo == lease.repo).values(values))
    return lease
