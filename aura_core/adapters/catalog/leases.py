"""Leases in the table ``leases``: at most one sync per repository moves its refs at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from aura_core.adapters.catalog.events import abandon
from aura_core.adapters.catalog.tables import leases
from aura_core.adapters.database import Clock, Database
from aura_core.errors import LeaseLost
from aura_core.model.repository import Lease, sync_in_progress
from aura_core.workers.process_identity import Processes


class SqlLeases:
    """The adapter of ``Leases``. A row stays when its lease ends, so that the fence only grows."""

    def __init__(self, database: Database, clock: Clock, processes: Processes) -> None:
        self._database = database
        self._clock = clock
        self._processes = processes

    def acquire(self, repo: str, holder: str, seconds: float) -> Lease:
        """Return the lease under a new fence, or under the same one when ``holder`` was the last to have it and did
        not release it. Events that the previous run left claimed become due, with one attempt more.
        """
        now, process = self._clock(), self._processes.this()
        with self._database.write() as connection:
            # The row is inserted first, so that there is one to lock.
            unheld = {"repo": repo, "holder": "", "fence": 0, "acquired_at": 0.0, "expires_at": 0.0, "process": ""}
            connection.execute(self._database.insert_or_ignore(leases), unheld)
            row = connection.execute(_select_locked(repo)).one()
            if row.holder == holder:  # also after it expired: nobody else has had it since
                return _store(connection, Lease(repo, holder, row.fence, row.acquired_at, now + seconds, process))
            if is_live(row, now) and not self._processes.has_ended(row.process):
                raise sync_in_progress(_lease(row))
            abandon(connection, repo)
            return _store(connection, Lease(repo, holder, row.fence + 1, now, now + seconds, process))

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Return the lease, extended to ``seconds`` from now. Raises ``LeaseLost`` when another fence has it."""
        with self._database.write() as connection:
            row = connection.execute(_select_locked(lease.repo)).one_or_none()
            if row is None or not row.holder or row.fence != lease.fence:
                raise lease_lost(lease.repo, lease.fence)
            expires_at = self._clock() + seconds
            return _store(
                connection, Lease(lease.repo, row.holder, row.fence, row.acquired_at, expires_at, row.process)
            )

    def release(self, lease: Lease) -> None:
        """End the lease; nothing happens when another fence has it."""
        query = update(leases).where(leases.c.repo == lease.repo, leases.c.fence == lease.fence)
        with self._database.write() as connection:
            connection.execute(query.values(holder="", expires_at=0.0))

    def current(self, repo: str) -> Lease | None:
        """Return the live lease of a repository; None when nobody holds one, or its process has ended."""
        lease = self.unreleased(repo)
        is_over = lease is None or lease.expires_at <= self._clock() or self._processes.has_ended(lease.process)
        return None if is_over else lease

    def unreleased(self, repo: str) -> Lease | None:
        """Return the lease that its holder has not released, whether or not it still counts."""
        with self._database.read() as connection:
            row = connection.execute(select(leases).where(leases.c.repo == repo)).one_or_none()
        return None if row is None or not row.holder else _lease(row)


def guard(connection: Connection, repo: str, fence: int, now: float) -> None:
    """Lock the lease's row until the transaction ends. Raises ``LeaseLost`` unless ``fence`` has a live lease."""
    row = connection.execute(_select_locked(repo)).one_or_none()
    if row is None or row.fence != fence or not is_live(row, now):
        raise lease_lost(repo, fence)


def is_live(row: Row[Any], now: float) -> bool:
    """Return whether somebody holds the lease of this row at ``now``."""
    return bool(row.holder) and row.expires_at > now


def lease_lost(repo: str, fence: int) -> LeaseLost:
    """Return the error for a holder whose lease another has, or that expired."""
    return LeaseLost(
        f"The lease of {repo} is no longer held under fence {fence}.",
        remedy="Nothing was published; sync again.",
        repo=repo,
        fence=fence,
    )


def _select_locked(repo: str) -> Select[Any]:
    # SQLite has no row locks and needs none: a write transaction is alone there.
    return select(leases).where(leases.c.repo == repo).with_for_update()


def _store(connection: Connection, lease: Lease) -> Lease:
    values = {
        "holder": lease.holder,
        "fence": lease.fence,
        "acquired_at": lease.acquired_at,
        "expires_at": lease.expires_at,
        "process": lease.process,
    }
    connection.execute(update(leases).where(leases.c.repo == lease.repo).values(values))
    return lease


def _lease(row: Row[Any]) -> Lease:
    return Lease(
        repo=row.repo,
        holder=row.holder,
        fence=row.fence,
        acquired_at=row.acquired_at,
        expires_at=row.expires_at,
        process=row.process,
    )
