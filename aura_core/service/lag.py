"""How far an index is behind the head of its repository, in commits and seconds."""

from __future__ import annotations

import time
from typing import NamedTuple

from aura_core.errors import AuraError, SourceGone, UnsupportedRepository
from aura_core.model.repository import Lag, Repository
from aura_core.model.snapshot import is_worktree
from aura_core.ports.sources import Source
from aura_core.service.locate import OpenRepository, default_ref


class Head(NamedTuple):
    """The tracked head of a repository. ``sha`` is None when it cannot be read, and ``problem`` says why."""

    source: Source | None
    sha: str | None
    problem: str = ""


def tracked_head(repository: OpenRepository) -> Head:
    """Return the commit (or working tree) that the index of a repository should show now. Raises nothing."""
    source = None
    try:
        source = repository.source
        return Head(source, _head_sha(source, repository.record))
    except AuraError as error:
        # The source may be open all the same: what it can still tell, as the time of a commit, is used.
        return Head(source, None, str(error))


def repository_lag(repository: OpenRepository) -> Lag:
    """Return how far the published snapshot is behind the tracked head."""
    published = default_ref(repository.stores.catalog.publisher.refs(repository.id))
    return lag_behind(tracked_head(repository), published.sha if published is not None else None)


def answer_lag(repository: OpenRepository, sha: str) -> Lag:
    """Return the ``lag`` of an answer made from ``sha``. It is no part of what a replay compares."""
    # A working tree was read for this very question, so nothing can be newer; its head is not looked at.
    return lag_behind(Head(None, sha) if is_worktree(sha) else tracked_head(repository), sha)


def lag_behind(head: Head, indexed: str | None) -> Lag:
    """Return how many commits, and how many seconds since ``head`` was made, ``indexed`` is behind it."""
    target, source = head.sha, head.source
    if target is not None and (target == indexed or is_worktree(target)):
        return Lag(target, indexed, target == indexed, 0, 0.0, head.problem)
    if target is None or source is None:
        return Lag(target, indexed, None if target is None else False, problem=head.problem)
    seconds = max(0.0, round(time.time() - source.commit_time(target), 1))
    # A working tree has no place in the history, so commits cannot be counted from it.
    try:
        commits = source.commits_between(indexed, target) if indexed and not is_worktree(indexed) else None
    except (SourceGone, UnsupportedRepository):
        commits = None  # the history has a hole
    return Lag(target, indexed, False, commits, seconds, head.problem)


def _head_sha(source: Source, repository: Repository) -> str | None:
    if repository.ref:
        return source.resolve(repository.ref)
    head = source.head()
    if head is not None:
        return head.sha
    tree = source.worktree()
    return tree.snapshot if tree is not None else None
