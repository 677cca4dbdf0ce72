"""Reading a git repository's commits, trees and blobs through libgit2; no program runs and nothing is written."""

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
from aura_core.sources.git.changes import SIMILAR, changes_of
from aura_core.sources.git.commit_selection import CommitSelection, RecentSelections, commit_selection
from aura_core.sources.git.opening import open_git
from aura_core.sources.git.tree_diff import between_trees
from aura_core.sources.paths import from_bytes
from aura_core.sources.rules.rules import MAX_RULE_BYTES, RULE_FILES, rules_of
from aura_core.sources.rules.selection import ENTRIES_PER_FILE, Entry, EntryKind, advance, select, too_many

MAX_DEPTH = 128
"""Folders deeper than this are counted as unreadable."""

MAX_ADVANCE = 1_000
"""With more differing paths a tree is judged anew."""

FOLDER = int(FileMode.TREE)
_KINDS: dict[int, EntryKind] = {FileMode.LINK: EntryKind.SYMLINK, FileMode.COMMIT: EntryKind.SUBMODULE}
_ROW = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
_ROW_ENDS = 22
"""Bytes of a row beside its mode and name: a space, a NUL, the id."""


class GitObjects:
    """The objects of one repository on disk, opened on first use."""

    def __init__(self, path: Path, settings: Settings, recent: RecentSelections) -> None:
        self.path = path
        self.settings = settings
        self._recent = recent
        self._opened: pygit2.Repository | None = None
        self._sizes: dict[str, int] = {}

    @property
    def git(self) -> pygit2.Repository:
        """The repository. Raises ``UnsupportedRepository``."""
        if self._opened is None:
            self._opened = open_git(self.path)
        return self._opened

    def reopen(self) -> None:
        """Forget what was read about refs and packs, after another program changed them."""
        if self._opened is not None:
            self._opened.free()
        self._opened = None

    def head(self) -> Head | None:
        """Return where HEAD points; None while there is no commit."""
        if self.git.head_is_unborn:
            return None
        ref = "HEAD" if self.git.head_is_detached else self.git.head.shorthand
        return Head(ref, str(self.git.head.target))

    def resolve(self, revision: str) -> str:
        """See ``revisions.resolve``; "" is HEAD."""
        return revisions.resolve(self.git, revision or "HEAD")

    def tree(self, sha: str) -> Tree:
        """The files of a commit that are indexed. Raises ``UnknownRevision``, ``InputTooLarge``,
        ``UnsupportedRepository``.
        """
        return self.commit_selection(sha).tree

    def commit_selection(self, sha: str) -> CommitSelection:
        """The selection behind ``tree`` and the rules that made it: remembered, advanced from the commit read before,
        or made anew.
        """
        before = self._recent.get(str(self.path))
        if before is None or before.sha != sha:
            try:
                before = self._updated_selection(before, sha) or self._new_selection(sha)
            except (KeyError, pygit2.GitError) as error:
                raise self.missing(sha) from error
            self._recent.put(str(self.path), before)
        return before

    def _new_selection(self, sha: str) -> CommitSelection:
        entries = list(self.entries(sha))
        rules = rules_of(
            {e.path: self._read(e.blob) for e in entries if self._is_rule(e)}, self.settings.max_file_bytes
        )
        return commit_selection(sha, select(entries, self, rules, self.settings.max_files), rules)

    def _updated_selection(self, before: CommitSelection | None, sha: str) -> CommitSelection | None:
        """From an earlier commit's selection; None when the rules changed, much changed, or the earlier commit is
        gone.
        """
        old = self.git.get(before.sha) if before is not None else None
        if before is None or not isinstance(old, pygit2.Commit):
            return None
        found = list(islice(between_trees(old.tree, self._commit(sha).tree, bound=self._bound), MAX_ADVANCE + 1))
        if len(found) > MAX_ADVANCE or any(
            d.path.rpartition("/")[2] in RULE_FILES or d.path.count("/") > MAX_DEPTH for d in found
        ):
            return None
        gone = [d.path for d in found if d.old is not None]
        come = [_entry(d.path, d.new) for d in found if d.new is not None]
        try:
            chosen = advance(before.selection, gone, come, self, before.rules, self.settings.max_files)
        except (KeyError, pygit2.GitError):
            return None
        return None if chosen is None else commit_selection(sha, chosen, before.rules)

    def entries(self, sha: str) -> Iterator[Entry]:
        """Everything in a commit's tree but folders. Raises ``KeyError`` or libgit2's error when an object is missing."""
        return _walk(self._rows, str(self._commit(sha).tree_id), self._bound)

    def size(self, entry: Entry) -> int:
        """Bytes of a blob, from its header alone."""
        known = self._sizes.get(entry.blob)
        if known is None:
            known = self._sizes[entry.blob] = self.git.odb.read_header(entry.blob)[1]
        return known

    def blob(self, entry: Entry) -> str:
        """The blob that git names."""
        return entry.blob

    def head_bytes(self, entry: Entry) -> bytes:
        """The blob's bytes."""
        return self._read(entry.blob)

    def read(self, blob: str) -> bytes:
        """The bytes of a blob. Raises ``SourceGone`` when the repository no longer has it."""
        try:
            return self._read(blob)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise self.missing(blob) from error

    def read_many(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """(blob, bytes) in the order asked for. Raises ``SourceGone`` at the first that is gone."""
        for blob in blobs:
            yield blob, self.read(blob)

    def changes(self, old: str, new: str, threshold: int = SIMILAR) -> tuple[Change, ...]:
        """See ``Source.changes``."""
        trees = [self._commit(sha).tree if sha else None for sha in (old, new)]
        try:
            return changes_of(between_trees(*trees, bound=self._bound), self.content_of, threshold)
        except (KeyError, pygit2.GitError) as error:
            raise self.missing(new) from error

    def sides_of(self, sha: str) -> dict[str, Side]:
        """Everything in a commit's tree but folders, by working path."""
        try:
            return {
                d.path: d.new
                for d in between_trees(None, self._commit(sha).tree, bound=self._bound)
                if d.new is not None
            }
        except (KeyError, pygit2.GitError) as error:
            raise self.missing(sha) from error

    def content_of(self, side: Side) -> bytes | None:
        """A file's bytes; None when it is over the size limit or not to be had."""
        try:
            data = self.read(side.blob)
        except (SourceGone, UnsupportedRepository):
            return None
        return data if len(data) <= self.settings.max_file_bytes else None

    def commit_time(self, sha: str) -> float:
        """When a commit was made, by its committer: UTC seconds."""
        return float(self._commit(sha).commit_time)

    def ancestors(self, sha: str, limit: int) -> Iterator[str]:
        """A commit and what it came from, newest first, at most ``limit``."""
        walker = self.git.walk(self._commit(sha).id, SortMode.TOPOLOGICAL | SortMode.TIME)
        for commit, _ in zip(walker, range(limit), strict=False):
            yield str(commit.id)

    def commits_between(self, older: str, newer: str, limit: int = 10_000) -> int:
        """How many commits ``newer`` has that ``older`` has not, counted up to ``limit``; an ``older`` that is gone
        has none of them.
        """
        walker = self.git.walk(self._commit(newer).id)
        if isinstance(self.git.get(older), pygit2.Commit):
            walker.hide(older)
        return sum(1 for _ in zip(range(limit), walker, strict=False))

    def missing(self, what: str) -> SourceGone | UnsupportedRepository:
        """The error for an object that is not there: a partial clone can be completed, otherwise it is gone."""
        if self._is_partial():
            return UnsupportedRepository(
                f"The repository at {self.path} is a partial clone that lacks objects of {what[:12]}.",
                remedy=f"Complete it with: git -C '{self.path}' fetch --refetch --no-filter",
            )
        return SourceGone(
            f"{what} is no longer in the repository at {self.path}.", remedy="Index a newer commit.", blob=what
        )

    def _bound(self, seen: int) -> None:
        if seen > self.settings.max_files * ENTRIES_PER_FILE:
            raise too_many(self.settings.max_files)

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

    def _rows(self, tree: str) -> list[tuple[bytes, bytes, bytes]]:
        """(mode, name, raw id) of what a tree object holds. Read as it lies there: libgit2's entries cost three times
        as much.
        """
        kind, data = self.git.odb.read(tree)
        rows: list[tuple[bytes, bytes, bytes]] = _ROW.findall(data)
        if kind != ObjectType.TREE or sum(len(mode) + len(name) + _ROW_ENDS for mode, name, _ in rows) != len(data):
            raise KeyError(tree)
        return rows

    def _is_rule(self, entry: Entry) -> bool:
        return (
            entry.path.rpartition("/")[2] in RULE_FILES
            and entry.kind is EntryKind.FILE
            and self.size(entry) <= MAX_RULE_BYTES
        )

    def _is_partial(self) -> bool:
        config = self.git.config
        return any(name.endswith((".promisor", "partialclone")) for name in (entry.name.lower() for entry in config))


def _entry(path: str, side: Side) -> Entry:
    return Entry(path, _KINDS.get(side.mode & 0o170000, EntryKind.FILE), side.blob)


def _walk(
    rows_of: Callable[[str], list[tuple[bytes, bytes, bytes]]], top: str, bound: Callable[[int], None]
) -> Iterator[Entry]:
    stack = [("", 0, top)]
    seen = 0
    while stack:
        prefix, depth, tree = stack.pop()
        rows = rows_of(tree)
        seen += 1 + len(rows)
        bound(seen)
        for mode, name, raw in rows:
            path, kind = prefix + from_bytes(name), int(mode, 8) & 0o170000
            if kind != FOLDER:
                yield Entry(path, _KINDS.get(kind, EntryKind.FILE), raw.hex())
            elif depth >= MAX_DEPTH:
                yield Entry(path, EntryKind.UNREADABLE)
            else:
                stack.append((path + "/", depth + 1, raw.hex()))
