"""Scans a whole checkout: reads git's index, the user's ignore files and the folder on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pygit2

from aura_core.files import read_regular
from aura_core.model.changes import Side
from aura_core.sources.git.index_file import NO_STAT_DATA, BadIndex, IndexEntry, IndexFile, read_index
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.git.tree_diff import canonical_mode
from aura_core.sources.rules.ignore_files import IgnoreLine, parse_ignore
from aura_core.sources.rules.limits import limits_of
from aura_core.sources.rules.rules import MAX_RULE_BYTES, RULE_FILES, rules_of
from aura_core.sources.worktree.checkout import Checkout
from aura_core.sources.worktree.scan import Scan, TrackedPaths, scan_folder


def scan_checkout(source: GitObjects, head: str | None) -> Checkout | None:
    """Scan the checkout of a repository whose HEAD is ``head``.

    None when the repository is bare or nothing was ever checked out. Raises ``InputTooLarge``.
    """
    if source.git.is_bare:
        return None
    index = _index(source, head)
    if index is None:
        return None
    scan = scan_folder(source.path, source.settings, _tracked_paths(index), _outer_lines(source.git))
    sparse_sides = dict(_sparse_sides(source, index, head, scan))
    rule_blobs = {
        path: side.blob
        for path, side in sparse_sides.items()
        if os.path.basename(path) in RULE_FILES and stat.S_ISREG(side.mode)
    }
    texts = dict(source.read_many(set(rule_blobs.values())))  # one that was never fetched rules nothing, as in HEAD
    sparse_rule_files = {path: texts[blob] for path, blob in rule_blobs.items() if blob in texts}
    rules = rules_of({**sparse_rule_files, **scan.rule_files}, limits_of(source.settings))
    return Checkout(source, head, index, scan, sparse_sides, rules)


def deciding_files(git: pygit2.Repository) -> tuple[Path, ...]:
    """Return the files outside the tree that decide what a scan finds: index, configuration, the user's ignores."""
    git_folder, common_folder = Path(git.path), _common_folder(Path(git.path))
    configuration = (common_folder / "config", git_folder / "config.worktree")
    return (git_folder / "index", *configuration, *_user_ignore_files(git))


def _index(source: GitObjects, head: str | None) -> IndexFile | None:
    """Return what git tracks; HEAD's tree stands in for an index that cannot be read.

    Without an index git tracks nothing when HEAD is unborn; else nothing is checked out, and the result is None.
    """
    try:
        index = read_index(Path(source.git.path) / "index")
    except BadIndex:
        sides = source.sides_of(head) if head else {}
        entries = {path: IndexEntry(side.mode, side.blob, NO_STAT_DATA, False) for path, side in sides.items()}
        return IndexFile(entries, (), 0)
    return IndexFile({}, (), 0) if index is None and head is None else index


def _sparse_sides(source: GitObjects, index: IndexFile, head: str | None, scan: Scan) -> Iterator[tuple[str, Side]]:
    """Yield the files that a sparse checkout leaves out of the disk, as git has them."""
    disk_paths = scan.entries.keys() if index.sparse_folders else scan.stats.keys()
    for path, entry in index.entries.items():
        if entry.skip_worktree and path not in disk_paths:
            yield path, Side(canonical_mode(entry.mode), entry.blob)
    if index.sparse_folders and head:
        for path, side in source.sides_of(head).items():
            if path.startswith(index.sparse_folders) and path not in disk_paths:
                yield path, side


def _tracked_paths(index: IndexFile) -> TrackedPaths:
    folders: set[str] = set()
    for path in index.entries:
        folder, _, _ = path.rpartition("/")
        while folder and folder not in folders:
            folders.add(folder)
            folder, _, _ = folder.rpartition("/")
    # 0o160000 is a submodule (git calls it gitlink).
    submodules = {path for path, entry in index.entries.items() if stat.S_IFMT(entry.mode) == 0o160000}
    return TrackedPaths(index.entries.keys() - submodules, submodules, folders)


def _outer_lines(git: pygit2.Repository) -> tuple[IgnoreLine, ...]:
    """Return the user's ignore lines from outside the tree."""
    return tuple(line for path in _user_ignore_files(git) for line in _ignore_lines(path))


def _user_ignore_files(git: pygit2.Repository) -> tuple[Path, Path]:
    """Return the repository's ``info/exclude`` and ``core.excludesFile``."""
    try:
        excludes_file = Path(str(git.config["core.excludesfile"])).expanduser()
    except KeyError:
        excludes_file = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git" / "ignore"
    return _common_folder(Path(git.path)) / "info" / "exclude", excludes_file


def _common_folder(git_folder: Path) -> Path:
    """Return the git folder that linked worktrees share."""
    try:
        return git_folder / os.fsdecode(read_regular(git_folder / "commondir", MAX_RULE_BYTES)).strip()
    except (OSError, ValueError):
        return git_folder


def _ignore_lines(path: Path) -> tuple[IgnoreLine, ...]:
    try:
        return parse_ignore(read_regular(path, MAX_RULE_BYTES, whole=False))
    except OSError:
        return ()
