"""The schedules: what runs every night."""

# Dagster reads the annotations of parameters, so they may not be postponed here.

from collections.abc import Iterator, Mapping
from functools import partial

import dagster as dg

from aura_core.ports.stores import Stores
from aura_pipelines.dagster_client import PARTITION_TAG, WHY_TAG
from aura_pipelines.jobs import delete_old_runs, delete_old_snapshots, verify_snapshots

NIGHTLY: Mapping[str, str] = {WHY_TAG: "every night"}
"""Tags of the runs that schedules request."""

_schedule = partial(dg.ScheduleDefinition, default_status=dg.DefaultScheduleStatus.RUNNING)
"""A schedule that runs unless somebody stops it. Times are UTC."""

delete_old_runs_nightly = _schedule(
    name="delete_old_runs_nightly",
    job=delete_old_runs,
    cron_schedule="17 3 * * *",
    description="Deletes the records and logs of old runs.",
    tags=NIGHTLY,
)
delete_old_snapshots_nightly = _schedule(
    name="delete_old_snapshots_nightly",
    job=delete_old_snapshots,
    cron_schedule="37 4 * * *",
    description="Deletes old snapshots and the rows that only they needed.",
    tags=NIGHTLY,
)


@dg.schedule(
    name="verify_snapshots_nightly",
    job=verify_snapshots,
    cron_schedule="47 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Compares a sample of what is indexed of each repository with clean rebuilds: one run each.",
)
def verify_snapshots_nightly(
    context: dg.ScheduleEvaluationContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request one run for each repository. The partition is a tag, because Dagster does not see that a job of checks
    alone has partitions.
    """
    repos = [repository.id for repository in stores.catalog.repositories.list()]
    night = f"{context.scheduled_execution_time:%Y-%m-%d}"
    for repo in repos:
        yield dg.RunRequest(run_key=f"{repo}#{night}", tags={**NIGHTLY, PARTITION_TAG: repo})
    if not repos:
        yield dg.SkipReason("No repository is registered.")
