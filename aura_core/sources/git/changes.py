"""Turns paths that differ into changes: what happened to each file, and on which lines."""

from __future__ import annotations

from collections.abc import Iterable

import pygit2
from pygit2.enums import DiffOption

from aura_core.model.changes import Change, ChangeKind, LineRange, Side
from aura_core.sources.git.rename_detection import ReadSide, find_renames
from aura_core.sources.git.tree_diff import FILE_TYPE, Difference, is_file
from aura_core.sources.paths import display_path
from aura_core.sources.rules import file_kinds

DEFAULT_THRESHOLD = 50
"""A deleted and an added file with at least this many per cent in common are one renamed file, as in git."""


def changes_of(
    differences: Iterable[Difference], read: ReadSide, threshold: int = DEFAULT_THRESHOLD
) -> tuple[Change, ...]:
    """Return one change per file, sorted by path. A ``threshold`` over 100 turns renames off."""
    differences = list(differences)
    renames = find_renames(differences, read, threshold) if threshold <= 100 else []
    renamed_paths = {path for rename in renames for path in rename.paths}
    changes = [_change(difference, read) for difference in differences if difference.path not in renamed_paths]
    for old_file, new_file, similarity in renames:
        lines = () if similarity == 100 else line_ranges(old_file.old, new_file.new, read)
        old_path, path = display_path(old_file.path), display_path(new_file.path)
        changes.append(Change(ChangeKind.RENAMED, path, old_file.old, new_file.new, old_path, similarity, lines))
    return tuple(sorted(changes, key=lambda change: (change.path, change.kind)))


def _change(difference: Difference, read: ReadSide) -> Change:
    path, old, new = difference
    kind = _kind(old, new)
    lines = () if kind in (ChangeKind.MODE, ChangeKind.TYPE) else line_ranges(old, new, read)
    similarity = 100 if kind is ChangeKind.MODE else 0
    return Change(kind, display_path(path), old, new, similarity=similarity, lines=lines)


def _kind(old: Side | None, new: Side | None) -> ChangeKind:
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.DELETED
    if old.mode & FILE_TYPE != new.mode & FILE_TYPE:
        return ChangeKind.TYPE
    return ChangeKind.MODE if old.blob == new.blob else ChangeKind.MODIFIED


def line_ranges(old: Side | None, new: Side | None, read: ReadSide) -> tuple[LineRange, ...]:
    """Return the line ranges that differ between two text files; none for links, binary and unreadable files. A missing
    side counts as empty.
    """
    if any(side is not None and not is_file(side) for side in (old, new)):
        return ()
    old_text, new_text = (b"" if side is None else read(side) for side in (old, new))
    if old_text is None or new_text is None:
        return ()
    if file_kinds.looks_binary(old_text) or file_kinds.looks_binary(new_text):
        return ()
    # The indent heuristic decides which of several equal lines differs, as in git.
    options = DiffOption.FORCE_TEXT | DiffOption.INDENT_HEURISTIC
    patch = pygit2.Patch.create_from(old_text, new_text, flag=options, context_lines=0, interhunk_lines=0)
    return tuple(LineRange(hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines) for hunk in patch.hunks)
