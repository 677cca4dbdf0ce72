"""Listing snapshots, showing one, and requesting one that is not indexed yet."""

from __future__ import annotations

import base64
import binascii
import struct
import uuid
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from aura_core.errors import InvalidRequest, SnapshotNotReady, UnknownRevision
from aura_core.fingerprint import index_versions
from aura_core.indexing import can_be_completed
from aura_core.model.repository import Event, EventKind, EventState, RepositoryKind
from aura_core.model.snapshot import WORKTREE, SnapshotInfo, is_worktree
from aura_core.service.locate import FULL_SHA, OpenRepository, check_revision, commit_of, locate, not_ready

ROWS_PER_READ = 200
"""Snapshots read from the store at a time; a filter by history may need many reads for one page."""

MAX_COMMITS = 10_000_000
"""More than any history has: ancestors are walked as far as a page needs."""

RECENT_EVENTS = 1_000
"""Events among which the request for a commit is looked for."""

TICKS = 2**24
"""Parts of a second that a cursor tells apart: all that a time of this century has as a float."""

OPEN_STATES = (EventState.DUE, EventState.CLAIMED)


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """One snapshot in a listing. ``created_at`` is UTC seconds since the epoch; ``stored_bytes`` is the size of its
    manifest; ``refs`` are the published names under which readers get it; an ``outdated`` one was made by another
    version of Aura.
    """

    sha: str
    digest: str
    files: int
    created_at: float
    stored_bytes: int
    refs: tuple[str, ...]
    outdated: bool


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Snapshots, the one indexed last first. ``cursor`` asks for the page after them, "" at the end."""

    snapshots: tuple[SnapshotSummary, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class SnapshotDetail:
    """One snapshot with its counts of nodes and edges, its skipped files by reason, and its warnings. ``base`` is the
    commit below a working tree.
    """

    snapshot: SnapshotSummary
    base: str
    counts: Mapping[str, int]
    skipped: Mapping[str, int]
    warnings: tuple[str, ...]


def list_snapshots(repository: OpenRepository, *, ref: str = "", limit: int = 100, cursor: str = "") -> SnapshotPage:
    """Return a page of a repository's snapshots, or only of those in the history of ``ref`` (``WORKTREE``: of working
    trees).

    New snapshots come before a page that was read, so going on with its cursor repeats and misses nothing. Raises
    ``InvalidRequest`` for a cursor that no page ended with, ``UnknownRevision`` for an unknown ref.
    """
    before = _decode_cursor(cursor) if cursor else None
    history = _history(repository, ref) if ref else None
    names = _published_names(repository)
    page: list[SnapshotSummary] = []
    for info in _newest_first(repository, before):
        if history is None or info.sha in history:
            if len(page) == limit:
                return SnapshotPage(tuple(page), _encode_cursor(page[-1].created_at))
            page.append(_summary(info, names))
    return SnapshotPage(tuple(page), "")


def snapshot_detail(repository: OpenRepository, revision: str) -> SnapshotDetail | Event:
    """Return what is known of the snapshot that ``revision`` names, or the request for it that waits in the queue.

    Raises ``SnapshotNotReady`` when nobody requested it or every attempt failed, ``UnknownRevision``,
    ``AmbiguousRevision``.
    """
    try:
        location = locate(repository, revision, local=False)
    except SnapshotNotReady as error:
        return _open_request(repository, error)
    except UnknownRevision:
        request = _last_request(repository, revision) if FULL_SHA.match(revision) else None
        if request is None or request.state not in OPEN_STATES:
            raise
        return request  # a mirror may not have fetched the commit yet
    snapshots, repo = repository.stores.snapshots, repository.id
    info, manifest = snapshots.info(repo, location.sha), snapshots.manifest(repo, location.sha)
    if info is None or manifest is None:
        raise not_ready(repository.record, location.sha, None)
    artifact = snapshots.artifact(repo, f"counts:{location.sha}")
    counts = artifact[1] if artifact is not None else {}
    summary = _summary(info, _published_names(repository))
    return SnapshotDetail(summary, manifest.base, counts, manifest.skipped, manifest.warnings)


def request_snapshot(repository: OpenRepository, revision: str, source: str) -> tuple[str, Event | None]:
    """Return the sha of a commit that is to be indexed, and the request in the queue; no request when it is indexed.

    Asking again returns the same request, and revives one that was given up. A branch means its head now, whatever is
    published. Raises ``UnknownRevision``, ``AmbiguousRevision``.
    """
    sha = _commit_to_index(repository, revision)
    is_indexed = repository.stores.snapshots.info(repository.id, sha) is not None
    if is_indexed and not can_be_completed(repository.stores, repository.source, repository.id, sha):
        return sha, None
    if is_worktree(sha):
        raise UnknownRevision(
            "A working tree cannot be asked for by name.",
            remedy=f"Index it where it is: `aura index {repository.id}`.",
        )
    last = _last_request(repository, sha)
    if last is not None and last.state is EventState.DEAD:
        repository.stores.catalog.events.retry(last.id)
    elif last is None or last.state is EventState.DONE:
        _push_request(repository, sha, source, last)
    return sha, _last_request(repository, sha)


def _push_request(repository: OpenRepository, sha: str, source: str, last: Event | None) -> None:
    """Push the request for a commit. Two callers at once give the event one name, so that the queue takes one of them.
    The second name is for a queue that has forgotten ``last`` and still refuses its name.
    """
    after = last.id if last is not None else 0
    for delivery in (f"snapshot-{sha}-{after}", f"snapshot-{sha}-{uuid.uuid4().hex}"):
        if repository.stores.catalog.events.push(repository.id, delivery, EventKind.SHA, sha, source):
            return
        if _last_request(repository, sha) is not None:
            return


def _commit_to_index(repository: OpenRepository, revision: str) -> str:
    """Return the sha of the commit to index. A mirror may not have a full sha yet: the sync fetches it."""
    check_revision(revision)
    if repository.record.kind is RepositoryKind.MIRROR and FULL_SHA.match(revision):
        return revision
    return commit_of(repository, revision)


def _open_request(repository: OpenRepository, error: SnapshotNotReady) -> Event:
    request = _last_request(repository, str(error.details["wanted"]))
    if request is None or request.state is EventState.DONE:
        raise error
    if request.state is EventState.DEAD:
        reason = request.error or "no reason is known"
        raise not_ready(repository.record, request.target, error.details["indexed"], reason)
    return request


def _last_request(repository: OpenRepository, sha: str) -> Event | None:
    """Return the newest event that asks for exactly this commit."""
    events = repository.stores.catalog.events.list(repository.id, RECENT_EVENTS)
    return next((event for event in events if event.kind is EventKind.SHA and event.target == sha), None)


def _newest_first(repository: OpenRepository, before: float | None) -> Iterator[SnapshotInfo]:
    while rows := repository.stores.snapshots.snapshots(repository.id, ROWS_PER_READ, before):
        yield from rows
        before = rows[-1].created_at


def _published_names(repository: OpenRepository) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for ref in repository.stores.catalog.publisher.refs(repository.id):
        names[ref.sha] = (*names.get(ref.sha, ()), ref.name)
    return names


def _summary(info: SnapshotInfo, names: Mapping[str, tuple[str, ...]]) -> SnapshotSummary:
    return SnapshotSummary(
        info.sha,
        info.digest,
        info.files,
        info.created_at,
        info.stored_bytes,
        refs=names.get(info.sha, ()),
        outdated=info.versions != index_versions(),
    )


class _History:
    """The ancestors of a commit, walked only as far as the questions need."""

    def __init__(self, commits: Iterator[str]) -> None:
        self._commits = commits
        self._seen: set[str] = set()

    def __contains__(self, sha: object) -> bool:
        if sha in self._seen:
            return True
        for commit in self._commits:
            self._seen.add(commit)
            if commit == sha:
                return True
        return False


class _WorkingTrees:
    """The snapshots of working trees."""

    def __contains__(self, sha: object) -> bool:
        return is_worktree(str(sha))


def _history(repository: OpenRepository, ref: str) -> Container[str]:
    check_revision(ref)
    if ref == WORKTREE:
        return _WorkingTrees()
    return _History(repository.source.ancestors(commit_of(repository, ref), MAX_COMMITS))


def _encode_cursor(created_at: float) -> str:
    # The time of indexing orders the listing and is never given twice, so it says where a page ended. As a whole number
    # of ticks it is exact, and every eight bytes are a time.
    return base64.urlsafe_b64encode(struct.pack(">Q", round(created_at * TICKS))).decode().rstrip("=")


def _decode_cursor(cursor: str) -> float:
    try:
        # Eight bytes are eleven characters and one "=", which is left out of the cursor.
        (ticks,) = struct.unpack(">Q", base64.b64decode(cursor + "=", altchars=b"-_", validate=True))
    except (binascii.Error, struct.error, ValueError) as error:
        raise InvalidRequest(
            "The cursor is not one that a page of snapshots ended with.",
            remedy="Begin without a cursor.",
            field="cursor",
        ) from error
    return float(ticks / TICKS)
