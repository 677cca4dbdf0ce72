"""What every asset does around its verb: find the plan, keep the lease, tell how far it is, and end the run. No step's
own work lives here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from aura_core import indexing
from aura_core.errors import SyncInProgress
from aura_core.fingerprint import Artifact, version_of
from aura_core.model.repository import Plan
from aura_core.ports.stores import Stores
from aura_core.service.status import INDEXER
from aura_pipelines.run_progress import STEPS, RunProgress

Verb = Callable[[Stores, Plan, indexing.Progress | None], indexing.StepReport]

BUSY_RETRIES = 5
BUSY_SECONDS = 5.0
ARTIFACTS = {
    "parse": (Artifact.FACTS, Artifact.SELECTION),
    "graph": (Artifact.FRAGMENTS,),
    "embed": (Artifact.VECTORS,),
    "snapshot": (Artifact.VIEWS,),
    "cluster": (Artifact.CLUSTERS,),
}
"""What each step makes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step that ended; no report when there was nothing to do."""

    report: indexing.StepReport | None
    counts: dict[str, Any] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        """What the UI shows of the step: its own counts, those of the snapshot, what was skipped and why."""
        if self.report is None:
            return {}
        named = {"sha": self.report.sha, "seconds": round(self.report.seconds, 3), **self.counts, **self.report.counts}
        skipped = dg.MetadataValue.json(dict(self.report.skipped))
        shown = dg.MetadataValue.json(list(self.report.warnings[:20]))
        return {
            **named,
            "skipped": skipped,
            "warnings": len(self.report.warnings),
            **({"first_warnings": shown} if self.report.warnings else {}),
        }


def follow(context: dg.AssetExecutionContext, stores: Stores, verb: Verb) -> Outcome:
    """Do this asset's step of its run's plan, and end the sync when it fails or when this is the run's last step."""
    step, run, repo = context.asset_key.path[-1], _root(context.run), context.partition_key
    seen = RunProgress(stores.settings.home, context.run.run_id)
    stores.catalog.heartbeats.beat(INDEXER)
    plan = _plan(context, stores, run)
    if plan is None:
        context.log.info(f"{repo}: nothing to do, what is wanted is published.")
        seen.end(step, "skipped")
        return Outcome(None)
    seen.begin(step)
    try:
        with indexing.keep_lease(stores, plan):
            report = _whole(context.run, verb)(stores, plan, seen.at)
    except BaseException as error:
        seen.end(step, "failed")
        indexing.finish(stores, plan, f"{step}: {error or type(error).__name__}")
        raise
    if step == last_step(context.run):
        indexing.finish(stores, plan)
    outcome = Outcome(report, _counts(stores, repo, report.sha))
    seen.end(step, "done", report.seconds, report.counts)
    return outcome


def last_step(run: dg.DagsterRun) -> str:
    """The step after which the run has nothing left to do."""
    chosen = _chosen(run)
    return next((step for step in reversed(STEPS) if step in chosen), STEPS[-1])


def _chosen(run: dg.DagsterRun) -> set[str]:
    chosen = set(STEPS)
    if run.asset_selection:
        chosen = {key.path[-1] for key in run.asset_selection}
    if run.step_keys_to_execute:
        chosen &= {key.partition("[")[0] for key in run.step_keys_to_execute}
    return chosen


def _whole(run: dg.DagsterRun, verb: Verb) -> Verb:
    """A verb that makes good what was deleted since this run parsed; one that does not parse says what is missing."""
    return indexing.redoing(verb) if STEPS[0] in _chosen(run) else verb


def versions() -> dict[str, str]:
    """The code version of each step: the versions of what it makes."""
    return {step: "-".join(map(version_of, artifacts)) for step, artifacts in ARTIFACTS.items()}


def release_dead(instance: dg.DagsterInstance, stores: Stores, repo: str) -> None:
    """Free the lease of a run that Dagster knows to have ended without saying so, say because its process was killed."""
    lease = stores.catalog.leases.current(repo)
    found = instance.get_run_by_id(lease.holder) if lease is not None else None
    if lease is not None and found is not None and found.is_finished:
        indexing.abandon(stores, repo, lease.holder, "the run ended without saying so", _root(found))


def _plan(context: dg.AssetExecutionContext, stores: Stores, run: str) -> Plan | None:
    """The lease belongs to this very run, also when it goes on with another's plan: were it the other's, a late step
    of that could publish.
    """
    repo, step = context.partition_key, context.asset_key.path[-1]
    try:
        return indexing.resume(stores, repo, run, step, context.run.run_id)
    except SyncInProgress as busy:
        release_dead(context.instance, stores, repo)
        raise dg.RetryRequested(max_retries=BUSY_RETRIES, seconds_to_wait=BUSY_SECONDS) from busy


def _root(run: dg.DagsterRun) -> str:
    """The run that a re-execution goes on with; its plan is kept under this id."""
    return run.root_run_id or run.run_id


def _counts(stores: Stores, repo: str, sha: str) -> dict[str, Any]:
    found = stores.snapshots.artifact(repo, f"counts:{sha}")
    info = stores.snapshots.info(repo, sha)
    stored = {"bytes": info.stored_bytes, "digest": info.digest} if info is not None else {}
    return {**(found[1] if found is not None else {}), **stored}
