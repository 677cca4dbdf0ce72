"""The catalog: repositories, the event queue, plans, leases, published refs. Methods may be repeated; time comes from
the store's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aura_core.model.repository import Event, EventKind, Lease, Plan, Ref, Repository, RunRecord


class RepositoryRegistry(Protocol):
    """Which repositories there are."""

    def add(self, repository: Repository) -> Repository:
        """Register; an id that is there already is returned as it stands."""
        ...

    def get(self, repo: str) -> Repository | None:
        """The repository of this id."""
        ...

    def list(self) -> Sequence[Repository]:
        """All, by id."""
        ...

    def remove(self, repo: str) -> bool:
        """Forget the repository with its events, refs, plans and run records; False when it was not there."""
        ...


class EventQueue(Protocol):
    """Wishes to index. A delivery id is unique: pushing it again changes nothing."""

    def push(self, repo: str, delivery: str, kind: EventKind, target: str, source: str) -> bool:
        """Store a due event; False when this delivery is known."""
        ...

    def due(self, repo: str | None = None, fence: int | None = None) -> Sequence[Event]:
        """Events to work on now, oldest first: due, or claimed under a lease that has expired, or claimed under
        ``fence`` already.
        """
        ...

    def list(self, repo: str, limit: int = 100) -> Sequence[Event]:
        """Newest first, in any state."""
        ...

    def fail(self, plan: Plan, error: str) -> None:
        """Give the plan's events back: attempts + 1, due again after a backoff with jitter, dead after five attempts."""
        ...

    def retry(self, event: int) -> bool:
        """Make a dead event due again."""
        ...


class Leases(Protocol):
    """One sync per repository moves its refs at a time."""

    def acquire(self, repo: str, holder: str, seconds: float) -> Lease:
        """Take or retake the lease. Raises ``SyncInProgress`` while another holder's is live."""
        ...

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Extend it. Raises ``LeaseLost`` when it is no longer this fence's."""
        ...

    def release(self, lease: Lease) -> None:
        """Give it up; nothing happens when it is no longer this fence's."""
        ...

    def current(self, repo: str) -> Lease | None:
        """The live lease, if any."""
        ...


class Publisher(Protocol):
    """Plans and the flip that makes a snapshot visible."""

    def save_plan(self, plan: Plan) -> None:
        """Write the plan of a run and mark its events claimed, in one transaction, under the plan's fence. Raises
        ``LeaseLost``.
        """
        ...

    def plan(self, run: str) -> Plan | None:
        """The plan of this run."""
        ...

    def publish(self, plan: Plan, refs: Sequence[Ref]) -> None:
        """In one transaction: check the fence, move the refs, mark exactly the plan's events done. Raises
        ``LeaseLost`` and changes nothing.
        """
        ...

    def refs(self, repo: str) -> Sequence[Ref]:
        """What is published, by name."""
        ...

    def record(self, run: RunRecord) -> None:
        """Insert or replace a run's record."""
        ...

    def last_run(self, repo: str) -> RunRecord | None:
        """The run that started last."""
        ...


class Heartbeats(Protocol):
    """Who is alive."""

    def beat(self, name: str) -> None:
        """``name`` (say ``pipelines``) is alive now."""
        ...

    def age(self, name: str) -> float | None:
        """Seconds since the last beat, None when there never was one."""
        ...


class Catalog(Protocol):
    """The five questions of the catalog over one database."""

    repositories: RepositoryRegistry
    events: EventQueue
    leases: Leases
    publisher: Publisher
    heartbeats: Heartbeats

    def ping(self) -> None:
        """Raises ``StoreUnavailable`` when the database cannot be read and written."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
