"""Scans a folder: lists its entries, and obeys the ignore files that it meets. Links are never followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from aura_core.settings import Settings
from aura_core.sources.paths import decode_path, encode_path
from aura_core.sources.rules import file_kinds
from aura_core.sources.rules.ignore_files import IgnoreLine, IgnoreRules, parse_ignore
from aura_core.sources.rules.limits import limits_of
from aura_core.sources.rules.rules import IGNORE_FILE, MAX_RULE_BYTES, RULE_FILES
from aura_core.sources.rules.selection import ENTRIES_PER_FILE, Entry, EntryKind, too_many_files
from aura_core.sources.worktree.files import read_file

GIT_IGNORE_FILE = ".gitignore"
_FILES_TO_READ = tuple((name, name.encode()) for name in (GIT_IGNORE_FILE, *sorted(RULE_FILES)))


@dataclass(frozen=True, slots=True)
class TrackedPaths:
    """The paths that git tracks: files, submodules, and every folder above one of them."""

    files: Collection[str] = ()
    submodules: Collection[str] = ()
    folders: Collection[str] = ()


@dataclass(slots=True)
class Scan:
    """The result of a scan, all by working path.

    ``folders`` are those that were entered ("" is the top), ``stats`` are of files, ``rule_files`` are contents.
    ``kind_of`` tells the kind of anything but a folder or a link, by the ignore files that the scan met.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    stats: dict[str, os.stat_result] = field(default_factory=dict)
    rule_files: dict[str, bytes] = field(default_factory=dict)
    kind_of: Callable[[str, os.stat_result], EntryKind] = lambda path, status: EntryKind.FILE

    def add(self, path: str, kind: EntryKind) -> None:
        """Add one entry."""
        self.entries[path] = Entry(path, kind)


def scan_folder(
    root: Path, settings: Settings, tracked_paths: TrackedPaths, outer_lines: tuple[IgnoreLine, ...] = ()
) -> Scan:
    """Scan a folder; Aura's own folders inside it are not entered. Raises ``InputTooLarge``."""
    own_folders = [Path(os.path.realpath(folder)) for folder in (settings.home, settings.cache_folder)]

    def check_count(entries: int) -> None:
        if entries > settings.max_files * ENTRIES_PER_FILE:
            raise too_many_files(settings.max_files)

    max_depth = limits_of(settings).max_depth
    return _Scanner(root, tracked_paths, outer_lines, own_folders, max_depth, check_count).run()


class _Scanner:
    """One scan of one folder.

    Untracked files that ``.gitignore`` names are counted as ignored. A folder that is not entered counts once.
    """

    def __init__(
        self,
        root: Path,
        tracked_paths: TrackedPaths,
        outer_lines: tuple[IgnoreLine, ...],
        own_folders: Collection[Path],
        max_depth: int,
        check_count: Callable[[int], None],
    ) -> None:
        self._root = os.fsencode(root)
        self._tracked_paths = tracked_paths
        self._own_folders = {os.fsencode(folder) for folder in own_folders}
        self._max_depth = max_depth
        self._check_count = check_count
        self._git_ignores = IgnoreRules({}, outer_lines)
        self._aura_ignores = IgnoreRules({})
        self._scan = Scan(kind_of=self._kind)

    def run(self) -> Scan:
        """Scan everything. ``check_count`` is called with the number of entries and may raise."""
        stack = [("", 0)]
        while stack:
            folder, depth = stack.pop()
            for name in self._folder(folder):
                path = f"{folder}/{name}" if folder else name
                if depth >= self._max_depth:
                    self._scan.add(path, EntryKind.UNREADABLE)
                else:
                    stack.append((path, depth + 1))
            self._check_count(len(self._scan.entries))
        return self._scan

    def _folder(self, folder: str) -> Iterator[str]:
        """Add the entries of a folder; yields the names of the folders to enter."""
        try:
            with os.scandir(os.path.join(self._root, encode_path(folder))) as listing:
                # Sorted, so that of two paths that look alike the same one is indexed every time.
                dir_entries = sorted(listing, key=attrgetter("name"))
        except OSError:
            self._scan.add(folder, EntryKind.UNREADABLE)
            return
        names = {dir_entry.name for dir_entry in dir_entries}
        if folder and self._is_foreign(folder, names):
            return
        self._scan.folders.add(folder)
        self._read_rule_files(folder, names)
        for dir_entry in dir_entries:
            name = decode_path(dir_entry.name)
            path = f"{folder}/{name}" if folder else name
            try:
                if self._is_folder_to_enter(path, name, dir_entry):
                    yield name
            except OSError:
                self._scan.add(path, EntryKind.UNREADABLE)

    def _is_foreign(self, folder: str, names: Collection[bytes]) -> bool:
        """Return whether a folder is another repository's checkout or a virtual environment; it is counted once."""
        if folder in self._tracked_paths.folders:
            return False
        kind = EntryKind.SUBMODULE if b".git" in names else EntryKind.VENDORED if b"pyvenv.cfg" in names else None
        if kind is not None:
            self._scan.add(folder, kind)
        return kind is not None

    def _read_rule_files(self, folder: str, names: Collection[bytes]) -> None:
        """Read the folder's ignore and attribute files, before anything in it is judged."""
        prefix = f"{folder}/" if folder else ""
        for name, raw_name in _FILES_TO_READ:
            if raw_name not in names:
                continue
            try:
                data = read_file(Path(os.fsdecode(self._root)), prefix + name, MAX_RULE_BYTES)
            except OSError:
                continue
            if name == GIT_IGNORE_FILE:
                self._git_ignores.add(folder, parse_ignore(data))
                continue
            self._scan.rule_files[prefix + name] = data
            if name == IGNORE_FILE:
                self._aura_ignores.add(folder, parse_ignore(data))

    def _is_folder_to_enter(self, path: str, name: str, dir_entry: os.DirEntry[bytes]) -> bool:
        """Add an entry, unless it is a folder to enter. Raises ``OSError``."""
        if name == ".git":
            return False
        if dir_entry.is_symlink():
            self._scan.add(path, EntryKind.SYMLINK)
            return False
        if dir_entry.is_dir(follow_symlinks=False):
            kind = self._closed_folder_kind(path, name, dir_entry.path)
            if kind is not None:
                self._scan.add(path, kind)
            return kind is None
        status = dir_entry.stat(follow_symlinks=False)
        self._scan.stats[path] = status
        self._scan.add(path, self._kind(path, status))
        return False

    def _closed_folder_kind(self, path: str, name: str, full_path: bytes) -> EntryKind | None:
        """Return the kind under which a folder that is not entered is counted; None for a folder to enter."""
        if path in self._tracked_paths.submodules:
            return EntryKind.SUBMODULE
        if full_path in self._own_folders:
            return EntryKind.IGNORED
        if path in self._tracked_paths.folders:
            return None
        # a folder with tracked files was let in above: ``.gitignore`` is for untracked files
        if self._git_ignores.ignores_folder(path) or self._aura_ignores.ignores_folder(path):
            return EntryKind.IGNORED
        is_pruned = name.lower() in file_kinds.PRUNED_FOLDERS and self._aura_ignores.ignores_folder(path) is None
        return EntryKind.VENDORED if is_pruned else None

    def _kind(self, path: str, status: os.stat_result) -> EntryKind:
        if not stat.S_ISREG(status.st_mode):
            return EntryKind.UNREADABLE
        if path not in self._tracked_paths.files and self._git_ignores.ignores_file(path):
            return EntryKind.IGNORED
        return EntryKind.FILE
