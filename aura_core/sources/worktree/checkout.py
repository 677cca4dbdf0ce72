"""A checkout as it is on disk: what git's index says of it, what a walk finds, and which of it must be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from aura_core.model.changes import Side
from aura_core.model.snapshot import SkipReason, Tree, TreeFile
from aura_core.sources.git.index_file import BadIndex, IndexEntry, IndexFile, read_index
from aura_core.sources.git.objects import MAX_ADVANCE, GitObjects
from aura_core.sources.git.tree_diff import canonical
from aura_core.sources.rules import attributes
from aura_core.sources.rules.ignore_files import IgnoreLine, parse_ignore
from aura_core.sources.rules.rules import MAX_RULE_BYTES, RULE_FILES, Rules, rules_of
from aura_core.sources.rules.selection import Entry, EntryKind, Selection, advance, select
from aura_core.sources.worktree.disk import Tracked, Walk, blob_id, hash_file, read_link
from aura_core.sources.worktree.rescan import look_again
from aura_core.sources.worktree.worktree import DiskContents, Texts, walk_folder

_UNSEEN = (0, 0, 0, 0, 0, 0)
_BY_KIND = frozenset((SkipReason.SYMLINK, SkipReason.SUBMODULE, SkipReason.UNREADABLE))
"""Reasons for what is no file; a file at the same path is judged by itself."""


class Checkout(DiskContents):
    """One look at a checkout. Files that the index vouches for are not read; those that a sparse checkout left out
    come from git.
    """

    def __init__(
        self,
        source: GitObjects,
        head: str | None,
        index: IndexFile,
        found: Walk,
        left_out: dict[str, Side],
        rules: Rules,
    ) -> None:
        super().__init__(found, Texts(source.path, source.settings.max_file_bytes))
        self.rules = rules
        self._source = source
        self._head = head
        self._index = index
        self._modes_count = _modes_count(source.git)
        self._left_out = left_out
        self._chosen: Selection | None = None
        self.trees: dict[str, tuple[Tree | None, frozenset[str]]] = {}
        """What was made of this look, by the commit that it was compared with: the tree, and the blobs that the commit
        has not.
        """

    @property
    def texts(self) -> Texts:
        """The text of the files that were hashed."""
        return self._texts

    @property
    def folders(self) -> Collection[str]:
        """The folders that were entered; "" is the top."""
        return self._found.folders

    def select(self) -> Selection:
        """The files to index. Raises ``InputTooLarge``."""
        if self._chosen is None:
            self._chosen = self._since_head() or self.select_from_all()
        return self._chosen

    def select_from_all(self) -> Selection:
        """Select from all files, without HEAD's selection; ``select`` equals it."""
        left_out = [
            Entry(path, EntryKind.FILE, side.blob) for path, side in self._left_out.items() if stat.S_ISREG(side.mode)
        ]
        return select([*self._found.entries.values(), *left_out], self, self.rules, self._source.settings.max_files)

    def _since_head(self) -> Selection | None:
        """HEAD's selection with what is otherwise on disk judged again; None under other rules, when much differs, or
        in a sparse checkout.
        """
        head = self._source.commit_selection(self._head) if self._head and not self._left_out else None
        if head is None or head.rules.digest != self.rules.digest:
            return None
        before, here = head.selection, self._found.entries
        files = {before.raw[file.path]: file for file in before.files}
        come = [entry for entry in here.values() if not self._is_as_judged(entry, before, files.get(entry.path))]
        gone = [path for path in (*files, *before.left_out) if path not in here]
        gone += [entry.path for entry in come if entry.path in files or entry.path in before.left_out]
        if len(gone) > MAX_ADVANCE:
            return None
        return advance(before, gone, come, self, self.rules, self._source.settings.max_files)

    def _is_as_judged(self, entry: Entry, before: Selection, file: TreeFile | None) -> bool:
        """Whether HEAD's verdict on a path is the one that a look at the disk would come to. ``file``: what HEAD has
        there, when it is indexed.
        """
        if file is not None:
            status = self._found.stats.get(entry.path)
            return status is not None and status.st_size == file.size and self._vouched(entry.path, status) == file.blob
        reason = before.left_out.get(entry.path)
        if reason is None or entry.path in before.notes:  # a note says that the content decided
            return False
        return reason not in _BY_KIND if entry.kind is EntryKind.FILE else reason.value == entry.kind.value

    def rescan(self, source: GitObjects, paths: Collection[str]) -> Checkout | None:
        """The same look with some paths looked at again, and selected; None when only a whole look can tell what a
        change there means.
        """
        tracked = self._index.entries
        if any(path in self._left_out or (path in tracked and tracked[path].absent) for path in paths):
            return None
        before, found = self.select(), look_again(source.path, self._found, paths)
        if found is None:
            return None
        looked = Checkout(source, self._head, self._index, found, self._left_out, self.rules)
        come = [found.entries[path] for path in paths if path in found.entries]
        looked._chosen = advance(before, paths, come, looked, self.rules, source.settings.max_files)
        if looked._chosen is None:
            return None
        known, raw = self._texts.places, looked._chosen.raw
        looked._texts.take_over(
            self._texts, {file.blob: raw[file.path] for file in looked._chosen.files if file.blob in known}
        )
        return looked

    def sides(self) -> dict[str, Side]:
        """Everything that git would see, by working path: files and links as they are, submodules as the index has
        them.
        """
        sides = dict(self._left_out)
        for entry in self._found.entries.values():
            side = self._side(entry)
            if side is not None:
                sides[entry.path] = side
        return sides

    def size(self, entry: Entry) -> int:
        """See ``Contents``."""
        return self._source.size(entry) if entry.blob else super().size(entry)

    def blob(self, entry: Entry) -> str:
        """See ``Contents``."""
        return entry.blob or super().blob(entry)

    def head_bytes(self, entry: Entry) -> bytes:
        """See ``Contents``."""
        return self._source.head_bytes(entry) if entry.blob else super().head_bytes(entry)

    def proven(self, path: str, status: os.stat_result) -> str | None:
        """The index's blob, when the file is untouched and nothing filtered it on its way out of git (its size is the
        blob's).
        """
        blob = self._vouched(path, status)
        if blob is None:
            return None
        try:
            same = self._source.size(Entry(path, EntryKind.FILE, blob)) == status.st_size
        except (KeyError, pygit2.GitError):
            return None
        return blob if same else None

    def _vouched(self, path: str, status: os.stat_result) -> str | None:
        """The index's blob, when the file is untouched and no filter is named for it."""
        entry = self._index.entries.get(path)
        if entry is None or not stat.S_ISREG(entry.mode) or not self._index.vouches_for(entry, status):
            return None
        if self.rules.attributes and self.rules.attributes.get(path, attributes.FILTER) not in (None, False):
            return None
        return entry.blob

    def _side(self, entry: Entry) -> Side | None:
        tracked = self._index.entries.get(entry.path)
        try:
            if entry.kind is EntryKind.FILE:
                return Side(self._mode(entry.path, tracked), self._hashed(entry))
            if entry.kind is EntryKind.SYMLINK:
                return Side(stat.S_IFLNK, blob_id(read_link(self._source.path, entry.path)))
        except OSError:
            return Side(canonical(tracked.mode), tracked.blob) if tracked else None
        if entry.kind is not EntryKind.SUBMODULE or tracked is None:
            return None
        return Side(0o160000, _checked_out(self._source.path, entry.path) or tracked.blob)

    def _hashed(self, entry: Entry) -> str:
        small = self.size(entry) <= self._source.settings.max_file_bytes
        status = self._found.stats[entry.path]
        return (
            self.blob(entry) if small else self.proven(entry.path, status) or hash_file(self._source.path, entry.path)
        )

    def _mode(self, path: str, tracked: IndexEntry | None) -> int:
        """By the executable bit, unless this file system is said to have none."""
        return canonical(self._found.stats[path].st_mode if self._modes_count or tracked is None else tracked.mode)


