"""Git's index, read for what git already knows about a checkout's files (gitformat-index(5), versions 2 to 4). Never
written.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from aura_core.sources.paths import from_bytes

_HEADER = struct.Struct(">4sII")
_FIXED = struct.Struct(">IIIIIIIIII20sH")
_EXTENDED, _SKIP_WORKTREE = 0x4000, 0x4000
_NAME_LENGTH = 0xFFF
_KNOWN_FOLDER = 0o040000


class IndexEntry(NamedTuple):
    """One tracked path: mode, hex blob, and the file's times, inode and size when git last saw it equal (modulo
    filters) to the blob.

    ``absent``: the checkout is sparse and the file need not be there.
    """

    mode: int
    blob: str
    stamp: tuple[int, int, int, int, int, int]
    absent: bool

    def is_as_seen(self, stat: os.stat_result) -> bool:
        """Whether the file has not been touched since git looked at it."""
        return self.stamp == stamp_of(stat)


@dataclass(frozen=True, slots=True)
class IndexFile:
    """Tracked paths (working form), folders of a sparse index ("a/b/") and when the index was written (ns)."""

    entries: dict[str, IndexEntry]
    sparse_folders: tuple[str, ...]
    written_ns: int

    def vouches_for(self, entry: IndexEntry, stat: os.stat_result) -> bool:
        """Whether the index proves that a file is unchanged; one changed within the index's own tick could be anything
        ("racy git").
        """
        return entry.is_as_seen(stat) and stat.st_mtime_ns < self.written_ns


class BadIndex(ValueError):
    """The index is split, damaged or of a form that is not known here."""


def stamp_of(stat: os.stat_result) -> tuple[int, int, int, int, int, int]:
    """Change time, modification time, inode and size as the index keeps them."""
    changed, modified = divmod(stat.st_ctime_ns, 10**9), divmod(stat.st_mtime_ns, 10**9)
    return changed[0] & _32, changed[1], modified[0] & _32, modified[1], stat.st_ino & _32, stat.st_size & _32


_32 = 0xFFFFFFFF


def read_index(path: Path) -> IndexFile | None:
    """The index at ``path``; None when there is none. Raises ``BadIndex``."""
    try:
        written_ns = path.stat().st_mtime_ns
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadIndex(str(error)) from error
    try:
        return _parse(data, written_ns)
    except (struct.error, ValueError, IndexError) as error:
        raise BadIndex(str(error)) from error


def _parse(data: bytes, written_ns: int) -> IndexFile:
    signature, version, count = _HEADER.unpack_from(data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise BadIndex("not an index of version 2 to 4")
    entries: dict[str, IndexEntry] = {}
    sparse: list[str] = []
    at, name = _HEADER.size, b""
    for _ in range(count):
        start = at
        ctime, ctime_ns, mtime, mtime_ns, _dev, ino, mode, _uid, _gid, size, blob, flags = _FIXED.unpack_from(data, at)
        at += _FIXED.size
        absent = False
        if version >= 3 and flags & _EXTENDED:
            absent = bool(int.from_bytes(data[at : at + 2]) & _SKIP_WORKTREE)
            at += 2
        name, at = _compressed_name(data, at, name) if version == 4 else _name(data, start, at, flags)
        path = from_bytes(name)
        if mode == _KNOWN_FOLDER:
            sparse.append(path)
        else:
            entries[path] = IndexEntry(mode, blob.hex(), (ctime, ctime_ns, mtime, mtime_ns, ino, size), absent)
    _refuse_split(data, at)
    return IndexFile(entries, tuple(sparse), written_ns)


def _name(data: bytes, start: int, at: int, flags: int) -> tuple[bytes, int]:
    """A name and the place of the next entry, which is aligned to eight bytes."""
    length = flags & _NAME_LENGTH
    end = at + length if length < _NAME_LENGTH else data.index(b"\0", at)
    return data[at:end], start + ((end - start + 8) // 8) * 8


def _compressed_name(data: bytes, at: int, previous: bytes) -> tuple[bytes, int]:
    """Version 4: how many bytes of the previous name to drop (an offset varint), then the rest of this one."""
    byte = data[at]
    drop = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        drop = ((drop + 1) << 7) | (byte & 0x7F)
    end = data.index(b"\0", at + 1)
    return previous[: len(previous) - drop] + data[at + 1 : end], end + 1


def _refuse_split(data: bytes, at: int) -> None:
    """A split index keeps most entries in another file."""
    while at + 8 <= len(data) - 20:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8])
        if name == b"link":
            raise BadIndex("the index is split")
        at += 8 + size
