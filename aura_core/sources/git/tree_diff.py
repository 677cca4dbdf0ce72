"""Finds the paths that differ between two trees, and both sides of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pygit2
from pygit2.enums import FileMode

from aura_core.model.changes import Side
from aura_core.sources.paths import decode_path

FILE_TYPE = 0o170000
"""The bits of a mode that tell files, links, folders and submodules apart."""

REGULAR_FILE = 0o100000
"""The file type bits of a regular file. A plain number: ``FileMode`` is a flag class, whose arithmetic is slow."""


class Difference(NamedTuple):
    """A working path whose two sides are not the same; a side is None where the path is missing."""

    path: str
    old: Side | None
    new: Side | None


def diff_trees(
    old: pygit2.Tree | None, new: pygit2.Tree | None, *, check_count: Callable[[int], None]
) -> Iterator[Difference]:
    """Yield the differences of two trees. Folders that are the same object are not read.

    ``check_count`` is called with the number of entries read and may raise.
    """
    stack: list[tuple[str, pygit2.Tree | None, pygit2.Tree | None]] = [("", old, new)]
    count = 0
    while stack:
        prefix, old_tree, new_tree = stack.pop()
        old_entries, new_entries = _entries(old_tree), _entries(new_tree)
        count += 1 + len(old_entries) + len(new_entries)
        check_count(count)
        for name in sorted(old_entries.keys() | new_entries.keys()):
            old_entry, new_entry = old_entries.get(name), new_entries.get(name)
            if _is_same(old_entry, new_entry):
                continue
            path = prefix + decode_path(name)
            old_side, new_side = _side(old_entry), _side(new_entry)
            if old_side != new_side:
                yield Difference(path, old_side, new_side)
            # a folder that became a file differs itself, and so does everything that was in it
            old_folder, new_folder = _tree(old_entry), _tree(new_entry)
            if old_folder is not None or new_folder is not None:
                stack.append((path + "/", old_folder, new_folder))


def diff_listings(old: Mapping[str, Side], new: Mapping[str, Side]) -> Iterator[Difference]:
    """Yield the differences of two mappings of working paths, sorted by path."""
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield Difference(path, old.get(path), new.get(path))


def canonical_mode(mode: int) -> int:
    """Return a file's mode as git stores it now: old histories have modes like 100664, disks any permissions."""
    if mode & FILE_TYPE != REGULAR_FILE:
        return mode & FILE_TYPE
    return 0o100755 if mode & 0o100 else 0o100644


def is_file(side: Side | None) -> bool:
    """Return whether a side is a regular file, not a link or submodule."""
    return side is not None and side.mode & FILE_TYPE == REGULAR_FILE


def _entries(tree: pygit2.Tree | None) -> dict[bytes, pygit2.Object]:
    return {entry.raw_name or b"": entry for entry in tree} if tree is not None else {}


def _is_same(old: pygit2.Object | None, new: pygit2.Object | None) -> bool:
    return old is not None and new is not None and old.id == new.id and old.filemode == new.filemode


def _tree(entry: pygit2.Object | None) -> pygit2.Tree | None:
    return entry if isinstance(entry, pygit2.Tree) else None


def _side(entry: pygit2.Object | None) -> Side | None:
    if entry is None or entry.filemode == FileMode.TREE:
        return None
    return Side(canonical_mode(int(entry.filemode)), str(entry.id))