def scan_checkout(source: GitObjects, head: str | None) -> Checkout | None:
    """The checkout of an open repository whose HEAD is ``head``; None when it is bare or nothing was ever checked out."""
    if source.git.is_bare:
        return None
    index = _index(source, head)
    if index is None:
        return None
    found = walk_folder(source.path, source.settings, _tracked(index), _outer(source.git))
    left_out = dict(_left_out(source, index, head, found))
    absent = {
        path: source.read(side.blob)
        for path, side in left_out.items()
        if path.rpartition("/")[2] in RULE_FILES and stat.S_ISREG(side.mode)
    }
    return Checkout(
        source, head, index, found, left_out, rules_of({**absent, **found.rule_files}, source.settings.max_file_bytes)
    )


def deciding_files(git: pygit2.Repository) -> tuple[Path, ...]:
    """The files outside of the tree that decide what a look finds: index, configuration, the user's ignore files."""
    own, common = Path(git.path), _common(Path(git.path))
    config = (common / "config", own / "config.worktree")
    return (own / "index", *config, *_ignore_files(git))


def _index(source: GitObjects, head: str | None) -> IndexFile | None:
    """What git tracks. Without an index: nothing when HEAD is unborn, else None; one that cannot be read is replaced
    by HEAD's tree.
    """
    try:
        index = read_index(Path(source.git.path) / "index")
    except BadIndex:
        sides = source.sides_of(head) if head else {}
        return IndexFile(
            {path: IndexEntry(side.mode, side.blob, _UNSEEN, False) for path, side in sides.items()}, (), 0
        )
    return IndexFile({}, (), 0) if index is None and head is None else index


