"""Remembers which files of a commit are indexed, per repository, so that the next commit costs only its difference."""

from __future__ import annotations

from typing import NamedTuple

from aura_core.lru import LruCache
from aura_core.model.snapshot import Tree
from aura_core.sources.rules.rules import Rules
from aura_core.sources.rules.selection import Selection

MAX_REPOSITORIES = 8
"""The last selections of this many repositories are kept."""


class CommitSelection(NamedTuple):
    """A commit, the selection of its files, the rules behind it, and the same as a public tree. Never changed."""

    sha: str
    selection: Selection
    rules: Rules
    tree: Tree


def commit_selection(sha: str, selection: Selection, rules: Rules) -> CommitSelection:
    """Return a commit's selection with the tree made from it."""
    tree = Tree(
        snapshot=sha,
        files=tuple(selection.files),
        skipped=selection.skipped,
        settings=rules.digest,
        submodules=tuple(selection.submodules),
        warnings=tuple(selection.warnings),
        unreadable=selection.unreadable_files,
    )
    return CommitSelection(sha, selection, rules, tree)


RecentSelections = LruCache[str, CommitSelection]
"""The last selection of each repository, by its path."""


def recent_selections() -> RecentSelections:
    """Return an empty cache of the last selection of each repository, by its path."""
    return LruCache(MAX_REPOSITORIES)
