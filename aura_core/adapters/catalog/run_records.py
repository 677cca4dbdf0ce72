"""Reads the tables ``runs`` and ``plans``: what a run did, and which run took an event."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from aura_core.adapters.catalog.tables import plans, runs
from aura_core.model.repository import Event, EventReport, RunRecord


def run_record(row: Row[Any]) -> RunRecord:
    """Return the record that a row of ``runs`` holds."""
    return RunRecord(
        run=row.run,
        repo=row.repo,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        message=row.message,
        counts=row.counts,
    )


def report_of(connection: Connection, event: Event, fence: int) -> EventReport:
    """Return an event with the run whose plan claimed it last, under ``fence``."""
    query = select(plans).where(plans.c.repo == event.repo, plans.c.fence == fence)
    for plan in connection.execute(query.order_by(plans.c.created_at.desc())):
        if event.id in plan.events:
            # An event that fails by itself has a plan of its own beside that of its run.
            run = plan.run.removesuffix(f"/{event.id}")
            row = connection.execute(select(runs).where(runs.c.run == run)).one_or_none()
            return EventReport(event, None if row is None else run_record(row), plan.created_at)
    return EventReport(event)
