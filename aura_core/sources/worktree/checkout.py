"""Reads a checkout: the files on disk, of which git's index proves most unchanged, so that they need not be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import RepositoryOpenFlag

from aura_core.errors import UnsupportedRepository
from aura_core.model.changes import Side
from aura_core.model.snapshot import SkipReason, Tree, TreeFile
from aura_core.sources.git.index_file import IndexEntry, IndexFile
from aura_core.sources.git.objects import MAX_DIFFERENCES, GitObjects
from aura_core.sources.git.repository import refuse_what_blocks
from aura_core.sources.git.tree_diff import canonical_mode
from aura_core.sources.rules import attributes
from aura_core.sources.rules.rules import Rules
from aura_core.sources.rules.selection import Entry, EntryKind, Selection, select_files, update_selection
from aura_core.sources.worktree.contents import DiskContents, WorktreeTexts
from aura_core.sources.worktree.files import blob_id, hash_file, read_link
from aura_core.sources.worktree.rescan import rescan
from aura_core.sources.worktree.scan import Scan

_NO_FILE_REASONS = frozenset((SkipReason.SYMLINK, SkipReason.SUBMODULE, SkipReason.UNREADABLE))
"""Reasons for entries that are no files; a file at the same path is judged by itself."""


class Comparison(NamedTuple):
    """A checkout compared with a commit: the tree, None when they are equal, and the blobs that the commit has not."""

    tree: Tree | None
    dirty_blobs: frozenset[str]


class Checkout(DiskContents):
    """One scan of a checkout.

    Files that the index proves unchanged are not read. ``sparse_sides`` are the files that a sparse checkout leaves
    out of the disk, by path; they come from git. ``comparisons`` holds results by the commit that was compared with.
    """

    def __init__(
        self,
        source: GitObjects,
        head: str | None,
        index: IndexFile,
        scan: Scan,
        sparse_sides: dict[str, Side],
        rules: Rules,
    ) -> None:
        super().__init__(scan, WorktreeTexts(source.path, source.settings.max_file_bytes))
        self.rules = rules
        self.comparisons: dict[str, Comparison] = {}
        self._source = source
        self._head = head
        self._index = index
        self._has_file_modes = _has_file_modes(source.git)
        self._sparse_sides = sparse_sides
        self._selection: Selection | None = None

    @property
    def texts(self) -> WorktreeTexts:
        """Return the texts of the files that were hashed."""
        return self._texts

    @property
    def folders(self) -> Collection[str]:
        """Return the folders that were entered; "" is the top."""
        return self._scan.folders

    def select(self) -> Selection:
        """Return the files to index. Raises ``InputTooLarge``."""
        if self._selection is None:
            self._selection = self._select_from_head() or self.select_from_all()
        return self._selection

    def select_from_all(self) -> Selection:
        """Select from all files, without HEAD's selection; ``select`` equals it."""
        sparse_entries = [
            Entry(path, EntryKind.FILE, side.blob)
            for path, side in self._sparse_sides.items()
            if stat.S_ISREG(side.mode)
        ]
        entries = [*self._scan.entries.values(), *sparse_entries]
        return select_files(entries, self, self.rules, self._source.settings.max_files)

    def _select_from_head(self) -> Selection | None:
        """Update HEAD's selection by what is different on disk.

        None in a sparse checkout, when the rules are others than HEAD's, and when much is different.
        """
        # In a sparse checkout a path that is not on disk is not removed, so HEAD's selection is no base.
        head = self._source.commit_selection(self._head) if self._head and not self._sparse_sides else None
        if head is None or head.rules.digest != self.rules.digest:
            return None
        base, entries = head.selection, self._scan.entries
        files = {base.working_paths[file.path]: file for file in base.files}
        new_entries = [entry for entry in entries.values() if not self._is_as_in(base, files.get(entry.path), entry)]
        removed_paths = [path for path in (*files, *base.skip_reasons) if path not in entries]
        removed_paths += [entry.path for entry in new_entries if entry.path in files or entry.path in base.skip_reasons]
        if len(removed_paths) > MAX_DIFFERENCES:
            return None
        return update_selection(base, removed_paths, new_entries, self, self.rules, self._source.settings.max_files)

    def _is_as_in(self, base: Selection, file: TreeFile | None, entry: Entry) -> bool:
        """Return whether HEAD's verdict on a path holds for the disk's entry too. ``file``: HEAD's indexed file."""
        if file is not None:
            status = self._scan.stats.get(entry.path)
            return (
                status is not None
                and status.st_size == file.size
                and self._unfiltered_blob(entry.path, status) == file.blob
            )
        reason = base.skip_reasons.get(entry.path)
        if reason is None or entry.path in base.notes:  # a note says that the content decided
            return False
        return reason not in _NO_FILE_REASONS if entry.kind is EntryKind.FILE else reason.value == entry.kind.value

    def rescan(self, source: GitObjects, paths: Collection[str]) -> Checkout | None:
        """Return the checkout with some paths scanned again, and selected; None when only a full scan can tell."""
        index = self._index.entries
        if any(path in self._sparse_sides or (path in index and index[path].skip_worktree) for path in paths):
            return None
        base, scan = self.select(), rescan(source.path, self._scan, paths)
        if scan is None:
            return None
        checkout = Checkout(source, self._head, self._index, scan, self._sparse_sides, self.rules)
        new_entries = [scan.entries[path] for path in paths if path in scan.entries]
        selection = update_selection(base, paths, new_entries, checkout, self.rules, source.settings.max_files)
        if selection is None:
            return None
        checkout._selection = selection
        checkout._texts.adopt(
            self._texts,
            {
                file.blob: selection.working_paths[file.path]
                for file in selection.files
                if file.blob in self._texts.paths
            },
        )
        return checkout

    def sides(self) -> dict[str, Side]:
        """Return all that git would see, by working path.

        Files and links are as on disk, submodules as they are checked out or else as in the index.
        """
        sides = dict(self._sparse_sides)
        for entry in self._scan.entries.values():
            side = self._side(entry)
            if side is not None:
                sides[entry.path] = side
        return sides

    def size(self, entry: Entry) -> int:
        """Return the size of a file on disk, or of a blob that only git has."""
        return self._source.size(entry) if entry.blob else super().size(entry)

    def blob(self, entry: Entry) -> str:
        """Return the blob of a file on disk, or of one that only git has."""
        return entry.blob or super().blob(entry)

    def head_bytes(self, entry: Entry) -> bytes:
        """Return the first bytes of a file on disk, or of a blob that only git has."""
        return self._source.head_bytes(entry) if entry.blob else super().head_bytes(entry)

    def clean_blob(self, path: str, status: os.stat_result) -> str | None:
        """Return the index's blob of a file that is unchanged and that no filter changed on its way out of git.

        A filtered file differs in size from its blob.
        """
        blob = self._unfiltered_blob(path, status)
        if blob is None:
            return None
        try:
            has_same_size = self._source.size(Entry(path, EntryKind.FILE, blob)) == status.st_size
        except OSError:
            return None
        return blob if has_same_size else None

    def _unfiltered_blob(self, path: str, status: os.stat_result) -> str | None:
        """Return the index's blob of a file that is unchanged and for which the attributes name no filter."""
        entry = self._index.entries.get(path)
        if entry is None or not stat.S_ISREG(entry.mode) or not self._index.is_clean(entry, status):
            return None
        if self.rules.attributes and self.rules.attributes.get(path, attributes.FILTER) not in (None, False):
            return None
        return entry.blob

    def _side(self, entry: Entry) -> Side | None:
        index_entry = self._index.entries.get(entry.path)
        try:
            if entry.kind is EntryKind.FILE:
                return Side(self._mode(entry.path, index_entry), self._blob_of_any_size(entry))
            if entry.kind is EntryKind.SYMLINK:
                return Side(stat.S_IFLNK, blob_id(read_link(self._source.path, entry.path)))
        except OSError:
            # what cannot be read on disk counts as what git has
            return Side(canonical_mode(index_entry.mode), index_entry.blob) if index_entry else None
        if entry.kind is not EntryKind.SUBMODULE or index_entry is None:
            return None
        return Side(0o160000, _submodule_head(self._source.path, entry.path) or index_entry.blob)

    def _blob_of_any_size(self, entry: Entry) -> str:
        """Return a file's blob; a file over the size limit is hashed without holding it in memory."""
        if self.size(entry) <= self._source.settings.max_file_bytes:
            return self.blob(entry)
        clean_blob = self.clean_blob(entry.path, self._scan.stats[entry.path])
        return clean_blob or hash_file(self._source.path, entry.path)

    def _mode(self, path: str, index_entry: IndexEntry | None) -> int:
        """Return a file's mode: by its executable bit, unless git's configuration says that the disk has none."""
        if self._has_file_modes or index_entry is None:
            return canonical_mode(self._scan.stats[path].st_mode)
        return canonical_mode(index_entry.mode)


def _submodule_head(root: Path, path: str) -> str | None:
    """Return the commit that a submodule has checked out; None when it is not initialised or cannot be read."""
    try:
        refuse_what_blocks(root / path)
        submodule = pygit2.Repository(os.path.join(root, path), RepositoryOpenFlag.NO_SEARCH)
        return None if submodule.head_is_unborn else str(submodule.head.target)
    except (UnsupportedRepository, pygit2.GitError, ValueError, KeyError, OSError):
        return None


def _has_file_modes(git: pygit2.Repository) -> bool:
    try:
        return git.config.get_bool("core.filemode")
    except KeyError:
        return True
