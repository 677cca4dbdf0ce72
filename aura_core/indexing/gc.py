"""Garbage collection: decides which snapshots stay, and deletes all that only the others needed."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from aura_core.embedding import static_embedder
from aura_core.errors import AuraError, SyncInProgress
from aura_core.indexing.snapshot_reader import row_batches, snapshots_of
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.trees import WorktreeTexts
from aura_core.model.repository import EventKind, EventState, Repository
from aura_core.model.snapshot import SNAPSHOT_ARTIFACTS, SnapshotInfo, SweepResult, is_worktree
from aura_core.parsing import unpack_facts
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.workers.pool import without_cyclic_gc

SECONDS_A_DAY = 86_400.0
SECONDS_AN_HOUR = 3_600.0
NOTHING_SWEPT = SweepResult(0, 0, 0)
MAX_EVENTS = 1_000
"""How many of a repository's newest events are searched for commits that were asked for."""


@dataclass(frozen=True, slots=True)
class GcReport:
    """What a garbage collection removed, or, in a dry run, would remove.

    ``retired``: shas by repository; ``remaining``: how many snapshots stay, by repository; ``busy``: repositories that
    are being synced and so kept all their snapshots; ``problems``: error messages by repository.
    """

    retired: Mapping[str, Sequence[str]] = field(default_factory=dict)
    remaining: Mapping[str, int] = field(default_factory=dict)
    busy: tuple[str, ...] = ()
    rows: Mapping[RowKind, SweepResult] = field(default_factory=dict)
    vectors: SweepResult = NOTHING_SWEPT
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Bytes of rows and vectors that were, or would be, removed. A dry run does not count what retired snapshots
        alone needed.
        """
        return sum(swept.bytes for swept in (*self.rows.values(), self.vectors))


class Retention(NamedTuple):
    """The snapshots of one repository: shas to retire and shas to keep, both newest first."""

    retire: list[str]
    keep: list[str]


def collect_garbage(stores: Stores, *, dry_run: bool = False, progress: Progress | None = None) -> GcReport:
    """Retire the snapshots that ``plan_retention`` names, in every repository, and delete the rows and vectors that no
    snapshot names and nobody has asked for within the grace period. Syncs may run meanwhile: a repository's snapshots
    are retired under its lease, for a moment.
    """
    progress = progress or silent
    repositories = stores.catalog.repositories.list()
    retentions: dict[str, Retention] = {}
    busy: list[str] = []
    problems: dict[str, str] = {}
    for number, repository in enumerate(repositories):
        progress("retire", number, len(repositories))
        try:
            retentions[repository.id] = _retire(stores, repository, dry_run)
        except SyncInProgress:
            busy.append(repository.id)
        except AuraError as error:
            problems[repository.id] = str(error)
    if not dry_run:  # a removal that was killed leaves snapshots without a repository
        for repo in set(stores.snapshots.owners()) - {r.id for r in repositories}:
            _finish_removal(stores, repo)
    progress("sweep", 0, 1)
    since = working_since(stores)  # asked before the sweep, so that no sync begins unseen
    rows = stores.snapshots.sweep(WorktreeTexts(stores).keys, spare_since=since, dry_run=dry_run)
    vectors = _sweep_vectors(stores, since, dry_run)
    progress("sweep", 1, 1)
    return GcReport(
        {repo: retention.retire for repo, retention in retentions.items()},
        {repo: len(retention.keep) for repo, retention in retentions.items()},
        tuple(busy),
        rows,
        vectors,
        problems,
    )


def plan_retention(stores: Stores, repository: Repository) -> Retention:
    """Decide which snapshots of a repository stay: published ones, those asked for and not done, pinned ones, the
    newest ``keep_snapshots`` and those indexed within ``keep_days``. Of working trees only what is published or was
    indexed within the grace period.
    """
    settings, now = stores.settings, time.time()
    snapshots = list(snapshots_of(stores, repository.id))
    commits = [info.sha for info in snapshots if not is_worktree(info.sha)]
    needed = {ref.sha for ref in stores.catalog.publisher.refs(repository.id)} | _requests(stores, repository.id)
    newest, pins = set(commits[: settings.keep_snapshots]), tuple(settings.keep_shas)

    def stays(info: SnapshotInfo) -> bool:
        age = now - info.created_at
        if info.sha in needed:
            return True
        if is_worktree(info.sha):
            return age < settings.gc_grace_hours * SECONDS_AN_HOUR
        return info.sha in newest or age < settings.keep_days * SECONDS_A_DAY or info.sha.startswith(pins)

    retention = Retention([], [])
    for info in snapshots:
        (retention.keep if stays(info) else retention.retire).append(info.sha)
    return retention


def working_since(stores: Stores) -> float | None:
    """Return when the oldest sync that works now began. Rows that it has asked for since stay, so that collections
    never make it parse again without end.
    """
    leases = (stores.catalog.leases.current(r.id) for r in stores.catalog.repositories.list())
    return min((lease.acquired_at for lease in leases if lease is not None), default=None)


def live_texts(stores: Stores) -> set[bytes]:
    """Return the keys of all texts of every stored snapshot, as the embedder of this process names them. Facts that
    were deleted meanwhile, with the snapshots that named them, need none.
    """
    model = static_embedder()
    paths: defaultdict[bytes, set[str]] = defaultdict(set)
    for path, key in stores.snapshots.named_facts():
        paths[key].add(path)
    texts: set[bytes] = set()
    with without_cyclic_gc():
        for rows in row_batches(stores, RowKind.FACTS, sorted(paths)):
            for key, row in rows.items():
                facts = unpack_facts(row, words=False, code=False)
                texts.update(*(model.text_keys(path, facts) for path in paths[key]))
    return texts


def _requests(stores: Stores, repo: str) -> set[str]:
    """Return the commits that events ask for which are not done."""
    open_states = (EventState.DUE, EventState.CLAIMED)
    events = stores.catalog.events.list(repo, MAX_EVENTS)
    return {event.target for event in events if event.kind is EventKind.SHA and event.state in open_states}


def _retire(stores: Stores, repository: Repository, dry_run: bool) -> Retention:
    """Delete a repository's snapshots that do not stay, with their artifacts, and those of snapshots that are gone."""
    repo = repository.id
    if dry_run:
        return plan_retention(stores, repository)
    with _lease(stores, repo):
        plan = plan_retention(stores, repository)
        artifacts = [name for name in stores.snapshots.artifacts(repo) if name.startswith(SNAPSHOT_ARTIFACTS)]
        orphans = {sha for _, sha in (name.split(":", 1) for name in artifacts)} - set(plan.keep)
        stores.snapshots.retire(repo, {*plan.retire, *orphans})
        stores.sources.open(repository).keep_only(plan.keep)
        return plan


