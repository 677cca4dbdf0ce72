"""What happens by the clock."""

from __future__ import annotations

from functools import partial

import dagster as dg

from aura_pipelines.jobs import collect, prune, verify

_running = partial(dg.ScheduleDefinition, default_status=dg.DefaultScheduleStatus.RUNNING)
"""A schedule that runs unless somebody stops it. Times are UTC."""

nightly = _running(name="nightly", job=prune, cron_schedule="17 3 * * *", description="Delete old runs.")
proof = _running(
    name="proof",
    job=verify,
    cron_schedule="47 3 * * *",
    description="Compare a sample of what is indexed with clean rebuilds.",
)
small = _running(
    name="small",
    job=collect,
    cron_schedule="37 4 * * *",
    description="Retire old snapshots and delete what only they needed.",
)
