"""What can be run: the sync of one repository, and the removal of old runs. In-process executors: parallelism belongs
inside a step.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus as Status

from aura_core import indexing
from aura_core.ports.stores import Stores
from aura_pipelines.assets import ASSETS
from aura_pipelines.checks import equals_clean_rebuild
from aura_pipelines.dagster_client import JOB

KEEP_DAYS = 30
AT_ONCE = 200
FINISHED = [Status.SUCCESS, Status.FAILURE, Status.CANCELED]

sync = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(*ASSETS) - dg.AssetSelection.checks(equals_clean_rebuild),
    executor_def=dg.in_process_executor,
    description="Bring one repository up to date: parse, graph, embed, snapshot, cluster.",
)

verify = dg.define_asset_job(
    "verify",
    selection=dg.AssetSelection.checks(equals_clean_rebuild),
    executor_def=dg.in_process_executor,
    description="Compare some indexed commits of every repository with clean rebuilds.",
)


class PruneConfig(dg.Config):
    """How long finished runs are kept."""

    keep_days: int = KEEP_DAYS


@dg.op(description="Delete finished runs that are older than `keep_days`, with their logs.")
def delete_old_runs(context: dg.OpExecutionContext, config: PruneConfig) -> None:
    """Runs are history for people; nothing in Aura reads an old one."""
    before = datetime.now(UTC) - timedelta(days=config.keep_days)
    started, count = time.monotonic(), 0
    while records := context.instance.get_run_records(
        dg.RunsFilter(statuses=FINISHED, created_before=before), limit=AT_ONCE
    ):
        for record in records:
            delete_run(context.instance, record.dagster_run.run_id)
        count += len(records)
    context.log.info(f"Deleted {count} runs in {time.monotonic() - started:.1f} s.")


def delete_run(instance: dg.DagsterInstance, run: str) -> None:
    """Delete a run, its output, and the file in which SQLite keeps its events, which Dagster leaves behind."""
    instance.delete_run(run)
    manager = instance.compute_log_manager
    manager.delete_logs(prefix=[run])
    base = getattr(instance.event_log_storage, "_base_dir", None)
    if base is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(base, f"{run}.db{suffix}").unlink(missing_ok=True)


@dg.job(executor_def=dg.in_process_executor, description="Delete old runs.")
def prune() -> None:
    """Housekeeping, once a night."""
    delete_old_runs()


@dg.op(description="Retire snapshots that the settings do not keep, and delete the rows that only they needed.")
def keep_history_small(context: dg.OpExecutionContext, stores: dg.ResourceParam[Stores]) -> None:
    """Syncs may run meanwhile; a repository that is busy is looked at the next night."""
    done = indexing.collect(stores)
    gone = sum(len(shas) for shas in done.retired.values())
    context.log.info(
        f"Retired {gone} snapshots, freed {done.bytes / 1e6:.1f} MB; busy: {', '.join(done.busy) or 'none'}."
    )
    for repo, problem in done.problems.items():
        context.log.warning(f"{repo}: {problem}")


@dg.job(executor_def=dg.in_process_executor, description="Keep history small.")
def collect() -> None:
    """What `aura gc` does, once a night."""
    keep_history_small()