def _sweep_vectors(stores: Stores, since: float | None, dry_run: bool) -> SweepResult:
    """Delete vectors of texts that no snapshot has, and all vectors of earlier embedders."""
    present, total = static_embedder().id, NOTHING_SWEPT
    for embedder in stores.vectors.embedders():
        # Nobody reads vectors of earlier embedders, so none of their texts is live.
        texts = (lambda: live_texts(stores)) if embedder == present else frozenset
        swept = stores.vectors.sweep(embedder, texts, spare_since=since, dry_run=dry_run)
        total = SweepResult(total.rows + swept.rows, total.bytes + swept.bytes, total.waiting + swept.waiting)
    return total


def _finish_removal(stores: Stores, repo: str) -> None:
    """Delete the snapshots of a repository whose removal was interrupted."""
    with suppress(SyncInProgress), _lease(stores, repo):
        if stores.catalog.repositories.get(repo) is None:
            stores.snapshots.forget(repo)


@contextmanager
def _lease(stores: Stores, repo: str) -> Iterator[None]:
    """Hold a repository's lease. Raises ``SyncInProgress``."""
    lease = stores.catalog.leases.acquire(repo, f"gc-{uuid.uuid4().hex}", stores.settings.lease_seconds)
    try:
        yield
    finally:
        stores.catalog.leases.release(lease)
