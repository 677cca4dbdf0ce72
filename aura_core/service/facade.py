"""The one object that HTTP, MCP and the command line speak to."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aura_core import indexing
from aura_core.embedding import static_embedder
from aura_core.errors import Forbidden, SourceGone
from aura_core.indexing.steps.graph import manifest_of
from aura_core.model.context import ContextPack, ContextRequest, SearchHit
from aura_core.model.difference import GraphDiff
from aura_core.model.repository import Event, EventKind, Repository, RepositoryKind, sync_in_progress
from aura_core.ports.snapshots import RowKind
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.service.difference import diff_snapshots
from aura_core.service.export import Row, Wanted, export_rows, wanted_rows
from aura_core.service.follower import Keeper
from aura_core.service.locate import FULL_SHA, Located, find_repository, local_target, locate
from aura_core.service.snapshots import SnapshotDetail, SnapshotPage, ask_for_snapshot, list_snapshots, show_snapshot
from aura_core.service.status import INDEXER, INDEXER_SILENT_SECONDS, Status, behind, freshness, status_of
from aura_core.sources import identify
from aura_core.views import View

if TYPE_CHECKING:
    from aura_core import retrieval

OPEN_VIEWS = 8
"""Views kept open per process; they are memory maps, so this bounds address space and file handles, not memory."""


class Aura:
    """Answers from published snapshots, and the wishes to make new ones. Thread-safe.

    ``local`` doors (the command line, MCP over stdio) are answered from the working tree of a local checkout that has
    edits; others from the tracked branch's published head. A ``keeper`` follows the checkouts whose working trees are
    asked about.
    """

    def __init__(self, stores: Stores, *, local: bool = False) -> None:
        self.stores = stores
        self.local = local
        self.keeper: Keeper | None = None
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = threading.Lock()

    # ---- repositories

    def add(self, text: str, *, from_cli: bool, ref: str = "") -> Repository:
        """Register a path or URL; adding it again returns what is there. Raises ``Forbidden`` for a local path from a
        caller other than the command line outside of ``AURA_REPO_ROOTS``.
        """
        if not from_cli and Path(text).is_absolute():
            self._admit(
                Path(os.path.realpath(text))
            )  # before anything is looked up: an error must not say which paths exist
        found = identify(text, from_cli=from_cli, home=self.stores.settings.home)
        made = Repository(
            found.id, found.name, found.kind, found.origin, ref, "cli" if from_cli else "api", time.time()
        )
        return self.stores.catalog.repositories.add(made)

    def repository(self, text: str) -> Repository:
        """By id, path or URL. Raises ``UnknownRepository``."""
        return find_repository(self.stores, text)

    def repositories(self) -> Sequence[Repository]:
        """All, by id."""
        return self.stores.catalog.repositories.list()

    def remove(self, text: str) -> Repository:
        """Forget a repository: its refs, events, manifests and mirror. Rows that others share stay."""
        repository = self.repository(text)
        self.stores.catalog.repositories.remove(repository.id)
        self.stores.snapshots.forget(repository.id)
        indexing.forget(self.stores, repository.id)
        if repository.kind is RepositoryKind.MIRROR:
            self.stores.sources.open(repository).remove()
        return repository

    # ---- freshness

    def sync(self, text: str, *, source: str, sha: str | None = None, delivery: str | None = None) -> Event:
        """Ask for the head, or for one exact commit, to be indexed; returns the event in the queue."""
        repository = self.repository(text)
        wanted = self._commit(repository, sha) if sha else ""
        kind, target = (EventKind.SHA, wanted) if sha else (EventKind.REF, repository.ref or "HEAD")
        name = delivery or f"{source}-{uuid.uuid4().hex}"
        self.stores.catalog.events.push(repository.id, name, kind, target, source)
        events = self.stores.catalog.events.list(repository.id, 1_000)
        return next(e for e in events if e.delivery == name)

    def require_idle(self, text: str) -> None:
        """Raises ``SyncInProgress``, with the holder and since when, while a sync of the repository works."""
        lease = self.stores.catalog.leases.current(self.repository(text).id)
        if lease is not None:
            raise sync_in_progress(lease)

    def _commit(self, repository: Repository, revision: str) -> str:
        """The sha of a commit to index. A mirror may not have a full sha yet: the sync fetches it."""
        if repository.kind is RepositoryKind.MIRROR and FULL_SHA.match(revision):
            return revision
        return self.stores.sources.open(repository).resolve(revision)

    def status(self, text: str, *, revision: str = "") -> Status:
        """Wanted and indexed, lag, the last run, what was skipped: of the tracked head, or of the commit that
        ``revision`` names.
        """
        return status_of(self.stores, self.repository(text), revision)

    def lag(self, text: str) -> Mapping[str, Any]:
        """How far what is published is behind the head: ``commits`` and ``seconds``, None when that cannot be known.
        Cheaper than ``status``.
        """
        return behind(self.stores, self.repository(text))

    def snapshots(self, text: str, *, ref: str = "", limit: int = 100, cursor: str = "") -> SnapshotPage:
        """A page of snapshots, the one indexed last first; ``ref`` keeps those in its history."""
        return list_snapshots(self.stores, self.repository(text), ref=ref, limit=limit, cursor=cursor)

    def snapshot(self, text: str, revision: str) -> SnapshotDetail | Event:
        """One snapshot, or the wish for it that waits in the queue. Raises ``SnapshotNotReady``."""
        return show_snapshot(self.stores, self.repository(text), revision)

    def ask_for_snapshot(self, text: str, revision: str, *, source: str) -> tuple[str, Event | None]:
        """(sha, wish) of a commit that is to be indexed; no wish when it is there already. May be repeated."""
        return ask_for_snapshot(self.stores, self.repository(text), revision, source)

    def collect(self, *, dry_run: bool = False, progress: indexing.Progress | None = None) -> indexing.Collected:
        """Retire snapshots that the settings do not keep and delete rows that nothing names, in every repository."""
        return indexing.collect(self.stores, dry_run=dry_run, progress=progress)

    def index(
        self, text: str, *, revision: str = "", progress: indexing.Progress | None = None, worktree: bool | None = None
    ) -> indexing.IndexReport:
        """Index in this process, by the verbs that the pipelines use. A local door includes uncommitted edits unless
        told otherwise.
        """
        repository = self.repository(text)
        dirty = self.local if worktree is None else worktree
        dirty = dirty and repository.kind is RepositoryKind.LOCAL and not revision
        return indexing.index(self.stores, repository.id, sha=revision, worktree=dirty, progress=progress)

    def bring_in_edits(self, text: str, progress: indexing.Progress | None = None) -> None:
        """Index the working tree in this process, and ask the pipelines for its head when that is not published.
        Raises ``SyncInProgress``.
        """
        repository = self.repository(text)
        indexing.look(self.stores, repository.id)
        indexing.edits(self.stores, repository.id, progress)

    def target(self, text: str) -> str:
        """What a local door would answer from now: a working tree's name, or HEAD's sha."""
        return local_target(self.stores, self.repository(text))

    # ---- answers

    def locate(self, text: str, revision: str = "", *, local: bool | None = None) -> Located:
        """The snapshot that a question is answered from; ``local`` overrides the door's own way. Raises
        ``SnapshotNotReady``.
        """
        repository, edits = self.repository(text), self.local if local is None else local
        if edits and self.keeper is not None:
            self.keeper.follow(repository)
        return locate(self.stores, repository, revision, local=edits)

    def context(
        self, text: str, request: ContextRequest, *, revision: str = "", local: bool | None = None
    ) -> ContextPack:
        """The best context for a task within a budget; ``local`` as for ``locate``."""
        from aura_core import retrieval
        from aura_core.tokens import counter

        at = self.locate(text, revision, local=local)
        return retrieval.answer(
            self._view(at),
            self._reader(at),
            request,
            counter(request.encoding),
            static_embedder(),
            repo=at.repository.id,
            sha=at.sha,
            digest=at.digest,
            lag=freshness(self.stores, at.repository, at.sha),
        )

    def search(self, text: str, query: str, *, limit: int = 20, revision: str = "") -> list[SearchHit]:
        """Ranked symbols with snippets."""
        from aura_core import retrieval

        at = self.locate(text, revision)
        return retrieval.search(self._view(at), self._reader(at), query, limit, static_embedder())

    def graph(self, text: str, *, revision: str = "") -> tuple[str, str, View]:
        """(sha, digest, graph reader) of a snapshot."""
        at = self.locate(text, revision)
        return at.sha, at.digest, self._view(at)

    def source_of(self, text: str, blob: str) -> bytes:
        """The bytes of a blob that an answer names. Raises ``SourceGone``."""
        return self._read(self.repository(text), blob, None)

    def export(self, text: str, *, revision: str = "", wanted: Wanted | None = None) -> Iterator[Row]:
        """The graph, whole or what is ``wanted`` of it, as JSON values, one a row. Read from the stores file by file:
        no view is built.
        """
        at = self.locate(text, revision)
        return export_rows(self.stores, manifest_of(self.stores, at.repository.id, at.sha), wanted or wanted_rows())

    def diff(self, old: Located, new: Located) -> GraphDiff:
        """What differs between two snapshots of one repository."""
        return diff_snapshots(self.stores, old, new)

    def clusters(self, text: str, *, revision: str = "") -> tuple[Located, Mapping[str, Any]]:
        """Groups of symbols that belong together: of exactly the commit that ``revision`` names, else those that a
        sync made last, which may be of a commit a little older than the one located. The value says which in ``sha``,
        beside ``clusters``, ``silhouette``, ``symbols``, ``embedder``.
        """
        at = self.locate(text, revision)
        return at, indexing.clusters_at(self.stores, at.repository.id, at.sha, latest=not revision)

    def health(self) -> dict[str, Any]:
        """Reachable stores and whether an indexer runs. Raises ``StoreUnavailable``."""
        self.stores.catalog.ping()
        self.stores.snapshots.ping()
        age = self.stores.catalog.heartbeats.age(INDEXER)
        alive = age is not None and age <= INDEXER_SILENT_SECONDS
        return {
            "stores": "ok",
            "indexer": "running" if alive else "no indexer is running: start `aura dev`",
            "indexer_age_seconds": age,
        }

    # ---- inside

    def _admit(self, folder: Path) -> None:
        """A local path over HTTP: registered from the command line before, or under a configured folder. Raises
        ``Forbidden``.
        """
        known = [
            Path(r.origin) for r in self.repositories() if r.added_by == "cli" and r.kind is not RepositoryKind.MIRROR
        ]
        roots = [root.resolve() for root in self.stores.settings.repo_roots]
        if not any(folder.is_relative_to(allowed) for allowed in (*known, *roots)):
            raise Forbidden(
                "Local paths may not be added over HTTP.",
                remedy="Add it with `aura repos add`, or allow its folder in AURA_REPO_ROOTS.",
            )

    def _view(self, at: Located) -> View:
        with self._lock:
            found = self._views.get(at.digest)
            if found is not None:
                self._views.move_to_end(at.digest)
                return found
        view = indexing.ensure_view(self.stores, at.repository.id, at.sha)
        with self._lock:
            self._views[at.digest] = view
            while len(self._views) > OPEN_VIEWS:
                self._views.popitem(last=False)
        return view

    def _reader(self, at: Located) -> retrieval.ReadBlob:
        source: list[Source] = []

        def read(blob: str) -> bytes:
            if not source:
                source.append(self.stores.sources.open(at.repository))
            return self._read(at.repository, blob, source[0])

        return read

    def _read(self, repository: Repository, blob: str, source: Source | None) -> bytes:
        try:
            return (source or self.stores.sources.open(repository)).read(blob)
        except SourceGone:
            key = bytes.fromhex(blob)
            kept = self.stores.snapshots.rows(RowKind.TEXT, [key])
            if key not in kept:
                raise
            return kept[key]
