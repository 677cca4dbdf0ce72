"""What differs between two trees, file by file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class ChangeKind(StrEnum):
    """What happened to a file. ``MODE`` changes the executable bit alone, ``TYPE`` turns file, link and submodule into
    one another.
    """

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    MODE = "mode"
    TYPE = "type"


class Side(NamedTuple):
    """One side of a change: git's mode (``0o100644``, ``0o100755``, ``0o120000``, ``0o160000``) and the hex object id."""

    mode: int
    blob: str


class LineRange(NamedTuple):
    """Lines that differ: 1-based first line and count on each side; with a count of 0, the line after which the other
    side has more.
    """

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int


@dataclass(frozen=True, slots=True)
class Change:
    """One changed file. ``path`` is the new one, or for a deleted file the old one; ``old_path`` is given for a
    renamed file.

    ``similarity`` is 0 to 100, and 100 when the content is the same. ``lines`` is empty for links, submodules,
    binaries, and files over the limit.
    """

    kind: ChangeKind
    path: str
    old: Side | None
    new: Side | None
    old_path: str = ""
    similarity: int = 0
    lines: tuple[LineRange, ...] = ()
