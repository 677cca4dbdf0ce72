"""The schedules: what runs every night."""

from __future__ import annotations

from functools import partial

import dagster as dg

from aura_pipelines.jobs import gc, prune, verify

_schedule = partial(dg.ScheduleDefinition, default_status=dg.DefaultScheduleStatus.RUNNING)
"""A schedule that runs unless somebody stops it. Times are UTC."""

delete_old_runs_nightly = _schedule(
    name="delete_old_runs_nightly",
    job=prune,
    cron_schedule="17 3 * * *",
    description="Delete the records and logs of old runs.",
)
verify_nightly = _schedule(
    name="verify_nightly",
    job=verify,
    cron_schedule="47 3 * * *",
    description="Compare a sample of what is indexed with clean rebuilds.",
)
gc_nightly = _schedule(
    name="gc_nightly",
    job=gc,
    cron_schedule="37 4 * * *",
    description="Delete old snapshots and the rows that only they needed.",
)
