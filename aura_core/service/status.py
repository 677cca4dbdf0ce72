"""How fresh a repository is, and why not fresher."""

from __future__ import annotations

import stat
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from aura_core import indexing
from aura_core.errors import AuraError, SnapshotNotReady, SourceGone, UnknownRevision
from aura_core.model.repository import Repository, RunRecord
from aura_core.model.snapshot import is_worktree
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.service.locate import Located, commit_of, default_ref, locate
from aura_core.settings import Settings

INDEXER = "pipelines"
"""Name under which the pipelines beat."""

INDEXER_SILENT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Status:
    """State of one repository. ``wanted`` is the head of the tracked branch (None when it cannot be read, see
    ``problem``) or the commit that was asked about, ``indexed`` what readers get for it. ``lag`` holds ``commits``
    (None when unknown) and ``seconds`` since the wanted commit was made, both 0 when current.
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
    lag: Mapping[str, Any]
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


def status_of(stores: Stores, repository: Repository, revision: str = "") -> Status:
    """Look at the source's head, what is published, the queue and the last run. With a ``revision`` at that commit
    instead of the head: raises
    ``UnknownRevision`` and ``AmbiguousRevision``; one that is not indexed is no error here.
    """
    source, wanted, problem = _head(stores, repository)
    if revision:
        wanted, at = _asked(stores, repository, revision)
    else:
        at = _published(stores, repository)
    indexed = at.sha if at is not None else None
    manifest = stores.snapshots.manifest(repository.id, indexed) if indexed else None
    counts = stores.snapshots.artifact(repository.id, f"counts:{indexed}") if indexed else None
    return Status(
        repo=repository,
        wanted=wanted,
        indexed=indexed,
        ref=at.ref or None if at is not None else None,
        digest=at.digest if at is not None else None,
        current=wanted is not None and wanted == indexed,
        lag=lag_of(source, wanted, indexed),
        last_run=stores.catalog.publisher.last_run(repository.id),
        events=Counter(e.state.value for e in stores.catalog.events.list(repository.id, 1_000)),
        counts=counts[1] if counts is not None else {},
        skipped=manifest.skipped if manifest is not None else {},
        warnings=manifest.warnings if manifest is not None else (),
        indexer_age_seconds=stores.catalog.heartbeats.age(INDEXER),
        problem=problem,
        sync=_sync(stores, repository.id),
        stored=stores.snapshots.sizes(),
        disk=disk_of(stores.settings),
        snapshots=_snapshots(stores, repository.id),
    )


def behind(stores: Stores, repository: Repository) -> dict[str, Any]:
    """The ``lag`` of a status alone: asked for often, so it looks at nothing else."""
    source, wanted, _ = _head(stores, repository)
    at = _published(stores, repository)
    return lag_of(source, wanted, at.sha if at is not None else None)


def _head(stores: Stores, repository: Repository) -> tuple[Source | None, str | None, str]:
    """(source, commit at the tracked head, why it cannot be read)."""
    source = None
    try:
        source = stores.sources.open(repository)
        return source, _wanted(source, repository), ""
    except AuraError as error:
        return source, None, str(error)


def _published(stores: Stores, repository: Repository) -> Located | None:
    ref = default_ref(stores.catalog.publisher.refs(repository.id))
    return Located(repository, ref.sha, ref.digest, ref.name) if ref is not None else None


def _asked(stores: Stores, repository: Repository, revision: str) -> tuple[str, Located | None]:
    """The commit that a revision means now, and the snapshot that readers get for it, if any."""
    try:
        at = locate(stores, repository, revision, local=False)
    except SnapshotNotReady as missing:
        return str(missing.details["wanted"]), None
    if is_worktree(at.sha):
        return at.sha, at
    try:
        return commit_of(stores, repository, revision), at
    except (UnknownRevision, SourceGone):  # published, and gone from the repository since
        return at.sha, at


def _sync(stores: Stores, repo: str) -> dict[str, Any]:
    lease = stores.catalog.leases.current(repo)
    return {} if lease is None else {"holder": lease.holder, "since": lease.acquired_at, "expires_at": lease.expires_at}


def _snapshots(stores: Stores, repo: str) -> dict[str, int]:
    sizes = [info.stored_bytes for info in indexing.snapshots_of(stores, repo)]
    return {"count": len(sizes), "bytes": sum(sizes), "median": round(median(sizes)) if sizes else 0}


def disk_of(settings: Settings) -> dict[str, int]:
    """Bytes of the files of a home and its cache, with indexes and free pages, by what they hold; what is kept
    elsewhere (a server) is left out.
    """
    home, cache = settings.home, settings.cache_folder
    held: dict[str, Iterable[Path]] = {
        "store": [home / "store.db", home / "store.db-wal"],
        "catalog": [home / "catalog.db", home / "catalog.db-wal"],
        "vectors": home.glob("vectors-*"),
        "views": cache.rglob("*"),
        "mirrors": (home / "mirrors").rglob("*"),
    }
    sizes = {name: sum(map(_size, files)) for name, files in held.items()}
    return {name: size for name, size in sizes.items() if size}


def _size(file: Path) -> int:
    try:
        found = file.lstat()
    except OSError:  # gone since it was listed
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def freshness(stores: Stores, repository: Repository, sha: str) -> dict[str, Any]:
    """The ``lag`` of an answer made from ``sha``: outside of what is replayed."""
    try:
        source = stores.sources.open(repository)
        wanted = sha if is_worktree(sha) else _wanted(source, repository)
    except AuraError as error:
        return {
            "wanted": None,
            "indexed": sha,
            "current": False,
            "commits": None,
            "seconds": None,
            "problem": str(error),
        }
    return {"wanted": wanted, "indexed": sha, "current": wanted == sha, **lag_of(source, wanted, sha)}


def lag_of(source: Source | None, wanted: str | None, indexed: str | None) -> dict[str, Any]:
    """How many commits, and how many seconds since the wanted one was made, the index is behind. None means it cannot
    be known.
    """
    if wanted is None or source is None:
        return {"commits": None, "seconds": None}
    if wanted == indexed or is_worktree(wanted):
        return {"commits": 0, "seconds": 0.0}
    seconds = max(0.0, round(time.time() - source.commit_time(wanted), 1))
    return {
        "commits": source.commits_between(indexed, wanted) if indexed and not is_worktree(indexed) else None,
        "seconds": seconds,
    }


def _wanted(source: Source, repository: Repository) -> str | None:
    if repository.ref:
        return source.resolve(repository.ref)
    head = source.head()
    if head is not None:
        return head.sha
    tree = source.worktree()
    return tree.snapshot if tree is not None else None
