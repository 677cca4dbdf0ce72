"""Keeping history small: which snapshots stay, and the removal of all that the others needed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from aura_core.embedding import static_embedder
from aura_core.errors import AuraError, SyncInProgress
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.texts import live_texts
from aura_core.indexing.trees import TextsKept, snapshots_of
from aura_core.model.repository import EventKind, EventState, Repository
from aura_core.model.snapshot import SNAPSHOT_ARTIFACTS, SnapshotInfo, SweepResult, is_worktree
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores

DAY = 86_400.0
NOTHING = SweepResult(0, 0, 0)
LOOKED_AT = 1_000
"""Events of a repository among which commits that were asked for are looked for."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection removed, or, dry, would remove. ``retired`` and ``busy`` are shas and repository ids; a busy
    one kept all its snapshots.
    """

    retired: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    busy: tuple[str, ...] = ()
    rows: Mapping[RowKind, SweepResult] = field(default_factory=dict)
    vectors: SweepResult = NOTHING
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Bytes of rows and vectors that were, or would be, removed. What retired snapshots alone needed is not in a
        dry run's number.
        """
        return sum(swept.bytes for swept in (*self.rows.values(), self.vectors))


def collect(stores: Stores, *, dry_run: bool = False, progress: Progress | None = None) -> Collected:
    """Retire snapshots of every repository that ``retired`` names, and delete rows and vectors that nothing names and
    nobody has wanted for the time of grace. Syncs may run meanwhile: a repository's snapshots are retired under its
    lease, for a moment.
    """
    repositories = stores.catalog.repositories.list()
    gone: dict[str, Sequence[str]] = {}
    kept: dict[str, int] = {}
    busy: list[str] = []
    problems: dict[str, str] = {}
    for number, repository in enumerate(repositories):
        (progress or silent)("retire", number, len(repositories))
        try:
            gone[repository.id], kept[repository.id] = _retire(stores, repository, dry_run)
        except SyncInProgress:
            busy.append(repository.id)
        except AuraError as error:
            problems[repository.id] = str(error)
    for repo in set(stores.snapshots.owners()) - {r.id for r in repositories} if not dry_run else ():
        _forget(stores, repo)
    (progress or silent)("sweep", 0, 1)
    since = working_since(stores)
    rows = stores.snapshots.sweep(TextsKept(stores), spare_since=since, dry_run=dry_run)
    vectors = _sweep_vectors(stores, since, dry_run)
    (progress or silent)("sweep", 1, 1)
    return Collected(gone, kept, tuple(busy), rows, vectors, problems)


def retired(stores: Stores, repository: Repository) -> tuple[list[str], list[str]]:
    """(shas to retire, shas to keep). Kept are published ones, those asked for and not done, pinned ones, the newest
    ``keep_snapshots`` and those indexed within ``keep_days``; of working trees only what is published or was indexed
    within the time of grace.
    """
    settings, now = stores.settings, time.time()
    published = {r.sha for r in stores.catalog.publisher.refs(repository.id)}
    open_states = (EventState.DUE, EventState.CLAIMED)
    events = stores.catalog.events.list(repository.id, LOOKED_AT)
    wanted = {e.target for e in events if e.kind is EventKind.SHA and e.state in open_states}
    found = list(snapshots_of(stores, repository.id))
    newest = {info.sha for info in [i for i in found if not is_worktree(i.sha)][: settings.keep_snapshots]}
    pinned = tuple(settings.keep_shas)

    def stays(info: SnapshotInfo) -> bool:
        if info.sha in published or info.sha in wanted:
            return True
        age = now - info.created_at
        if is_worktree(info.sha):
            return age < settings.gc_grace_hours * 3_600
        return info.sha in newest or age < settings.keep_days * DAY or info.sha.startswith(pinned)

    keep = [info.sha for info in found if stays(info)]
    there = set(keep)
    return [info.sha for info in found if info.sha not in there], keep


def working_since(stores: Stores) -> float | None:
    """When the oldest sync that works now began: what it has wanted since stays, so that collections never make it
    start again for ever.
    """
    leases = (stores.catalog.leases.current(r.id) for r in stores.catalog.repositories.list())
    return min((lease.acquired_at for lease in leases if lease is not None), default=None)


def _retire(stores: Stores, repository: Repository, dry_run: bool) -> tuple[Sequence[str], int]:
    repo = repository.id
    if dry_run:
        gone, keep = retired(stores, repository)
        return gone, len(keep)
    with _leased(stores, repo):
        gone, keep = retired(stores, repository)
        orphans = {
            name.partition(":")[2] for name in stores.snapshots.artifacts(repo) if name.startswith(SNAPSHOT_ARTIFACTS)
        } - set(keep)
        stores.snapshots.retire(repo, {*gone, *orphans})
        stores.sources.open(repository).keep_only(keep)
        return gone, len(keep)


def _sweep_vectors(stores: Stores, since: float | None, dry_run: bool) -> SweepResult:
    """Delete vectors of texts that no snapshot has, and all that earlier embedders have left."""
    mine, swept = static_embedder().id, NOTHING
    for embedder in stores.vectors.embedders():
        texts = (lambda: live_texts(stores)) if embedder == mine else frozenset
        found = stores.vectors.sweep(embedder, texts, spare_since=since, dry_run=dry_run)
        swept = SweepResult(swept.rows + found.rows, swept.bytes + found.bytes, swept.waiting + found.waiting)
    return swept


def _forget(stores: Stores, repo: str) -> None:
    """Delete what a removal that was interrupted has left."""
    with suppress(SyncInProgress), _leased(stores, repo):
        if stores.catalog.repositories.get(repo) is None:
            stores.snapshots.forget(repo)


@contextmanager
def _leased(stores: Stores, repo: str) -> Iterator[None]:
    """Hold a repository's lease. Raises ``SyncInProgress``."""
    lease = stores.catalog.leases.acquire(repo, f"gc-{uuid.uuid4().hex}", stores.settings.lease_seconds)
    try:
        yield
    finally:
        stores.catalog.leases.release(lease)
