"""Brings an earlier scan up to date at a few paths, without a look at the others."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from aura_core.sources.rules.rules import RULE_FILES
from aura_core.sources.rules.selection import EntryKind
from aura_core.sources.worktree.files import disk_path
from aura_core.sources.worktree.scan import GIT_IGNORE_FILE, Scan

DECIDING_NAMES = frozenset((".git", "pyvenv.cfg", GIT_IGNORE_FILE, *RULE_FILES))
"""Names of files that decide about other paths."""

_CLOSED_KINDS = (EntryKind.SUBMODULE, EntryKind.VENDORED, EntryKind.IGNORED, EntryKind.UNREADABLE)
"""The kinds of folders that a scan does not enter."""


def rescan(root: Path, scan: Scan, paths: Collection[str]) -> Scan | None:
    """Return the scan as it is now if nothing but ``paths`` changed.

    None when one of them is a folder, was one, or decides about other paths: then only a full scan tells.
    """
    new_scan = replace(scan, entries=dict(scan.entries), stats=dict(scan.stats))
    return new_scan if all(_update(root, new_scan, path) for path in paths) else None


def _update(root: Path, scan: Scan, path: str) -> bool:
    """Bring one path up to date, and return whether that was possible."""
    folder, _, basename = path.rpartition("/")
    if basename in DECIDING_NAMES or folder not in scan.folders:
        return False
    try:
        status = os.lstat(disk_path(root, path))
    except (FileNotFoundError, NotADirectoryError):
        status = None
    except OSError:
        return False
    if path in scan.folders or (status is not None and stat.S_ISDIR(status.st_mode)):
        return _is_same_folder(scan, path, status)
    scan.entries.pop(path, None)
    scan.stats.pop(path, None)
    if status is None:
        return True
    if stat.S_ISLNK(status.st_mode):
        scan.add(path, EntryKind.SYMLINK)
        return True
    scan.stats[path] = status
    scan.add(path, scan.kind_of(path, status))
    return True


def _is_same_folder(scan: Scan, path: str, status: os.stat_result | None) -> bool:
    """Return whether a folder is still one, and still entered or still closed; its times and rights do not matter."""
    if status is None or not stat.S_ISDIR(status.st_mode):
        return False
    return path in scan.folders or (
        path in scan.entries and scan.entries[path].kind in _CLOSED_KINDS and path not in scan.stats
    )
