"""Runs the step of an asset: finds the plan, keeps the lease, reports progress, and ends the run. No step's own work
lives here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, cast

import dagster as dg
from pydantic import Field

from aura_core import indexing
from aura_core.errors import SyncInProgress
from aura_core.fingerprint import Artifact, version_of
from aura_core.indexing import Step, StepContext, StepReport
from aura_core.model.repository import Plan, Ref
from aura_core.ports.stores import Stores
from aura_core.service.status import INDEXER
from aura_pipelines.metadata import code, table
from aura_pipelines.run_progress import STEPS, RunProgress

BUSY_RETRIES = 5
BUSY_SECONDS = 5.0
"""How often, and after how long, a step is tried again while another run holds the lease."""

ARTIFACTS = {
    "parse": (Artifact.FACTS, Artifact.SELECTION),
    "graph": (Artifact.FRAGMENTS,),
    "embed": (Artifact.VECTORS,),
    "snapshot": (Artifact.VIEWS,),
    "cluster": (Artifact.CLUSTERS,),
}
"""What each step makes; the versions of these artifacts are the code version of its asset."""

MAX_WARNINGS = 20
"""Warnings of a step that the UI shows."""


class StepConfig(dg.Config):
    """What a person may choose of a run in the UI."""

    force: bool = Field(
        default=False,
        description="Run the steps again and materialise them, although what readers get is up to date. Set on one "
        "step, it holds for all steps of the run.",
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step that ended; no report when there was nothing to do. ``counts`` are those of the snapshot."""

    repo: str
    report: StepReport | None
    counts: Mapping[str, Any] = field(default_factory=dict)
    published: tuple[Ref, ...] = ()

    @property
    def words(self) -> str:
        """Why there was nothing to do, in Markdown."""
        refs = ", ".join(f"{code(ref.name)} at {ref.sha[:12]}" for ref in self.published)
        if not refs:
            return f"{self.repo} has no commit to index yet."
        return f"{self.repo} is up to date: readers get {refs}. There was nothing to do."

    def metadata(self) -> dict[str, Any]:
        """Return what the UI shows of the step: its own counts, those of the snapshot, what was skipped and why."""
        if self.report is None:
            return {
                "repository": self.repo,
                "published": table(("ref", "commit"), [(ref.name, ref.sha) for ref in self.published]),
            }
        warnings, skipped = self.report.warnings, self.report.skipped
        metadata = {
            "repository": self.repo,
            "commit": self.report.sha,
            "seconds": round(self.report.seconds, 3),
            **self.counts,
            **self.report.counts,
            "skipped_files": sum(skipped.values()),
            "warnings": len(warnings),
        }
        if skipped:
            metadata["skipped"] = table(("reason", "files"), sorted(skipped.items()))
        if warnings:
            metadata["first_warnings"] = table(("warning",), [(warning,) for warning in warnings[:MAX_WARNINGS]])
        return metadata


def run_step(context: dg.AssetExecutionContext, stores: Stores, step: Step, config: StepConfig) -> Outcome:
    """Run this asset's step of its run's plan, and end the sync when the step fails or is the run's last."""
    name, run, repo = _step_name(context), _root_run(context.run), context.partition_key
    progress = RunProgress(stores.settings.home, context.run.run_id)
    stores.catalog.heartbeats.beat(INDEXER)  # `aura status` warns when no indexer has been heard for a while
    plan = _plan(context, stores, run, force=config.force or is_forced(context.run))
    if plan is None:
        progress.end(name, "skipped")
        outcome = Outcome(repo, None, published=tuple(stores.catalog.publisher.refs(repo)))
        context.log.info(outcome.words)
        return outcome
    progress.begin(name)
    try:
        with indexing.keep_lease(stores, plan):
            report = _run(context.run, step, StepContext.open(stores, plan, progress.update))
    except BaseException as error:
        progress.end(name, "failed")
        indexing.finish(stores, plan, f"{name}: {error or type(error).__name__}")
        raise
    if name == last_step(context.run):  # else the run's next step goes on with the lease
        indexing.finish(stores, plan)
    outcome = Outcome(repo, report, _snapshot_counts(stores, repo, report.sha))
    progress.end(name, "done", report.seconds, report.counts)
    return outcome


def last_step(run: dg.DagsterRun) -> str:
    """Return the step after which the run has nothing left to do."""
    steps = _chosen_steps(run)
    return next((step for step in reversed(STEPS) if step in steps), STEPS[-1])


def chosen_from(context: dg.AssetExecutionContext) -> list[str]:
    """Return this asset's step and the steps of the run that follow it without a gap."""
    following_steps = STEPS[STEPS.index(_step_name(context)) :]
    return list(takewhile(_chosen_steps(context.run).__contains__, following_steps))


def is_forced(run: dg.DagsterRun) -> bool:
    """Return whether a run's configuration forces any of its steps."""
    steps = cast(Mapping[str, Any], run.run_config.get("ops") or {})
    return any((step or {}).get("config", {}).get("force", False) for step in steps.values())


def code_versions() -> dict[str, str]:
    """Return the code version of each step: the versions of what it makes."""
    return {step: "-".join(map(version_of, artifacts)) for step, artifacts in ARTIFACTS.items()}


def release_dead(instance: dg.DagsterInstance, stores: Stores, repo: str) -> None:
    """Free the lease of a run that Dagster knows to have ended without freeing it, for example because its process was
    killed.
    """
    lease = stores.catalog.leases.unreleased(repo)
    run = instance.get_run_by_id(lease.holder) if lease is not None else None
    if lease is not None and run is not None and run.is_finished:
        indexing.abandon(stores, repo, lease.holder, "the run ended without saying so", _root_run(run))


def _run(run: dg.DagsterRun, step: Step, context: StepContext) -> StepReport:
    """Run a step. A run that parses repeats it when rows were deleted meanwhile; another says what is missing."""
    return indexing.run_step(step, context) if STEPS[0] in _chosen_steps(run) else step(context)


def _plan(context: dg.AssetExecutionContext, stores: Stores, run: str, *, force: bool) -> Plan | None:
    """Return the plan to follow. The lease belongs to this very run, also when it goes on with the plan of another:
    with a lease of that other run, a late step of it could publish.
    """
    repo = context.partition_key
    try:
        return indexing.resume(stores, repo, run, _step_name(context), context.run.run_id, force=force)
    except SyncInProgress as busy:
        release_dead(context.instance, stores, repo)
        raise dg.RetryRequested(max_retries=BUSY_RETRIES, seconds_to_wait=BUSY_SECONDS) from busy


def _step_name(context: dg.AssetExecutionContext) -> str:
    name: str = context.asset_key.path[-1]
    return name


def _chosen_steps(run: dg.DagsterRun) -> set[str]:
    steps = set(STEPS)
    if run.asset_selection:
        steps = {key.path[-1] for key in run.asset_selection}
    if run.step_keys_to_execute:
        steps &= {key.partition("[")[0] for key in run.step_keys_to_execute}
    return steps


def _root_run(run: dg.DagsterRun) -> str:
    """Return the run that a re-execution goes on with; its plan is stored under this id."""
    return run.root_run_id or run.run_id


def _snapshot_counts(stores: Stores, repo: str, sha: str) -> dict[str, Any]:
    info = stores.snapshots.info(repo, sha)
    stored = {"bytes": info.stored_bytes, "digest": info.digest} if info is not None else {}
    match stores.snapshots.artifact(repo, f"counts:{sha}"):
        case (_, counts):
            return {**counts, **stored}
        case _:
            return stored
