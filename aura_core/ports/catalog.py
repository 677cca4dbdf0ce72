"""The catalog: repositories, the event queue, plans, leases, published refs. Every call may be repeated. Times are UTC
seconds since the epoch, from the store's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aura_core.model.repository import Event, EventKind, EventReport, Lease, Plan, Ref, Repository, RunRecord


class RepositoryRegistry(Protocol):
    """The registered repositories."""

    def add(self, repository: Repository) -> Repository:
        """Register a repository and return it as stored; an id that is registered already stays as it is."""
        ...

    def get(self, repo: str) -> Repository | None:
        """Return the repository of this id; None when there is none."""
        ...

    def list(self) -> Sequence[Repository]:
        """Return all repositories, sorted by id."""
        ...

    def remove(self, repo: str) -> bool:
        """Delete a repository with its events, refs, plans and run records; False when it was not registered."""
        ...


class EventQueue(Protocol):
    """Requests to index. A delivery id is unique: pushing it again changes nothing."""

    def push(self, repo: str, delivery: str, kind: EventKind, target: str, source: str) -> bool:
        """Store an event that is due now; False when the repository has this delivery already.

        Raises ``UnknownRepository``.
        """
        ...

    def due(self, repo: str | None = None, fence: int | None = None) -> Sequence[Event]:
        """Return the events to work on now, oldest first: those that are due, those claimed under a lease that has
        expired, and those claimed under ``fence``. ``repo``: of this repository only.
        """
        ...

    def list(self, repo: str, limit: int = 100) -> Sequence[Event]:
        """Return a repository's events in any state, newest first."""
        ...

    def report(self, repo: str, event: int) -> EventReport | None:
        """Return an event of a repository with the run that took it last; None when there is no such event."""
        ...

    def fail(self, plan: Plan, error: str) -> None:
        """Give back the events that the plan still holds: each has one attempt more and is due again after a backoff
        with jitter, or dead after five attempts.
        """
        ...

    def retry(self, event: int) -> bool:
        """Make a dead event due again with all its attempts; False when the event is not dead."""
        ...


class Leases(Protocol):
    """At most one sync per repository moves its refs at a time."""

    def acquire(self, repo: str, holder: str, seconds: float) -> Lease:
        """Return a lease of this process for ``seconds`` under a new fence, or under the same one when ``holder`` has
        it still.

        Raises ``SyncInProgress`` while another holder's lease is live: it has not run out, and its process is not known
        to have ended.
        """
        ...

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Return the lease, extended to ``seconds`` from now. Raises ``LeaseLost`` when another fence has it."""
        ...

    def release(self, lease: Lease) -> None:
        """End the lease; nothing happens when another fence has it."""
        ...

    def current(self, repo: str) -> Lease | None:
        """Return the live lease of a repository; None when nobody holds one, or its process has ended."""
        ...

    def unreleased(self, repo: str) -> Lease | None:
        """Return the lease that its holder has not released, whether or not it still counts; None if there is none."""
        ...


class Publisher(Protocol):
    """Plans of runs, and the transaction that makes a snapshot visible."""

    def save_plan(self, plan: Plan) -> None:
        """Store the plan of a run and mark its events as claimed, in one transaction.

        Raises ``LeaseLost`` unless the plan's fence has a live lease, and ``UnknownRepository``.
        """
        ...

    def plan(self, run: str) -> Plan | None:
        """Return the plan of a run; None when there is none."""
        ...

    def publish(self, plan: Plan, refs: Sequence[Ref]) -> None:
        """Move the refs and mark exactly the plan's events as done, in one transaction.

        Raises ``LeaseLost`` and changes nothing unless the plan's fence has a live lease.
        """
        ...

    def refs(self, repo: str) -> Sequence[Ref]:
        """Return the published refs of a repository, sorted by name."""
        ...

    def record(self, run: RunRecord) -> None:
        """Insert or replace the record of a run. Raises ``UnknownRepository``."""
        ...

    def last_run(self, repo: str) -> RunRecord | None:
        """Return the record of the run that started last; None when there was none."""
        ...


class Heartbeats(Protocol):
    """The time of each process's last sign of life."""

    def beat(self, name: str) -> None:
        """Store that ``name`` (for example ``pipelines``) is alive now."""
        ...

    def age(self, name: str) -> float | None:
        """Return the seconds since the last beat; None when there never was one."""
        ...


class Catalog(Protocol):
    """The five parts of the catalog, over one database."""

    repositories: RepositoryRegistry
    events: EventQueue
    leases: Leases
    publisher: Publisher
    heartbeats: Heartbeats

    def ping(self) -> None:
        """Check that the database can be read and written. Raises ``StoreUnavailable``."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
