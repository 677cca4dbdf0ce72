"""How far an index is behind the head of its repository, in commits and seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from aura_core.errors import AuraError
from aura_core.model.repository import Repository
from aura_core.model.snapshot import is_worktree
from aura_core.ports.sources import Source
from aura_core.service.locate import OpenRepository, default_ref

Lag = Mapping[str, Any]
"""``commits`` and ``seconds`` behind; None where that cannot be known, 0 when current."""


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
    head = tracked_head(repository)
    published = default_ref(repository.stores.catalog.publisher.refs(repository.id))
    return lag_between(head.source, head.sha, published.sha if published is not None else None)


def answer_lag(repository: OpenRepository, sha: str) -> Lag:
    """Return the ``lag`` of an answer made from ``sha``, with ``wanted``, ``indexed`` and ``current``. It is no part
    of what a replay compares.
    """
    # A working tree was read for this very question, so nothing can be newer; its head is not looked at.
    head = Head(None, sha) if is_worktree(sha) else tracked_head(repository)
    lag = {"wanted": head.sha, "indexed": sha, "current": head.sha == sha, **lag_between(head.source, head.sha, sha)}
    return {**lag, "problem": head.problem} if head.problem else lag


def lag_between(source: Source | None, target: str | None, indexed: str | None) -> Lag:
    """Return how many commits, and how many seconds since ``target`` was made, ``indexed`` is behind it."""
    if target is not None and (target == indexed or is_worktree(target)):
        return {"commits": 0, "seconds": 0.0}
    if target is None or source is None:
        return {"commits": None, "seconds": None}
    seconds = max(0.0, round(time.time() - source.commit_time(target), 1))
    # A working tree has no place in the history, so commits cannot be counted from it.
    commits = source.commits_between(indexed, target) if indexed and not is_worktree(indexed) else None
    return {"commits": commits, "seconds": seconds}


def _head_sha(source: Source, repository: Repository) -> str | None:
    if repository.ref:
        return source.resolve(repository.ref)
    head = source.head()
    if head is not None:
        return head.sha
    tree = source.worktree()
    return tree.snapshot if tree is not None else None
