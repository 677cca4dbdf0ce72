"""Reads a git repository's commits, trees and blobs through libgit2; no program runs and nothing is written."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, ObjectType, SortMode

from aura_core.errors import AuraError, SourceGone, UnknownRevision, UnsupportedRepository
from aura_core.model.changes import Change, Side
from aura_core.model.snapshot import Tree
from aura_core.ports.sources import Head
from aura_core.settings import Settings
from aura_core.sources.git import revisions
from aura_core.sources.git.changes import DEFAULT_THRESHOLD, changes_of
from aura_core.sources.git.commit_selection import CommitSelection, RecentSelections, commit_selection
from aura_core.sources.git.layout import read_layout, require_confined
from aura_core.sources.git.loose_objects import LooseObjects
from aura_core.sources.git.repository import open_repository
from aura_core.sources.git.tree_diff import FILE_TYPE, FOLDER, Difference, RowsOf, TreeRow, diff_trees
from aura_core.sources.git.unreadable import READ_ERRORS, UnreadableObject, error_of
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

_KINDS: dict[int, EntryKind] = {FileMode.LINK: EntryKind.SYMLINK, FileMode.COMMIT: EntryKind.SUBMODULE}
_ROW = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
_ROW_OVERHEAD = 22
"""Bytes of a row besides its mode and name: a space, a NUL, the id."""


class GitObjects:
    """The objects of one repository on disk, which is opened on first use."""

    def __init__(
        self, path: Path, settings: Settings, recent: RecentSelections, allowed: Sequence[Path] | None = None
    ) -> None:
        self.path = path
        self._allowed = allowed
        self.settings = settings
        self._recent = recent
        self._repository: pygit2.Repository | None = None
        self._loose: LooseObjects | None = None
        self._sizes: dict[str, int] = {}

    @property
    def git(self) -> pygit2.Repository:
        """Return the open repository. Raises ``UnsupportedRepository``, and ``Forbidden`` when a part of it lies
        outside of the folders that are allowed.
        """
        if self._repository is None:
            if self._allowed is not None:
                require_confined(self.path, self._allowed)
            self._repository = open_repository(self.path)
        return self._repository

    def reopen(self) -> None:
        """Forget what was read about refs and packs, after another program changed them."""
        if self._repository is not None:
            self._repository.free()
        self._repository = self._loose = None

    def head(self) -> Head | None:
        """Return where HEAD points; None while there is no commit. Raises ``SourceGone`` when the commit is missing."""
        if self.git.head_is_unborn:
            return None
        ref = "HEAD" if self.git.head_is_detached else self.git.head.shorthand
        head = Head(ref, str(self.git.head.target))
        self._header(head.sha, "commit", "HEAD" if ref == "HEAD" else f"HEAD, the branch {ref},")
        return head

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
        if recent is not None and any(self.has_blob(blob) for _, blob in recent.tree.unreadable):
            recent = None  # a file that could not be read then can be read now
        if recent is not None and recent.sha == sha:
            return recent
        selection = self._updated_selection(recent, sha) or self._new_selection(sha)
        self._recent.put(str(self.path), selection)
        return selection

    def _new_selection(self, sha: str) -> CommitSelection:
        entries = list(self.entries(sha))
        rule_files: dict[str, bytes] = {}
        for entry in entries:
            if _basename(entry.path) in RULE_FILES and entry.kind is EntryKind.FILE:
                with contextlib.suppress(UnreadableObject):  # its own entry says so
                    rule_files |= {entry.path: self.head_bytes(entry)} if self.size(entry) <= MAX_RULE_BYTES else {}
        rules = rules_of(rule_files, limits_of(self.settings))
        return commit_selection(sha, select_files(entries, self, rules, self.settings.max_files), rules)

    def _updated_selection(self, recent: CommitSelection | None, sha: str) -> CommitSelection | None:
        """Return the selection of a commit, updated from another one's; None when rules or too many paths changed, or
        when the other commit is gone.
        """
        if recent is None:
            return None
        try:
            # One more than the limit tells "too many" without a diff of the whole trees.
            differences = list(islice(self._differences(recent.sha, sha), MAX_DIFFERENCES + 1))
        except (SourceGone, UnknownRevision, UnsupportedRepository):
            return None  # a new selection says which object is missing, if it is one of this commit
        if len(differences) > MAX_DIFFERENCES or any(
            _basename(path) in RULE_FILES or path.count("/") > recent.rules.limits.max_depth
            for path, _, _ in differences
        ):
            return None
        removed_paths = [path for path, old, _ in differences if old is not None]
        new_entries = [_entry(path, new) for path, _, new in differences if new is not None]
        selection = update_selection(
            recent.selection, removed_paths, new_entries, self, recent.rules, self.settings.max_files
        )
        return None if selection is None else commit_selection(sha, selection, recent.rules)

    def entries(self, sha: str) -> Iterator[Entry]:
        """Yield everything in a commit's tree but folders.

        Raises ``UnknownRevision``; ``SourceGone`` and ``UnsupportedRepository`` name the tree that cannot be read.
        """
        tree, max_depth = str(self._commit(sha).tree_id), limits_of(self.settings).max_depth
        return _entries_below(partial(self._rows, sha), tree, max_depth, self._check_count)

    def size(self, entry: Entry) -> int:
        """Return the size of a blob in bytes, from its header alone. Raises ``UnreadableObject``."""
        size = self._sizes.get(entry.blob)
        if size is None:
            try:
                _, size = self.git.odb.read_header(entry.blob)
            except READ_ERRORS as error:
                raise UnreadableObject(self.git, "blob", entry.blob, error) from error
            self._sizes[entry.blob] = size
        return size

    def blob(self, entry: Entry) -> str:
        """Return the blob that git names."""
        return entry.blob

    def head_bytes(self, entry: Entry) -> bytes:
        """Return all bytes of a blob. Raises ``UnreadableObject``."""
        try:
            return self._data(entry.blob, ObjectType.BLOB)
        except READ_ERRORS as error:
            raise UnreadableObject(self.git, "blob", entry.blob, error) from error

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob. Raises ``SourceGone`` when it cannot be read."""
        try:
            return self.head_bytes(Entry("", EntryKind.FILE, blob))
        except UnreadableObject as error:
            cause = f"The text of a file cannot be read from the repository at {self.path}: {error.strerror}."
            raise SourceGone(cause, remedy="Fetch it again, or index a newer commit.", blob=blob) from error

    def read_many(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (blob, bytes) in the order of ``blobs``. Blobs that cannot be read are left out."""
        for blob in blobs:
            try:
                text = self.read(blob)
            except SourceGone as error:
                if isinstance(error.__cause__, UnreadableObject):
                    continue
                raise  # the whole repository is gone, or a file of a working tree has changed
            yield blob, text

    def has_blob(self, blob: str) -> bool:
        """Return whether a blob can be read now."""
        try:
            self.head_bytes(Entry("", EntryKind.FILE, blob))
        except UnreadableObject:
            return False
        return True

    def changes(self, old: str, new: str, threshold: int = DEFAULT_THRESHOLD) -> tuple[Change, ...]:
        """Return the differences between two commits, see ``Source.changes``."""
        return changes_of(self._differences(old, new), self.content_of, threshold)

    def sides_of(self, sha: str) -> dict[str, Side]:
        """Return everything in a commit's tree but folders, by working path."""
        return {path: new for path, _, new in self._differences("", sha) if new is not None}

    def content_of(self, side: Side) -> bytes | None:
        """Return a file's bytes; None when they are over the size limit or cannot be read."""
        try:
            data = self.read(side.blob)
        except SourceGone:
            return None
        return data if len(data) <= self.settings.max_file_bytes else None

    def commit_time(self, sha: str) -> float:
        """Return when a commit was made, by its committer, in UTC seconds."""
        return float(self._commit(sha).commit_time)

    def ancestors(self, sha: str, limit: int) -> Iterator[str]:
        """Yield a commit and its ancestors, newest first, at most ``limit``. Raises ``SourceGone``."""
        try:
            self._loose_objects.check_commits()
            walker = self.git.walk(self._commit(sha).id, SortMode.TOPOLOGICAL | SortMode.TIME)
            for commit in islice(walker, limit):
                yield str(commit.id)
        except READ_ERRORS as error:
            raise self._broken_history(sha) from error

    def commits_between(self, older: str, newer: str, limit: int = 10_000) -> int:
        """Count the commits that ``newer`` has and ``older`` has not, up to ``limit``.

        An ``older`` that is gone has none of them. Raises ``SourceGone``.
        """
        try:
            self._loose_objects.check_commits()
            walker = self.git.walk(self._commit(newer).id)
            if isinstance(self.git.get(older), pygit2.Commit):
                walker.hide(older)
            return sum(1 for _ in islice(walker, limit))
        except READ_ERRORS as error:
            raise self._broken_history(newer) from error

    def _broken_history(self, sha: str) -> AuraError:
        """Return the error for a commit whose history cannot be read to its end, naming the first missing ancestor."""
        due, seen = [sha], {sha}
        while due:
            commit = due.pop()
            try:
                self._loose_objects.read(commit)
                parents = [str(parent) for parent in self.git[commit].peel(pygit2.Commit).parent_ids]
            except READ_ERRORS as error:
                unreadable = UnreadableObject(self.git, "ancestor", commit, error)
                return error_of(self.git, str(self.path), unreadable, f"The history of {sha}")
            due += [parent for parent in parents if parent not in seen]
            seen.update(parents)
        return SourceGone(f"The history of {sha} cannot be read at {self.path}.", remedy="Look with `git fsck`.")

    def _differences(self, old: str, new: str) -> Iterator[Difference]:
        """Yield the differences between the trees of two commits; "" is no commit."""
        old_tree, new_tree = (str(self._commit(sha).tree_id) if sha else "" for sha in (old, new))
        rows_of = partial(self._rows, old), partial(self._rows, new)
        return diff_trees(old_tree, new_tree, rows_of=rows_of, check_count=self._check_count)

    def _data(self, oid: str, kind: ObjectType) -> bytes:
        """Return the bytes of an object of this kind. Raises one of ``READ_ERRORS``."""
        loose = self._loose_objects.read(oid)
        if loose is not None:
            if loose.kind != kind.name.lower().encode():
                raise ValueError(f"it is no {kind.name.lower()}")
            return loose.data
        packed_kind, data = self.git.odb.read(oid)
        if packed_kind != kind:
            raise ValueError(f"it is no {kind.name.lower()}")
        return bytes(data)

    @property
    def _loose_objects(self) -> LooseObjects:
        if self._loose is None:
            self._loose = LooseObjects(read_layout(self.path).object_folders)
        return self._loose

    def _header(self, oid: str, kind: str, owner: str) -> None:
        """Check that an object is there. Raises ``SourceGone`` and ``UnsupportedRepository``, which name it."""
        try:
            if self._loose_objects.read(oid) is None:
                self.git.odb.read_header(oid)
        except READ_ERRORS as error:
            raise error_of(self.git, str(self.path), UnreadableObject(self.git, kind, oid, error), owner) from error

    def _check_count(self, count: int) -> None:
        if count > self.settings.max_files * ENTRIES_PER_FILE:
            raise too_many_files(self.settings.max_files)

    def _commit(self, sha: str) -> pygit2.Commit:
        try:
            self._loose_objects.read(sha)  # raises when it is damaged
            commit = self.git[sha]
        except KeyError as error:
            raise revisions.unknown(self.git, sha) from error
        except (ValueError, pygit2.GitError) as error:
            unreadable = UnreadableObject(self.git, "commit", sha, error)
            raise error_of(self.git, str(self.path), unreadable, f"The commit {sha[:12]}") from error
        if not isinstance(commit, pygit2.Commit):
            raise revisions.unknown(self.git, sha)
        return commit

    def _rows(self, sha: str, tree: str, folder: str) -> list[TreeRow]:
        """Return the rows of a tree object, parsed here: libgit2's entries cost three times as much."""
        try:
            data = self._data(tree, ObjectType.TREE)
            rows: list[TreeRow] = _ROW.findall(data)
            # ``_ROW`` matches every row of a sound tree, so the lengths must add up
            parsed_bytes = sum(len(mode) + len(name) + _ROW_OVERHEAD for mode, name, _ in rows)
            if parsed_bytes != len(data):  # findall skips what it does not understand
                raise ValueError("it is no tree")
        except READ_ERRORS as error:
            unreadable = UnreadableObject(self.git, "tree", tree, error)
            owner = f"The folder {folder!r} of commit {sha[:12]}" if folder else f"The top folder of commit {sha[:12]}"
            raise error_of(self.git, str(self.path), unreadable, owner) from error
        return rows


def _basename(path: str) -> str:
    _, _, basename = path.rpartition("/")
    return basename


def _entry(path: str, side: Side) -> Entry:
    return Entry(path, _KINDS.get(side.mode & FILE_TYPE, EntryKind.FILE), side.blob)


def _entries_below(rows_of: RowsOf, top: str, max_depth: int, check_count: Callable[[int], None]) -> Iterator[Entry]:
    """Yield the entries of a tree and of those below it; a folder that lies too deep is one unreadable entry."""
    stack = [("", 0, top)]
    count = 0
    while stack:
        prefix, depth, tree = stack.pop()
        rows = rows_of(tree, prefix)
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
