"""A checkout or bare repository of the user's, read in place and never written to; the git program never runs in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import pygit2

from aura_core.errors import SourceGone
from aura_core.model.repository import Repository
from aura_core.model.snapshot import Tree, TreeFile
from aura_core.settings import Settings
from aura_core.sources import attributes
from aura_core.sources.disk import Tracked, Walk, blob_id
from aura_core.sources.ignoring import IgnoreLine, parse_ignore
from aura_core.sources.index_file import BadIndex, IndexEntry, IndexFile, read_index
from aura_core.sources.objects import GitObjects
from aura_core.sources.rules import MAX_RULE_BYTES, RULE_FILES, Rules, rules_of
from aura_core.sources.selection import Entry, EntryKind, Selection, select, worktree_name
from aura_core.sources.source import FetchProgress
from aura_core.sources.worktree import DiskContents, Texts, walk_folder

_UNSEEN = (0, 0, 0, 0, 0, 0)


class LocalSource(GitObjects):
    """Reads a repository where it is."""

    def __init__(self, repository: Repository, settings: Settings) -> None:
        super().__init__(Path(repository.origin), settings)
        self._texts = Texts(self.path, settings.max_file_bytes)
        self._dirty_blobs: frozenset[str] = frozenset()
        self._committed: tuple[str, Selection] | None = None

    def worktree(self) -> Tree | None:
        """The files as they are now; None when they are what HEAD says, or there are none (a bare repository, nothing checked out).

        Tracked files and untracked ones that git does not ignore count, whatever is staged. Raises ``InputTooLarge``.
        """
        if self.git.is_bare:
            return None
        head = self.head()
        index = self._index(head[1] if head else None)
        if index is None:
            return None
        chosen, rules = self._select(index)
        committed = self._at(head[1]) if head else Selection()
        if [f[:2] for f in chosen.files] == [f[:2] for f in committed.files]:
            return None
        before, after = _blobs(committed.files), _blobs(chosen.files)
        dirty = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        self._dirty_blobs = frozenset(after.values()) - frozenset(before.values())
        return Tree(
            snapshot=worktree_name(chosen.files, rules.digest),
            files=tuple(chosen.files),
            skipped=dict(chosen.skipped),
            base=head[1] if head else "",
            settings=rules.digest,
            dirty=tuple(dirty),
            submodules=tuple(chosen.submodules),
            warnings=(*chosen.warnings, *self._odd_changes(dirty, before, after, chosen, rules)),
        )

    def dirty_text(self, blob: str) -> bytes | None:
        """The text of a blob that the last ``worktree`` named and HEAD has not. Raises ``SourceGone`` when the file has changed since."""
        if blob not in self._dirty_blobs:
            return None
        text = self._texts.get(blob)
        return super().read(blob) if text is None else text

    def read(self, blob: str) -> bytes:
        """The bytes of a blob of a commit, or of the last ``worktree``. Raises ``SourceGone``."""
        try:
            return super().read(blob)
        except SourceGone:
            text = self._texts.get(blob)
            if text is None:
                raise
            return text

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Nothing to fetch: the repository is what its owner makes it."""

    def keep(self, sha: str) -> None:
        """Nothing is written into a user's repository."""

    def remove(self) -> None:
        """A user's repository is not ours to delete."""

    def _at(self, sha: str) -> Selection:
        if self._committed is None or self._committed[0] != sha:
            self._committed = (sha, self.chosen(sha)[0])
        return self._committed[1]

    def _index(self, head: str | None) -> IndexFile | None:
        """What git tracks. Without an index: nothing when HEAD is unborn, else None; one that cannot be read is replaced by HEAD's tree."""
        try:
            index = read_index(Path(self.git.path) / "index")
        except BadIndex:
            seen = {e.path: IndexEntry(_mode(e.kind), e.blob, _UNSEEN, False) for e in self.entries(head)} if head else {}
            return IndexFile(seen, (), 0)
        if index is None and head is None:
            return IndexFile({}, (), 0)
        return index

    def _select(self, index: IndexFile) -> tuple[Selection, Rules]:
        found = walk_folder(self.path, self.settings, _tracked(index), self._outer())
        left_out = list(self._left_out(index, found))
        absent = {e.path: self._read(e.blob) for e in left_out if e.path.rpartition("/")[2] in RULE_FILES}
        rules = rules_of({**absent, **found.rule_files}, self.settings.max_file_bytes)
        self._texts = Texts(self.path, self.settings.max_file_bytes)
        contents = _CheckoutContents(found, self._texts, self, index, rules)
        return select([*found.entries, *left_out], contents, rules, self.settings.max_files), rules

    def _left_out(self, index: IndexFile, found: Walk) -> Iterator[Entry]:
        """Files that a sparse checkout left out: they are as git has them."""
        for path, entry in index.entries.items():
            if entry.absent and path not in found.stats and stat.S_ISREG(entry.mode):
                yield Entry(path, EntryKind.FILE, entry.blob)
        head = self.head()
        if index.sparse_folders and head:
            yield from (e for e in self.entries(head[1]) if e.path.startswith(index.sparse_folders) and e.path not in found.stats)

    def _outer(self) -> tuple[IgnoreLine, ...]:
        """The user's ignore lines outside the tree: the repository's ``info/exclude``, then ``core.excludesFile``."""
        try:
            named = Path(str(self.git.config["core.excludesfile"])).expanduser()
        except KeyError:
            named = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git" / "ignore"
        return tuple(line for path in (_common(Path(self.git.path)) / "info" / "exclude", named) for line in _lines(path))

    def _odd_changes(self, dirty: list[str], before: dict[str, str], after: dict[str, str], chosen: Selection, rules: Rules) -> Iterator[str]:
        ends = sum(self._differs_by_line_ends(before[p], after[p]) for p in dirty if p in before and p in after)
        if ends:
            yield f"{ends} files differ from HEAD only by their line ends (core.autocrlf?); they are read as they are on disk."
        large = sum(rules.in_lfs(chosen.raw.get(p, p)) for p in dirty)
        if large:
            yield f"{large} changed files are kept in Git LFS; they are read as they are on disk."

    def _differs_by_line_ends(self, old: str, new: str) -> bool:
        data = self._texts.kept.get(new)
        return data is not None and b"\r\n" in data and blob_id(data.replace(b"\r\n", b"\n")) == old


