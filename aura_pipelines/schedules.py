"""What happens by the clock."""

from __future__ import annotations

import dagster as dg

from aura_pipelines.jobs import collect, prune, verify

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=prune,
    cron_schedule="17 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Delete old runs.",
)

proof = dg.ScheduleDefinition(
    name="proof",
    job=verify,
    cron_schedule="47 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Compare a sample of what is indexed with clean rebuilds.",
)

small = dg.ScheduleDefinition(
    name="small",
    job=collect,
    cron_schedule="37 4 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Retire old snapshots and delete what only they needed.",
)
