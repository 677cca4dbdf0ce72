"""The event queue in the table ``events``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, not_, or_, select, update

from aura_core.adapters.catalog.registry import require
from aura_core.adapters.catalog.run_records import report_of
from aura_core.adapters.catalog.tables import events, leases
from aura_core.adapters.database import KEYS_AT_ONCE, Clock, Database, batches
from aura_core.adapters.text import storable
from aura_core.model.repository import Event, EventKind, EventReport, EventState, Plan
from aura_core.workers.process_identity import Processes

MAX_ATTEMPTS = 5
"""Failed attempts after which an event is dead."""

BACKOFF_SECONDS = 10.0
"""Pause after the first failed attempt; it doubles with every further one."""

ABANDONED = "The run stopped without an end."

Jitter = Callable[[], float]
"""Returns random numbers in [0, 1)."""


class SqlEvents:
    """The adapter of ``EventQueue``."""

    def __init__(self, database: Database, clock: Clock, jitter: Jitter, processes: Processes) -> None:
        self._database = database
        self._clock = clock
        self._jitter = jitter
        self._processes = processes

    def push(self, repo: str, delivery: str, kind: EventKind, target: str, source: str) -> bool:
        """Store a due event and return whether it is new: False when this repository has the delivery already."""
        now = self._clock()
        values = {
            "repo": repo,
            "delivery": delivery,
            "kind": kind,
            "target": target,
            "source": source,
            "state": EventState.DUE,
            "attempts": 0,
            "created_at": now,
            "due_at": now,
            "error": "",
            "fence": 0,
        }
        with self._database.write() as connection:
            require(connection, repo)
            return connection.execute(self._database.insert_or_ignore(events), values).rowcount > 0

    def due(self, repo: str | None = None, fence: int | None = None) -> Sequence[Event]:
        """Return the events to work on now, oldest first."""
        now = self._clock()
        is_due = and_(events.c.state == EventState.DUE, events.c.due_at <= now)
        with self._database.read() as connection:
            # A claim ends with its lease: the run that made it is dead, or too late to publish.
            free = not_(_has_lease(self._live_leases(connection, now)))
            if fence is not None:
                free = or_(free, events.c.fence == fence)
            query = select(events).where(or_(is_due, and_(events.c.state == EventState.CLAIMED, free)))
            if repo is not None:
                query = query.where(events.c.repo == repo)
            return [_event(row) for row in connection.execute(query.order_by(events.c.id))]

    def list(self, repo: str, limit: int = 100) -> Sequence[Event]:
        """Return a repository's events in any state, newest first."""
        query = select(events).where(events.c.repo == repo).order_by(events.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(query)]

    def report(self, repo: str, event: int) -> EventReport | None:
        """Return an event of a repository with the run that took it last; None when there is no such event."""
        query = select(events).where(events.c.repo == repo, events.c.id == event)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else report_of(connection, _event(row), row.fence)

    def fail(self, plan: Plan, error: str) -> None:
        """Give back the events that the plan still holds: each has one attempt more and is due again, or dead."""
        now = self._clock()
        with self._database.write() as connection:
            for row in _claimed_by(connection, plan):
                attempts = row.attempts + 1
                values = {
                    "state": EventState.DEAD if attempts >= MAX_ATTEMPTS else EventState.DUE,
                    "attempts": attempts,
                    "due_at": now + self._backoff(attempts),
                    "error": storable(error),
                }
                connection.execute(update(events).where(events.c.id == row.id).values(values))

    def retry(self, event: int) -> bool:
        """Make a dead event due again with all its attempts, and return whether it was dead."""
        values = {"state": EventState.DUE, "attempts": 0, "due_at": self._clock(), "error": ""}
        query = update(events).where(events.c.id == event, events.c.state == EventState.DEAD).values(values)
        with self._database.write() as connection:
            return connection.execute(query).rowcount > 0

    def _live_leases(self, connection: Connection, now: float) -> Sequence[str]:
        """Return the repositories whose lease counts: it has not run out, and its process has not ended."""
        rows = connection.execute(select(leases.c.repo, leases.c.process).where(leases.c.expires_at > now))
        return [row.repo for row in rows if not self._processes.has_ended(row.process)]

    def _backoff(self, attempts: int) -> float:
        # Jitter, so that events that failed together do not all come back at one moment.
        return float(BACKOFF_SECONDS * 2 ** (attempts - 1) * (0.5 + self._jitter()))


def abandon(connection: Connection, repo: str) -> None:
    """Make the events due that a run without an end had claimed, each with one attempt more: the work may be what
    kills the runs.
    """
    attempts = events.c.attempts + 1
    state = case((attempts >= MAX_ATTEMPTS, EventState.DEAD), else_=EventState.DUE)
    query = update(events).where(events.c.repo == repo, events.c.state == EventState.CLAIMED)
    connection.execute(query.values(state=state, attempts=attempts, error=ABANDONED))


def claim(connection: Connection, plan: Plan) -> None:
    """Mark the plan's open events as claimed under its fence."""
    is_open = events.c.state.in_([EventState.DUE, EventState.CLAIMED])
    for ids in batches(plan.events, KEYS_AT_ONCE):
        query = update(events).where(events.c.id.in_(ids), events.c.repo == plan.repo, is_open)
        connection.execute(query.values(state=EventState.CLAIMED, fence=plan.fence))


def finish(connection: Connection, plan: Plan) -> None:
    """Mark exactly the events that the plan holds as done."""
    for ids in batches(plan.events, KEYS_AT_ONCE):
        query = update(events).where(events.c.id.in_(ids), _is_held_by(plan))
        connection.execute(query.values(state=EventState.DONE, error=""))


def _claimed_by(connection: Connection, plan: Plan) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for ids in batches(plan.events, KEYS_AT_ONCE):
        query = select(events.c.id, events.c.attempts).where(events.c.id.in_(ids), _is_held_by(plan))
        rows += connection.execute(query)
    return rows


def _is_held_by(plan: Plan) -> ColumnElement[bool]:
    return and_(events.c.repo == plan.repo, events.c.state == EventState.CLAIMED, events.c.fence == plan.fence)


def _has_lease(repos: Sequence[str]) -> ColumnElement[bool]:
    """Return whether the fence of an event has the lease of its repository, and that is one of ``repos``."""
    return exists().where(
        leases.c.repo == events.c.repo, leases.c.fence == events.c.fence, leases.c.repo.in_(list(repos))
    )


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id,
        repo=row.repo,
        delivery=row.delivery,
        kind=EventKind(row.kind),
        target=row.target,
        source=row.source,
        state=EventState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        error=row.error,
    )