class _CheckoutContents(DiskContents):
    """Files of a checkout: those that the index vouches for are not read, those that a sparse checkout left out come from git."""

    def __init__(self, found: Walk, texts: Texts, git: GitObjects, index: IndexFile, rules: Rules) -> None:
        super().__init__(found, texts)
        self._git = git
        self._index = index
        self._rules = rules

    def size(self, entry: Entry) -> int:
        return self._git.size(entry) if entry.blob else super().size(entry)

    def blob(self, entry: Entry) -> str:
        return entry.blob or super().blob(entry)

    def head_bytes(self, entry: Entry) -> bytes:
        return self._git.head_bytes(entry) if entry.blob else super().head_bytes(entry)

    def proven(self, path: str, status: os.stat_result) -> str | None:
        """The index's blob, when the file is untouched and nothing filtered it on its way out of git (its size is the blob's)."""
        entry = self._index.entries.get(path)
        if entry is None or not stat.S_ISREG(entry.mode) or not self._index.vouches_for(entry, status):
            return None
        if self._rules.attributes and self._rules.attributes.get(path, attributes.FILTER) not in (None, False):
            return None
        try:
            same = self._git.size(Entry(path, EntryKind.FILE, entry.blob)) == status.st_size
        except (KeyError, pygit2.GitError):
            return None
        return entry.blob if same else None


def _blobs(files: list[TreeFile]) -> dict[str, str]:
    return {f.path: f.blob for f in files}


def _tracked(index: IndexFile) -> Tracked:
    folders: set[str] = set()
    for path in index.entries:
        above = path.rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    submodules = {path for path, entry in index.entries.items() if stat.S_IFMT(entry.mode) == 0o160000}
    return Tracked(index.entries.keys() - submodules, submodules, folders)


def _mode(kind: EntryKind) -> int:
    return {EntryKind.SYMLINK: 0o120000, EntryKind.SUBMODULE: 0o160000}.get(kind, 0o100644)


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
