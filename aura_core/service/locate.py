"""Finds the repository and the published snapshot that a caller's words name."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from aura_core.errors import (
    AmbiguousRevision,
    InvalidRequest,
    SnapshotNotReady,
    SourceGone,
    UnknownRepository,
    UnknownRevision,
)
from aura_core.indexing import can_be_completed
from aura_core.model.repository import Ref, Repository, RepositoryKind
from aura_core.model.snapshot import WORKTREE, is_worktree
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.sources import identify

MAX_REVISION_CHARS = 1_024
"""A longer text is refused before git is asked."""

FULL_SHA = re.compile(r"[0-9a-f]{40}\Z")
_ABBREVIATED = re.compile(r"[0-9a-fA-F]{4,40}\Z")
_WORKTREE = re.compile(rf"{WORKTREE}-[0-9a-f]{{1,12}}\Z")
_ID = re.compile(r"[a-z0-9._-]{1,80}\Z")


@dataclass(frozen=True)
class OpenRepository:
    """A registered repository, and its source, which is opened once: by the first step of a question that needs it."""

    stores: Stores
    record: Repository

    @property
    def id(self) -> str:
        """The id in addresses, metrics and commands."""
        return self.record.id

    @cached_property
    def source(self) -> Source:
        """Commits and files. Raises ``SourceGone`` and what else keeps a repository from being opened."""
        return self.stores.sources.open(self.record)


class Location(NamedTuple):
    """Where a question is answered from. ``ref`` is the published name that led here, "" for an exact commit."""

    sha: str
    digest: str
    ref: str = ""


def find_repository(stores: Stores, text: str) -> Repository:
    """Return the repository with this id, name, path or URL. Raises ``UnknownRepository`` with the registered ids."""
    # An id is tried before all else: it is one read, and most questions name the repository by it.
    is_id = _ID.match(text) is not None
    if is_id and (repository := stores.catalog.repositories.get(text)) is not None:
        return repository
    registered = stores.catalog.repositories.list()
    # Two checkouts of one project have one name; then only the id, the path or the URL says which is meant.
    namesakes = [repository for repository in registered if repository.name == text] if is_id else []
    if len(namesakes) == 1:
        return namesakes[0]
    try:
        # Whoever asks, no repository is opened that nobody has registered.
        identity = identify(text, from_cli=True, home=stores.settings.home, opens=False)
    except InvalidRequest:
        identity = None
    if identity is not None and (repository := stores.catalog.repositories.get(identity.id)) is not None:
        return repository
    raise UnknownRepository(
        f"There is no repository {text!r}.",
        remedy="Add it with `aura repos add PATH_OR_URL`, or use one of the known ids.",
        known=[repository.id for repository in registered],
    )


def locate(repository: OpenRepository, revision: str, *, local: bool) -> Location:
    """Return the snapshot that ``revision`` names: "" is what readers get by default (for a ``local`` caller the
    working tree when it is dirty), else ``WORKTREE``, a published ref, a full or abbreviated sha, a branch or a tag.

    Raises ``SnapshotNotReady`` if git knows the commit and the index does not, ``UnknownRevision`` or
    ``AmbiguousRevision`` otherwise.
    """
    check_revision(revision)
    refs = repository.stores.catalog.publisher.refs(repository.id)
    if not revision:
        return _local_default(repository, refs) if local else _published_default(repository, refs)
    # Published names come before git: a reader gets what was published as `main`, though the branch has moved since.
    for ref in refs:
        if revision.removeprefix("refs/heads/") == ref.name:
            return Location(ref.sha, ref.digest, ref.name)
    try:
        sha = commit_of(repository, revision)
    except UnknownRevision:
        # Which commits a mirror has is not known before its first fetch.
        if not refs and repository.record.kind is RepositoryKind.MIRROR and repository.source.head() is None:
            raise not_ready(repository.record, None, None, last_failure(repository)) from None
        raise
    info = repository.stores.snapshots.info(repository.id, sha)
    if info is None:
        published = default_ref(refs)
        failure = "" if published else last_failure(repository)
        raise not_ready(repository.record, sha, published.sha if published else None, failure)
    return Location(sha, info.digest)


def last_failure(repository: OpenRepository) -> str:
    """Return why the last run of a repository failed, "" when it did not."""
    run = repository.stores.catalog.publisher.last_run(repository.id)
    return run.message if run is not None and run.state == "failed" else ""


def edits_after(repository: OpenRepository, fence: int) -> Location | None:
    """Return the snapshot of the working tree that a sync has published under a later fence; None when there is none
    yet.
    """
    for ref in repository.stores.catalog.publisher.refs(repository.id):
        if ref.name == WORKTREE and ref.fence > fence:
            return Location(ref.sha, ref.digest, ref.name)
    return None


def check_revision(revision: str) -> None:
    """Raise for what no commit, branch or tag can be called: ``InvalidRequest`` when it is too long,
    ``UnknownRevision`` when it holds a NUL character.
    """
    if len(revision) > MAX_REVISION_CHARS:
        raise InvalidRequest(
            f"A revision has at most {MAX_REVISION_CHARS:,} characters.",
            remedy="Name a commit, a branch or a tag.",
            field="sha",
        )
    if "\0" in revision:
        raise UnknownRevision(
            "No commit, branch or tag has a NUL character in its name.", remedy="Name a commit, a branch or a tag."
        )


def default_ref(refs: Sequence[Ref]) -> Ref | None:
    """Return the published ref that readers get when they name none: the tracked branch, else the only ref there is."""
    # Edits of somebody's working tree are no answer for others, unless nothing else is published.
    branches = [ref for ref in refs if ref.name != WORKTREE] or list(refs)
    return max(branches, key=lambda ref: ref.published_at, default=None)


def local_target(repository: OpenRepository) -> str:
    """Return what a local caller is answered from: the working tree's name when it has edits, else HEAD's sha; "" for
    a clean checkout without a commit.
    """
    tree = repository.source.worktree()
    if tree is not None:
        return tree.snapshot
    head = repository.source.head()
    return head.sha if head is not None else ""


def commit_of(repository: OpenRepository, revision: str) -> str:
    """Return the full sha of the commit (or the name of the working tree) that ``revision`` means, indexed or not.

    Git is asked first: a branch wins over a tag, both over an abbreviated sha. A snapshot whose commit git has lost is
    found by its sha too. Raises ``UnknownRevision``, and ``AmbiguousRevision`` with the candidates.
    """
    stored = _stored_snapshots(repository, revision)
    if revision in stored:
        return revision
    if is_worktree(revision):
        return _single(revision, stored)
    try:
        sha = repository.source.resolve(revision)
    except (UnknownRevision, SourceGone):
        if not stored:
            raise
        return _single(revision, stored)
    # Only an abbreviation can mean several commits; a branch that is spelled like one has won already.
    is_abbreviation = sha.startswith(revision.lower())
    return _single(revision, sorted({sha, *stored})) if is_abbreviation else sha


def not_ready(repository: Repository, target: str | None, indexed: str | None, failed: str = "") -> SnapshotNotReady:
    """Return the error that says which commit was asked for, which one is indexed, how to ask for it, and why the last
    attempt ``failed``.
    """
    state = f"{indexed[:12]} is" if indexed else "nothing is yet"
    exact = target is not None and FULL_SHA.match(target) is not None
    command = f"aura index {repository.id}{f' --sha {target}' if exact else ''}"
    path, body = ("snapshots", {"sha": target}) if exact else ("sync", {})
    reason = f" The last attempt failed: {failed}" if failed else ""
    details: dict[str, object] = {"failed": failed} if failed else {}
    return SnapshotNotReady(
        f"{(target or 'the head')[:24]} of {repository.id} is not indexed; {state}.{reason}",
        remedy=f"Ask for it: `{command}`, or POST {json.dumps(body)} to /api/v1/repos/{repository.id}/{path}.",
        repo=repository.id,
        wanted=target,
        indexed=indexed,
        **details,
    )


def _local_default(repository: OpenRepository, refs: Sequence[Ref]) -> Location:
    """Return the snapshot of the working tree if the checkout is dirty, else of its HEAD, as they are now."""
    target = local_target(repository)
    if not target:
        raise SnapshotNotReady(
            f"{repository.id} has no commit and no files yet.",
            remedy="Add some, then ask again.",
            wanted=None,
            indexed=None,
        )
    if can_be_completed(repository.stores, repository.source, repository.id, target):
        raise not_ready(repository.record, target, None)
    # A published snapshot is found with its name; one that was indexed by its sha alone has none.
    for ref in refs:
        if ref.sha == target:
            return Location(ref.sha, ref.digest, ref.name)
    info = repository.stores.snapshots.info(repository.id, target)
    if info is not None:
        return Location(target, info.digest)
    published = default_ref(refs)
    raise not_ready(repository.record, target, published.sha if published else None)


def _published_default(repository: OpenRepository, refs: Sequence[Ref]) -> Location:
    published = default_ref(refs)
    if published is None:
        raise not_ready(repository.record, _head_sha(repository), None, last_failure(repository))
    return Location(published.sha, published.digest, published.name)


def _head_sha(repository: OpenRepository) -> str | None:
    try:
        head = repository.source.head()
    except (SourceGone, UnknownRevision):
        return None
    return head.sha if head is not None else None


def _stored_snapshots(repository: OpenRepository, revision: str) -> Sequence[str]:
    """Return the snapshots of this repository whose names begin with ``revision``."""
    if _WORKTREE.match(revision):
        return repository.stores.snapshots.find(repository.id, revision)
    if _ABBREVIATED.match(revision):
        return repository.stores.snapshots.find(repository.id, revision.lower())
    return ()


def _single(revision: str, candidates: Sequence[str]) -> str:
    if len(candidates) > 1:
        raise AmbiguousRevision(
            f"{revision!r} is the beginning of several commits.",
            remedy="Give more digits.",
            candidates=list(candidates),
        )
    if not candidates:
        raise UnknownRevision(
            f"There is no working tree snapshot {revision[:100]}.", remedy="`aura status` names the present one."
        )
    return candidates[0]
