"""The last selection of each repository that this process has read, so that the next commit costs what it changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from aura_core.model.snapshot import Tree
from aura_core.settings import Settings
from aura_core.sources.rules.rules import Rules
from aura_core.sources.rules.selection import Selection

MAX_REPOSITORIES = 8


class Judged(NamedTuple):
    """A commit, what was chosen of it, by which rules, and the same for those who ask. Never changed."""

    sha: str
    chosen: Selection
    rules: Rules
    tree: Tree


def judged(sha: str, chosen: Selection, rules: Rules) -> Judged:
    """What is remembered of a commit."""
    tree = Tree(
        snapshot=sha,
        files=tuple(chosen.files),
        skipped=chosen.skipped,
        settings=rules.digest,
        submodules=tuple(chosen.submodules),
        warnings=tuple(chosen.warnings),
    )
    return Judged(sha, chosen, rules, tree)


Key = tuple[str, int, int]
"""A repository's path and the settings that decide what is chosen."""

_last: OrderedDict[Key, Judged] = OrderedDict()
_lock = threading.Lock()


def key_of(path: str, settings: Settings) -> Key:
    """The key of a repository."""
    return path, settings.max_file_bytes, settings.max_files


def recall(key: Key) -> Judged | None:
    """What was remembered last."""
    with _lock:
        return _last.get(key)


def remember(key: Key, judged: Judged) -> None:
    """Remember, forgetting the repository that was not asked about for longest."""
    with _lock:
        _last[key] = judged
        _last.move_to_end(key)
        while len(_last) > MAX_REPOSITORIES:
            _last.popitem(last=False)
