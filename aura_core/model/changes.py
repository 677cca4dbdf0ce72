"""The differences between two trees, file by file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class ChangeKind(StrEnum):
    """The change of a file. ``MODE`` changes the executable bit alone, ``TYPE`` turns file, link and submodule into one
    another.
    """

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    MODE = "mode"
    TYPE = "type"


class Side(NamedTuple):
    """One side of a change.

    ``mode``: git's (``0o100644``, ``0o100755``, ``0o120000``, ``0o160000``). ``blob``: the hex object id.
    """

    mode: int
    blob: str


class LineRange(NamedTuple):
    """Lines that differ: the first line (1-based) and the number of lines on each side. A side with 0 lines names the
    line after which the other side has more.
    """

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int


@dataclass(frozen=True, slots=True)
class Change:
    """One changed file.

    ``path``: the new path, or the old one of a deleted file. ``old``, ``new``: None where the file does not exist.
    ``old_path``: of a renamed file, else "". ``similarity``: of the contents, 0 to 100; 100 when they are equal.
    ``lines``: the lines that differ; empty for links, submodules, binaries, and files over the limit.
    """

    kind: ChangeKind
    path: str
    old: Side | None
    new: Side | None
    old_path: str = ""
    similarity: int = 0
    lines: tuple[LineRange, ...] = ()
