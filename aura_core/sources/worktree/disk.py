"""Walking a folder and hashing its files. Links are never followed and nothing is written."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from aura_core.sources.paths import from_bytes, to_bytes
from aura_core.sources.rules import file_kinds
from aura_core.sources.rules.ignore_files import IgnoreLine, Ignoring, parse_ignore
from aura_core.sources.rules.rules import IGNORE_FILE, MAX_RULE_BYTES, RULE_FILES
from aura_core.sources.rules.selection import Entry, EntryKind

GIT_IGNORE_FILE = ".gitignore"
MAX_DEPTH = 128
_READ_FIRST = tuple((name, name.encode()) for name in (GIT_IGNORE_FILE, *sorted(RULE_FILES)))
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def blob_id(data: bytes) -> str:
    """The hex id that git gives these bytes as a blob."""
    digest = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def read_file(root: Path, path: str, limit: int, *, whole: bool = True) -> bytes:
    """The bytes of a regular file below ``root``, at most ``limit``. Raises ``OSError``, also for a link and, when
    ``whole``, for more bytes.
    """
    handle = os.open(os.path.join(os.fsencode(root), to_bytes(path)), _OPEN)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        data = file.read(limit + 1 if whole else limit)
    if whole and len(data) > limit:
        raise OSError(errno.EFBIG, "it grew beyond the size limit")
    return data


def hash_file(root: Path, path: str) -> str:
    """The blob id of a regular file of any size. Raises ``OSError``, also for a link or when it changes its size
    meanwhile.
    """
    handle = os.open(os.path.join(os.fsencode(root), to_bytes(path)), _OPEN)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        digest = hashlib.sha1(b"blob %d\0" % status.st_size, usedforsecurity=False)
        read = 0
        while some := file.read(1 << 20):
            digest.update(some)
            read += len(some)
    if read != status.st_size:
        raise OSError(errno.EAGAIN, "it changed while it was read")
    return digest.hexdigest()


def read_link(root: Path, path: str) -> bytes:
    """Where a link points, as git keeps it. Raises ``OSError``."""
    return os.readlink(os.path.join(os.fsencode(root), to_bytes(path)))


@dataclass(frozen=True, slots=True)
class Tracked:
    """What git tracks: files, submodules, and every folder above one of them."""

    files: Collection[str] = ()
    submodules: Collection[str] = ()
    folders: Collection[str] = ()


@dataclass(slots=True)
class Walk:
    """What a walk found: entries, the stat of each file, and the contents of rule files, all by working path."""

    entries: dict[str, Entry] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    """Those that were entered; "" is the top."""
    stats: dict[str, os.stat_result] = field(default_factory=dict)
    rule_files: dict[str, bytes] = field(default_factory=dict)
    kind_of: Callable[[str, os.stat_result], EntryKind] = lambda path, status: EntryKind.FILE
    """What anything but a folder or a link is, by the ignore files that the walk met."""

    def add(self, path: str, kind: EntryKind) -> None:
        """Take in one entry."""
        self.entries[path] = Entry(path, kind)


class Walker:
    """One walk of one folder. Untracked files that ``.gitignore`` names are counted as ignored; a folder that is not
    entered counts once.
    """

    def __init__(
        self,
        root: Path,
        tracked: Tracked,
        outer: tuple[IgnoreLine, ...],
        excluded: Collection[Path],
        bound: Callable[[int], None],
    ) -> None:
        self._root = os.fsencode(root)
        self._tracked = tracked
        self._excluded = {os.fsencode(p) for p in excluded}
        self._bound = bound
        self._git = Ignoring({}, outer)
        self._own = Ignoring({})
        self._found = Walk(kind_of=self._kind)

    def run(self) -> Walk:
        """Walk. ``bound`` is called with the number of entries and may raise."""
        stack = [("", 0)]
        while stack:
            folder, depth = stack.pop()
            for name in self._folder(folder):
                below = f"{folder}/{name}" if folder else name
                if depth >= MAX_DEPTH:
                    self._found.add(below, EntryKind.UNREADABLE)
                else:
                    stack.append((below, depth + 1))
            self._bound(len(self._found.entries))
        return self._found

    def _folder(self, folder: str) -> Iterator[str]:
        """Take in the files of a folder; yields the names of the folders to enter."""
        try:
            with os.scandir(os.path.join(self._root, to_bytes(folder))) as listing:
                inside = sorted(listing, key=attrgetter("name"))
        except OSError:
            self._found.add(folder, EntryKind.UNREADABLE)
            return
        names = {e.name for e in inside}
        if folder and self._is_foreign(folder, names):
            return
        self._found.folders.add(folder)
        self._learn(folder, names)
        for entry in inside:
            name = from_bytes(entry.name)
            path = f"{folder}/{name}" if folder else name
            try:
                if self._is_folder_to_enter(path, name, entry):
                    yield name
            except OSError:
                self._found.add(path, EntryKind.UNREADABLE)

    def _is_foreign(self, folder: str, names: Collection[bytes]) -> bool:
        """Another repository's checkout, or a virtual environment: counted once, not entered."""
        if folder in self._tracked.folders:
            return False
        kind = EntryKind.SUBMODULE if b".git" in names else EntryKind.VENDORED if b"pyvenv.cfg" in names else None
        if kind is not None:
            self._found.add(folder, kind)
        return kind is not None

    def _learn(self, folder: str, names: Collection[bytes]) -> None:
        """Read the folder's ignore and attribute files before anything in it is judged."""
        prefix = f"{folder}/" if folder else ""
        for name, raw in _READ_FIRST:
            if raw not in names:
                continue
            try:
                data = read_file(Path(os.fsdecode(self._root)), prefix + name, MAX_RULE_BYTES)
            except OSError:
                continue
            if name == GIT_IGNORE_FILE:
                self._git.add(folder, parse_ignore(data))
                continue
            self._found.rule_files[prefix + name] = data
            if name == IGNORE_FILE:
                self._own.add(folder, parse_ignore(data))

    def _is_folder_to_enter(self, path: str, name: str, entry: os.DirEntry[bytes]) -> bool:
        if name == ".git":
            return False
        if entry.is_symlink():
            self._found.add(path, EntryKind.SYMLINK)
            return False
        if entry.is_dir(follow_symlinks=False):
            reason = self._shut(path, name, entry.path)
            if reason is not None:
                self._found.add(path, reason)
            return reason is None
        status = entry.stat(follow_symlinks=False)
        self._found.stats[path] = status
        self._found.add(path, self._kind(path, status))
        return False

    def _shut(self, path: str, name: str, full: bytes) -> EntryKind | None:
        """Why a folder is not entered."""
        if path in self._tracked.submodules:
            return EntryKind.SUBMODULE
        if full in self._excluded:
            return EntryKind.IGNORED
        if path in self._tracked.folders:
            return None
        if self._git.folder(path) or self._own.folder(path):
            return EntryKind.IGNORED
        pruned = name.lower() in file_kinds.PRUNED_FOLDERS and self._own.folder(path) is None
        return EntryKind.VENDORED if pruned else None

    def _kind(self, path: str, status: os.stat_result) -> EntryKind:
        if not stat.S_ISREG(status.st_mode):
            return EntryKind.UNREADABLE
        if path not in self._tracked.files and self._git.file(path):
            return EntryKind.IGNORED
        return EntryKind.FILE
