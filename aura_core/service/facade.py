"""The list of verbs that HTTP, MCP and the command line call."""

from __future__ import annotations

import copy
import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aura_core import indexing
from aura_core.errors import Forbidden, SnapshotNotReady, UnknownEvent
from aura_core.model.repository import Event, EventKind, EventReport, Lag, Repository, RepositoryKind, sync_in_progress
from aura_core.ports.stores import Stores
from aura_core.service.follower import CheckoutFollower
from aura_core.service.lag import repository_lag
from aura_core.service.locate import FULL_SHA, OpenRepository, edits_after, find_repository, local_target, locate
from aura_core.service.snapshot import Snapshot
from aura_core.service.snapshot_list import (
    SnapshotDetail,
    SnapshotPage,
    list_snapshots,
    request_snapshot,
    snapshot_detail,
)
from aura_core.service.status import INDEXER, INDEXER_SILENT_SECONDS, RECENT_EVENTS, Status, status_of
from aura_core.sources import identify
from aura_core.sources.git.remote_address import require_public_name


class Aura:
    """Answers from published snapshots, and takes requests to make new ones. Thread-safe.

    ``text`` names a repository by id, name, path or URL; every method that takes it raises ``UnknownRepository``.
    ``local`` callers (the command line, MCP over stdio) are answered from the working tree of a checkout that has
    edits; others from the published head of the tracked branch. A ``follower`` watches the checkouts whose working
    trees are asked about.
    """

    def __init__(self, stores: Stores, *, local: bool = False) -> None:
        self.stores = stores
        self.local = local
        self.follower: CheckoutFollower | None = None
        self._asked_under: dict[str, int] = {}

    # ---- repositories

    def add(self, text: str, *, from_cli: bool, ref: str = "") -> Repository:
        """Register a path or URL; one that is registered already is returned as it is. Raises ``Forbidden`` for a local
        path outside of ``AURA_REPO_ROOTS`` from a caller other than the command line.
        """
        allowed = None if from_cli else self._allowed_folders()
        if allowed is not None and Path(text).is_absolute() and "\0" not in text:
            # Before anything is looked up: an error must not say which paths exist.
            _require_allowed_folder(Path(os.path.realpath(text)), allowed)
        identity = identify(text, from_cli=from_cli, home=self.stores.settings.home, allowed=allowed)
        if identity.kind is RepositoryKind.MIRROR:
            require_public_name(identity.origin, self.stores.settings.private_mirror_hosts)
        if ref:
            self._require_ref(identity, ref)
        added_by = "cli" if from_cli else "api"
        return self.stores.catalog.repositories.add(
            Repository(identity.id, identity.name, identity.kind, identity.origin, ref, added_by, time.time())
        )

    def repository(self, text: str) -> Repository:
        """Return a registered repository."""
        return find_repository(self.stores, text)

    def repositories(self) -> Sequence[Repository]:
        """Return all registered repositories, by id."""
        return self.stores.catalog.repositories.list()

    def remove(self, text: str) -> Repository:
        """Forget a repository: its refs, events, manifests and mirror. Rows that other repositories use stay."""
        repository = self.repository(text)
        self.stores.catalog.repositories.remove(repository.id)
        self.stores.snapshots.forget(repository.id)
        indexing.forget_link_states(self.stores, repository.id)
        if repository.kind is RepositoryKind.MIRROR:
            self.stores.sources.open(repository).remove()
        return repository

    # ---- freshness

    def sync(self, text: str, *, source: str, sha: str | None = None, delivery: str | None = None) -> Event:
        """Request that the head, or one exact commit, is indexed. Returns the event in the queue; one ``delivery`` is
        one event.
        """
        repository = self._open(text)
        kind, target = EventKind.REF, repository.record.ref or "HEAD"
        if sha:
            # A mirror may not have a full sha yet: the sync fetches it.
            is_remote = repository.record.kind is RepositoryKind.MIRROR and FULL_SHA.match(sha) is not None
            kind, target = EventKind.SHA, sha if is_remote else repository.source.resolve(sha)
        delivery = delivery or f"{source}-{uuid.uuid4().hex}"
        self.stores.catalog.events.push(repository.id, delivery, kind, target, source)
        events = self.stores.catalog.events.list(repository.id, RECENT_EVENTS)
        return next(event for event in events if event.delivery == delivery)

    def event(self, text: str, event: int) -> EventReport:
        """Return a request in the queue of a repository, and what became of it. Raises ``UnknownEvent``."""
        repository = self.repository(text)
        report = self.stores.catalog.events.report(repository.id, event)
        if report is None:
            raise UnknownEvent(
                f"{repository.id} has no event {event}.",
                remedy="Its number is in the answer of the request for a sync.",
            )
        return report

    def require_idle(self, text: str) -> None:
        """Raise ``SyncInProgress``, with the holder and since when, while a sync of the repository runs."""
        lease = self.stores.catalog.leases.current(self.repository(text).id)
        if lease is not None:
            raise sync_in_progress(lease)

    def status(self, text: str, *, revision: str = "") -> Status:
        """Return what is wanted and indexed, the lag, the last run and what was skipped: of the tracked head, or of the
        commit that ``revision`` names.
        """
        return status_of(self._open(text), revision)

    def lag(self, text: str) -> Lag:
        """Return how far the published snapshot is behind the head: the ``lag`` of ``status``, which costs less."""
        return repository_lag(self._open(text))

    def snapshots(self, text: str, *, ref: str = "", limit: int = 100, cursor: str = "") -> SnapshotPage:
        """Return a page of snapshots, the one indexed last first; with ``ref`` only those in its history."""
        return list_snapshots(self._open(text), ref=ref, limit=limit, cursor=cursor)

    def snapshot_detail(self, text: str, revision: str) -> SnapshotDetail | Event:
        """Return what is known of one snapshot, or the request for it that waits in the queue. The snapshot that
        answers questions comes from ``at``. Raises ``SnapshotNotReady``.
        """
        return snapshot_detail(self._open(text), revision)

    def request_snapshot(self, text: str, revision: str, *, source: str) -> tuple[str, Event | None]:
        """Request that a commit is indexed. Returns its sha and the request, None when it is indexed already. May be
        repeated.
        """
        return request_snapshot(self._open(text), revision, source)

    def collect_garbage(self, *, dry_run: bool = False, progress: indexing.Progress | None = None) -> indexing.GcReport:
        """Retire snapshots that the settings do not keep, and delete rows that nothing names, in all repositories."""
        return indexing.collect_garbage(self.stores, dry_run=dry_run, progress=progress)

    def index(
        self, text: str, *, revision: str = "", progress: indexing.Progress | None = None, worktree: bool | None = None
    ) -> indexing.IndexReport:
        """Index in this process, by the same steps as the pipelines. Uncommitted edits are included for a local caller,
        or as ``worktree`` says.
        """
        repository = self.repository(text)
        with_edits = self.local if worktree is None else worktree
        with_edits = with_edits and repository.kind is RepositoryKind.LOCAL and not revision
        return indexing.index(self.stores, repository.id, sha=revision, worktree=with_edits, progress=progress)

    def index_edits(self, text: str, progress: indexing.Progress | None = None) -> None:
        """Index the working tree in this process, and request its head from the pipelines when that is not published.
        Raises ``SyncInProgress``.
        """
        repository = self.repository(text)
        indexing.poll_head(self.stores, repository.id)
        indexing.index_worktree(self.stores, repository.id, progress)

    # ---- answers

    def at(self, text: str, revision: str = "", *, local: bool | None = None) -> Snapshot:
        """Return the snapshot that a question is answered from; ``local`` overrides the caller's own kind. Raises
        ``SnapshotNotReady``, ``UnknownRevision``, ``AmbiguousRevision``.
        """
        repository, is_local = self._open(text), self.local if local is None else local
        if is_local and self.follower is not None:
            self.follower.follow(repository.record)
        try:
            return Snapshot(repository, *locate(repository, revision, local=is_local))
        except SnapshotNotReady:
            fence = self._asked_under.get(repository.id)
            edits = edits_after(repository, fence) if fence is not None and is_local and not revision else None
            if edits is None:
                raise
            return Snapshot(repository, *edits)

    def asked_now(self, text: str) -> Aura:
        """Return a facade for one question about the working tree that is asked now. It is also answered from edits
        that a sync has read since now, although the checkout has changed again meanwhile, as one in which a log is
        written always has.
        """
        repository = self.repository(text)
        lease = self.stores.catalog.leases.unreleased(repository.id)
        fences = [ref.fence for ref in self.stores.catalog.publisher.refs(repository.id)]
        facade = copy.copy(self)
        # A sync that takes the lease from now on has a higher fence, and reads the working tree under it.
        facade._asked_under = {repository.id: max([*fences, lease.fence if lease is not None else 0])}
        return facade

    def may_become_ready(self, text: str) -> bool:
        """Return whether anything indexes the edits of a checkout: this process, a sync that works now, or the
        pipelines' server.
        """
        repository = self.repository(text)
        if repository.kind is not RepositoryKind.LOCAL:
            return False
        is_followed = self.follower is not None and repository.id in self.follower.followed()
        is_synced = self.stores.catalog.leases.current(repository.id) is not None
        return is_followed or is_synced or self.health()["indexer"] == "running"

    def local_target(self, text: str) -> str:
        """Return what a local caller would be answered from now: the name of a working tree, or HEAD's sha."""
        return local_target(self._open(text))

    def edits(self, text: str) -> tuple[str, ...]:
        """Return the files of a local checkout whose content is in no commit, sorted; none for other repositories and
        other callers. Raises ``SourceGone`` and ``InputTooLarge``.
        """
        repository = self._open(text)
        if not self.local or repository.record.kind is not RepositoryKind.LOCAL:
            return ()
        tree = repository.source.worktree()
        return tree.dirty if tree is not None else ()

    def health(self) -> dict[str, Any]:
        """Return whether the stores can be reached and an indexer runs. Raises ``StoreUnavailable``."""
        self.stores.catalog.ping()
        self.stores.snapshots.ping()
        age = self.stores.catalog.heartbeats.age(INDEXER)
        is_running = age is not None and age <= INDEXER_SILENT_SECONDS
        return {
            "stores": "ok",
            "indexer": "running" if is_running else "no indexer is running: start `aura dev`",
            "indexer_age_seconds": age,
        }

    def _open(self, text: str) -> OpenRepository:
        return OpenRepository(self.stores, self.repository(text))

    def _require_ref(self, repository: Repository, ref: str) -> None:
        """Check that a local repository has a branch. That of a mirror is not known before its first fetch. Raises
        ``UnknownRevision``.
        """
        if repository.kind is not RepositoryKind.MIRROR:
            self.stores.sources.open(repository).resolve(ref)

    def _allowed_folders(self) -> list[Path]:
        """Return the folders that the command line registered or the settings allow."""
        registered = [
            Path(repository.origin)
            for repository in self.repositories()
            if repository.added_by == "cli" and repository.kind is not RepositoryKind.MIRROR
        ]
        return [*registered, *(root.resolve() for root in self.stores.settings.repo_roots)]


def _require_allowed_folder(folder: Path, allowed: Sequence[Path]) -> None:
    """Raise ``Forbidden`` unless a folder lies in an allowed one."""
    if not any(folder.is_relative_to(root) for root in allowed):
        raise Forbidden(
            "Local paths may not be added over HTTP.",
            remedy="Add it with `aura repos add`, or allow its folder in AURA_REPO_ROOTS.",
        )
