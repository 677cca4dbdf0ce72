"""Finds the paths that differ between two trees, and both sides of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from aura_core.model.changes import Side
from aura_core.sources.paths import decode_path

FILE_TYPE = 0o170000
"""The bits of a mode that tell files, links, folders and submodules apart."""

FOLDER = 0o040000
"""The file type bits of a folder."""

REGULAR_FILE = 0o100000
"""The file type bits of a regular file. A plain number: ``FileMode`` is a flag class, whose arithmetic is slow."""

TreeRow = tuple[bytes, bytes, bytes]
"""An entry of a tree object: mode in octal digits, name, raw id."""

RowsOf = Callable[[str, str], list[TreeRow]]
"""Returns the rows of a tree object, given its hex id and the path of its folder ("a/b/", "" for the top)."""


class Difference(NamedTuple):
    """A working path whose two sides are not the same; a side is None where the path is missing."""

    path: str
    old: Side | None
    new: Side | None


def diff_trees(
    old: str, new: str, *, rows_of: tuple[RowsOf, RowsOf], check_count: Callable[[int], None]
) -> Iterator[Difference]:
    """Yield the differences of two trees, by their ids; "" is an empty tree. Folders that are the same object are not
    read.

    ``rows_of`` reads the trees of either side. ``check_count`` is called with the number of entries read and may raise.
    """
    stack = [("", old, new)]
    count = 0
    while stack:
        prefix, old_tree, new_tree = stack.pop()
        old_entries, new_entries = (
            {name: Side(int(mode, 8), raw_id.hex()) for mode, name, raw_id in read(tree, prefix)} if tree else {}
            for read, tree in zip(rows_of, (old_tree, new_tree), strict=True)
        )
        count += 1 + len(old_entries) + len(new_entries)
        check_count(count)
        for name in sorted(old_entries.keys() | new_entries.keys()):
            old_entry, new_entry = old_entries.get(name), new_entries.get(name)
            if old_entry == new_entry:
                continue
            path = prefix + decode_path(name)
            old_side, new_side = _side(old_entry), _side(new_entry)
            if old_side != new_side:
                yield Difference(path, old_side, new_side)
            # a folder that became a file differs itself, and so does everything that was in it
            old_folder, new_folder = _tree(old_entry), _tree(new_entry)
            if old_folder or new_folder:
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


def _tree(entry: Side | None) -> str:
    """Return the id of a folder's tree, "" for anything else."""
    return entry.blob if entry is not None and entry.mode & FILE_TYPE == FOLDER else ""


def _side(entry: Side | None) -> Side | None:
    if entry is None or entry.mode & FILE_TYPE == FOLDER:
        return None
    return Side(canonical_mode(entry.mode), entry.blob)
