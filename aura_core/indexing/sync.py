"""A whole sync in this process: the same verbs in the same order, without Dagster."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aura_core.errors import SyncInProgress
from aura_core.indexing.redoing import Verb, redoing
from aura_core.indexing.runs import finish, keep_lease, plan, require
from aura_core.indexing.steps.cluster import cluster
from aura_core.indexing.steps.embed import embed
from aura_core.indexing.steps.graph import graph
from aura_core.indexing.steps.parse import parse
from aura_core.indexing.steps.prefetch import begun
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.steps.snapshot import snapshot
from aura_core.model.repository import EventKind, Plan
from aura_core.model.snapshot import WORKTREE
from aura_core.ports.stores import Stores

Taken = TypeVar("Taken")

STEPS: tuple[Verb, ...] = (parse, graph, embed, snapshot, cluster)
WAIT_SECONDS = 600.0
"""How long a second sync of one repository waits for the first."""


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
    """Index what is published by default, or exactly ``sha``, or the working tree; waits while another sync of the
    repository runs.
    """
    started = time.monotonic()
    run = f"local-{uuid.uuid4().hex}"
    if sha:
        stores.catalog.events.push(repo, run, EventKind.SHA, sha, "command")
    made = _patiently(lambda: plan(stores, repo, run), progress or silent)
    steps = _run(stores, made, progress or silent) if made is not None else ()
    if worktree:
        steps += _worktree(stores, repo, f"{run}-worktree", progress or silent)
    wanted = sha or (WORKTREE if worktree else "")
    shown, digest = _shown(stores, repo, wanted)
    return IndexReport(repo, shown, digest, steps, time.monotonic() - started)


def edits(stores: Stores, repo: str, progress: Progress | None = None) -> tuple[StepReport, ...]:
    """Index the working tree alone; nothing to do while it is clean or has not changed since."""
    return _worktree(stores, repo, f"edits-{uuid.uuid4().hex}", progress or silent)


def _patiently(take: Callable[[], Taken], progress: Progress) -> Taken:
    """What ``take`` gives once no other sync of the repository holds the lease. Raises ``SyncInProgress`` after
    ``WAIT_SECONDS``.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return take()
        except SyncInProgress:
            if time.monotonic() > until:
                raise
            progress("wait", 0, 0)
            time.sleep(0.25)


def _run(stores: Stores, made: Plan, progress: Progress, *, saved: bool = True) -> tuple[StepReport, ...]:
    """Every step of a plan whose lease is held. Ends the run and frees the lease however it goes, ``saved`` or not."""
    try:
        if not saved:
            stores.catalog.publisher.save_plan(made)
        with keep_lease(stores, made):
            parsed = redoing(STEPS[0])(stores, made, progress)
            with begun(stores, made):
                reports = (parsed, *(redoing(step)(stores, made, progress) for step in STEPS[1:]))
    except BaseException as error:
        finish(stores, made, str(error) or type(error).__name__)
        raise
    finish(stores, made)
    return reports


def _worktree(stores: Stores, repo: str, run: str, progress: Progress) -> tuple[StepReport, ...]:
    """Index uncommitted edits under the ref WORKTREE; nothing to do while the checkout is clean or has not changed
    since.
    """
    repository = require(stores, repo)
    tree = stores.sources.open(repository).worktree()
    if tree is None or any(r.name == WORKTREE and r.sha == tree.snapshot for r in stores.catalog.publisher.refs(repo)):
        return ()
    lease = _patiently(lambda: stores.catalog.leases.acquire(repo, run, stores.settings.lease_seconds), progress)
    made = Plan(run, repo, lease.fence, (), ((WORKTREE, tree.snapshot),), time.time())
    return _run(stores, made, progress, saved=False)


def _shown(stores: Stores, repo: str, wanted: str) -> tuple[str, str]:
    refs = {r.name: r for r in stores.catalog.publisher.refs(repo)}
    if wanted in refs:
        return refs[wanted].sha, refs[wanted].digest
    if wanted and wanted != WORKTREE:
        sha = stores.sources.open(require(stores, repo)).resolve(wanted)
        info = stores.snapshots.info(repo, sha)
        return sha, info.digest if info is not None else ""
    newest = max(
        (r for r in refs.values() if r.name != WORKTREE or len(refs) == 1), key=lambda r: r.published_at, default=None
    )
    return (newest.sha, newest.digest) if newest is not None else ("", "")
