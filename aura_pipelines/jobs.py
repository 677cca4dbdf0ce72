"""The jobs: the sync of one repository, verification, garbage collection, and the removal of old runs. Executors are
in-process: parallelism belongs inside a step.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus as Status

from aura_core import indexing
from aura_core.model.words import plural
from aura_core.ports.stores import Stores
from aura_pipelines.assets import ASSETS
from aura_pipelines.checks import verify_check
from aura_pipelines.dagster_client import JOB, VERIFY_JOB

KEEP_DAYS = 30
RUNS_IN_A_BATCH = 200
FINISHED = [Status.SUCCESS, Status.FAILURE, Status.CANCELED]

index_repository = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(*ASSETS) - dg.AssetSelection.checks(verify_check),
    executor_def=dg.in_process_executor,
    description="Brings one repository up to date: parse, graph, embed, snapshot, cluster. `force` in the "
    "configuration of a step runs all chosen steps although nothing has changed.",
)

verify_snapshots = dg.define_asset_job(
    VERIFY_JOB,
    selection=dg.AssetSelection.checks(verify_check),
    executor_def=dg.in_process_executor,
    description="Compares a sample of a repository's indexed commits with clean rebuilds, as `aura verify` does. "
    "By hand: execute the check `verify` of the asset `snapshot`.",
)


class PruneConfig(dg.Config):
    """How long finished runs are kept."""

    keep_days: int = KEEP_DAYS


@dg.op(description="Deletes finished runs that are older than `keep_days` days, with their logs.")
def delete_runs(context: dg.OpExecutionContext, config: PruneConfig) -> None:
    """Delete finished runs, a batch at a time. They are history for people; nothing in Aura reads them."""
    before = datetime.now(UTC) - timedelta(days=config.keep_days)
    start, count = time.monotonic(), 0
    while records := context.instance.get_run_records(
        dg.RunsFilter(statuses=FINISHED, created_before=before), limit=RUNS_IN_A_BATCH
    ):
        for record in records:
            delete_run(context.instance, record.dagster_run.run_id)
        count += len(records)
    context.log.info(f"Deleted {plural(count, 'run')} in {time.monotonic() - start:.1f} s.")


def delete_run(instance: dg.DagsterInstance, run: str) -> None:
    """Delete a run, its output, and the file with its events, which Dagster leaves behind when it uses SQLite."""
    instance.delete_run(run)
    instance.compute_log_manager.delete_logs(prefix=[run])
    path_for_shard = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_for_shard is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path_for_shard(run)}{suffix}").unlink(missing_ok=True)


@dg.job(
    executor_def=dg.in_process_executor,
    description=f"Deletes Dagster's records and logs of runs that ended more than {KEEP_DAYS} days ago.",
)
def delete_old_runs() -> None:
    """Delete old runs; a schedule does so once a night."""
    delete_runs()


@dg.op(description="Deletes snapshots that the settings do not keep, and the rows that only they needed.")
def collect_garbage(context: dg.OpExecutionContext, stores: dg.ResourceParam[Stores]) -> None:
    """Collect garbage and log what it freed. Syncs may run meanwhile; a busy repository waits until the next night."""
    report = indexing.collect_garbage(stores)
    count = sum(len(shas) for shas in report.retired.values())
    freed = f"freed {report.bytes / 1e6:.1f} MB; busy: {', '.join(report.busy) or 'none'}."
    context.log.info(f"Retired {plural(count, 'snapshot')}, {freed}")
    for repo, problem in report.problems.items():
        context.log.warning(f"{repo}: {problem}")


@dg.job(
    executor_def=dg.in_process_executor,
    description="Deletes snapshots that the settings do not keep, and what only they needed: what `aura gc` does.",
)
def delete_old_snapshots() -> None:
    """Collect garbage; a schedule does so once a night."""
    collect_garbage()
