"""Reads loose objects: libgit2 1.9 reads one that was cut off, by a full disk or a crash, for ever."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pygit2

from aura_core.files import open_regular
from aura_core.sources.git.layout import read_layout

MAX_HEADER_BYTES = 64
_FIRST_BYTES = 4_096


class LooseObject(NamedTuple):
    """An object of a repository: its kind in git's word, and its bytes."""

    kind: bytes
    data: bytes


def loose_objects(repository: pygit2.Repository) -> LooseObjects:
    """Return the loose objects of an open repository."""
    return LooseObjects(read_layout(Path(repository.workdir or repository.path)).object_folders)


def look_up(repository: pygit2.Repository, oid: str, loose: LooseObjects | None = None) -> pygit2.Object:
    """Return an object of a repository. Raises ``KeyError`` when it is missing, ``ValueError`` when it is damaged.
    ``loose``: the repository's loose objects, where the caller has them.
    """
    (loose or loose_objects(repository)).read(oid)
    return repository[oid]


class LooseObjects:
    """The loose objects in the object folders of one repository."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [os.fspath(folder) for folder in folders]
        self._checked: dict[str, int] = {}

    def read(self, oid: str) -> LooseObject | None:
        """Return an object, None when it is not loose. Raises ``ValueError`` when it is damaged."""
        for folder in self._folders:
            data = _read_regular(os.path.join(folder, oid[:2], oid[2:]))
            if data is not None:
                return _decode(data)
        return None

    def check_prefix(self, prefix: str) -> None:
        """Check all loose objects whose ids begin with at least two digits. Raises ``ValueError``."""
        for folder in self._folders:
            try:
                names = os.listdir(os.path.join(folder, prefix[:2]))
            except OSError:
                continue
            for name in names:
                if name.startswith(prefix[2:]):
                    self.read(prefix[:2] + name)

    def check_commits(self) -> None:
        """Check all loose commits before libgit2 walks over them. Raises ``ValueError`` with the id of a damaged one.

        Folders that have not changed since the last check are not read again.
        """
        for folder in self._folders:
            for path, mtime_ns in _fan_out(folder):
                if self._checked.get(path) != mtime_ns:
                    self._check_folder(path)
                    self._checked[path] = mtime_ns

    def _check_folder(self, path: str) -> None:
        for name in os.listdir(path):
            if len(name) != 38:
                continue
            file = os.path.join(path, name)
            head = _read_regular(file, _FIRST_BYTES) or b""
            try:
                is_commit = zlib.decompressobj().decompress(head, MAX_HEADER_BYTES).startswith(b"commit ")
                if is_commit:
                    _decode(_read_regular(file) or b"")
            except (ValueError, zlib.error) as error:
                raise ValueError(path[-2:] + name) from error


def _fan_out(folder: str) -> Iterator[tuple[str, int]]:
    """Yield the folders of loose objects, with their times of change."""
    try:
        with os.scandir(folder) as entries:
            yield from ((e.path, e.stat().st_mtime_ns) for e in entries if len(e.name) == 2 and e.is_dir())
    except OSError:
        return


def _decode(raw: bytes) -> LooseObject:
    stream = zlib.decompressobj()
    try:
        start = stream.decompress(raw, MAX_HEADER_BYTES)
        header, has_end, body = start.partition(b"\0")
        kind, _, size_text = header.partition(b" ")
        if not has_end or not size_text.isdigit():
            raise ValueError("it has no header")
        size = int(size_text)
        # One byte more than the header promises tells that there are too many.
        if size >= len(body):
            body += stream.decompress(stream.unconsumed_tail, size - len(body) + 1)
        rest = b"" if stream.eof else stream.decompress(stream.unconsumed_tail, 1)  # the checksum at the end
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(body) != size or rest or not stream.eof:
        raise ValueError("it is cut off, or longer than it says")
    return LooseObject(kind, body)


def _read_regular(file: str, limit: int = -1) -> bytes | None:
    """Return the bytes of a regular file, None when there is none."""
    try:
        with open_regular(file) as (opened, _):
            return opened.read(limit)
    except OSError:
        return None
