"""From what a caller typed to one repository and one published snapshot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aura_core.errors import AmbiguousRevision, InvalidRequest, SnapshotNotReady, SourceGone, UnknownRepository, UnknownRevision
from aura_core.model.repository import Ref, Repository
from aura_core.model.snapshot import WORKTREE, is_worktree
from aura_core.ports.stores import Stores
from aura_core.sources import identify, open_source

MAX_REVISION_CHARS = 1_024
_HEX = re.compile(r"[0-9a-f]{7,40}\Z")
_ID = re.compile(r"[a-z0-9._-]{1,80}\Z")


@dataclass(frozen=True, slots=True)
class Located:
    """A snapshot that can be answered from. ``ref`` is the published name it was found under, "" for an exact commit."""

    repository: Repository
    sha: str
    digest: str
    ref: str = ""


def find_repository(stores: Stores, text: str) -> Repository:
    """By id, path or URL. Raises ``UnknownRepository`` with the known ids."""
    if _ID.match(text) and (found := stores.catalog.repositories.get(text)) is not None:
        return found
    known = stores.catalog.repositories.list()
    if _ID.match(text) and len(named := [r for r in known if r.name == text]) == 1:
        return named[0]
    try:
        candidate = identify(text, from_cli=True, home=stores.settings.home)
    except InvalidRequest:
        candidate = None
    if candidate is not None and (found := stores.catalog.repositories.get(candidate.id)) is not None:
        return found
    raise UnknownRepository(
        f"There is no repository {text!r}.",
        remedy="Add it with `aura repos add PATH_OR_URL`, or use one of the known ids.",
        known=[r.id for r in known],
    )


def locate(stores: Stores, repository: Repository, revision: str, *, local: bool) -> Located:
    """The snapshot that ``revision`` names: "" is what readers get by default (for a local door the working tree when it is dirty),
    else ``WORKTREE``, a published ref, a full or abbreviated sha, a branch or a tag. Raises ``SnapshotNotReady`` if git knows it and the
    index does not, ``UnknownRevision`` or ``AmbiguousRevision`` otherwise.
    """
    if len(revision) > MAX_REVISION_CHARS or "\0" in revision:
        raise InvalidRequest("The revision is too long or holds a NUL character.", field="sha")
    refs = stores.catalog.publisher.refs(repository.id)
    if not revision:
        return _default(stores, repository, refs, local=local)
    for ref in refs:
        if revision.removeprefix("refs/heads/") == ref.name:
            return Located(repository, ref.sha, ref.digest, ref.name)
    return _exact(stores, repository, refs, revision)


def default_ref(refs: Sequence[Ref]) -> Ref | None:
    """The published ref that readers get when they name none: the tracked branch, else the only thing there is."""
    branches = [r for r in refs if r.name != WORKTREE] or list(refs)
    return max(branches, key=lambda r: r.published_at, default=None)


def _default(stores: Stores, repository: Repository, refs: Sequence[Ref], *, local: bool) -> Located:
    if local:
        wanted = local_target(stores, repository)
        found = next((r for r in refs if r.sha == wanted), None)
        if found is not None:
            return Located(repository, found.sha, found.digest, found.name)
        if wanted and (info := stores.snapshots.info(repository.id, wanted)) is not None:
            return Located(repository, wanted, info.digest)
        if not wanted:
            raise SnapshotNotReady(f"{repository.id} has no commit and no files yet.", remedy="Add some, then ask again.", wanted=None, indexed=None)
        published = default_ref(refs)
        raise not_ready(repository, wanted, published.sha if published else None)
    published = default_ref(refs)
    if published is None:
        raise not_ready(repository, _head(stores, repository), None)
    return Located(repository, published.sha, published.digest, published.name)


def local_target(stores: Stores, repository: Repository) -> str:
    """What a local door answers from: the working tree's name when it has edits, else HEAD's sha; "" for an unborn, clean checkout."""
    source = open_source(repository, stores.settings)
    tree = source.worktree()
    if tree is not None:
        return tree.snapshot
    head = source.head()
    return head[1] if head is not None else ""


def not_ready(repository: Repository, wanted: str | None, indexed: str | None) -> SnapshotNotReady:
    """The error that says what was asked for and what there is."""
    state = f"{indexed[:12]} is" if indexed else "nothing is yet"
    return SnapshotNotReady(
        f"{(wanted or 'the head')[:24]} of {repository.id} is not indexed; {state}.",
        remedy=f"Sync it: `aura index {repository.id}`, or POST /api/v1/repos/{repository.id}/sync.",
        repo=repository.id,
        wanted=wanted,
        indexed=indexed,
    )


def _head(stores: Stores, repository: Repository) -> str | None:
    try:
        head = open_source(repository, stores.settings).head()
    except (SourceGone, UnknownRevision):
        return None
    return head[1] if head is not None else None


def _exact(stores: Stores, repository: Repository, refs: Sequence[Ref], revision: str) -> Located:
    stored = stores.snapshots.find(repository.id, revision) if _HEX.match(revision) or is_worktree(revision) else []
    if len(revision) < 40 and len(stored) > 1:
        raise AmbiguousRevision(f"{revision} names several snapshots.", remedy="Give more digits.", candidates=list(stored))
    sha = stored[0] if len(stored) == 1 and (len(revision) == 40 or is_worktree(revision)) else ""
    if not sha:
        if is_worktree(revision):
            raise UnknownRevision(f"There is no working tree snapshot {revision}.", remedy="`aura status` names the present one.")
        sha = open_source(repository, stores.settings).resolve(revision)
    info = stores.snapshots.info(repository.id, sha)
    if info is None:
        published = default_ref(refs)
        raise not_ready(repository, sha, published.sha if published else None)
    return Located(repository, sha, info.digest)
