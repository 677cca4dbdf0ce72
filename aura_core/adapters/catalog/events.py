"""The event queue."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, not_, or_, select, update

from aura_core.adapters.catalog.registry import require
from aura_core.adapters.catalog.tables import events, leases
from aura_core.adapters.database import KEYS_AT_ONCE, Clock, Database, batches
from aura_core.adapters.text import storable
from aura_core.model.repository import Event, EventKind, EventState, Plan

MAX_ATTEMPTS = 5
BACKOFF_SECONDS = 10.0
ABANDONED = "The run stopped without an end."

Jitter = Callable[[], float]


class SqlEvents:
    """Events in the table of that name. ``jitter`` gives numbers in [0, 1)."""

    def __init__(self, database: Database, clock: Clock, jitter: Jitter = random.random) -> None:
        self._database = database
        self._clock = clock
        self._jitter = jitter

    def push(self, repo: str, delivery: str, kind: EventKind, target: str, source: str) -> bool:
        """Store a due event; False when this repository has the delivery already. Raises ``UnknownRepository``."""
        now = self._clock()
        new = {
            "repo": repo,
            "delivery": delivery,
            "kind": kind,
            "target": target,
            "source": source,
            "state": EventState.DUE,
            "attempts": 0,
        }
        with self._database.write() as connection:
            require(connection, repo)
            values = {**new, "created_at": now, "due_at": now, "error": "", "fence": 0}
            return connection.execute(self._database.ignoring(events), values).rowcount > 0

    def due(self, repo: str | None = None, fence: int | None = None) -> Sequence[Event]:
        """Events to work on now, oldest first: due, or claimed under a lease that has expired, or claimed under
        ``fence`` already.
        """
        now = self._clock()
        waiting = and_(events.c.state == EventState.DUE, events.c.due_at <= now)
        free = not_(_held(now)) if fence is None else or_(not_(_held(now)), events.c.fence == fence)
        found = select(events).where(or_(waiting, and_(events.c.state == EventState.CLAIMED, free)))
        if repo is not None:
            found = found.where(events.c.repo == repo)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(found.order_by(events.c.id))]

    def list(self, repo: str, limit: int = 100) -> Sequence[Event]:
        """Newest first, in any state."""
        found = select(events).where(events.c.repo == repo).order_by(events.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(found)]

    def fail(self, plan: Plan, error: str) -> None:
        """Give back the events that this plan still holds: attempts + 1, due again after a backoff with jitter, dead
        after five attempts.
        """
        now = self._clock()
        with self._database.write() as connection:
            for row in _claimed_by(connection, plan):
                attempts = row.attempts + 1
                state = EventState.DEAD if attempts >= MAX_ATTEMPTS else EventState.DUE
                values = {
                    "state": state,
                    "attempts": attempts,
                    "due_at": now + self._backoff(attempts),
                    "error": storable(error),
                }
                connection.execute(update(events).where(events.c.id == row.id).values(values))

    def retry(self, event: int) -> bool:
        """Make a dead event due again, with all its attempts."""
        values = {"state": EventState.DUE, "attempts": 0, "due_at": self._clock(), "error": ""}
        with self._database.write() as connection:
            revived = update(events).where(events.c.id == event, events.c.state == EventState.DEAD).values(values)
            return connection.execute(revived).rowcount > 0

    def _backoff(self, attempts: int) -> float:
        return float(BACKOFF_SECONDS * 2 ** (attempts - 1) * (0.5 + self._jitter()))


def abandon(connection: Connection, repo: str) -> None:
    """Count an attempt of each event that a run without an end had claimed, and make it due: the work may be what
    kills the runs.
    """
    attempts = events.c.attempts + 1
    state = case((attempts >= MAX_ATTEMPTS, EventState.DEAD), else_=EventState.DUE)
    lost = update(events).where(events.c.repo == repo, events.c.state == EventState.CLAIMED)
    connection.execute(lost.values(state=state, attempts=attempts, error=ABANDONED))


def claim(connection: Connection, plan: Plan) -> None:
    """Mark the plan's open events as claimed under its fence."""
    for ids in batches(plan.events, KEYS_AT_ONCE):
        open_states = events.c.state.in_([EventState.DUE, EventState.CLAIMED])
        taken = update(events).where(events.c.id.in_(ids), events.c.repo == plan.repo, open_states)
        connection.execute(taken.values(state=EventState.CLAIMED, fence=plan.fence))


def finish(connection: Connection, plan: Plan) -> None:
    """Mark exactly the events that the plan holds as done."""
    for ids in batches(plan.events, KEYS_AT_ONCE):
        held = and_(events.c.state == EventState.CLAIMED, events.c.fence == plan.fence)
        connection.execute(
            update(events)
            .where(events.c.id.in_(ids), events.c.repo == plan.repo, held)
            .values(state=EventState.DONE, error="")
        )


def _claimed_by(connection: Connection, plan: Plan) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for ids in batches(plan.events, KEYS_AT_ONCE):
        held = and_(events.c.state == EventState.CLAIMED, events.c.fence == plan.fence)
        found += connection.execute(
            select(events.c.id, events.c.attempts).where(events.c.id.in_(ids), events.c.repo == plan.repo, held)
        )
    return found


def _held(now: float) -> ColumnElement[bool]:
    return exists().where(leases.c.repo == events.c.repo, leases.c.fence == events.c.fence, leases.c.expires_at > now)


def _event(row: Row[Any]) -> Event:
    kind, state = EventKind(row.kind), EventState(row.state)
    return Event(
        row.id,
        row.repo,
        row.delivery,
        kind,
        row.target,
        row.source,
        state,
        row.attempts,
        row.created_at,
        row.due_at,
        row.error,
    )
