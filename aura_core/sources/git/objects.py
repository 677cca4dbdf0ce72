"""Reads a git repository's commits, trees and blobs through libgit2; no program runs and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, ObjectType, SortMode

from aura_core.errors import SourceGone, UnsupportedRepository
from aura_core.model.changes import Change, Side
from aura_core.model.snapshot import Tree
from aura_core.ports.sources import Head
from aura_core.settings import Settings
from aura_core.sources.git import revisions
from aura_core.sources.git.changes import DEFAULT_THRESHOLD, changes_of
from aura_core.sources.git.commit_selection import CommitSelection, RecentSelections, commit_selection
from aura_core.sources.git.repository import open_repository
from aura_core.sources.git.tree_diff import FILE_TYPE, diff_trees
from aura_core.sources.paths import decode_path
from aura_core.sources.rules.limits import limits_of
from aura_core.sources.rules.rules import MAX_RULE_BYTES, RULE_FILES, rules_of
from aura_core.sources.rules.selection import (
    ENTRIES_PER_FILE,
    Entry,
    EntryKind,
    select_files,
    too_many_files,
    update_selection,
)

MAX_DIFFERENCES = 1_000
"""When more paths than this differ, a selection is made anew instead of updated."""

FOLDER = int(FileMode.TREE)
_KINDS: dict[int, EntryKind] = {FileMode.LINK: EntryKind.SYMLINK, FileMode.COMMIT: EntryKind.SUBMODULE}
_ROW = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
_ROW_OVERHEAD = 22
"""Bytes of a row besides its mode and name: a space, a NUL, the id."""

TreeRow = tuple[bytes, bytes, bytes]
"""An entry of a tree object: mode in octal digits, name, raw id."""


class GitObjects:
    """The objects of one repository on disk, which is opened on first use."""

    def __init__(self, path: Path, settings: Settings, recent: RecentSelections) -> None:
        self.path = path
        self.settings = settings
        self._recent = recent
        self._repository: pygit2.Repository | None = None
        self._sizes: dict[str, int] = {}

    @property
    def git(self) -> pygit2.Repository:
        """Return the open repository. Raises ``UnsupportedRepository``."""
        if self._repository is None:
            self._repository = open_repository(self.path)
        return self._repository

    def reopen(self) -> None:
        """Forget what was read about refs and packs, after another program changed them."""
        if self._repository is not None:
            self._repository.free()
        self._repository = None

    def head(self) -> Head | None:
        """Return where HEAD points; None while there is no commit."""
        if self.git.head_is_unborn:
            return None
        ref = "HEAD" if self.git.head_is_detached else self.git.head.shorthand
        return Head(ref, str(self.git.head.target))

    def resolve(self, revision: str) -> str:
        """Return the commit of a revision, see ``revisions.resolve``; "" is HEAD."""
        return revisions.resolve(self.git, revision or "HEAD")

    def tree(self, sha: str) -> Tree:
        """Return the files of a commit that are indexed.

        Raises ``UnknownRevision``, ``InputTooLarge``, ``UnsupportedRepository``.
        """
        return self.commit_selection(sha).tree

    def commit_selection(self, sha: str) -> CommitSelection:
        """Return the selection behind ``tree`` and its rules: from the cache, updated from the last commit, or new."""
        recent = self._recent.get(str(self.path))
        if recent is not None and recent.sha == sha:
            return recent
        try:
            selection = self._updated_selection(recent, sha) or self._new_selection(sha)
        except (KeyError, pygit2.GitError) as error:
            raise self._missing(sha) from error
        self._recent.put(str(self.path), selection)
        return selection

    def _new_selection(self, sha: str) -> CommitSelection:
        entries = list(self.entries(sha))
        rule_files = {entry.path: self._read(entry.blob) for entry in entries if self._is_rule_file(entry)}
        rules = rules_of(rule_files, limits_of(self.settings))
        return commit_selection(sha, select_files(entries, self, rules, self.settings.max_files), rules)

    def _updated_selection(self, recent: CommitSelection | None, sha: str) -> CommitSelection | None:
        """Return the selection of a commit, updated from another one's; None when rules or too many paths changed, or
        when the other commit is gone.
        """
        commit = self.git.get(recent.sha) if recent is not None else None
        if recent is None or not isinstance(commit, pygit2.Commit):
            return None
        all_differences = diff_trees(commit.tree, self._commit(sha).tree, check_count=self._check_count)
        # One more than the limit tells "too many" without a diff of the whole trees.
        differences = list(islice(all_differences, MAX_DIFFERENCES + 1))
        if len(differences) > MAX_DIFFERENCES or any(
            _basename(path) in RULE_FILES or path.count("/") > recent.rules.limits.max_depth
            for path, _, _ in differences
        ):
            return None
        removed_paths = [path for path, old, _ in differences if old is not None]
        new_entries = [_entry(path, new) for path, _, new in differences if new is not None]
        try:
            selection = update_selection(
                recent.selection, removed_paths, new_entries, self, recent.rules, self.settings.max_files
            )
        except (KeyError, pygit2.GitError):
            return None
        return None if selection is None else commit_selection(sha, selection, recent.rules)

    def entries(self, sha: str) -> Iterator[Entry]:
        """Yield everything in a commit's tree but folders.

        Raises ``KeyError`` or libgit2's error when an object is missing.
        """
        max_depth = limits_of(self.settings).max_depth
        return _entries_below(self._rows, str(self._commit(sha).tree_id), max_depth, self._check_count)

    def size(self, entry: Entry) -> int:
        """Return the size of a blob in bytes, from its header alone."""
        size = self._sizes.get(entry.blob)
        if size is None:
            _, size = self.git.odb.read_header(entry.blob)
            self._sizes[entry.blob] = size
        return size

    def blob(self, entry: Entry) -> str:
        """Return the blob that git names."""
        return entry.blob

    def head_bytes(self, entry: Entry) -> bytes:
        """Return all bytes of a blob."""
        return self._read(entry.blob)

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob. Raises ``SourceGone`` when the repository no longer has it."""
        try:
            return self._read(blob)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise self._missing(blob) from error

    def read_many(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (blob, bytes) in the order of ``blobs``. Raises ``SourceGone`` at the first that is gone."""
        for blob in blobs:
            yield blob, self.read(blob)

    def changes(self, old: str, new: str, threshold: int = DEFAULT_THRESHOLD) -> tuple[Change, ...]:
        """Return the differences between two commits, see ``Source.changes``."""
        old_tree, new_tree = (self._commit(sha).tree if sha else None for sha in (old, new))
        try:
            differences = diff_trees(old_tree, new_tree, check_count=self._check_count)
            return changes_of(differences, self.content_of, threshold)
        except (KeyError, pygit2.GitError) as error:
            raise self._missing(new) from error

    def sides_of(self, sha: str) -> dict[str, Side]:
        """Return everything in a commit's tree but folders, by working path."""
        try:
            differences = diff_trees(None, self._commit(sha).tree, check_count=self._check_count)
            return {path: new for path, _, new in differences if new is not None}
        except (KeyError, pygit2.GitError) as error:
            raise self._missing(sha) from error

    def content_of(self, side: Side) -> bytes | None:
        """Return a file's bytes; None when they are over the size limit or cannot be read."""
        try:
            data = self.read(side.blob)
        except (SourceGone, UnsupportedRepository):
            return None
        return data if len(data) <= self.settings.max_file_bytes else None

    def commit_time(self, sha: str) -> float:
        """Return when a commit was made, by its committer, in UTC seconds."""
        return float(self._commit(sha).commit_time)

    def ancestors(self, sha: str, limit: int) -> Iterator[str]:
        """Yield a commit and its ancestors, newest first, at most ``limit``."""
        walker = self.git.walk(self._commit(sha).id, SortMode.TOPOLOGICAL | SortMode.TIME)
        for commit in islice(walker, limit):
            yield str(commit.id)

    def commits_between(self, older: str, newer: str, limit: int = 10_000) -> int:
        """Count the commits that ``newer`` has and ``older`` has not, up to ``limit``.

        An ``older`` that is gone has none of them.
        """
        walker = self.git.walk(self._commit(newer).id)
        if isinstance(self.git.get(older), pygit2.Commit):
            walker.hide(older)
        return sum(1 for _ in islice(walker, limit))

    def _missing(self, sha: str) -> SourceGone | UnsupportedRepository:
        """Return the error for a missing object: a partial clone can be completed, otherwise the object is gone."""
        if self._is_partial():
            return UnsupportedRepository(
                f"The repository at {self.path} is a partial clone that lacks objects of {sha[:12]}.",
                remedy=f"Complete it with: git -C '{self.path}' fetch --refetch --no-filter",
            )
        return SourceGone(
            f"{sha} is no longer in the repository at {self.path}.", remedy="Index a newer commit.", blob=sha
        )

    def _check_count(self, count: int) -> None:
        if count > self.settings.max_files * ENTRIES_PER_FILE:
            raise too_many_files(self.settings.max_files)

    def _commit(self, sha: str) -> pygit2.Commit:
        commit = self.git.get(sha)
        if not isinstance(commit, pygit2.Commit):
            raise revisions.unknown(self.git, sha)
        return commit

    def _read(self, blob: str) -> bytes:
        kind, data = self.git.read(blob)
        if kind != ObjectType.BLOB:
            raise KeyError(blob)
        return bytes(data)

    def _rows(self, tree: str) -> list[TreeRow]:
        """Return the rows of a tree object, parsed here: libgit2's entries cost three times as much."""
        kind, data = self.git.odb.read(tree)
        rows: list[TreeRow] = _ROW.findall(data)
        # ``_ROW`` matches every row of a sound tree, so the lengths must add up
        parsed_bytes = sum(len(mode) + len(name) + _ROW_OVERHEAD for mode, name, _ in rows)
        if kind != ObjectType.TREE or parsed_bytes != len(data):  # findall skips what it does not understand
            raise KeyError(tree)
        return rows

    def _is_rule_file(self, entry: Entry) -> bool:
        return (
            _basename(entry.path) in RULE_FILES and entry.kind is EntryKind.FILE and self.size(entry) <= MAX_RULE_BYTES
        )

    def _is_partial(self) -> bool:
        names = (entry.name.lower() for entry in self.git.config)
        return any(name.endswith((".promisor", "partialclone")) for name in names)


def _basename(path: str) -> str:
    _, _, basename = path.rpartition("/")
    return basename


def _entry(path: str, side: Side) -> Entry:
    return Entry(path, _KINDS.get(side.mode & FILE_TYPE, EntryKind.FILE), side.blob)


def _entries_below(
    rows_of: Callable[[str], list[TreeRow]], top: str, max_depth: int, check_count: Callable[[int], None]
) -> Iterator[Entry]:
    """Yield the entries of a tree and of those below it; a folder that lies too deep is one unreadable entry."""
    stack = [("", 0, top)]
    count = 0
    while stack:
        prefix, depth, tree = stack.pop()
        rows = rows_of(tree)
        count += 1 + len(rows)
        check_count(count)
        for mode, name, raw_id in rows:
            path, file_type = prefix + decode_path(name), int(mode, 8) & FILE_TYPE
            if file_type != FOLDER:
                yield Entry(path, _KINDS.get(file_type, EntryKind.FILE), raw_id.hex())
            elif depth >= max_depth:
                yield Entry(path, EntryKind.UNREADABLE)
            else:
                stack.append((path + "/", depth + 1, raw_id.hex()))