def _left_out(source: GitObjects, index: IndexFile, head: str | None, found: Walk) -> Iterator[tuple[str, Side]]:
    """What a sparse checkout left out is as git has it."""
    here = found.entries.keys() if index.sparse_folders else found.stats.keys()
    for path, entry in index.entries.items():
        if entry.absent and path not in here:
            yield path, Side(canonical(entry.mode), entry.blob)
    if index.sparse_folders and head:
        yield from (
            (path, side)
            for path, side in source.sides_of(head).items()
            if path.startswith(index.sparse_folders) and path not in here
        )


def _checked_out(root: Path, path: str) -> str | None:
    """The commit that a submodule stands at; None when it is not initialised or cannot be read."""
    try:
        inner = pygit2.Repository(os.path.join(root, path), RepositoryOpenFlag.NO_SEARCH)
        return None if inner.head_is_unborn else str(inner.head.target)
    except (pygit2.GitError, ValueError, KeyError, OSError):
        return None


def _modes_count(git: pygit2.Repository) -> bool:
    try:
        return git.config.get_bool("core.filemode")
    except KeyError:
        return True


def _tracked(index: IndexFile) -> Tracked:
    folders: set[str] = set()
    for path in index.entries:
        above = path.rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    submodules = {path for path, entry in index.entries.items() if stat.S_IFMT(entry.mode) == 0o160000}
    return Tracked(index.entries.keys() - submodules, submodules, folders)


def _outer(git: pygit2.Repository) -> tuple[IgnoreLine, ...]:
    """The user's ignore lines outside the tree."""
    return tuple(line for path in _ignore_files(git) for line in _lines(path))


def _ignore_files(git: pygit2.Repository) -> tuple[Path, Path]:
    """The repository's ``info/exclude``, then ``core.excludesFile``."""
    try:
        named = Path(str(git.config["core.excludesfile"])).expanduser()
    except KeyError:
        named = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git" / "ignore"
    return _common(Path(git.path)) / "info" / "exclude", named


def _common(folder: Path) -> Path:
    """The git folder that linked worktrees share."""
    try:
        return folder / (folder / "commondir").read_text().strip()
    except OSError:
        return folder


def _lines(path: Path) -> tuple[IgnoreLine, ...]:
    try:
        return parse_ignore(path.read_bytes()[:MAX_RULE_BYTES])
    except OSError:
        return ()
