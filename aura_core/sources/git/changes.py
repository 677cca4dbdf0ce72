"""From differing paths to changes: what happened to each file and on which lines."""

from __future__ import annotations

from collections.abc import Iterable

import pygit2

from aura_core.model.changes import Change, ChangeKind, LineRange, Side
from aura_core.sources.git.renames import Read, find_renames
from aura_core.sources.git.tree_diff import Difference
from aura_core.sources.paths import shown
from aura_core.sources.rules import file_kinds

SIMILAR = 50
"""Per cent that a deleted and an added file must have in common to be one renamed file; git's own default."""

_TYPE = 0o170000


def changes_of(differences: Iterable[Difference], read: Read, threshold: int = SIMILAR) -> tuple[Change, ...]:
    """One change a file, sorted by path. ``threshold`` over 100 turns renames off."""
    changed = list(differences)
    renames = find_renames(changed, read, threshold) if threshold <= 100 else []
    paired = {d.path for pair in renames for d in pair[:2]}
    made = [_change(d, read) for d in changed if d.path not in paired]
    for old, new, similarity in renames:
        lines = () if similarity == 100 else line_ranges(old.old, new.new, read)
        made.append(Change(ChangeKind.RENAMED, shown(new.path), old.old, new.new, shown(old.path), similarity, lines))
    return tuple(sorted(made, key=lambda c: (c.path, c.kind)))


def _change(difference: Difference, read: Read) -> Change:
    old, new = difference.old, difference.new
    kind, similarity = _kind(old, new)
    lines = () if kind in (ChangeKind.MODE, ChangeKind.TYPE) else line_ranges(old, new, read)
    return Change(kind, shown(difference.path), old, new, similarity=similarity, lines=lines)


def _kind(old: Side | None, new: Side | None) -> tuple[ChangeKind, int]:
    if old is None:
        return ChangeKind.ADDED, 0
    if new is None:
        return ChangeKind.DELETED, 0
    if old.mode & _TYPE != new.mode & _TYPE:
        return ChangeKind.TYPE, 0
    return (ChangeKind.MODE, 100) if old.blob == new.blob else (ChangeKind.MODIFIED, 0)


def line_ranges(old: Side | None, new: Side | None, read: Read) -> tuple[LineRange, ...]:
    """The lines that differ between two text files; a side that is not there counts as empty."""
    if any(side is not None and side.mode & _TYPE != 0o100000 for side in (old, new)):
        return ()
    before, after = (b"" if side is None else read(side) for side in (old, new))
    if before is None or after is None or file_kinds.looks_binary(before) or file_kinds.looks_binary(after):
        return ()
    options = (
        pygit2.enums.DiffOption.FORCE_TEXT | pygit2.enums.DiffOption.INDENT_HEURISTIC
    )  # which of several equal lines, as git says it
    patch = pygit2.Patch.create_from(before, after, flag=options, context_lines=0, interhunk_lines=0)
    return tuple(LineRange(h.old_start, h.old_lines, h.new_start, h.new_lines) for h in patch.hunks)
