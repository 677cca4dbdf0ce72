"""Reads git's index for what git knows about a checkout's files (gitformat-index(5), versions 2 to 4)."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from aura_core.files import read_regular
from aura_core.sources.paths import decode_path

_HEADER = struct.Struct(">4sII")
_ENTRY = struct.Struct(">IIIIIIIIII20sH")
_EXTENDED_FLAG, _SKIP_WORKTREE_FLAG = 0x4000, 0x4000
"""The first is a bit of an entry's flags, the second a bit of its extended flags."""

_NAME_LENGTH = 0xFFF
_SPARSE_FOLDER_MODE = 0o040000
_32_BITS = 0xFFFFFFFF
_CHECKSUM_BYTES = 20
_EXTENSION_HEADER_BYTES = 8


class StatData(NamedTuple):
    """A file's times (seconds and nanoseconds), inode and size, each cut to 32 bits as in the index."""

    ctime: int
    ctime_ns: int
    mtime: int
    mtime_ns: int
    inode: int
    size: int


NO_STAT_DATA = StatData(0, 0, 0, 0, 0, 0)


class IndexEntry(NamedTuple):
    """One tracked path: its mode, hex blob and stat data from when git last saw it equal to the blob, filters applied.

    ``skip_worktree``: the checkout is sparse and the file need not be on disk.
    """

    mode: int
    blob: str
    stat_data: StatData
    skip_worktree: bool


@dataclass(frozen=True, slots=True)
class IndexFile:
    """Tracked working paths, folders of a sparse index ("a/b/"), and when the index was written (ns)."""

    entries: dict[str, IndexEntry]
    sparse_folders: tuple[str, ...]
    mtime_ns: int

    def is_clean(self, entry: IndexEntry, status: os.stat_result) -> bool:
        """Return whether the index proves that a file is unchanged.

        It proves nothing about a file that was changed in the tick in which the index was written ("racy git").
        """
        return entry.stat_data == stat_data_of(status) and status.st_mtime_ns < self.mtime_ns


MAX_INDEX_BYTES = 1 << 30
"""A larger index is not read: ten million files."""

MAX_NAME_BYTES = 16_384
"""Four times the longest path that Linux takes."""


class BadIndex(ValueError):
    """The index is split, damaged or of a form that is not known here."""


def stat_data_of(status: os.stat_result) -> StatData:
    """Return a file's stat data as the index stores it."""
    ctime, ctime_ns = divmod(status.st_ctime_ns, 10**9)
    mtime, mtime_ns = divmod(status.st_mtime_ns, 10**9)
    return StatData(
        ctime & _32_BITS, ctime_ns, mtime & _32_BITS, mtime_ns, status.st_ino & _32_BITS, status.st_size & _32_BITS
    )


def read_index(path: Path) -> IndexFile | None:
    """Return the index at ``path``; None when there is none. Raises ``BadIndex``."""
    try:
        mtime_ns = path.stat().st_mtime_ns
        data = read_regular(path, MAX_INDEX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadIndex(str(error)) from error
    try:
        return _parse(data, mtime_ns)
    except (struct.error, ValueError, IndexError) as error:
        raise BadIndex(str(error)) from error


def _parse(data: bytes, index_mtime_ns: int) -> IndexFile:
    signature, version, count = _HEADER.unpack_from(data)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise BadIndex("not an index of version 2 to 4")
    entries: dict[str, IndexEntry] = {}
    sparse_folders: list[str] = []
    position, name = _HEADER.size, b""
    for _ in range(count):
        start = position
        fields = _ENTRY.unpack_from(data, start)
        ctime, ctime_ns, mtime, mtime_ns, _device, inode, mode, _uid, _gid, size, blob, flags = fields
        position += _ENTRY.size
        skip_worktree = False
        if version >= 3 and flags & _EXTENDED_FLAG:
            skip_worktree = bool(int.from_bytes(data[position : position + 2]) & _SKIP_WORKTREE_FLAG)
            position += 2
        if version == 4:
            name, position = _compressed_name(data, position, name)
        else:
            name, position = _padded_name(data, start, position, flags)
        path = decode_path(name)
        if mode == _SPARSE_FOLDER_MODE:
            sparse_folders.append(path)
        else:
            stat_data = StatData(ctime, ctime_ns, mtime, mtime_ns, inode, size)
            entries[path] = IndexEntry(mode, blob.hex(), stat_data, skip_worktree)
    _refuse_split_index(data, position)
    return IndexFile(entries, tuple(sparse_folders), index_mtime_ns)


def _padded_name(data: bytes, start: int, position: int, flags: int) -> tuple[bytes, int]:
    """Return a name of version 2 or 3, and where the next entry starts: entries are aligned to eight bytes."""
    length = flags & _NAME_LENGTH
    # The length has twelve bits; a longer name ends at its NUL.
    end = position + length if length < _NAME_LENGTH else data.index(b"\0", position)
    # one to eight NULs end a name and fill the entry up to a multiple of eight bytes
    return data[position:end], start + ((end - start + 8) // 8) * 8


def _compressed_name(data: bytes, position: int, previous_name: bytes) -> tuple[bytes, int]:
    """Return a name of version 4, and where the next entry starts.

    An offset varint tells how many bytes to drop from the end of the previous name; the rest of this one follows.
    """
    byte = data[position]
    drop = byte & 0x7F
    while byte & 0x80:
        position += 1
        byte = data[position]
        drop = ((drop + 1) << 7) | (byte & 0x7F)  # + 1: each number has one spelling only
    end = data.index(b"\0", position + 1)
    name = previous_name[: len(previous_name) - drop] + data[position + 1 : end]
    if len(name) > MAX_NAME_BYTES:  # a few bytes make it longer than the one before
        raise BadIndex("a name is too long")
    return name, end + 1


def _refuse_split_index(data: bytes, position: int) -> None:
    """Raise ``BadIndex`` when the extensions say that most entries are in another file."""
    while position + _EXTENSION_HEADER_BYTES <= len(data) - _CHECKSUM_BYTES:
        name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8])
        if name == b"link":
            raise BadIndex("the index is split")
        position += _EXTENSION_HEADER_BYTES + size
