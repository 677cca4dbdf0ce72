"""From what a caller typed to one repository and one published snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aura_core.errors import (
    AmbiguousRevision,
    InvalidRequest,
    SnapshotNotReady,
    SourceGone,
    UnknownRepository,
    UnknownRevision,
)
from aura_core.model.repository import Ref, Repository
from aura_core.model.snapshot import WORKTREE, is_worktree
from aura_core.ports.stores import Stores
from aura_core.sources import identify

MAX_REVISION_CHARS = 1_024
FULL_SHA = re.compile(r"[0-9a-f]{40}\Z")
_ABBREVIATED = re.compile(r"[0-9a-fA-F]{4,40}\Z")
_WORKTREE = re.compile(rf"{WORKTREE}-[0-9a-f]{{1,12}}\Z")
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
    """The snapshot that ``revision`` names: "" is what readers get by default (for a local door the working tree when
    it is dirty), else ``WORKTREE``, a published ref, a full or abbreviated sha, a branch or a tag. Raises
    ``SnapshotNotReady`` if git knows it and the index does not, ``UnknownRevision`` or ``AmbiguousRevision`` otherwise.
    """
    check_revision(revision)
    refs = stores.catalog.publisher.refs(repository.id)
    if not revision:
        return _default(stores, repository, refs, local=local)
    for ref in refs:
        if revision.removeprefix("refs/heads/") == ref.name:
            return Located(repository, ref.sha, ref.digest, ref.name)
    return _exact(stores, repository, refs, revision)


def check_revision(revision: str) -> None:
    """Raise ``InvalidRequest`` for what no commit, branch or tag can be called."""
    if len(revision) > MAX_REVISION_CHARS or "\0" in revision:
        raise InvalidRequest(
            "The revision is too long or holds a NUL character.",
            remedy="Name a commit, a branch or a tag.",
            field="sha",
        )


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
            raise SnapshotNotReady(
                f"{repository.id} has no commit and no files yet.",
                remedy="Add some, then ask again.",
                wanted=None,
                indexed=None,
            )
        published = default_ref(refs)
        raise not_ready(repository, wanted, published.sha if published else None)
    published = default_ref(refs)
    if published is None:
        raise not_ready(repository, _head(stores, repository), None)
    return Located(repository, published.sha, published.digest, published.name)


def local_target(stores: Stores, repository: Repository) -> str:
    """What a local door answers from: the working tree's name when it has edits, else HEAD's sha; "" for an unborn,
    clean checkout.
    """
    source = stores.sources.open(repository)
    tree = source.worktree()
    if tree is not None:
        return tree.snapshot
    head = source.head()
    return head.sha if head is not None else ""


def commit_of(stores: Stores, repository: Repository, revision: str) -> str:
    """The full sha of the commit (or the name of the working tree) that ``revision`` means, indexed or not.

    Git is asked first: a branch wins over a tag, both over an abbreviated sha. A snapshot whose commit git has lost is
    found by its sha too. Raises ``UnknownRevision``, and ``AmbiguousRevision`` with the candidates.
    """
    stored = _stored(stores, repository, revision)
    if revision in stored:
        return revision
    if is_worktree(revision):
        return _only(revision, stored)
    try:
        found = stores.sources.open(repository).resolve(revision)
    except (UnknownRevision, SourceGone):
        if not stored:
            raise
        return _only(revision, stored)
    abbreviated = found.startswith(revision.lower())
    return _only(revision, sorted({found, *stored})) if abbreviated else found


def not_ready(repository: Repository, wanted: str | None, indexed: str | None, failed: str = "") -> SnapshotNotReady:
    """The error that says what was asked for, what there is, how to ask for it, and why the last attempt ``failed``."""
    state = f"{indexed[:12]} is" if indexed else "nothing is yet"
    exact = wanted is not None and FULL_SHA.match(wanted) is not None
    command = f"aura index {repository.id}{f' --sha {wanted}' if exact else ''}"
    path, body = ("snapshots", {"sha": wanted}) if exact else ("sync", {})
    details: dict[str, object] = {"failed": failed} if failed else {}
    return SnapshotNotReady(
        f"{(wanted or 'the head')[:24]} of {repository.id} is not indexed; {state}.{f' The last attempt failed: {failed}' if failed else ''}",
        remedy=f"Ask for it: `{command}`, or POST {json.dumps(body)} to /api/v1/repos/{repository.id}/{path}.",
        repo=repository.id,
        wanted=wanted,
        indexed=indexed,
        **details,
    )


def _head(stores: Stores, repository: Repository) -> str | None:
    try:
        head = stores.sources.open(repository).head()
    except (SourceGone, UnknownRevision):
        return None
    return head.sha if head is not None else None


def _exact(stores: Stores, repository: Repository, refs: Sequence[Ref], revision: str) -> Located:
    sha = commit_of(stores, repository, revision)
    info = stores.snapshots.info(repository.id, sha)
    if info is None:
        published = default_ref(refs)
        raise not_ready(repository, sha, published.sha if published else None)
    return Located(repository, sha, info.digest)


def _stored(stores: Stores, repository: Repository, revision: str) -> Sequence[str]:
    """Snapshots of this repository whose name begins so."""
    if _WORKTREE.match(revision):
        return stores.snapshots.find(repository.id, revision)
    return stores.snapshots.find(repository.id, revision.lower()) if _ABBREVIATED.match(revision) else ()


def _only(revision: str, found: Sequence[str]) -> str:
    if len(found) > 1:
        raise AmbiguousRevision(
            f"{revision!r} is the beginning of several commits.", remedy="Give more digits.", candidates=list(found)
        )
    if not found:
        raise UnknownRevision(
            f"There is no working tree snapshot {revision[:100]}.", remedy="`aura status` names the present one."
        )
    return found[0]
