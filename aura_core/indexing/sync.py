"""A whole sync in this process: the steps that Dagster runs too, in the same order, without Dagster."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aura_core.errors import RowsGone, SourceGone, SyncInProgress
from aura_core.indexing.runs import finish, keep_lease, plan_run, require_repository
from aura_core.indexing.steps.cluster import cluster
from aura_core.indexing.steps.context import Step, StepContext
from aura_core.indexing.steps.embed import embed
from aura_core.indexing.steps.graph import graph
from aura_core.indexing.steps.parse import parse
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.steps.snapshot import snapshot
from aura_core.indexing.trees import store_worktree
from aura_core.model.repository import EventKind, Plan
from aura_core.model.snapshot import WORKTREE, Tree
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores

Result = TypeVar("Result")

STEPS: tuple[Step, ...] = (parse, graph, embed, snapshot, cluster)

MAX_REPEATS = 3
"""How often a step is repeated when rows that it needs were deleted. A collection spares what a sync that works has
asked for, so a second time is rare.
"""

WAIT_SECONDS = 600.0
"""How long a second sync of one repository waits for the first."""

RETRY_SECONDS = 0.25
"""Pause between two attempts to get the lease."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """A sync that ended: the snapshot that readers get now, and each step's report (none when nothing was to do)."""

    repo: str
    sha: str
    digest: str
    steps: tuple[StepReport, ...]
    seconds: float


def index(
    stores: Stores, repo: str, *, sha: str = "", worktree: bool = False, progress: Progress | None = None
) -> IndexReport:
    """Index what is published by default, or exactly ``sha``, or the working tree too; wait while another sync of the
    repository runs.
    """
    start, progress = time.monotonic(), progress or silent
    run = f"local-{uuid.uuid4().hex}"
    source = stores.sources.open(require_repository(stores, repo))
    if sha:
        stores.catalog.events.push(repo, run, EventKind.SHA, sha, "command")
    plan = _wait_for_lease(lambda: plan_run(stores, repo, run, source=source), progress)
    reports = _run_steps(stores, plan, source, progress) if plan is not None else ()
    if worktree:
        reports += _index_worktree(stores, repo, f"{run}-worktree", source, progress)
    shown_sha, digest = _snapshot_for(stores, repo, source, sha or (WORKTREE if worktree else ""))
    return IndexReport(repo, shown_sha, digest, reports, time.monotonic() - start)


def index_worktree(stores: Stores, repo: str, progress: Progress | None = None) -> tuple[StepReport, ...]:
    """Index the working tree alone; no reports while it is clean or has not changed since the last time."""
    source = stores.sources.open(require_repository(stores, repo))
    return _index_worktree(stores, repo, f"edits-{uuid.uuid4().hex}", source, progress or silent)


def run_step(step: Step, context: StepContext) -> StepReport:
    """Run one step of a sync. When rows that it needs were deleted since they were parsed, parse again and repeat it,
    at most ``MAX_REPEATS`` times. Raises ``RowsGone`` after that.
    """
    for _ in range(MAX_REPEATS):
        try:
            return step(context)
        except RowsGone:
            parse(context)  # stores the facts again, and renews the last use of all others
    return step(context)


def _run_steps(
    stores: Stores, plan: Plan, source: Source, progress: Progress, *, is_saved: bool = True
) -> tuple[StepReport, ...]:
    """Run every step of a plan whose lease is held. Ends the run and frees the lease, also when a step fails or the
    plan, if not ``is_saved``, cannot be saved.
    """
    try:
        if not is_saved:
            stores.catalog.publisher.save_plan(plan)
        context = StepContext.open(stores, plan, progress, source)
        with keep_lease(stores, plan):
            reports = tuple(run_step(step, context) for step in STEPS)
    except BaseException as error:
        finish(stores, plan, str(error) or type(error).__name__)
        raise
    finish(stores, plan)
    return reports


def _index_worktree(stores: Stores, repo: str, run: str, source: Source, progress: Progress) -> tuple[StepReport, ...]:
    """Index uncommitted edits under the ref WORKTREE; no reports while the checkout is clean or has not changed since
    the last time.
    """
    if not _new_edits(stores, repo, source):
        return ()
    lease = _wait_for_lease(lambda: stores.catalog.leases.acquire(repo, run, stores.settings.lease_seconds), progress)
    try:
        # Read under the lease: whoever asked before it was taken gets edits that are not older than the question.
        name = _store_edits(stores, repo, source)
    except BaseException:
        stores.catalog.leases.release(lease)
        raise
    if not name:
        stores.catalog.leases.release(lease)
        return ()
    plan = Plan(run, repo, lease.fence, (), ((WORKTREE, name),), time.time())
    return _run_steps(stores, plan, source, progress, is_saved=False)


def _new_edits(stores: Stores, repo: str, source: Source) -> Tree | None:
    """Return the working tree; None while the checkout is clean or has not changed since the last time."""
    tree = source.worktree()
    refs = stores.catalog.publisher.refs(repo)
    return None if tree is None or any(r.name == WORKTREE and r.sha == tree.snapshot for r in refs) else tree


def _store_edits(stores: Stores, repo: str, source: Source) -> str:
    """Store the working tree, each file as it was when it was read, and return the name of its snapshot; "" when there
    is nothing new. The checkout may change from then on. Raises ``SourceGone`` when files with more text than is held
    in memory change all the time.
    """
    for attempt in range(MAX_REPEATS + 1):
        try:
            tree = _new_edits(stores, repo, source)
            if tree is not None:
                store_worktree(stores, source, repo, tree)
        except SourceGone:
            if attempt == MAX_REPEATS:
                raise
        else:
            return tree.snapshot if tree is not None else ""
    return ""


def _wait_for_lease(acquire: Callable[[], Result], progress: Progress) -> Result:
    """Return the result of ``acquire`` once no other sync of the repository holds the lease. Raises ``SyncInProgress``
    after ``WAIT_SECONDS``.
    """
    start = time.monotonic()
    while True:
        try:
            return acquire()
        except SyncInProgress as busy:
            seconds = time.monotonic() - start
            if seconds > WAIT_SECONDS:
                raise
            progress(f"waiting for {busy.details['worker']}, seconds", int(seconds), int(WAIT_SECONDS))
            time.sleep(RETRY_SECONDS)


def _snapshot_for(stores: Stores, repo: str, source: Source, target: str) -> tuple[str, str]:
    """Return (sha, digest) of the snapshot that a report names: of the ref or revision ``target``, else of the ref
    published last, where the working tree counts only if nothing else is published. Empty strings when there is none.
    """
    refs = {r.name: r for r in stores.catalog.publisher.refs(repo)}
    if target in refs:
        return refs[target].sha, refs[target].digest
    if target and target != WORKTREE:
        sha = source.resolve(target)
        info = stores.snapshots.info(repo, sha)
        return sha, info.digest if info is not None else ""
    # A working tree is what readers get only where nothing else is published.
    candidates = (r for r in refs.values() if r.name != WORKTREE or len(refs) == 1)
    newest = max(candidates, key=lambda r: r.published_at, default=None)
    return (newest.sha, newest.digest) if newest is not None else ("", "")
