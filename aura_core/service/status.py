"""The status of a repository: how far its index is behind, and what keeps it there."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from aura_core import indexing
from aura_core.errors import SnapshotNotReady, SourceGone, UnknownRevision
from aura_core.model.repository import Lag, Repository, RunRecord
from aura_core.model.snapshot import is_worktree
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.service.lag import lag_behind, tracked_head
from aura_core.service.locate import Location, OpenRepository, commit_of, default_ref, locate
from aura_core.settings import Settings

INDEXER = "pipelines"
"""Name of the pipelines' heartbeat."""

INDEXER_SILENT_SECONDS = 60.0
"""An indexer whose last heartbeat is older than this does not run."""

RECENT_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Status:
    """State of one repository. ``wanted`` is the head of the tracked branch (None when it cannot be read, see
    ``problem``) or the commit that was asked about, ``indexed`` what readers get for it, ``lag`` how far that is
    behind. ``events`` counts requests by their stage.
    ``sync`` names the ``holder`` of a sync that works now, ``since`` and ``expires_at``; ``stored`` is bytes of
    content by table, ``disk`` bytes of files by what they hold, both of all repositories together;
    ``snapshots`` the ``count`` of this repository's, the ``bytes`` of their manifests, and the ``median`` of one.
    """

    repo: Repository
    wanted: str | None
    indexed: str | None
    ref: str | None
    digest: str | None
    current: bool
    lag: Lag
    last_run: RunRecord | None
    events: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    indexer_age_seconds: float | None = None
    problem: str = ""
    sync: Mapping[str, Any] = field(default_factory=dict)
    stored: Mapping[str, int] = field(default_factory=dict)
    disk: Mapping[str, int] = field(default_factory=dict)
    snapshots: Mapping[str, int] = field(default_factory=dict)


def status_of(repository: OpenRepository, revision: str = "") -> Status:
    """Return the state of a repository at its tracked head, or at the commit that ``revision`` names: its source, what
    is published, the queue and the last run.

    Raises ``UnknownRevision`` and ``AmbiguousRevision``; a commit that is not indexed is no error here.
    """
    stores = repository.stores
    head = tracked_head(repository)
    target, location = _at_revision(repository, revision) if revision else (head.sha, _published(repository))
    indexed = location.sha if location is not None else None
    # Small results are stored beside the snapshot when it is published; an old one may have none.
    manifest = stores.snapshots.manifest(repository.id, indexed) if indexed else None
    counts = stores.snapshots.artifact(repository.id, f"counts:{indexed}") if indexed else None
    return Status(
        repo=repository.record,
        wanted=target,
        indexed=indexed,
        ref=location.ref or None if location is not None else None,
        digest=location.digest if location is not None else None,
        current=target is not None and target == indexed,
        lag=lag_behind(head._replace(sha=target), indexed),
        last_run=stores.catalog.publisher.last_run(repository.id),
        events=Counter(event.stage.value for event in stores.catalog.events.list(repository.id, RECENT_EVENTS)),
        counts=counts[1] if counts is not None else {},
        skipped=manifest.skipped if manifest is not None else {},
        warnings=manifest.warnings if manifest is not None else (),
        indexer_age_seconds=stores.catalog.heartbeats.age(INDEXER),
        problem=head.problem or _fetch_problem(head.source),
        sync=_running_sync(stores, repository.id),
        stored=stores.snapshots.sizes(),
        disk=disk_usage(stores.settings),
        snapshots=_snapshot_sizes(stores, repository.id),
    )


def disk_usage(settings: Settings) -> dict[str, int]:
    """Return the bytes of a home's files and its cache, by what they hold, with database indexes and free pages. What
    a server keeps elsewhere is left out.
    """
    home, cache = settings.home, settings.cache_folder
    files: dict[str, Iterable[Path]] = {
        "store": [home / "store.db", home / "store.db-wal"],
        "catalog": [home / "catalog.db", home / "catalog.db-wal"],
        "vectors": home.glob("vectors-*"),
        "views": cache.rglob("*"),
        "mirrors": (home / "mirrors").rglob("*"),
    }
    sizes = {name: sum(map(_file_size, paths)) for name, paths in files.items()}
    # What holds nothing is left out: a home without mirrors has no row for them.
    return {name: size for name, size in sizes.items() if size}


def _published(repository: OpenRepository) -> Location | None:
    ref = default_ref(repository.stores.catalog.publisher.refs(repository.id))
    return Location(ref.sha, ref.digest, ref.name) if ref is not None else None


def _at_revision(repository: OpenRepository, revision: str) -> tuple[str | None, Location | None]:
    """Return the commit that a revision means now, and the snapshot that readers get for it, if any."""
    try:
        location = locate(repository, revision, local=False)
    except SnapshotNotReady as error:
        return error.details["wanted"], None
    if is_worktree(location.sha):
        return location.sha, location
    try:
        return commit_of(repository, revision), location
    except (UnknownRevision, SourceGone):  # published, and gone from the repository since
        return location.sha, location


def _fetch_problem(source: Source | None) -> str:
    """Return in words why a mirror is not up to date, "" when it is."""
    failure = source.fetch_failure() if source is not None else None
    return "" if failure is None else str(failure)


def _running_sync(stores: Stores, repo: str) -> dict[str, Any]:
    lease = stores.catalog.leases.current(repo)
    return {} if lease is None else {"holder": lease.holder, "since": lease.acquired_at, "expires_at": lease.expires_at}


def _snapshot_sizes(stores: Stores, repo: str) -> dict[str, int]:
    sizes = [info.stored_bytes for info in indexing.snapshots_of(stores, repo)]
    return {"count": len(sizes), "bytes": sum(sizes), "median": round(median(sizes)) if sizes else 0}


def _file_size(path: Path) -> int:
    try:
        status = path.lstat()
    except OSError:  # deleted since it was listed
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
