"""Plans, runs, and the flip that makes a snapshot visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row, select

from aura_core.adapters.catalog import tables
from aura_core.adapters.catalog.events import claim, finish
from aura_core.adapters.catalog.leases import guard
from aura_core.adapters.catalog.registry import require
from aura_core.adapters.database import Clock, Database
from aura_core.adapters.text import storable
from aura_core.model.repository import Plan, Ref, RunRecord


class SqlPublisher:
    """Plans, refs and runs in the tables of those names."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save_plan(self, plan: Plan) -> None:
        """Write the plan of a run and mark its open events claimed, in one transaction, under the plan's fence. Raises
        ``LeaseLost``.
        """
        now = self._clock()
        with self._database.write() as connection:
            guard(connection, plan.repo, plan.fence, now)
            require(connection, plan.repo)
            connection.execute(
                self._database.replacing(tables.plans), asdict(replace(plan, created_at=plan.created_at or now))
            )
            claim(connection, plan)

    def plan(self, run: str) -> Plan | None:
        """The plan of this run."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.plans).where(tables.plans.c.run == run)).one_or_none()
        if row is None:
            return None
        return Plan(
            row.run,
            row.repo,
            row.fence,
            tuple(row.events),
            tuple((name, sha) for name, sha in row.targets),
            row.created_at,
        )

    def publish(self, plan: Plan, refs: Sequence[Ref]) -> None:
        """In one transaction: check fence and expiry, move the refs, mark exactly the plan's events done. Raises
        ``LeaseLost``, changing nothing.
        """
        now = self._clock()
        with self._database.write() as connection:
            guard(connection, plan.repo, plan.fence, now)
            for ref in refs:
                moved = replace(ref, repo=plan.repo, published_at=ref.published_at or now)
                connection.execute(self._database.replacing(tables.refs), asdict(moved))
            finish(connection, plan)

    def refs(self, repo: str) -> Sequence[Ref]:
        """What is published, by name."""
        with self._database.read() as connection:
            found = connection.execute(
                select(tables.refs).where(tables.refs.c.repo == repo).order_by(tables.refs.c.name)
            )
            return [Ref(row.repo, row.name, row.sha, row.digest, row.published_at) for row in found]

    def record(self, run: RunRecord) -> None:
        """Insert or replace a run's record. Raises ``UnknownRepository``."""
        with self._database.write() as connection:
            require(connection, run.repo)
            values = {**asdict(run), "message": storable(run.message), "counts": dict(run.counts)}
            connection.execute(self._database.replacing(tables.runs), values)

    def last_run(self, repo: str) -> RunRecord | None:
        """The run that started last."""
        newest = (
            select(tables.runs)
            .where(tables.runs.c.repo == repo)
            .order_by(tables.runs.c.started_at.desc(), tables.runs.c.run.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(newest).one_or_none()
        return None if row is None else _run(row)


def _run(row: Row[Any]) -> RunRecord:
    return RunRecord(row.run, row.repo, row.state, row.started_at, row.finished_at, row.message, row.counts)
