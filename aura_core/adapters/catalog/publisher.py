"""Plans, refs and runs in the tables of those names, and the transaction that makes a snapshot visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import select

from aura_core.adapters.catalog import tables
from aura_core.adapters.catalog.events import claim, finish
from aura_core.adapters.catalog.leases import guard
from aura_core.adapters.catalog.registry import require
from aura_core.adapters.catalog.run_records import run_record
from aura_core.adapters.database import Clock, Database
from aura_core.adapters.text import storable
from aura_core.model.repository import Plan, Ref, RunRecord


class SqlPublisher:
    """The adapter of ``Publisher``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save_plan(self, plan: Plan) -> None:
        """Store the plan of a run and mark its open events as claimed, in one transaction, under the plan's fence."""
        now = self._clock()
        values = asdict(replace(plan, created_at=plan.created_at or now))
        with self._database.write() as connection:
            guard(connection, plan.repo, plan.fence, now)
            require(connection, plan.repo)
            connection.execute(self._database.insert_or_replace(tables.plans), values)
            claim(connection, plan)

    def plan(self, run: str) -> Plan | None:
        """Return the plan of a run; None when there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.plans).where(tables.plans.c.run == run)).one_or_none()
        if row is None:
            return None
        return Plan(
            run=row.run,
            repo=row.repo,
            fence=row.fence,
            events=tuple(row.events),
            targets=tuple((name, sha) for name, sha in row.targets),
            created_at=row.created_at,
        )

    def publish(self, plan: Plan, refs: Sequence[Ref]) -> None:
        """Check fence and expiry, move the refs, and mark exactly the plan's events as done, in one transaction."""
        now = self._clock()
        with self._database.write() as connection:
            guard(connection, plan.repo, plan.fence, now)
            for ref in refs:
                values = asdict(replace(ref, repo=plan.repo, published_at=ref.published_at or now, fence=plan.fence))
                connection.execute(self._database.insert_or_replace(tables.refs), values)
            finish(connection, plan)

    def refs(self, repo: str) -> Sequence[Ref]:
        """Return the published refs of a repository, sorted by name."""
        query = select(tables.refs).where(tables.refs.c.repo == repo).order_by(tables.refs.c.name)
        with self._database.read() as connection:
            rows = connection.execute(query)
            return [Ref(row.repo, row.name, row.sha, row.digest, row.published_at, row.fence) for row in rows]

    def record(self, run: RunRecord) -> None:
        """Insert or replace the record of a run."""
        values = {**asdict(run), "message": storable(run.message), "counts": dict(run.counts)}
        with self._database.write() as connection:
            require(connection, run.repo)
            connection.execute(self._database.insert_or_replace(tables.runs), values)

    def last_run(self, repo: str) -> RunRecord | None:
        """Return the record of the run that started last; None when there was none."""
        runs = tables.runs
        order = (runs.c.started_at.desc(), runs.c.run.desc())
        with self._database.read() as connection:
            row = connection.execute(select(runs).where(runs.c.repo == repo).order_by(*order).limit(1)).one_or_none()
        return None if row is None else run_record(row)
