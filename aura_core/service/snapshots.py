"""Which snapshots there are, what one is, and asking for one that is not there."""

from __future__ import annotations

import base64
import binascii
import math
import struct
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aura_core.errors import InvalidRequest, SnapshotNotReady, UnknownRevision
from aura_core.fingerprint import index_versions
from aura_core.model.repository import Event, EventKind, EventState, Repository, RepositoryKind
from aura_core.model.snapshot import WORKTREE, SnapshotInfo, is_worktree
from aura_core.ports.stores import Stores
from aura_core.service.locate import FULL_SHA, check_revision, commit_of, locate, not_ready

AT_ONCE = 200
MAX_COMMITS = 10_000_000
RECENT_EVENTS = 1_000
OPEN = (EventState.DUE, EventState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Listed:
    """One snapshot. ``refs`` are the published names that readers get it under; ``outdated`` ones were made by another
    version of Aura.
    """

    info: SnapshotInfo
    refs: tuple[str, ...]
    outdated: bool


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Snapshots, the one indexed last first; ``cursor`` goes on after them, "" at the end."""

    snapshots: tuple[Listed, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class SnapshotDetail:
    """One snapshot with nodes and edges counted, skipped files by reason, and warnings. ``base`` is the commit below a
    working tree.
    """

    listed: Listed
    base: str
    counts: Mapping[str, int]
    skipped: Mapping[str, int]
    warnings: tuple[str, ...]


def list_snapshots(
    stores: Stores, repository: Repository, *, ref: str = "", limit: int = 100, cursor: str = ""
) -> SnapshotPage:
    """A page of a repository's snapshots; those alone that are in the history of ``ref`` when one is given
    (``WORKTREE``: working trees).

    New snapshots come before a page that was read, so going on with its cursor repeats and misses nothing. Raises
    ``InvalidRequest`` for a cursor that is none, ``UnknownRevision`` for a ref that is not there.
    """
    before = _when(cursor) if cursor else None
    wanted = _history(stores, repository, ref) if ref else None
    names = _names(stores, repository)
    shown: list[Listed] = []
    for info in _newest_first(stores, repository, before):
        if wanted is None or info.sha in wanted:
            if len(shown) == limit:
                return SnapshotPage(tuple(shown), _cursor(shown[-1].info.created_at))
            shown.append(_listed(info, names))
    return SnapshotPage(tuple(shown), "")


def show_snapshot(stores: Stores, repository: Repository, revision: str) -> SnapshotDetail | Event:
    """The snapshot that ``revision`` names, or the wish for it that has not come true yet.

    Raises ``SnapshotNotReady`` when nobody asked for it or every attempt failed, ``UnknownRevision``,
    ``AmbiguousRevision``.
    """
    try:
        at = locate(stores, repository, revision, local=False)
    except SnapshotNotReady as missing:
        return _waiting(stores, repository, missing)
    except UnknownRevision:
        wish = _wish(stores, repository, revision) if FULL_SHA.match(revision) else None
        if wish is None or wish.state not in OPEN:
            raise
        return wish  # a mirror may not have fetched it yet
    found = stores.snapshots.info(repository.id, at.sha)
    manifest = stores.snapshots.manifest(repository.id, at.sha)
    if found is None or manifest is None:
        raise not_ready(repository, at.sha, None)
    counts = stores.snapshots.artifact(repository.id, f"counts:{at.sha}")
    listed = _listed(found, _names(stores, repository))
    return SnapshotDetail(
        listed, manifest.base, counts[1] if counts is not None else {}, manifest.skipped, manifest.warnings
    )


def ask_for_snapshot(stores: Stores, repository: Repository, revision: str, source: str) -> tuple[str, Event | None]:
    """(sha, the wish in the queue) of a commit that is to be indexed; no wish when it is there. Asking again finds the
    same wish, and revives one that was given up. A branch means its head now, whatever is published. Raises
    ``UnknownRevision``, ``AmbiguousRevision``.
    """
    sha = _exact_commit(stores, repository, revision)
    if stores.snapshots.info(repository.id, sha) is not None:
        return sha, None
    if is_worktree(sha):
        raise UnknownRevision(
            "A working tree cannot be asked for by name.", remedy=f"Index it where it is: `aura index {repository.id}`."
        )
    events = stores.catalog.events
    last = _wish(stores, repository, sha)
    if last is not None and last.state is EventState.DEAD:
        events.retry(last.id)
    elif last is None or last.state is EventState.DONE:
        follows = last.id if last is not None else 0  # two callers at once push one event
        for name in (f"snapshot-{sha}-{follows}", f"snapshot-{sha}-{uuid.uuid4().hex}"):
            if (
                events.push(repository.id, name, EventKind.SHA, sha, source)
                or _wish(stores, repository, sha) is not None
            ):
                break
    return sha, _wish(stores, repository, sha)


def _exact_commit(stores: Stores, repository: Repository, revision: str) -> str:
    """A mirror may not have a full sha yet: the sync fetches it."""
    check_revision(revision)
    if repository.kind is RepositoryKind.MIRROR and FULL_SHA.match(revision):
        return revision
    return commit_of(stores, repository, revision)


def _waiting(stores: Stores, repository: Repository, missing: SnapshotNotReady) -> Event:
    wish = _wish(stores, repository, str(missing.details["wanted"]))
    if wish is None or wish.state is EventState.DONE:
        raise missing
    if wish.state is EventState.DEAD:
        raise not_ready(repository, wish.target, missing.details["indexed"], wish.error or "no reason is known")
    return wish


def _wish(stores: Stores, repository: Repository, sha: str) -> Event | None:
    """The newest event that asks for exactly this commit."""
    events = stores.catalog.events.list(repository.id, RECENT_EVENTS)
    return next((e for e in events if e.kind is EventKind.SHA and e.target == sha), None)


def _newest_first(stores: Stores, repository: Repository, before: float | None) -> Iterator[SnapshotInfo]:
    while some := stores.snapshots.snapshots(repository.id, AT_ONCE, before):
        yield from some
        before = some[-1].created_at


def _names(stores: Stores, repository: Repository) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for ref in stores.catalog.publisher.refs(repository.id):
        names[ref.sha] = (*names.get(ref.sha, ()), ref.name)
    return names


def _listed(info: SnapshotInfo, names: Mapping[str, tuple[str, ...]]) -> Listed:
    return Listed(info, names.get(info.sha, ()), info.versions != index_versions())


class _History:
    """The commits that a commit came from, walked as far as the questions need."""

    def __init__(self, commits: Iterator[str]) -> None:
        self._commits = commits
        self._seen: set[str] = set()

    def __contains__(self, sha: str) -> bool:
        if sha in self._seen:
            return True
        for commit in self._commits:
            self._seen.add(commit)
            if commit == sha:
                return True
        return False


class _WorkingTrees:
    """The snapshots of working trees."""

    def __contains__(self, sha: str) -> bool:
        return is_worktree(sha)


def _history(stores: Stores, repository: Repository, ref: str) -> _History | _WorkingTrees:
    check_revision(ref)
    if ref == WORKTREE:
        return _WorkingTrees()
    tip = commit_of(stores, repository, ref)
    return _History(stores.sources.open(repository).ancestors(tip, MAX_COMMITS))


def _cursor(when: float) -> str:
    return base64.urlsafe_b64encode(struct.pack(">d", when)).decode().rstrip("=")


def _when(cursor: str) -> float:
    try:
        (when,) = struct.unpack(">d", base64.b64decode(cursor + "=", altchars=b"-_", validate=True))
    except (binascii.Error, struct.error, ValueError):
        when = math.nan
    if not math.isfinite(when):
        raise InvalidRequest(
            "The cursor is not one that a page of snapshots ended with.",
            remedy="Begin without a cursor.",
            field="cursor",
        )
    return float(when)
