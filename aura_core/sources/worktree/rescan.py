"""A walk brought up to date at a few paths, without walking again."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from aura_core.sources.paths import to_bytes
from aura_core.sources.rules.rules import RULE_FILES
from aura_core.sources.rules.selection import EntryKind
from aura_core.sources.worktree.disk import GIT_IGNORE_FILE, Walk

DECIDING = frozenset((".git", "pyvenv.cfg", GIT_IGNORE_FILE, *RULE_FILES))
"""Names that decide about other paths."""

_SHUT = (EntryKind.SUBMODULE, EntryKind.VENDORED, EntryKind.IGNORED, EntryKind.UNREADABLE)


def look_again(root: Path, before: Walk, paths: Collection[str]) -> Walk | None:
    """The walk as it would be now if nothing but ``paths`` changed; None when one of them is, was or decides about
    other paths.
    """
    after = replace(before, entries=dict(before.entries), stats=dict(before.stats))
    return after if all(_again(root, after, path) for path in paths) else None


def _again(root: Path, walk: Walk, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if name in DECIDING or folder not in walk.folders:
        return False
    try:
        status = os.lstat(os.path.join(os.fsencode(root), to_bytes(path)))
    except (FileNotFoundError, NotADirectoryError):
        status = None
    except OSError:
        return False
    if path in walk.folders or (status is not None and stat.S_ISDIR(status.st_mode)):
        return _folder_as_before(walk, path, status)
    walk.entries.pop(path, None)
    walk.stats.pop(path, None)
    if status is None:
        return True
    if stat.S_ISLNK(status.st_mode):
        walk.add(path, EntryKind.SYMLINK)
        return True
    walk.stats[path] = status
    walk.add(path, walk.kind_of(path, status))
    return True


def _folder_as_before(walk: Walk, path: str, status: os.stat_result | None) -> bool:
    """Whether a folder is still one, and still entered or still shut; its own times and rights do not matter."""
    if status is None or not stat.S_ISDIR(status.st_mode):
        return False
    return path in walk.folders or (
        path in walk.entries and walk.entries[path].kind in _SHUT and path not in walk.stats
    )
